import type { Tracker } from '../integrations/tracker.ts'
import { type BundleSources, bundleOf } from '../runs/load-bundle.ts'
import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import type { Threads } from '../runs/threads.ts'
import type { WriteAudit } from '../store/audit/audit.ts'
import type { Queryable } from '../store/db.ts'
import { type Escalation, isOpen, type Level } from './escalation.ts'
import { escalationsOfProblem, foundHealthySince, getEscalation } from './escalation-store.ts'
import { type Offer, offerOf } from './levels.ts'
import { markTicketOpened } from './move-store.ts'
import { type Escalator, openEscalation } from './open-escalation.ts'
import { type OutboxWorker, sendDue } from './outbox/send.ts'
import { withSlackDeadline } from './slack-within-deadline.ts'
import { draftTicket } from './tickets/draft.ts'
import { startMirrors } from './tickets/mirror.ts'

/** Who does what was asked for with a click. */
export interface EscalationWorker extends OutboxWorker {
  readonly threads: Pick<Threads, 'draw'>
  /** Of the trackers that are configured. */
  readonly trackers: readonly Tracker[]
}

/** What somebody asks for with a click. */
export interface EscalationRequest {
  readonly run: Run
  readonly level: Level
  /** Slack user. */
  readonly by: string
  /** Why the on-call is paged outside production. */
  readonly reason?: string
  readonly audit: WriteAudit
}

/** Slack waits 3 s for the answer to a click; what it does not say of a name or a link by then is left out. */
const CLICK_MS = 1_000

export type Asked =
  /** `created` false: the problem has one already; the click joined it. */
  { readonly ok: true; readonly escalation: Escalation; readonly created: boolean } | Refused

interface Refused {
  readonly ok: false
  readonly sentence: string
}

/**
 * A click: the escalation, all that follows from it and the audit's row are one transaction. A second click, from any
 * thread on the same problem, joins the first.
 */
export async function askEscalation(
  escalator: Escalator & BundleSources,
  { run, level, by, reason, audit }: EscalationRequest,
): Promise<Asked> {
  const { store } = escalator
  const offer = offerFor(escalator, run, level)
  const guarded = offer.state === 'guarded' && reason === undefined
  if (guarded || offer.state === 'not-configured' || offer.state === 'not-offered')
    return { ok: false, sentence: offer.sentence }
  const found = await problemOf(store, run, level)
  if (!found.ok) return found
  const { problemKey } = found
  const sources = { ...escalator, slack: withSlackDeadline(escalator.slack, CLICK_MS) }
  const { title, body, severity } = draftTicket(await bundleOf(sources, run))
  const { team, channel, host } = run
  const actor = { kind: 'user', id: by } as const
  // A host that is in production by now needs none.
  const why = offer.state === 'guarded' ? (reason ?? null) : null
  const opened = await store.tx(async (tx) => {
    const wanted = { team, problemKey, level, runId: run.id, channel, actor, title, body, severity }
    const result = await openEscalation(tx, escalator, { ...wanted, host, reason: why })
    const because = why === null ? '' : `, not in production, because: ${why}`
    await audit(tx, `level ${level}, escalation ${result.escalation.id}${because}`)
    return result
  })
  return { ok: true, ...opened }
}

/** What a run found that can be escalated, or why there is nothing. */
export async function problemOf(
  db: Queryable,
  run: Run,
  level: Level,
): Promise<{ readonly ok: true; readonly problemKey: string } | Refused> {
  if (run.state === 'cancelled')
    return {
      ok: false,
      sentence: `Run ${run.code} was cancelled: ${run.host} was not diagnosed. Check again.`,
    }
  const [problemKey] = run.problemKeys
  if (!problemKey) return { ok: false, sentence: 'This run is still under way: escalate when it has ended.' }
  const over = level === 3 ? await knownOver(db, run, problemKey) : undefined
  return over ? { ok: false, sentence: over } : { ok: true, problemKey }
}

/**
 * Nobody is woken for what a check has found to be over (R18): the button is that of an old message, or of none of
 * ours. Where somebody was paged already, the click joins.
 */
async function knownOver(db: Queryable, run: Run, problemKey: string): Promise<string | undefined> {
  const { team, host, code } = run
  if (run.report?.verdict === 'healthy')
    return `Nobody was paged: run ${code} found nothing wrong on ${host}. The DevOps lead can still be contacted.`
  if (!(await foundHealthySince(db, run, run.createdAt))) return undefined
  const open = (await escalationsOfProblem(db, team, problemKey)).some(
    (escalation) => escalation.level === 3 && isOpen(escalation),
  )
  if (open) return undefined
  return `Nobody was paged: a check after run ${code} found nothing wrong on ${host}. If it is back, click *Check again* and page from there.`
}

/**
 * Does what was asked: a ticket is there once it is stored; what reaches people is sent now, and by the sweep where it
 * did not work. Called again after a failure or a crash it repeats nothing.
 */
export async function escalate(worker: EscalationWorker, id: string): Promise<void> {
  const escalation = await getEscalation(worker.store, id)
  const run = escalation && (await getRun(worker.store, escalation.runId))
  if (!escalation || !run) return
  if (escalation.level === 1) await finishTicket(worker, id)
  else await sendDue(worker, id)
  await worker.threads.draw(run.id)
}

/** The mirrors start in the transaction that marks the ticket as open: all of them once, or none yet. */
const finishTicket = (worker: EscalationWorker, id: string): Promise<void> =>
  worker.store.tx(async (tx) => {
    if (await markTicketOpened(tx, id)) await startMirrors(tx, worker, id)
  })

/** The job was given up: what has to be sent is in its rows still; the thread is drawn once more. */
export async function giveUpEscalation(worker: EscalationWorker, id: string): Promise<void> {
  const escalation = await getEscalation(worker.store, id)
  const run = escalation && (await getRun(worker.store, escalation.runId))
  if (run) await worker.threads.draw(run.id)
}

/** Checked at the click: what the message offered may not hold any more. */
export function offerFor(
  { hosts, escalationSettings }: Pick<Escalator, 'hosts' | 'escalationSettings'>,
  run: Run,
  level: Level,
): Offer {
  const production = hosts.inventory.hosts.get(run.host)?.production ?? run.production
  return offerOf(level, { name: run.host, production }, escalationSettings.reachable)
}
