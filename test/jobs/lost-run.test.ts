import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Host } from '../../src/inventory/inventory.ts'
import { type DiagnoseDeps, diagnose } from '../../src/runs/diagnose.ts'
import { createRun, getRun } from '../../src/runs/run-store.ts'
import type { Message } from '../../src/slack/message.ts'
import type { Delivery } from '../../src/slack/transport/delivery.ts'
import { makeUpdates } from '../../src/slack/transport/updates.ts'
import type { Outcome, RunOptions } from '../../src/ssh/outcome.ts'
import { quote } from '../../src/ssh/wave/quote.ts'
import type { Db } from '../../src/store/db.ts'
import { messageOf } from '../../src/store/posted-messages.ts'
import { runbook, topic } from '../engine/sample-runbook.ts'
import { hurriedClock } from '../fakes/clock.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

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

function depsOf(db: Db, delivery: Delivery, gate: Gate): DiagnoseDeps {
  const run = async (commands: readonly { readonly id: string }[], options?: RunOptions) => {
    await Promise.all(
      commands.map(async ({ id }) => {
        await gate('answer', id)
        options?.onOutcome?.(id, answered)
      }),
    )
    return new Map(commands.map(({ id }) => [id, answered]))
  }
  const session = { fingerprint: 'SHA256:a', user: 'bot', run, reach: undefined, close: async () => {} }
  return {
    db,
    delivery,
    runbooks: { topics: new Map([[book.topic, book]]), find: () => book, names: () => [book.topic] },
    inventory: { hosts: new Map([['host1', host]]), groups: new Map() },
    configured: { leadSlackUser: false, smtp: false, pagerduty: false },
    fixable: () => true,
    quote,
    clean: { output: (bytes) => bytes.toString(), text: (said) => said },
    worker: 'w',
    now: () => 0,
    time: () => 0,
    connect: async () => ({ ok: true, session }),
    log: { warn() {}, error() {}, info() {} } as unknown as DiagnoseDeps['log'],
  }
}

describe.each(storeKinds)('a worker that lost its run to another, on the %s store', (kind) => {
  let store: TestStore
  let replica: Db
  /** As in another process: the order that one keeps among its own redraws binds no other. */
  let elsewhere: typeof diagnose
  beforeAll(async () => {
    store = await openTestStore(kind)
    replica = await store.replica()
    vi.resetModules()
    elsewhere = (await import('../../src/runs/diagnose.ts')).diagnose
  })
  afterAll(() => store?.stop())

  const signal = new AbortController().signal
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
    let wake = () => {}
    const awake = new Promise<void>((resolve) => {
      wake = resolve
    })
    let stands = false
    const stopping: Gate = async (at, what) => {
      if (at === 'answer' && what === 'two' && where === 'update') await vi.waitFor(() => stands || fail())
      if (stands || at !== where || !what.includes(words)) return
      stands = true
      await awake
    }
    const first = diagnose(depsOf(store.db, slack.of(stopping), stopping), run.id, signal)
    await vi.waitFor(() => stands || fail(), 10_000)
    await elsewhere(depsOf(replica, slack.of(open), open), run.id, signal)
    const verdict = await main(slack, run.id)
    expect(verdict).toMatch(/^🔴/u)
    wake()
    await first
    expect(await main(slack, run.id)).toBe(verdict)
    expect(await getRun(store.db, run.id)).toMatchObject({ state: 'done', epoch: 2 })
  })

  it('leaves the verdict, in whatever order answers and updates arrive', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (order) => {
        const slack = openSlack()
        const run = await newRun()
        const gated =
          (name: string): Gate =>
          (at, what) =>
            order.schedule(Promise.resolve(), `${name} ${at} ${what}`)
        const work = (by: typeof diagnose, db: Db, name: string) =>
          by(depsOf(db, slack.of(gated(name)), gated(name)), run.id, signal)
        const both = [work(diagnose, store.db, 'first'), work(elsewhere, replica, 'second')]
        await order.waitFor(Promise.all(both))
        expect(await main(slack, run.id)).toMatch(/^🔴/u)
        seen.add(
          order
            .report()
            .map(({ schedulingType, label }) => `${schedulingType} ${label}`)
            .join(),
        )
      }),
      { numRuns: 40 },
    )
    expect(seen.size).toBeGreaterThan(5)
  }, 120_000)
})

function fail(): never {
  throw new Error('not yet')
}
