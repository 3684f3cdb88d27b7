import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Host } from '../../src/inventory/inventory.ts'
import { diagnose, type RunWorker } from '../../src/runs/diagnose.ts'
import { getRun } from '../../src/runs/run-store.ts'
import type { Message } from '../../src/slack/message.ts'
import type { Delivery } from '../../src/slack/transport/delivery.ts'
import type { Outcome, RunOptions } from '../../src/ssh/outcome.ts'
import type { Job } from '../../src/store/queue.ts'
import { type DrawnThreads, makeThreads } from '../../src/threads/threads.ts'
import { runbook, topic } from '../engine/sample-runbook.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'
import { waitingRun } from './queue/waiting-runs.ts'

const book = runbook(
  topic(`
probes:
  one: { title: One, run: one, parse: lines }
findings:
  it.broken: { title: It is broken, when: one.exit == 0, severity: critical, subject: s, detail: d, evidence: [one], resolution: [r] }
`),
)
const host: Host = { name: 'host1', groups: [], production: false, route: { kind: 'local' }, variables: {} }
const empty = Buffer.from('')
const answered: Outcome = { status: 'exited', code: 0, stdout: empty, stderr: empty, ms: 1 }
const unavailable = { ok: false, reason: 'unavailable', detail: 'http 503' } as const
const signal = new AbortController().signal

/** A Slack that takes nothing until it is told to. `answers`: what it says of a post meanwhile; a hanging one says nothing. */
function openSlack(answers: 'hangs' | '503') {
  const shown = new Map<string, string>()
  let up = false
  let recover = (): void => {}
  const recovered = new Promise<void>((resolve) => {
    recover = () => {
      up = true
      resolve()
    }
  })
  const said = (ts: string, { text }: Message) => {
    shown.set(ts, text)
    return { ok: true, ts }
  }
  const delivery = {
    post: async (_place: unknown, message: Message) => {
      if (!up && answers === '503') return unavailable
      await recovered
      return said(`1.${shown.size + 1}`, message)
    },
    find: async () => (up ? { ok: true, ts: null } : unavailable),
    update: async (_channel: string, ts: string, message: Message) => said(ts, message),
    updateSoon() {},
    upload: async () => ({ ok: true, fileId: 'F1' }),
  } as Partial<Delivery> as Delivery
  return { shown, delivery, recover: () => recover() }
}

describe.each(storeKinds)('a diagnosis on the %s store, while Slack', (kind) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store?.stop())

  function workerOn(delivery: Delivery, sent: Job[]): RunWorker & { readonly threads: DrawnThreads } {
    const run = async (commands: readonly { readonly id: string }[], options?: RunOptions) => {
      for (const { id } of commands) options?.onOutcome?.(id, answered)
      return new Map(commands.map(({ id }) => [id, answered]))
    }
    const session = { fingerprint: 'SHA256:a', user: 'bot', run, checkPort: undefined, close: async () => {} }
    const log = { warn() {}, error() {}, info() {} } as unknown as RunWorker['log']
    const runbooks = { topics: new Map([[book.topic, book]]), find: () => book, names: () => [book.topic] }
    const inventory = { hosts: new Map([['host1', host]]), groups: new Map() }
    const drawer = {
      store: storeWith(store.db),
      slack: { delivery },
      runbooks,
      reachable: [],
      fixable: () => true as const,
    }
    return {
      name: 'w',
      store: storeWith(store.db, async (_tx, job) => void sent.push(job)),
      hosts: { inventory, connect: async () => ({ ok: true, session }) },
      runbooks,
      threads: makeThreads({ ...drawer, log }),
      redactor: { output: (bytes) => Buffer.from(bytes).toString(), text: (text) => text },
      clock: { now: () => 0, elapsed: () => 0 },
      log,
      haveSameReaders: () => true,
      areReadBySame: () => true,
      limits: { running: 8, runningPerHost: 4, runningAlerts: 4, runningFleets: 4 },
    }
  }

  it('hangs has its verdict, and a free slot; Slack shows it once it can', async () => {
    const slack = openSlack('hangs')
    const run = await waitingRun(store.db, { topic: book.topic, host: 'host1' })
    const worker = workerOn(slack.delivery, [])
    await diagnose(worker, run.id, signal)
    expect(await getRun(store.db, run.id)).toMatchObject({ state: 'done' })
    expect([...slack.shown]).toEqual([])
    slack.recover()
    await worker.threads.settle(10_000)
    expect([...slack.shown.values()].some((text) => text.startsWith('🔴'))).toBe(true)
  })

  it('answers 503 has its verdict, and a job that draws it when Slack is back', async () => {
    const slack = openSlack('503')
    const sent: Job[] = []
    const run = await waitingRun(store.db, { topic: book.topic, host: 'host1' })
    const worker = workerOn(slack.delivery, sent)
    await diagnose(worker, run.id, signal)
    expect(await getRun(store.db, run.id)).toMatchObject({ state: 'done' })
    await worker.threads.settle(10_000)
    expect([...slack.shown]).toEqual([])
    expect(sent).toEqual([{ kind: 'redraw', runId: run.id }])
    slack.recover()
    await worker.threads.draw(run.id)
    await vi.waitFor(() => expect([...slack.shown.values()].some((text) => text.startsWith('🔴'))).toBe(true))
  })
})
