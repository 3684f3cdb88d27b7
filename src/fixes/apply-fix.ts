import type { Logger } from 'pino'
import type { FixStep } from '../engine/plan/render-fix.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import type { Metered } from '../metrics/meter.ts'
import { withLogFields } from '../redact/log-fields.ts'
import { toRecord } from '../runs/examination/outcome-to-record.ts'
import { createRun, getRun } from '../runs/run-store.ts'
import type { Threads } from '../runs/threads.ts'
import type { Command, Outcome, Session } from '../ssh/outcome.ts'
import type { Queryable } from '../store/db.ts'
import type { Store } from '../store/store.ts'
import { quote } from '../text/quote.ts'
import { unchangedSinceAsked } from './approval-binding.ts'
import { commandsOf, endOf, noteFix } from './fix-audit.ts'
import type { FixHosts } from './fix-connections.ts'
import {
  beginFix,
  beginStep,
  endFix,
  type FixEnding,
  type FixLease,
  heldForMs,
  loseFix,
  renewFix,
  restartLease,
} from './fix-lease.ts'
import { expireFix, type Fix, getFix, noteRecheck, stopFix } from './fix-store.ts'
import { lookBefore, otherKey, type SecondLooker } from './look-before-applying.ts'

/** What takes approved fixes from the queue and applies them. */
export interface FixWorker extends SecondLooker, Metered {
  /** This process, for the fix's row. */
  readonly name: string
  readonly store: Store
  readonly fixHosts: FixHosts
  readonly threads: Pick<Threads, 'draw'>
  /** A pager is configured, and hears of each change. */
  readonly tellsPager: boolean
  readonly log: Logger
}

const crashed = ({ begun, steps }: Fix): string =>
  begun === 0
    ? 'The bot ended before the first command was sent. It is not run again by itself.'
    : `The bot ended at step ${begun} of ${steps.length}, so nobody knows whether it ran. It is not run again by itself.`

/**
 * Applies an approved fix, from top to bottom: it checks that everything is still as it was approved and that the cause
 * is still there, connects as the login for fixes, stores the intent, sends, stores what came of it, and looks again.
 * Called again after a crash it never sends a second time: a fix that was begun is unknown from then on (R2).
 */
export async function applyFix(worker: FixWorker, id: string, signal: AbortSignal): Promise<void> {
  const fix = await getFix(worker.store, id)
  if (!fix) return
  await withLogFields({ fix: fix.id, runId: fix.runId }, async () => {
    if (fix.state === 'running') await lose(worker, fix, crashed(fix))
    if (fix.state === 'approved') await attempt(worker, fix, signal)
    await redraw(worker, fix)
  })
}

const count = ({ meter }: Metered, outcome: string | undefined): void => {
  if (outcome) meter?.add('debvisor_fixes_total', { outcome })
}

/** The time for an approval is over: everybody reads it at once. False: not yet, by the database's clock. */
export async function expire(worker: FixWorker, id: string): Promise<boolean> {
  const expired = await expireDue(worker, id)
  if (expired) await redraw(worker, expired)
  return (await getFix(worker.store, id))?.state !== 'awaiting-approval'
}

async function expireDue(worker: FixWorker, id: string): Promise<Fix | null> {
  const due = await worker.store.tx(async (tx) => {
    const expired = await expireFix(tx, id)
    if (expired) await noteFix(worker.store, tx, expired, 'ran out, nothing was run')
    return expired
  })
  count(worker, due?.state)
  return due
}

/** The job was given up after its last try. */
export async function giveUpFix(worker: FixWorker, id: string): Promise<void> {
  const fix = await getFix(worker.store, id)
  if (fix?.state === 'approved')
    await stop(worker, fix, { state: 'failed', reason: 'It could not be begun after several tries.' })
  if (fix?.state === 'running') await lose(worker, fix, crashed(fix))
  if (fix) await redraw(worker, fix)
}

async function attempt(worker: FixWorker, fix: Fix, signal: AbortSignal): Promise<void> {
  if (await expireDue(worker, fix.id)) return
  const still = await unchangedSinceAsked(worker, fix)
  if (!still.ok) return stop(worker, fix, { state: 'void', reason: still.sentence })
  const looked = await lookBefore(worker, fix, still.route, signal)
  goesOn(signal)
  if (!looked.ok) {
    const reason = `${looked.sentence} Nothing was run.`
    return stop(worker, fix, { state: looked.state, reason, lookAgain: true })
  }
  const connected = await worker.fixHosts.connect(still.route, signal)
  if (signal.aborted) {
    if (connected.ok) await connected.session.close()
    goesOn(signal)
  }
  if (!connected.ok) {
    const { hop, stage, reason } = connected.failure
    const said = `At ${hop}: ${worker.redactor.output(Buffer.from(reason))}. Nothing was run.`
    return stop(worker, fix, { state: stage === 'host-key' ? 'void' : 'failed', reason: said })
  }
  try {
    await onHost(worker, fix, connected.session, signal)
  } finally {
    await connected.session.close()
  }
}

/** A stopping worker leaves the fix to the next one. */
function goesOn(signal: AbortSignal): void {
  if (signal.aborted) throw new Error('stopped before a fix was begun; it is taken up again')
}

async function onHost(worker: FixWorker, fix: Fix, session: Session, signal: AbortSignal): Promise<void> {
  if (session.fingerprint !== fix.hostKey)
    return stop(worker, fix, { state: 'void', reason: `${otherKey(fix.host)} Nothing was run.` })
  const begun = await worker.store.tx(async (tx) => {
    const running = await beginFix(tx, fix.id, worker.name)
    if (!running) return null
    // The head of the audit may be another's for longer than a lease lasts.
    await noteFix(worker.store, tx, running, `begins: ${commandsOf(running)}`)
    await restartLease(tx, leaseOf(running))
    return running
  })
  // It ran out while we connected, or somebody else has it.
  if (!begun) return void (await expireDue(worker, fix.id))
  // Beside the command: what is stored must not wait for Slack, and Slack being down must not stop what was approved.
  const shown = redraw(worker, begun).catch((error: unknown) => {
    worker.log.warn({ err: error }, 'Slack did not take that a fix runs; it goes on')
  })
  const lease = leaseOf(begun)
  const steps = { worker, lease, fix: begun, session, signal }
  await end(worker, lease, await renewing(worker, lease, () => runSteps(steps)))
  await shown
}

const leaseOf = ({ id, epoch }: Fix): FixLease => ({ fixId: id, epoch })

/** Three tries before the lease is over; one that fails is made up for by the next. */
const RENEW_EVERY_MS = 3_000

async function renewing<T>({ store }: FixWorker, lease: FixLease, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => void renewFix(store, lease).catch(() => undefined), RENEW_EVERY_MS)
  return work().finally(() => clearInterval(timer))
}

/** A fix that has begun, on the host that it mends. */
interface BegunFix {
  readonly worker: FixWorker
  readonly lease: FixLease
  readonly fix: Fix
  readonly session: Session
  readonly signal: AbortSignal
}

/**
 * Runs the steps one after the other until one fails. A step that is not known to have ended is unknown, and no step
 * follows it.
 */
async function runSteps(begun: BegunFix): Promise<FixEnding> {
  const { worker, lease, fix } = begun
  const results: ProbeRecord[] = []
  for (const [at, step] of fix.steps.entries()) {
    if (!(await beginStep(worker.store, lease, at + 1))) return { ...notSent(at + 1), results }
    const outcome = await send(begun, step, at + 1)
    if (outcome === 'not sent') return { ...notSent(at + 1), results }
    const asked = { id: `step${at + 1}`, text: step.text, answers: [0], timeoutMs: step.timeoutMs }
    const record = toRecord(asked, outcome, worker.redactor)
    results.push(record)
    const ending = endingOf(outcome, record)
    if (ending) return { ...ending, results }
  }
  return { state: 'succeeded', results, reason: null }
}

/** Where another worker has given the fix up meanwhile, its word stands and this one is not stored. */
const notSent = (step: number): Omit<FixEnding, 'results'> => ({
  state: 'failed',
  reason: `Step ${step} was not sent: the bot stood still right before it, or its store did not answer. It is not run again by itself.`,
})

async function send(
  { worker, lease, session, signal }: BegunFix,
  { as, argv, timeoutMs }: FixStep,
  number: number,
): Promise<Outcome | 'not sent'> {
  const id = `step${number}`
  const command: Command =
    as === 'root'
      ? { id, kind: 'privileged', argv, timeoutMs }
      : { id, kind: 'shell', script: argv.map(quote).join(' '), timeoutMs }
  let held = true
  const mayStart = async () => {
    held = await stillHolds(worker, lease)
    return held
  }
  const outcomes = await session.run([command], { signal, mayStart })
  if (!held) return 'not sent'
  return outcomes.get(id) ?? { status: 'lost', reason: 'there was no answer', ms: 0 }
}

/**
 * The session asks this once the host waits for the command. A process may be stopped at any point, also while the
 * database's answer is under way. So the time since the question is taken off, by whichever clock says more, because
 * one of them stops while the machine sleeps. What remains is a process that is stopped between this comparison and its
 * write to the socket, and bytes that the network delivers late.
 */
async function stillHolds({ store, clock, log }: FixWorker, lease: FixLease): Promise<boolean> {
  const asked = { now: clock.now(), elapsed: clock.elapsed() }
  const left = await heldForMs(store, lease).catch((error: unknown) => {
    log.warn({ err: error }, 'the store did not say whether this fix is still held')
    return 0
  })
  return Math.max(clock.elapsed() - asked.elapsed, clock.now() - asked.now) < left
}

/** Undefined: the step did what it should, and the next one may follow. */
function endingOf(outcome: Outcome, record: ProbeRecord): Omit<FixEnding, 'results'> | undefined {
  switch (outcome.status) {
    case 'exited':
      if (outcome.code === 0) return undefined
      return { state: 'failed', reason: record.reason ?? `exit status ${outcome.code}` }
    case 'refused':
      return { state: 'failed', reason: record.reason ?? 'sudo refused it' }
    case 'timed-out':
    case 'signalled':
    case 'cut':
    case 'lost':
      return { state: 'unknown', reason: record.reason ?? record.status }
  }
}

/** What came of it, the run that looks afterwards and its job are one transaction: a crash loses none of them. */
async function end(worker: FixWorker, lease: FixLease, ending: FixEnding): Promise<void> {
  const outcome = await worker.store.tx(async (tx) => {
    const ended = await endFix(tx, lease, ending)
    if (!ended) return undefined
    const looks = await lookAgain(worker, tx, ended)
    await announce(worker, tx, ended)
    await noteFix(worker.store, tx, ended, `${endOf(ended)}${looks}`)
    return ended.state
  })
  count(worker, outcome)
}

async function lose(worker: FixWorker, fix: Fix, reason: string): Promise<void> {
  const outcome = await worker.store.tx(async (tx) => {
    const lost = await loseFix(tx, fix.id, reason)
    if (!lost) return undefined
    const looks = await lookAgain(worker, tx, lost)
    await announce(worker, tx, lost)
    await noteFix(worker.store, tx, lost, `${endOf(lost)}${looks}`)
    return lost.state
  })
  count(worker, outcome)
}

/** Why nothing was sent. */
interface Stop {
  readonly state: 'void' | 'failed'
  readonly reason: string
  /** What the host is like now is worth a run. */
  readonly lookAgain?: boolean
}

async function stop(worker: FixWorker, fix: Fix, why: Stop): Promise<void> {
  const outcome = await worker.store.tx(async (tx) => {
    const stopped = await stopFix(tx, fix.id, why.state, why.reason)
    if (!stopped) return undefined
    const looks = why.lookAgain ? await lookAgain(worker, tx, stopped) : ''
    await noteFix(worker.store, tx, stopped, `${endOf(stopped)}${looks}`)
    return stopped.state
  })
  count(worker, outcome)
}

/**
 * Tells whoever is on call what was changed, by a job of its own, so that a pager that is down does not hold up the
 * fix.
 */
async function announce({ store, tellsPager }: FixWorker, tx: Queryable, { id }: Fix): Promise<void> {
  if (tellsPager) await store.queue.send(tx, { kind: 'change', fixId: id })
}

/** For the audit's row: which run looks. */
async function lookAgain(worker: FixWorker, tx: Queryable, fix: Fix): Promise<string> {
  const before = await getRun(tx, fix.runId)
  if (!before) return ''
  const { team, topic, host, channel } = before
  const afterMs = fix.startedAt ? fix.settleMs : 0
  const run = await createRun(tx, {
    team,
    topic,
    host,
    channel,
    actor: { kind: 'user', id: fix.requester },
    reason: `looks again ${fix.startedAt ? 'after' : 'in place of'} “${fix.title}”`,
    production: worker.hosts.inventory.hosts.get(host)?.production ?? before.production,
    responseUrl: null,
    parent: before.id,
    afterMs,
  })
  await noteRecheck(tx, fix.id, run.id)
  await worker.store.queue.send(tx, { kind: 'diagnose', runId: run.id }, { afterMs })
  return `; run ${run.code} looks again`
}

/** Throws where Slack is down: the job comes again, and what is stored is all that it then has to show. */
const redraw = ({ threads }: FixWorker, fix: Fix): Promise<void> => threads.draw(fix.runId)
