import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Db } from '../../src/store/db.ts'
import { type Handlers, type Job, type JobAttempt, type Queue, startQueue } from '../../src/store/queue.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

const log = {
  warn: (details: object, message: string) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
  error: (details: object, message: string) =>
    process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
}
const diagnose = (runId: string): Job => ({ kind: 'diagnose', runId })
const nothing: Handlers = {
  diagnose: async () => {},
  escalate: async () => {},
  redraw: async () => {},
  mirror: async () => {},
  fix: async () => {},
  'fix-expiry': async () => {},
  change: async () => {},
  'alert-recheck': async () => {},
  'alert-summary': async () => {},
  'schedule-ended': async () => {},
  fleet: async () => {},
  gaveUp: async () => {},
}
const say = (text: string) => process.stderr.write(`${text}\n`)

describe.each(storeKinds)('the queue on the %s store', (kind) => {
  let store: TestStore
  let queue: Queue
  beforeAll(async () => {
    store = await openTestStore(kind, { empty: true })
  })
  afterAll(() => store.stop())
  const start = (db: Db = store.db) => startQueue(db, { databaseUrl: store.config.databaseUrl, log })
  beforeEach(async () => {
    queue = await start()
  })
  afterEach(() => queue.stop(1_000))
  const send = (job: Job) => store.db.tx((tx) => queue.send(tx, job))

  it('hands each job to the handler of its kind, soon', async () => {
    const jobs: Job[] = [
      diagnose('r1'),
      { kind: 'escalate', escalationId: 'e1' },
      { kind: 'redraw', runId: 'r2' },
      { kind: 'mirror', ticketId: 't1', target: 'github' },
    ]
    const got: Job[] = []
    const take = async (job: Job) => void got.push(job)
    await queue.work(
      { ...nothing, diagnose: take, escalate: take, redraw: take, mirror: take, gaveUp: take },
      { concurrency: 2 },
    )
    for (const job of jobs) {
      const sent = performance.now()
      await send(job)
      await vi.waitFor(() => expect(got).toContainEqual(job), { timeout: 10_000, interval: 1 })
      say(`pickup of ${job.kind} on ${kind}: ${(performance.now() - sent).toFixed(0)} ms`)
    }
    expect(got).toEqual(jobs)
  })

  it('has one job wait of those that look for copies, and puts it off', async () => {
    const look = (runId: string): Job => ({ kind: 'redraw', runId, lookForCopies: true })
    const sendLook = (runId: string, afterMs: number) =>
      store.db.tx((tx) => queue.send(tx, look(runId), { afterMs, oneWaits: true }))
    await sendLook('looked-at', 60_000)
    await Promise.all([sendLook('looked-at', 60_000), sendLook('looked-at', 1_000), sendLook('other', 0)])
    await sendLook('looked-at', 1_000)
    const got: string[] = []
    await queue.work({ ...nothing, redraw: async ({ runId }) => void got.push(runId) }, { concurrency: 1 })
    await vi.waitFor(() => expect(got).toContain('looked-at'), { timeout: 10_000 })
    const { rows } = await store.db.query(
      `SELECT 1 FROM debvisor_queue.job WHERE name = 'redraw' AND data->>'runId' = 'looked-at'`,
    )
    expect(rows).toHaveLength(1)
    expect(got.toSorted()).toEqual(['looked-at', 'other'])
    // The one that was done keeps none from being sent.
    await sendLook('looked-at', 0)
    await vi.waitFor(() => expect(got).toHaveLength(3), { timeout: 10_000 })
  })

  it('redraws that wait for their time hold up no redraw of another thread', async () => {
    const waiting = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7']
    let wake = (): void => {}
    const sleep = new Promise<void>((resolve) => {
      wake = resolve
    })
    const begun: string[] = []
    const redraw = async ({ runId }: { readonly runId: string }) => {
      begun.push(runId)
      if (runId !== 'quiet') await sleep
    }
    await queue.work({ ...nothing, redraw }, { concurrency: 1 })
    for (const runId of [...waiting, 'quiet']) await send({ kind: 'redraw', runId })
    await vi.waitFor(() => expect(begun).toContain('quiet'), 10_000)
    wake()
    expect(begun.toSorted()).toEqual(['quiet', ...waiting])
  })

  it('tells how many jobs of a kind wait for a worker, those for later apart', async () => {
    for (const fixId of ['f1', 'f2']) await send({ kind: 'change', fixId })
    await store.db.tx((tx) => queue.send(tx, { kind: 'change', fixId: 'f3' }, { afterMs: 60_000 }))
    expect(await queue.waiting(store.db, 'change')).toBe(2)
    let taken = 0
    await queue.work({ ...nothing, change: async () => void taken++ }, { concurrency: 1 })
    await vi.waitFor(() => expect(taken).toBe(2), 10_000)
    expect(await queue.waiting(store.db, 'change')).toBe(0)
  })

  it('sends nothing from a transaction that was undone', async () => {
    const got: string[] = []
    const undone = store.db.tx(async (tx) => {
      await queue.send(tx, diagnose('undone'))
      throw new Error('undo')
    })
    await expect(undone).rejects.toThrow('undo')
    await send(diagnose('after'))
    await queue.work({ ...nothing, diagnose: async (job) => void got.push(job.runId) }, { concurrency: 1 })
    await vi.waitFor(() => expect(got).toEqual(['after']), 10_000)
    const { rows } = await store.db.query(
      `SELECT id FROM debvisor_queue.job WHERE data ->> 'runId' = 'undone'`,
    )
    expect(rows).toEqual([])
  })

  it('runs no more diagnoses at once than it was told to', async () => {
    let now = 0
    let most = 0
    let done = 0
    const handler = async () => {
      most = Math.max(most, ++now)
      await store.db.query('SELECT pg_sleep(0.05)')
      now--
      done++
    }
    for (let i = 0; i < 12; i++) await send(diagnose(`many-${i}`))
    await queue.work({ ...nothing, diagnose: handler }, { concurrency: 3 })
    await vi.waitFor(() => expect(done).toBe(12), 20_000)
    expect(most).toBe(3)
  })

  it.each([
    { kind: 'redraw', runId: 'r9' },
    { kind: 'fix', fixId: 'f9' },
  ] as const)('tries to draw for about an hour, and says when it gives that up: $kind', async (job) => {
    const tries: boolean[] = []
    const gaveUp: Job[] = []
    const fail = async (_: unknown, { lastTry }: JobAttempt) => {
      tries.push(lastTry)
      throw new Error('Slack is down')
    }
    await send(job)
    // As if 58 tries had failed.
    await store.db.query(
      'UPDATE debvisor_queue.job SET retry_count = 58, started_on = now() WHERE name = $1',
      [job.kind],
    )
    await queue.work(
      { ...nothing, redraw: fail, fix: fail, gaveUp: async (dead) => void gaveUp.push(dead) },
      { concurrency: 1 },
    )
    // The last try comes at once, and not when it would have come.
    const seconds = await vi.waitFor(async () => {
      const { rows } = await store.db.query<{ seconds: number }>(
        `WITH waiting AS (
           SELECT id, extract(epoch FROM start_after - now())::float8 AS seconds
           FROM debvisor_queue.job WHERE name = $1 AND state = 'retry')
         UPDATE debvisor_queue.job j SET start_after = now()
         FROM waiting WHERE j.id = waiting.id RETURNING waiting.seconds`,
        [job.kind],
      )
      expect(rows).toHaveLength(1)
      return rows[0]?.seconds ?? Number.NaN
    }, 10_000)
    expect(seconds).toBeGreaterThan(20)
    expect(seconds).toBeLessThanOrEqual(61)
    await vi.waitFor(() => expect(gaveUp).toEqual([job]), 10_000)
    expect(tries).toEqual([false, true])
  })

  it('lets a job under way end before it stops', async () => {
    let ended = false
    const started = new Promise<void>((resolve) => {
      void queue.work(
        {
          ...nothing,
          diagnose: async () => {
            resolve()
            await store.db.query('SELECT pg_sleep(0.3)')
            ended = true
          },
        },
        { concurrency: 1 },
      )
    })
    await send(diagnose('slow'))
    await started
    await queue.stop(10_000)
    expect(ended).toBe(true)
  })

  it('aborts a job that does not end in time, and another process takes it', async () => {
    const aborted = new Promise<string>((resolve) => {
      const handler = (job: { runId: string }, { signal }: JobAttempt) =>
        new Promise<void>(() => signal.addEventListener('abort', () => resolve(job.runId)))
      void queue.work({ ...nothing, diagnose: handler }, { concurrency: 1 })
    })
    await send(diagnose('stuck'))
    await vi.waitFor(async () => {
      const { rowCount } = await store.db.query(
        `SELECT 1 FROM debvisor_queue.job WHERE data ->> 'runId' = 'stuck' AND state = 'active'`,
      )
      expect(rowCount).toBe(1)
    }, 10_000)
    await queue.stop(1_000)
    expect(await aborted).toBe('stuck')
    const second = await start(await store.replica())
    const again = new Promise<string>((resolve) => {
      void second.work({ ...nothing, diagnose: async (job) => resolve(job.runId) }, { concurrency: 1 })
    })
    expect(await again).toBe('stuck')
    await second.stop(1_000)
  })
})

describe.runIf(storeKinds.includes('postgres'))('three replicas', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore('postgres', { empty: true })
  })
  afterAll(() => store.stop())

  it('start together on an empty database and do every job', async () => {
    const { databaseUrl } = store.config
    const dbs = [store.db, await store.replica(), await store.replica()]
    const queues = await Promise.all(dbs.map((db) => startQueue(db, { databaseUrl, log })))
    const done = new Map<string, number>()
    const handler = async (job: { runId: string }) => void done.set(job.runId, (done.get(job.runId) ?? 0) + 1)
    for (const queue of queues) await queue.work({ ...nothing, diagnose: handler }, { concurrency: 4 })
    const ids = Array.from({ length: 150 }, (_, i) => `run-${i}`)
    await Promise.all(ids.map((id) => store.db.tx(async (tx) => queues[0]?.send(tx, diagnose(id)))))
    await vi.waitFor(() => expect(done.size).toBe(150), 30_000)
    expect([...done.values()].every((times) => times === 1)).toBe(true)
    for (const queue of queues) await queue.stop(1_000)
  }, 60_000)
})
