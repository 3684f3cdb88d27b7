import type { Tracker } from '../integrations/tracker.ts'
import { bundleOf } from '../runs/load-bundle.ts'
import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import type { Threads } from '../runs/threads.ts'
import type { WriteAudit } from '../store/audit/audit.ts'
import { type Escalation, isOpen, type Level } from './escalation.ts'
import { escalationsOfProblem, foundHealthySince, getEscalation } from './escalation-store.ts'
import { type Offer, offerOf } from './levels.ts'
import { markTicketOpened } from './move-escalation.ts'
import { openEscalation } from './open-escalation.ts'
import { type SendDeps, sendDue } from './outbox/send.ts'
import { withSlackDeadline } from './slack-within-deadline.ts'
import { draftTicket } from './tickets/draft.ts'
import { startMirrors } from './tickets/mirror.ts'

export interface EscalateDeps extends SendDeps {
  readonly threads: Pick<Threads, 'draw'>
  /** Of the trackers that are configured. */
  readonly trackers: readonly Tracker[]
}

/** Slack waits 3 s for the answer to a click; what it does not say of a name or a link by then is left out. */
const CLICK_MS = 1_000

export type Asked =
  /** `created` false: the problem has one already; the click joined it. */
  | { readonly ok: true; readonly escalation: Escalation; readonly created: boolean }
  | { readonly ok: false; readonly sentence: string }

/**
 * A click: the escalation, all that follows from it and the audit's row are one transaction. A second click, from any
 * thread on the same problem, joins the first. `reason`: why the on-call is paged outside production.
 */
export async function askEscalation(
  deps: EscalateDeps,
  run: Run,
  level: Level,
  user: string,
  audit: WriteAudit,
  reason: string | null = null,
): Promise<Asked> {
  const offer = offerFor(deps, run, level)
  const guarded = offer.state === 'guarded' && reason === null
  if (guarded || offer.state === 'not-configured' || offer.state === 'not-offered')
    return { ok: false, sentence: offer.sentence }
  const [problemKey] = run.problemKeys
  if (!problemKey) return { ok: false, sentence: 'This run is still under way: escalate when it has ended.' }
  const over = level === 3 ? await knownOver(deps, run, problemKey) : undefined
  if (over) return { ok: false, sentence: over }
  const { title, body, severity } = draftTicket(await bundleOf(withSlackDeadline(deps, CLICK_MS), run))
  const { team, channel, host } = run
  const actor = { kind: 'user', id: user } as const
  // A host that is in production by now needs none.
  const why = offer.state === 'guarded' ? reason : null
  const opened = await deps.db.tx(async (tx) => {
    const wanted = { team, problemKey, level, runId: run.id, channel, actor, title, body, severity }
    const result = await openEscalation(tx, deps, { ...wanted, host, reason: why })
    const because = why === null ? '' : `, not in production, because: ${why}`
    await audit(tx, `level ${level}, escalation ${result.escalation.id}${because}`)
    return result
  })
  return { ok: true, ...opened }
}

/**
 * Nobody is woken for what a check has found to be over (R18): the button is that of an old message, or of none of
 * ours. Where somebody was paged already, the click joins.
 */
async function knownOver({ db }: EscalateDeps, run: Run, problemKey: string): Promise<string | undefined> {
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
export async function escalate(deps: EscalateDeps, id: string): Promise<void> {
  const escalation = await getEscalation(deps.db, id)
  const run = escalation && (await getRun(deps.db, escalation.runId))
  if (!escalation || !run) return
  if (escalation.level === 1) await finishTicket(deps, id)
  else await sendDue(deps, id)
  await deps.threads.draw(run.id)
}

/** The mirrors start in the transaction that marks the ticket as open: all of them once, or none yet. */
const finishTicket = (deps: EscalateDeps, id: string): Promise<void> =>
  deps.db.tx(async (tx) => {
    if (await markTicketOpened(tx, id)) await startMirrors(tx, deps, id)
  })

/** The job was given up: what has to be sent is in its rows still; the thread is drawn once more. */
export async function giveUpEscalation(deps: EscalateDeps, id: string): Promise<void> {
  const escalation = await getEscalation(deps.db, id)
  const run = escalation && (await getRun(deps.db, escalation.runId))
  if (run) await deps.threads.draw(run.id)
}

/** Checked at the click: what the message offered may not hold any more. */
export function offerFor(deps: Pick<EscalateDeps, 'inventory' | 'reachable'>, run: Run, level: Level): Offer {
  const production = deps.inventory.hosts.get(run.host)?.production ?? run.production
  return offerOf(level, { name: run.host, production }, deps.reachable)
}
