import type { Logger } from 'pino'
import type { FixStep } from '../engine/plan/render-fix.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import { toRecord } from '../runs/record-outcome.ts'
import { createRun, getRun } from '../runs/run-store.ts'
import type { Threads } from '../runs/threads.ts'
import type { FixRoute } from '../ssh/fix-connect.ts'
import type { Command, Connected, Outcome, Session } from '../ssh/outcome.ts'
import type { Queryable } from '../store/db.ts'
import type { Queue } from '../store/queue.ts'
import { commandsOf, endOf, type NoteDeps, noteFix } from './fix-audit.ts'
import {
  beginFix,
  beginStep,
  endFix,
  expireFix,
  type Fix,
  type FixEnding,
  type FixLease,
  getFix,
  heldForMs,
  loseFix,
  noteRecheck,
  renewFix,
  stopFix,
} from './fix-store.ts'
import { stillAsBound } from './offer.ts'
import { type LookDeps, lookBefore, otherKey } from './second-look.ts'

export interface FixDeps extends LookDeps, NoteDeps {
  readonly threads: Pick<Threads, 'draw'>
  readonly log: Logger
  readonly configured: { readonly pagerduty: boolean }
  readonly queue: Queue
  /** This process, for the fix's row. */
  readonly worker: string
  connectForFix(route: FixRoute, signal: AbortSignal): Promise<Connected>
}

const crashed = ({ begun, steps }: Fix): string =>
  begun === 0
    ? 'The bot ended before the first command was sent. It is not run again by itself.'
    : `The bot ended at step ${begun} of ${steps.length}, so nobody knows whether it ran. It is not run again by itself.`

/**
 * A fix that was approved, top to bottom: is everything still as it was approved, is its cause still there, connect as the login for fixes, store the
 * intent, send, store what came of it, look again. Called again after a crash it never sends a second time: what was begun is unknown from then on (R2).
 */
export async function applyFix(deps: FixDeps, id: string, signal: AbortSignal): Promise<void> {
  const fix = await getFix(deps.db, id)
  if (!fix) return
  if (fix.state === 'running') await lose(deps, fix, crashed(fix))
  if (fix.state === 'approved') await attempt(deps, fix, signal)
  await redraw(deps, fix)
}

/** The time for an approval is over: everybody reads it at once. False: not yet, by the database's clock. */
export async function expire(deps: FixDeps, id: string): Promise<boolean> {
  const expired = await expireDue(deps, id)
  if (expired) await redraw(deps, expired)
  return (await getFix(deps.db, id))?.state !== 'awaiting-approval'
}

const expireDue = (deps: FixDeps, id: string): Promise<Fix | null> =>
  deps.db.tx(async (tx) => {
    const expired = await expireFix(tx, id)
    if (expired) await noteFix(deps, tx, expired, 'ran out, nothing was run')
    return expired
  })

/** The job was given up after its last try. */
export async function giveUpFix(deps: FixDeps, id: string): Promise<void> {
  const fix = await getFix(deps.db, id)
  if (fix?.state === 'approved') await stop(deps, fix, 'failed', 'It could not be begun after several tries.')
  if (fix?.state === 'running') await lose(deps, fix, crashed(fix))
  if (fix) await redraw(deps, fix)
}

async function attempt(deps: FixDeps, fix: Fix, signal: AbortSignal): Promise<void> {
  if (await expireDue(deps, fix.id)) return
  const still = await stillAsBound(deps, fix)
  if (!still.ok) return stop(deps, fix, 'void', still.sentence)
  const looked = await lookBefore(deps, fix, still.route, signal)
  goesOn(signal)
  if (!looked.ok) return stop(deps, fix, looked.state, `${looked.sentence} Nothing was run.`, true)
  const connected = await deps.connectForFix(still.route, signal)
  if (signal.aborted) {
    if (connected.ok) await connected.session.close()
    goesOn(signal)
  }
  if (!connected.ok) {
    const { hop, stage, reason } = connected.failure
    const said = `At ${hop}: ${deps.clean.output(Buffer.from(reason))}. Nothing was run.`
    return stop(deps, fix, stage === 'host-key' ? 'void' : 'failed', said)
  }
  try {
    await onHost(deps, fix, connected.session, signal)
  } finally {
    await connected.session.close()
  }
}

/** A stopping worker leaves the fix to the next one. */
function goesOn(signal: AbortSignal): void {
  if (signal.aborted) throw new Error('stopped before a fix was begun; it is taken up again')
}

async function onHost(deps: FixDeps, fix: Fix, session: Session, signal: AbortSignal): Promise<void> {
  if (session.fingerprint !== fix.hostKey)
    return stop(deps, fix, 'void', `${otherKey(fix.host)} Nothing was run.`)
  const begun = await deps.db.tx(async (tx) => {
    const running = await beginFix(tx, fix.id, deps.worker)
    if (running) await noteFix(deps, tx, running, `begins: ${commandsOf(running)}`)
    return running
  })
  // It ran out while we connected, or somebody else has it.
  if (!begun) return void (await expireDue(deps, fix.id))
  // Beside the command: what is stored must not wait for Slack, and Slack being down must not stop what was approved.
  const shown = redraw(deps, begun).catch((error: unknown) => {
    deps.log.warn({ err: error, fix: fix.id }, 'Slack did not take that a fix runs; it goes on')
  })
  const lease = { fixId: begun.id, epoch: begun.epoch }
  await end(deps, lease, await renewing(deps, lease, () => runSteps(deps, lease, begun, session, signal)))
  await shown
}

/** Three tries before the lease is over; one that fails is made up for by the next. */
const RENEW_EVERY_MS = 3_000

async function renewing<T>({ db }: FixDeps, lease: FixLease, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => void renewFix(db, lease).catch(() => undefined), RENEW_EVERY_MS)
  return work().finally(() => clearInterval(timer))
}

/** One after the other until one fails; what is not known to have ended is unknown, and no step follows it. */
async function runSteps(
  deps: FixDeps,
  lease: FixLease,
  fix: Fix,
  session: Session,
  signal: AbortSignal,
): Promise<FixEnding> {
  const results: ProbeRecord[] = []
  for (const [at, step] of fix.steps.entries()) {
    if (!(await beginStep(deps.db, lease, at + 1))) return { ...notSent(at + 1), results }
    const outcome = await send(deps, lease, session, step, at + 1, signal)
    if (outcome === 'not sent') return { ...notSent(at + 1), results }
    const asked = { id: `step${at + 1}`, text: step.text, answers: [0], timeoutMs: step.timeoutMs }
    const record = toRecord(asked, outcome, deps.clean)
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
  deps: FixDeps,
  lease: FixLease,
  session: Session,
  { as, argv, timeoutMs }: FixStep,
  number: number,
  signal: AbortSignal,
): Promise<Outcome | 'not sent'> {
  const id = `step${number}`
  const command: Command =
    as === 'root'
      ? { id, kind: 'privileged', argv, timeoutMs }
      : { id, kind: 'shell', script: argv.map((word) => deps.quote(word)).join(' '), timeoutMs }
  let held = true
  const mayStart = async () => {
    held = await stillHolds(deps, lease)
    return held
  }
  const outcomes = await session.run([command], { signal, mayStart })
  if (!held) return 'not sent'
  return outcomes.get(id) ?? { status: 'lost', reason: 'there was no answer', ms: 0 }
}

/**
 * Asked by the session once the host waits for the command. A process may be stopped anywhere, also while the answer is under way: what has passed here
 * since the question, by whichever clock says more (one of them stops while the machine sleeps), is taken off. What is left is a process that is stopped
 * in the instant between this comparison and its write to the socket, and bytes that the network delivers late.
 */
async function stillHolds({ db, now, time, log }: FixDeps, lease: FixLease): Promise<boolean> {
  const asked = { now: now(), time: time() }
  const left = await heldForMs(db, lease).catch((error: unknown) => {
    log.warn({ err: error, fix: lease.fixId }, 'the store did not say whether this fix is still held')
    return 0
  })
  return Math.max(now() - asked.now, (time() - asked.time) * 1_000) < left
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
async function end(deps: FixDeps, lease: FixLease, ending: FixEnding): Promise<void> {
  await deps.db.tx(async (tx) => {
    const ended = await endFix(tx, lease, ending)
    if (!ended) return
    const looks = await lookAgain(deps, tx, ended)
    await announce(deps, tx, ended)
    await noteFix(deps, tx, ended, `${endOf(ended)}${looks}`)
  })
}

async function lose(deps: FixDeps, fix: Fix, reason: string): Promise<void> {
  await deps.db.tx(async (tx) => {
    const lost = await loseFix(tx, fix.id, reason)
    if (!lost) return
    const looks = await lookAgain(deps, tx, lost)
    await announce(deps, tx, lost)
    await noteFix(deps, tx, lost, `${endOf(lost)}${looks}`)
  })
}

/** Nothing was sent. `look`: what the host is like now is worth a run. */
async function stop(
  deps: FixDeps,
  fix: Fix,
  state: 'void' | 'failed',
  reason: string,
  look = false,
): Promise<void> {
  await deps.db.tx(async (tx) => {
    const stopped = await stopFix(tx, fix.id, state, reason)
    if (!stopped) return
    const looks = look ? await lookAgain(deps, tx, stopped) : ''
    await noteFix(deps, tx, stopped, `${endOf(stopped)}${looks}`)
  })
}

/** Whoever is on call hears what was changed; by a job of its own, so that a pager that is down is nothing to the fix. */
async function announce({ queue, configured }: FixDeps, tx: Queryable, { id }: Fix): Promise<void> {
  if (configured.pagerduty) await queue.send(tx, { kind: 'change', fixId: id })
}

/** For the audit's row: which run looks. */
async function lookAgain(deps: FixDeps, tx: Queryable, fix: Fix): Promise<string> {
  const before = await getRun(tx, fix.runId)
  if (!before) return ''
  const { team, topic, host, channel } = before
  const run = await createRun(tx, {
    team,
    topic,
    host,
    channel,
    actor: { kind: 'user', id: fix.requester },
    reason: `looks again ${fix.startedAt ? 'after' : 'in place of'} “${fix.title}”`,
    production: deps.inventory.hosts.get(host)?.production ?? before.production,
    responseUrl: null,
    parent: before.id,
  })
  await noteRecheck(tx, fix.id, run.id)
  await deps.queue.send(
    tx,
    { kind: 'diagnose', runId: run.id },
    { afterMs: fix.startedAt ? fix.settleMs : 0 },
  )
  return `; run ${run.code} looks again`
}

/** Throws where Slack is down: the job comes again, and what is stored is all that it then has to show. */
const redraw = ({ threads }: FixDeps, fix: Fix): Promise<void> => threads.draw(fix.runId)
