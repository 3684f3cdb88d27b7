import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Host } from '../../src/inventory/inventory.ts'
import { diagnose, type RunWorker } from '../../src/runs/diagnose.ts'
import { cancelUnderWay } from '../../src/runs/requests/cancel-run.ts'
import type { Run } from '../../src/runs/run.ts'
import { createRun, getRun } from '../../src/runs/run-store.ts'
import type { Outcome, RunOptions } from '../../src/ssh/outcome.ts'
import type { Db } from '../../src/store/db.ts'
import { runbook, topic } from '../engine/sample-runbook.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'

const book = runbook(
  topic(`
probes:
  slow: { title: Slow, run: slow, parse: lines }
findings:
  it.broken: { title: It is broken, when: slow.exit == 0, severity: critical, subject: s, detail: d, evidence: [slow], resolution: [r] }
`),
)
const host: Host = {
  name: 'host1',
  groups: [],
  production: false,
  route: { kind: 'local' },
  variables: {},
}
const answered: Outcome = {
  status: 'exited',
  code: 0,
  stdout: Buffer.from(''),
  stderr: Buffer.from(''),
  ms: 1,
}

/** A host whose probe answers when it is told to, or is lost once its wave is aborted. */
function openHost() {
  const asked = latch()
  const answer = latch()
  const seen = { closed: 0, aborted: 0 }
  const run = async (
    commands: readonly { readonly id: string }[],
    { signal, onOutcome }: RunOptions = {},
  ) => {
    asked.open()
    const aborted = new Promise<boolean>((resolve) => {
      if (signal?.aborted) resolve(true)
      signal?.addEventListener('abort', () => resolve(true))
    })
    const lost = await Promise.race([aborted, answer.opened.then(() => false)])
    if (lost) seen.aborted++
    const outcome: Outcome = lost ? { status: 'lost', reason: 'the run was stopped', ms: 1 } : answered
    for (const { id } of commands) onOutcome?.(id, outcome)
    return new Map(commands.map(({ id }) => [id, outcome]))
  }
  const close = async () => void seen.closed++
  const session = { fingerprint: 'SHA256:a', user: 'bot', run, checkPort: undefined, close }
  return { session, asked: asked.opened, answer: answer.open, seen }
}

describe.each(storeKinds)('a run that is cancelled, on the %s store', (kind) => {
  let store: TestStore
  let replica: Db
  beforeAll(async () => {
    store = await openTestStore(kind)
    replica = await store.replica()
  })
  afterAll(() => store?.stop())

  const never = new AbortController().signal
  const newRun = (): Promise<Run> =>
    createRun(store.db, {
      team: 'T1',
      actor: { kind: 'user', id: 'U1' },
      topic: book.topic,
      host: 'host1',
      production: false,
      channel: 'C1',
      responseUrl: null,
    })
  const audited: string[] = []
  const jobs: string[] = []
  const drawing: Promise<void>[] = []
  /** By another replica than the one that works at it. */
  const cancel = (run: Run) =>
    cancelUnderWay(
      storeWith(replica, async (_tx, { kind: what }) => void jobs.push(what)),
      run,
      'U2',
      async (_tx, target) => void audited.push(target ?? ''),
    )
  function worker(session: ReturnType<typeof openHost>['session'], drawn: string[] = []): RunWorker {
    return {
      name: 'w',
      store: storeWith(store.db),
      hosts: {
        inventory: { hosts: new Map([['host1', host]]), groups: new Map() },
        connect: async () => ({ ok: true, session }),
      },
      runbooks: { topics: new Map([[book.topic, book]]), find: () => book, names: () => [book.topic] },
      threads: {
        draw: async () => {},
        redraw: async () => {},
        drawAnew: () => Promise.resolve(),
        drawAfterProgress: ([id = '']) =>
          void drawing.push(getRun(store.db, id).then((now) => void drawn.push(now?.state ?? ''))),
        drawProgress: () => ({ widened() {}, started() {}, recorded() {} }),
        drawPlace() {},
      },
      redactor: { output: (bytes) => Buffer.from(bytes).toString(), text: (said) => said },
      clock: { now: () => 0, elapsed: () => 0 },
      log: { warn() {}, error() {}, info() {} } as unknown as RunWorker['log'],
      haveSameReaders: () => true,
      areReadBySame: () => true,
      limits: { running: 8, runningPerHost: 4, runningAlerts: 4, runningFleets: 4 },
    }
  }

  it('leaves its host at once, stores no verdict, and is shown as cancelled', async () => {
    const run = await newRun()
    const { session, asked, seen } = openHost()
    const drawn: string[] = []
    const working = diagnose(worker(session, drawn), run.id, never)
    await asked
    expect(await cancel(run)).toMatchObject({ cancelled: true, run: { state: 'cancelled' } })
    expect([audited.at(-1), jobs.at(-1)]).toEqual([`cancelled run ${run.code}`, 'redraw'])
    await working
    await Promise.all(drawing)
    expect(seen.aborted).toBeGreaterThan(0)
    expect(seen.closed).toBe(1)
    expect(drawn).toEqual(['cancelled'])
    expect(await getRun(store.db, run.id)).toMatchObject({
      state: 'cancelled',
      cancelledBy: 'U2',
      report: null,
      endedAt: expect.any(Date),
    })
  })

  it('while it waits, asks its host nothing when its turn comes', async () => {
    const run = await newRun()
    expect((await cancel(run)).cancelled).toBe(true)
    const { session, seen } = openHost()
    await diagnose(worker(session), run.id, never)
    expect(seen).toEqual({ closed: 0, aborted: 0 })
  })

  it('is cancelled once, and not after its end', async () => {
    const run = await newRun()
    const both = await Promise.all([cancel(run), cancel(run)])
    expect(both.map(({ cancelled }) => cancelled).sort()).toEqual([false, true])
    expect(both.map((each) => each.run.state)).toEqual(['cancelled', 'cancelled'])

    const other = await newRun()
    const { session, answer } = openHost()
    answer()
    await diagnose(worker(session), other.id, never)
    expect(await cancel(other)).toMatchObject({ cancelled: false, run: { state: 'done', cancelledBy: null } })
  })

  it('at the moment of its verdict has one of both, and whoever cancels is told which', async () => {
    for (let trips = 0; trips < 12; trips++) {
      const run = await newRun()
      const { session, asked, answer } = openHost()
      const working = diagnose(worker(session), run.id, never)
      await asked
      answer()
      for (let trip = 0; trip < trips; trip++) await replica.query('SELECT 1')
      const { cancelled, run: told } = await cancel(run)
      await working
      const now = await getRun(store.db, run.id)
      expect(now?.state).toBe(cancelled ? 'cancelled' : 'done')
      expect(told.state).toBe(now?.state)
      expect(now?.report === null).toBe(cancelled)
    }
  })

  it('is taken up again after a stop of the bot, but not after a cancellation', async () => {
    const run = await newRun()
    const { session, asked } = openHost()
    const stopping = new AbortController()
    const working = diagnose(worker(session), run.id, stopping.signal)
    await asked
    stopping.abort()
    await expect(working).rejects.toThrow('taken up again')
    expect(await getRun(store.db, run.id)).toMatchObject({ state: 'running' })
  })
})

function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}
