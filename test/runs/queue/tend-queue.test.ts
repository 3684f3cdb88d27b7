import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { notePlaceShown, runsBefore } from '../../../src/runs/queue/place.ts'
import { takeRun } from '../../../src/runs/queue/take-run.ts'
import { tendQueue } from '../../../src/runs/queue/tend-queue.ts'
import type { Run } from '../../../src/runs/run.ts'
import type { Db } from '../../../src/store/db.ts'
import type { Job } from '../../../src/store/queue.ts'
import { makeThreads } from '../../../src/threads/threads.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../../fakes/stores.ts'
import { waitingRun } from './waiting-runs.ts'

const limits = { running: 8, runningPerHost: 2, runningAlerts: 4, runningFleets: 4 }

describe.each(storeKinds)('looking after the queue on the %s store', (kind) => {
  let store: TestStore
  let replica: Db
  beforeAll(async () => {
    store = await openTestStore(kind)
    replica = await store.replica()
  })
  afterAll(() => store?.stop())
  let sent: Job[]
  /** Asked for; where Slack is down, nobody sees it. */
  let drawn: string[]
  let slackIsDown = false
  beforeEach(async () => {
    await store.db.query('DELETE FROM debvisor.runs')
    sent = []
    drawn = []
    slackIsDown = false
  })
  /** `jobs`: how many wait for a slot. */
  const tend = async (db: Db = store.db, jobs = 0) => {
    const withJobs = storeWith(db, async (_tx, job) => void sent.push(job))
    const queue = { ...withJobs.queue, waiting: async () => jobs }
    const asked: string[] = []
    const threads = { drawPlace: (id: string) => void asked.push(id) }
    await tendQueue({ store: { ...withJobs, queue }, threads, limits, log: { error() {} } })
    drawn.push(...asked)
    if (slackIsDown) return
    for (const id of asked) await notePlaceShown(store.db, id, (await runsBefore(store.db, id)) ?? 0)
  }
  const pass = (seconds: number) =>
    store.db.query(
      `UPDATE debvisor.runs SET due_at = due_at - $1 * interval '1 s', alive_at = alive_at - $1 * interval '1 s',
         place_shown_at = place_shown_at - $1 * interval '1 s'`,
      [seconds],
    )
  const ask = (count: number, host?: string) =>
    Promise.all(Array.from({ length: count }, () => waitingRun(store.db, host ? { host } : {})))
  const take = async () => (await takeRun(store.db, { ticket: 't', worker: 'w', limits })) as Run

  it('gives a job to a run whose own is gone, and none while jobs wait for a slot', async () => {
    const [run] = await ask(1)
    await tend()
    expect(sent).toEqual([])
    await pass(3)
    await tend(store.db, 1)
    expect(sent).toEqual([])
    await tend()
    expect(sent).toEqual([{ kind: 'diagnose', runId: run?.id, ticket: expect.any(String) }])
  })

  it('gives a job to a run whose worker is lost', async () => {
    await ask(1)
    const run = await take()
    await pass(20)
    await tend()
    expect(sent).toEqual([])
    await pass(20)
    await tend()
    expect(sent).toMatchObject([{ runId: run.id }])
  })

  it('leaves what waits for its host', async () => {
    await ask(3, 'busy')
    await take()
    await takeRun(store.db, { ticket: 'other', worker: 'w', limits })
    await pass(3)
    await tend()
    expect(sent).toEqual([])
  })

  it('shows each its place, and again only where it changed much', async () => {
    const asked = await ask(17)
    await tend()
    expect(drawn).toEqual([])
    await pass(2)
    await tend(store.db, 17)
    expect(drawn.toSorted()).toEqual(asked.map(({ id }) => id).toSorted())
    const order = [...drawn]
    drawn = []
    expect((await take()).id).toBe(order[0])
    // Not within three seconds.
    await tend(store.db, 17)
    expect(drawn).toEqual([])
    await pass(4)
    await tend(store.db, 17)
    // The next is the next now, and whoever had 2, 4, 8 or 16 before it has fewer.
    expect(drawn).toEqual([1, 2, 4, 8, 16].map((before) => order[before]))
  })

  it('has a place that nobody saw drawn again after a minute, by whichever replica, and one that was seen not', async () => {
    const [run] = await ask(1)
    const id = run?.id ?? ''
    await pass(2)
    slackIsDown = true
    await tend(store.db, 1)
    await pass(50)
    // The first may still be at it.
    await tend(replica, 1)
    expect(drawn).toEqual([id])
    await pass(12)
    slackIsDown = false
    await tend(replica, 1)
    expect(drawn).toEqual([id, id])
    await pass(70)
    await tend(store.db, 1)
    expect(drawn).toEqual([id, id])
  })

  it('is told of a place once its message was written, and not where Slack fails', async () => {
    const [run] = await ask(1)
    const id = run?.id ?? ''
    let posts = 0
    const delivery = {
      post: async () =>
        ++posts === 1 ? { ok: false, reason: 'failed', retry: true, error: '503' } : { ok: true, ts: '1.1' },
      find: async () => ({ ok: true, ts: null }),
    }
    const threads = makeThreads({
      ...{ store: store.db, slack: { delivery }, reachable: [], fixable: () => true as const },
      runbooks: { topics: new Map(), find: () => undefined, names: () => [] },
      log: { warn() {}, error() {}, info() {} },
    } as never)
    const shown = async () => (await store.db.query('SELECT shown_before FROM debvisor.runs')).rows
    threads.drawPlace(id)
    await threads.settle(10_000)
    expect([posts, await shown()]).toEqual([1, [{ shown_before: null }]])
    threads.drawPlace(id)
    await threads.settle(10_000)
    expect([posts, await shown()]).toEqual([2, [{ shown_before: 0 }]])
  })

  it('is done by one replica at a time', async () => {
    const asked = await ask(5)
    await pass(2)
    await Promise.all([tend(store.db, 5), tend(replica, 5)])
    await tend(replica, 5)
    expect(drawn.toSorted()).toEqual(asked.map(({ id }) => id).toSorted())
  })
})
