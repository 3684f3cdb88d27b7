import type { Run } from '../runs/run.ts'
import type { WriteAudit } from '../store/audit/audit.ts'
import type { Queryable } from '../store/db.ts'
import type { Queue } from '../store/queue.ts'
import { firstDelivery, formKey } from '../store/seen-deliveries.ts'
import type { Store } from '../store/store.ts'
import { channels, channelsOf } from './channels.ts'
import type { Escalation, Level } from './escalation.ts'
import { lockEscalation, noteHandedBack, noteLastFailure } from './escalation-store.ts'
import { closeProblems, moveEscalation } from './move-store.ts'
import { moves } from './moves.ts'
import { type Escalator, openEscalation, startLimit } from './open-escalation.ts'
import { addToOutbox, dropUntried, mayHaveArrived, tellChannels } from './outbox/outbox-store.ts'
import { redrawProblem } from './redraw-problem.ts'
import { tellMirrors } from './tickets/mirror.ts'
import { noteResolved } from './tickets/ticket-store.ts'

/**
 * What people do with an escalation. Each is one transaction with its row in the audit. False: it came too late, and
 * nothing was done.
 */
export interface Step {
  readonly escalation: Escalation
  readonly run: Run
  readonly by: string
  readonly audit: WriteAudit
}

export function acknowledge(store: Store, { escalation, by, audit }: Step): Promise<boolean> {
  return store.tx(async (tx) => {
    const moved = await moveEscalation(tx, escalation.id, moves.acknowledge, by)
    if (!moved) return false
    await tellChannels(tx, moved, 'acknowledge')
    await redrawProblem(tx, store.queue, moved)
    await audit(tx, stateOf(moved))
    return true
  })
}

/**
 * Gives it to another Slack user, who gets the direct message and the whole time. `form`: Slack's id of the form that
 * asks for it; the same form writes to nobody twice.
 */
export function reassign(
  escalator: Escalator,
  { escalation, run, audit }: Step,
  { to, form }: { readonly to: string; readonly form?: string },
): Promise<boolean> {
  const { store } = escalator
  return store.tx(async (tx) => {
    if (form && !(await firstDelivery(tx, formKey(form, to)))) return false
    const moved = escalation.level === 2 ? await moveEscalation(tx, escalation.id, moves.reassign, to) : null
    if (!moved) return false
    await writeAgain(tx, escalator, moved, run)
    await redrawProblem(tx, store.queue, moved)
    await audit(tx, `${stateOf(moved)} to ${to}`)
    return true
  })
}

/** Writes to whoever has it now, and gives them the whole time. A failure to reach the one before is forgotten. */
async function writeAgain(
  tx: Queryable,
  escalator: Escalator,
  { id, severity, problemKey }: Escalation,
  run: Run,
): Promise<void> {
  await noteLastFailure(tx, id, null)
  await startLimit(tx, escalator, { id, severity }, run.host)
  for (const channel of channelsOf(2).filter((each) => channels[each].to === 'assignee'))
    await addToOutbox(tx, channel, 'open', { id, problemKey })
}

/**
 * Gives it back to the lead, unless they have acknowledged it. They get a new message, because an edit notifies nobody.
 */
async function handBack(
  tx: Queryable,
  escalator: Escalator,
  { id }: Pick<Escalation, 'id'>,
  run: Run,
): Promise<void> {
  const lead = await lockEscalation(tx, id)
  if (!lead?.assignee || lead.state === 'acknowledged') return
  const again = await moveEscalation(tx, id, moves.reassign, lead.assignee)
  if (!again) return
  await noteHandedBack(tx, id, lead.handedBack + 1)
  await writeAgain(tx, escalator, again, run)
}

/**
 * Goes one level down: closes this escalation, ends its page, and opens the level below unless that is open, so that
 * the problem stays somebody's. `below` is what can be reached there.
 */
export function deEscalate(
  escalator: Escalator,
  { escalation, run, by, audit }: Step,
  below: Level,
): Promise<boolean> {
  const { store } = escalator
  return store.tx(async (tx) => {
    const moved = await moveEscalation(tx, escalation.id, moves.deEscalate, by)
    if (!moved) return false
    await end(tx, moved)
    const { team, problemKey, runId, channel, title, body, severity } = moved
    const actor = { kind: 'user', id: by } as const
    const next = { team, problemKey, level: below, runId, channel, actor, title, body, severity }
    const opened = await openEscalation(tx, escalator, { ...next, host: run.host })
    if (below === 2 && !opened.created) await handBack(tx, escalator, opened.escalation, run)
    await redrawProblem(tx, store.queue, moved)
    await audit(tx, `${stateOf(moved)} to level ${below}`)
    return true
  })
}

export interface Resolving {
  readonly team: string
  readonly problemKeys: readonly string[]
  /** Slack user. */
  readonly by: string
  /** One sentence for the ticket: why it is over. */
  readonly why: string
}

/** Ends all that is open for these problems, the ticket and the page too. Resolves with what was closed. */
export function resolveProblems(
  store: Store,
  about: Resolving,
  audit: WriteAudit,
): Promise<readonly Escalation[]> {
  return store.tx(async (tx) => {
    const closed = await closeProblems(tx, about.team, about.problemKeys, about.by)
    if (closed.length === 0) return closed
    for (const escalation of closed) await end(tx, escalation)
    for (const escalation of closed) {
      if (escalation.level === 1) await endTicket(tx, store.queue, escalation, about)
      await redrawProblem(tx, store.queue, escalation)
    }
    await audit(tx, `resolved: ${closed.map(({ level, id }) => `level ${level} ${id}`).join(', ')}`)
    return closed
  })
}

/** Ends the ticket as if somebody had closed it: with who and why, and its mirrors are told. */
async function endTicket(tx: Queryable, queue: Queue, { id }: Escalation, about: Resolving): Promise<void> {
  await noteResolved(tx, { id, actor: about.by }, about.why)
  await tellMirrors(tx, queue, id)
}

/**
 * Tells the channels that an escalation was closed: entries that were never tried are dropped, and a page that may be
 * open is resolved.
 */
export async function end(tx: Queryable, escalation: Escalation): Promise<void> {
  await dropUntried(tx, [escalation.id])
  for (const channel of channelsOf(escalation.level))
    if (channels[channel].acts.includes('resolve') && (await mayHaveArrived(tx, escalation.id, channel)))
      await addToOutbox(tx, channel, 'resolve', escalation)
}

/** For the audit's row. */
const stateOf = ({ level, state, id }: Escalation): string => `level ${level} ${state}, escalation ${id}`
