import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Host } from '../../src/inventory/inventory.ts'
import { diagnose, giveUp, type RunWorker } from '../../src/runs/diagnose.ts'
import { takeRun } from '../../src/runs/queue/take-run.ts'
import { createRun, getRun } from '../../src/runs/run-store.ts'
import type { Message } from '../../src/slack/message.ts'
import type { Delivery } from '../../src/slack/transport/delivery.ts'
import { makeUpdates } from '../../src/slack/transport/message-updates.ts'
import type { Outcome, RunOptions } from '../../src/ssh/outcome.ts'
import type { Db } from '../../src/store/db.ts'
import { messageOf } from '../../src/store/posted-messages.ts'
import type { Job } from '../../src/store/queue.ts'
import { type DrawnThreads, makeThreads } from '../../src/threads/threads.ts'
import { runbook, topic } from '../engine/sample-runbook.ts'
import { hurriedClock } from '../fakes/clock.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'

const book = runbook(
  topic(`
probes:
  one: { title: One, run: one, parse: lines }
  two: { title: Two, run: two, parse: lines }
findings:
  it.broken: { title: It is broken, when: one.exit == 0, severity: critical, subject: s, detail: d, evidence: [one], resolution: [r] }
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

/** Where a worker stands still until it is let go: before a probe's answer reaches it, or with an update of a message on its way to Slack. */
type Gate = (at: 'answer' | 'update', what: string) => Promise<void>

/** What people see, whichever worker said it: the text of each message. */
function openSlack() {
  const shown = new Map<string, string>()
  let posts = 0
  const of = (gate: Gate): Delivery => {
    const updates = makeUpdates(
      hurriedClock(),
      async (_channel, ts, { text }) => {
        await gate('update', text)
        shown.set(ts, text)
        return { ok: true, value: ts }
      },
      (error) => {
        throw error
      },
    )
    return {
      post: async (_place: unknown, { text }: Message) => {
        const ts = `1.${++posts}`
        shown.set(ts, text)
        return { ok: true, ts }
      },
      find: async () => ({ ok: true, ts: null }),
      upload: async () => ({ ok: true, fileId: 'F1' }),
      update: async (channel: string, ts: string, message: Message) => {
        await updates.final(channel, ts, message)
        return { ok: true, ts }
      },
      updateSoon: updates.soon,
    } as Partial<Delivery> as Delivery
  }
  return { shown, of }
}

type Drawing = RunWorker & { readonly threads: DrawnThreads }

function workerOn(db: Db, delivery: Delivery, gate: Gate, drawnBy = makeThreads): Drawing {
  const run = async (commands: readonly { readonly id: string }[], options?: RunOptions) => {
    await Promise.all(
      commands.map(async ({ id }) => {
        await gate('answer', id)
        options?.onOutcome?.(id, answered)
      }),
    )
    return new Map(commands.map(({ id }) => [id, answered]))
  }
  const session = { fingerprint: 'SHA256:a', user: 'bot', run, checkPort: undefined, close: async () => {} }
  const shown = {
    store: storeWith(db),
    slack: { delivery },
    runbooks: { topics: new Map([[book.topic, book]]), find: () => book, names: () => [book.topic] },
    reachable: [],
    fixable: () => true as const,
    log: { warn() {}, error() {}, info() {} } as unknown as RunWorker['log'],
  }
  return {
    name: 'w',
    store: storeWith(db),
    hosts: {
      inventory: { hosts: new Map([['host1', host]]), groups: new Map() },
      connect: async () => ({ ok: true, session }),
    },
    runbooks: shown.runbooks,
    threads: drawnBy(shown),
    redactor: { output: (bytes) => Buffer.from(bytes).toString(), text: (said) => said },
    clock: { now: () => 0, elapsed: () => 0 },
    log: shown.log,
    haveSameReaders: () => true,
    areReadBySame: () => true,
    limits: { running: 8, runningPerHost: 4, runningAlerts: 4, runningFleets: 4 },
  }
}

describe.each(storeKinds)('a worker that lost its run to another, on the %s store', (kind) => {
  let store: TestStore
  let replica: Db
  /** As in another process: the order that one keeps among its own redraws binds no other. */
  let drawnElsewhere: typeof makeThreads
  beforeAll(async () => {
    store = await openTestStore(kind)
    replica = await store.replica()
    vi.resetModules()
    drawnElsewhere = (await import('../../src/threads/threads.ts')).makeThreads
  })
  afterAll(() => store?.stop())

  /** Slack shows it a little later. */
  const diagnoseAndShow = async (worker: Drawing, runId: string) => {
    await diagnose(worker, runId, new AbortController().signal)
    await worker.threads.settle(60_000)
  }
  const open: Gate = async () => {}
  const newRun = () =>
    createRun(store.db, {
      team: 'T1',
      actor: { kind: 'user', id: 'U1' },
      topic: book.topic,
      host: 'host1',
      production: false,
      channel: 'C1',
      responseUrl: null,
    })
  const main = async (slack: ReturnType<typeof openSlack>, runId: string) =>
    slack.shown.get((await messageOf(store.db, runId, 'main'))?.ts ?? '')

  it.each([
    ['before a probe answers', 'answer', 'two'],
    ['with progress on its way to Slack', 'update', '1 of 2'],
  ] as const)('shows nothing of its own over the verdict: stopped %s', async (_, where, words) => {
    const slack = openSlack()
    const run = await newRun()
    const stop = stopping(where, words)
    const first = diagnoseAndShow(workerOn(store.db, slack.of(stop.gate), stop.gate), run.id)
    await stop.stands
    await diagnoseAndShow(workerOn(replica, slack.of(open), open, drawnElsewhere), run.id)
    const verdict = await main(slack, run.id)
    expect(verdict).toMatch(/^🔴/u)
    stop.wake()
    await first
    expect(await main(slack, run.id)).toBe(verdict)
    expect(await getRun(store.db, run.id)).toMatchObject({ state: 'done', epoch: 2 })
  })

  it('shows its own verdict after its own progress, though another process was faster to show it', async () => {
    const slack = openSlack()
    const run = await newRun()
    const stop = stopping('update', '1 of 2')
    const posting = latch()
    const go = latch()
    const slow: Db = {
      ...store.db,
      query: async (sql, params) => {
        if (stop.stood() && sql.includes('INSERT INTO debvisor.messages')) {
          posting.open()
          await go.opened
        }
        return store.db.query(sql, params)
      },
    }
    const first = diagnoseAndShow(workerOn(slow, slack.of(stop.gate), stop.gate), run.id)
    await stop.stands
    stop.answer()
    await posting.opened
    // As the job does that came with the verdict.
    await workerOn(replica, slack.of(open), open, drawnElsewhere).threads.draw(run.id)
    const verdict = await main(slack, run.id)
    expect(verdict).toMatch(/^🔴/u)
    go.open()
    stop.wake()
    await first
    expect(await main(slack, run.id)).toBe(verdict)
  })

  const silentFor = (runId: string, epoch: number) =>
    store.db.query(
      `UPDATE debvisor.runs SET state = 'running', worker = 'dead', ticket = 'lost', epoch = $2,
         started_at = now() - interval '40 s', alive_at = now() - interval '31 s' WHERE id = $1`,
      [runId, epoch],
    )

  it('takes a run up whose workers died, but ends one that five of them did not survive', async () => {
    const slack = openSlack()
    const [fourth, fifth] = [await newRun(), await newRun()]
    await silentFor(fourth.id, 4)
    await diagnoseAndShow(workerOn(store.db, slack.of(open), open), 'next')
    expect(await getRun(store.db, fourth.id)).toMatchObject({ state: 'done', epoch: 5 })
    await silentFor(fifth.id, 5)
    await diagnoseAndShow(workerOn(store.db, slack.of(open), open), 'next')
    expect(await getRun(store.db, fifth.id)).toMatchObject({
      ...{ state: 'failed', hostKey: null },
      failure: { reason: 'the bot could not finish this run after several tries' },
    })
    expect(await main(slack, fifth.id)).toMatch(/^⚫ .* not examined/u)
  })

  /** `sent`: what it puts into the queue. */
  function workerThatSends(slack: ReturnType<typeof openSlack>) {
    const sent: Job[] = []
    const send = async (_tx: unknown, job: Job) => void sent.push(job)
    return { sent, worker: { ...workerOn(store.db, slack.of(open), open), store: storeWith(store.db, send) } }
  }

  it('gives a run another slot where the job of its slot was tried in vain, until five workers have had it', async () => {
    const slack = openSlack()
    const run = await newRun()
    const { worker, sent } = workerThatSends(slack)
    // The tries before may have been those of other runs that the slot served.
    await silentFor(run.id, 1)
    await giveUp(worker, 'lost')
    expect(await getRun(store.db, run.id)).toMatchObject({ state: 'running', epoch: 1 })
    expect(sent).toEqual([{ kind: 'diagnose', runId: run.id, ticket: expect.any(String) }])
    await silentFor(run.id, 5)
    await giveUp(worker, 'lost')
    await worker.threads.settle(60_000)
    expect(await getRun(store.db, run.id)).toMatchObject({
      ...{ state: 'failed', failure: { reason: 'the bot could not finish this run after several tries' } },
    })
  })

  it('gives it one slot, though it is told twice that the old one is over, and not for ever', async () => {
    const slack = openSlack()
    const run = await newRun()
    const { worker, sent } = workerThatSends(slack)
    await silentFor(run.id, 1)
    await giveUp(worker, 'lost')
    await giveUp(worker, 'lost')
    expect(sent).toHaveLength(1)
    const ticketOf = (job: Job | undefined) => (job?.kind === 'diagnose' && job.ticket) || ''
    expect(ticketOf(sent[0])).not.toBe('lost')
    // Whoever gets the slot gets this very run; the other one of two such jobs would end it under that worker.
    const limits = { running: 8, runningPerHost: 9, runningAlerts: 9, runningFleets: 9 }
    const taken = await takeRun(store.db, { ticket: ticketOf(sent[0]), worker: 'next', limits })
    expect(taken).toMatchObject({ id: run.id, epoch: 2 })
    await giveUp(worker, 'lost')
    expect(await getRun(store.db, run.id)).toMatchObject({ state: 'running', epoch: 2 })
    expect(sent).toHaveLength(1)
    // No worker gets as far as taking it.
    for (let given = 0; given < 10 && (await getRun(store.db, run.id))?.state === 'running'; given++)
      await giveUp(worker, ticketOf(sent.at(-1)))
    await worker.threads.settle(60_000)
    expect(await getRun(store.db, run.id)).toMatchObject({ state: 'failed' })
    expect(sent.filter(({ kind }) => kind === 'diagnose')).toHaveLength(5)
  })

  it('gives up no run that another has taken meanwhile', async () => {
    const slack = openSlack()
    const run = await newRun()
    await silentFor(run.id, 5)
    let taken = false
    const late: Db = {
      ...store.db,
      tx: async (work) => {
        const result = await store.db.tx(work)
        if (taken) return result
        taken = true
        const limits = { running: 8, runningPerHost: 9, runningAlerts: 9, runningFleets: 9 }
        expect(await takeRun(replica, { ticket: 'another', worker: 'other', limits })).toMatchObject({
          id: run.id,
        })
        return result
      },
    }
    await giveUp(workerOn(late, slack.of(open), open), 'lost')
    expect(taken).toBe(true)
    expect(await getRun(store.db, run.id)).toMatchObject({ state: 'running', epoch: 6 })
    await store.db.query(`UPDATE debvisor.runs SET state = 'cancelled', ended_at = now() WHERE id = $1`, [
      run.id,
    ])
  })

  it('leaves the verdict, however slow host and Slack are to either of them', async () => {
    const orders = new Set<string>()
    /** Before each answer and each update, in round trips to the store. */
    const pauses = fc.array(fc.constantFrom(0, 0, 1, 3, 9, 20), { minLength: 12, maxLength: 12 })
    const holds = fc.asyncProperty(pauses, pauses, async (ofFirst, ofSecond) => {
      const slack = openSlack()
      const run = await newRun()
      const order: string[] = []
      const slow = (name: string, left: number[]): Gate => {
        return async (at, what) => {
          for (let trips = left.shift() ?? 0; trips > 0; trips--) await store.db.query('SELECT 1')
          order.push(`${name} ${at} ${what}`)
        }
      }
      const work = (drawnBy: typeof makeThreads, db: Db, gate: Gate) =>
        diagnoseAndShow(workerOn(db, slack.of(gate), gate, drawnBy), run.id)
      const first = slow('first', [...ofFirst])
      const second = slow('second', [...ofSecond])
      await Promise.all([work(makeThreads, store.db, first), work(drawnElsewhere, replica, second)])
      expect(await main(slack, run.id)).toMatch(/^🔴/u)
      orders.add(order.join())
    })
    // How long a round trip takes is the machine's, so how many orders 60 pairs of pauses give is, too.
    for (let rounds = 0; rounds === 0 || (orders.size <= 20 && rounds < 5); rounds++)
      await fc.assert(holds, { numRuns: 60 })
    expect(orders.size).toBeGreaterThan(20)
  }, 120_000)
})

/** Stops a worker at a place, once; the second probe answers only after that. */
function stopping(where: 'answer' | 'update', words: string) {
  const stands = latch()
  const awake = latch()
  const answered = latch()
  let stood = false
  const gate: Gate = async (at, what) => {
    if (!stood && at === where && what.includes(words)) {
      stood = true
      stands.open()
      await awake.opened
    } else if (at === 'answer' && what === 'two') await Promise.race([awake.opened, answered.opened])
  }
  return { gate, stands: stands.opened, stood: () => stood, wake: awake.open, answer: answered.open }
}

function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}
