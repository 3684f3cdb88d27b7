import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openPostgres } from '../../src/store/postgres.ts'
import { startQueue } from '../../src/store/queue.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { startTcpProxy, type TcpProxy } from '../fakes/tcp-proxy.ts'

const quiet = { warn() {}, error() {} }
const never = async () => {}
const nothing = {
  ...{ diagnose: never, escalate: never, redraw: never, mirror: never, fix: never },
  ...{ 'fix-expiry': never, change: never, gaveUp: never, 'alert-recheck': never, 'alert-summary': never },
  'schedule-ended': never,
  fleet: never,
}

/** A network that swallows what was connected before, and tells nobody. What is connected later works. */
describe.runIf(storeKinds.includes('postgres')).concurrent('a database behind a black hole', () => {
  let store: TestStore
  const proxies: TcpProxy[] = []
  beforeAll(async () => {
    store = await openTestStore('postgres')
  })
  afterAll(async () => {
    await store?.stop()
    for (const proxy of proxies) await proxy.close()
  })
  async function behindProxy(): Promise<{ readonly proxy: TcpProxy; readonly url: string }> {
    const url = new URL(store.config.databaseUrl ?? '')
    const proxy = await startTcpProxy(Number(url.port))
    proxies.push(proxy)
    url.port = String(proxy.port)
    return { proxy, url: url.href }
  }

  it('has jobs taken again within half a minute, and until then the queue says that it does not look', async () => {
    const { proxy, url } = await behindProxy()
    const queue = await startQueue(store.db, { databaseUrl: url, log: quiet })
    expect(queue.isLooking()).toBe(false)
    const taken: string[] = []
    const diagnose = async ({ runId }: { readonly runId: string }) => void taken.push(runId)
    await queue.work({ ...nothing, diagnose }, { concurrency: 2 })
    await vi.waitFor(() => expect(queue.isLooking()).toBe(true), 5_000)
    // Every worker has asked, so that none of them connects anew.
    await delay(2_000)
    proxy.cut('freeze')
    await store.db.tx((tx) => queue.send(tx, { kind: 'diagnose', runId: 'r1' }))
    await vi.waitFor(() => expect(queue.isLooking()).toBe(false), { timeout: 15_000, interval: 50 })
    expect(taken).toEqual([])
    await vi.waitFor(() => expect(taken).toEqual(['r1']), { timeout: 25_000, interval: 50 })
    expect(queue.isLooking()).toBe(true)
    await queue.stop(1_000)
  }, 60_000)

  it('fails the transaction that was under way, and serves the next', async () => {
    const { proxy, url } = await behindProxy()
    const db = await openPostgres(url)
    const began = performance.now()
    const lost = db.tx(async (tx) => {
      await tx.query('SELECT 1')
      proxy.cut('freeze')
      await tx.query('SELECT 2')
    })
    await expect(lost).rejects.toThrow('Query read timeout')
    expect(performance.now() - began).toBeLessThan(30_000)
    expect((await db.query('SELECT 3 AS three')).rows).toEqual([{ three: 3 }])
    await db.close()
  }, 60_000)
})
