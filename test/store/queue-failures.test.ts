import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { type Handlers, type Job, type JobAttempt, startQueue } from '../../src/store/queue.ts'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { openTestStore, prepareEmbedded, storeKinds, type TestStore } from '../fakes/stores.ts'

/** These wait for pg-boss's heartbeats and delays, so they wait side by side. */
const patience = { timeout: 60_000, interval: 50 }
const quiet = { warn() {}, error() {} }
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

/** Runs queue-child.ts until it has taken its job, and kills it. */
async function killWhileWorking(config: object, runId: string): Promise<void> {
  const file = fileURLToPath(new URL('./queue-child.ts', import.meta.url))
  const args = ['--import', 'tsx', file, JSON.stringify(config), runId]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const [line] = await once(createInterface(child.stdout), 'line')
  child.kill('SIGKILL')
  await exited
  if (line !== `took ${runId}`) throw new Error(`the child said ${line}`)
}

describe.concurrent.each(storeKinds)('a failing job on the %s store', (kind) => {
  let store: TestStore
  let folder: string
  beforeAll(async () => {
    store = await openTestStore(kind)
    folder = await mkdtemp(join(tmpdir(), 'debvisor-queue-'))
    if (kind === 'embedded') await prepareEmbedded(folder)
  })
  afterAll(async () => {
    await store.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('is tried again, knows its last try, and surfaces when it is given up', async () => {
    const queue = await startQueue(store.db, { databaseUrl: store.config.databaseUrl, log: quiet })
    const tries: Record<string, boolean[]> = { flaky: [], hopeless: [] }
    const gaveUp: Job[] = []
    const handler = async (job: { runId: string }, { lastTry }: JobAttempt) => {
      const count = tries[job.runId]?.push(lastTry)
      if (job.runId === 'hopeless' || count === 1) throw new Error('no luck')
    }
    const hear = async (job: Job) => {
      gaveUp.push(job)
      if (gaveUp.length === 1) throw new Error('could not tell anybody')
    }
    await queue.work({ ...nothing, diagnose: handler, gaveUp: hear }, { concurrency: 2 })
    for (const id of ['flaky', 'hopeless']) await store.db.tx((tx) => queue.send(tx, diagnose(id)))
    await vi.waitFor(() => expect(gaveUp).toEqual([diagnose('hopeless'), diagnose('hopeless')]), patience)
    expect(tries).toEqual({ flaky: [false, false], hopeless: [false, false, false, true] })
    await queue.stop(1_000)
  }, 90_000)

  it('is tried again after kill -9 of its process', async () => {
    // The embedded store belongs to the child until that is dead.
    // Of PostgreSQL one of its own too: another queue is at work in the first.
    const other = kind === 'embedded' ? undefined : await openDatabase({ empty: true })
    const config = { folder, ...(other && { databaseUrl: other.url }) }
    await killWhileWorking(config, 'killed')
    const killed = performance.now()
    const db = await openStore(config)
    const queue = await startQueue(db, { ...config, log: quiet })
    const again = new Promise<string>((resolve) => {
      void queue.work({ ...nothing, diagnose: async (job) => resolve(job.runId) }, { concurrency: 1 })
    })
    expect(await again).toBe('killed')
    const seconds = ((performance.now() - killed) / 1000).toFixed(1)
    process.stderr.write(`retried on ${kind} ${seconds} s after kill -9\n`)
    await queue.stop(1_000)
    await db.close()
    await other?.stop()
  }, 90_000)
})

describe
  .runIf(storeKinds.includes('postgres'))
  .concurrent('a table of the queue that somebody locked and forgot', () => {
    let store: TestStore
    beforeAll(async () => {
      store = await openTestStore('postgres')
    })
    afterAll(() => store.stop())

    it('is waited for with an end, which is logged, and costs no job', async () => {
      const errors: { readonly err?: { readonly code?: string } }[] = []
      const log = { warn() {}, error: (details: object) => void errors.push(details) }
      const queue = await startQueue(store.db, { databaseUrl: store.config.databaseUrl, log })
      await store.db.tx((tx) => queue.send(tx, diagnose('patient')))
      const holder = new pg.Client({ connectionString: store.config.databaseUrl })
      await holder.connect()
      await holder.query('BEGIN; LOCK TABLE debvisor_queue.job')
      const done = new Promise<string>((resolve) => {
        void queue.work({ ...nothing, diagnose: async (job) => resolve(job.runId) }, { concurrency: 1 })
      })
      await vi.waitFor(() => expect(errors.map(({ err }) => err?.code)).toContain('55P03'), patience)
      await holder.end()
      expect(await done).toBe('patient')
      await queue.stop(1_000)
    }, 90_000)
  })

describe
  .runIf(storeKinds.includes('postgres'))
  .concurrent('a PostgreSQL that crashes under the queue', () => {
    let store: TestStore
    beforeAll(async () => {
      store = await openTestStore('postgres', { ownServer: true })
      await store.db.query('CREATE TABLE public.done (run text PRIMARY KEY)')
    })
    afterAll(() => store.stop())

    it('costs no job', async () => {
      const queue = await startQueue(store.db, { databaseUrl: store.config.databaseUrl, log: quiet })
      const ids = Array.from({ length: 60 }, (_, i) => `run-${i}`)
      for (const id of ids) await store.db.tx((tx) => queue.send(tx, diagnose(id)))
      const handler = async (job: { runId: string }) => {
        await store.db.query('INSERT INTO public.done SELECT $1 FROM pg_sleep(0.05) ON CONFLICT DO NOTHING', [
          job.runId,
        ])
      }
      await queue.work({ ...nothing, diagnose: handler }, { concurrency: 4 })
      const countDone = async () =>
        (await store.db.query<{ n: number }>('SELECT count(*) AS n FROM public.done')).rows[0]?.n
      for (const part of [10, 30]) {
        await vi.waitFor(async () => expect(await countDone()).toBeGreaterThan(part), patience)
        await store.postgres?.restart()
      }
      await vi.waitFor(async () => expect(await countDone()).toBe(60), patience)
      await queue.stop(1_000)
    }, 90_000)
  })
