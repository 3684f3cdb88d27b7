import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recentRuns } from '../../src/runs/run-store.ts'
import { startRun } from '../../src/runs/start-run.ts'
import { appendAudit, type WriteAudit } from '../../src/store/audit/audit.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'

describe.each(storeKinds)('a run in the %s store', (kind) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store.stop())

  let deliveries = 0
  const sent: string[] = []
  const start = (audit: WriteAudit, delivery = String(deliveries++)) =>
    startRun(
      storeWith(store.db, async () => void sent.push(delivery)),
      {
        team: 'T1',
        actor: { kind: 'user', id: 'U1' },
        topic: 'db',
        host: { name: 'host1', groups: [], production: false, route: { kind: 'local' }, variables: {} },
        channel: 'C1',
        responseUrl: null,
        delivery,
        audit,
      },
    )
  const write: WriteAudit = async (tx, target = null) => {
    const about = {
      team: 'T1',
      actor: 'U1',
      door: 'd',
      action: 'diagnose',
      host: null,
      topic: null,
      reason: null,
    }
    await appendAudit(tx, { ...about, decision: 'allowed', target, asked: '' })
  }

  it('is there together with its row in the audit', async () => {
    const run = await start(write)
    const { rows } = await store.db.query<{ target: string; together: boolean }>(
      `SELECT a.entry::json->>'target' AS target, a.xmin::text = r.xmin::text AS together
       FROM debvisor.audit a, debvisor.runs r WHERE r.id = $1`,
      [run?.id],
    )
    expect(rows).toEqual([{ target: `run ${run?.code}`, together: true }])
  })

  it('is not there where the audit cannot be written, and the same request may be tried again', async () => {
    const before = await recentRuns(store.db, 'T1', 10)
    await expect(start(() => Promise.reject(new Error('the disk is full')), 'again')).rejects.toThrow('full')
    expect(await recentRuns(store.db, 'T1', 10)).toHaveLength(before.length)
    expect(await start(write, 'again')).toMatchObject({ topic: 'db' })
  })
})
