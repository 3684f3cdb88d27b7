import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startQueue } from '../../src/store/queue.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { startTcpProxy, type TcpProxy } from '../fakes/tcp-proxy.ts'

describe.runIf(storeKinds.includes('postgres'))('a queue that loses its database while it starts', () => {
  let store: TestStore
  let wire: TcpProxy
  beforeAll(async () => {
    store = await openTestStore('postgres')
  })
  afterAll(async () => {
    await wire?.close()
    await store?.stop()
  })

  it('ends what it had started: nothing of it keeps the process alive', async () => {
    const url = new URL(store.config.databaseUrl ?? '')
    wire = await startTcpProxy(Number(url.port), {
      loses: (bytes) => (bytes.includes('create_queue') ? 'request' : undefined),
    })
    url.port = String(wire.port)
    const quiet = { warn() {}, error() {} }
    await expect(startQueue(store.db, { databaseUrl: url.href, log: quiet })).rejects.toThrow()
    const sessions = async () =>
      (
        await store.db.query<{ count: number }>(
          `SELECT count(*) AS count FROM pg_stat_activity
           WHERE application_name = 'debvisor queue' AND datname = current_database()`,
        )
      ).rows[0]?.count
    await vi.waitFor(async () => expect(await sessions()).toBe(0), { timeout: 5_000, interval: 100 })
  })
})
