import type { Severity } from '../findings/finding.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { Run } from '../runs/run.ts'
import type { AuditEntry } from '../store/audit/audit.ts'
import type { Db, Queryable } from '../store/db.ts'
import type { Queue } from '../store/queue.ts'
import { type Channel, channels, channelsOf } from './channels.ts'
import type { Escalation } from './escalation.ts'
import { addEscalation, equipEscalation, type NewEscalation, noteRecord } from './escalation-store.ts'
import { startTimer, stopTimers } from './move-escalation.ts'
import { addToOutbox } from './outbox/outbox-store.ts'
import { redrawProblem } from './redraw-problem.ts'
import type { TimeLimit } from './time-limit.ts'

/** What it takes to open an escalation and to move it. */
export interface EscalationDeps {
  readonly db: Db
  readonly queue: Queue
  readonly inventory: Inventory
  readonly lead: { readonly slackUser: string | undefined }
  /** The channels that are configured. */
  readonly reachable: readonly Channel[]
  /** How long the lead of a problem has to acknowledge, by the host's groups and the problem's severity. */
  limitFor(about: { readonly groups: readonly string[]; readonly severity: Severity }): TimeLimit
}

export interface WantedEscalation extends NewEscalation {
  readonly host: string
  /** Why the on-call is paged outside production. */
  readonly reason?: string | null
  /** Slack user that had asked for the level below, where the time limit pages. */
  readonly askedBy?: string | null
}

/** Who acts where nobody clicked. */
export const TIME_LIMIT = 'the time limit'

/** For whom an escalation is there: who clicked, or who had asked for the level whose time was over. */
export const askerOf = ({
  actor,
  askedBy,
}: Pick<Escalation, 'actor' | 'askedBy'>): { readonly by: string; readonly byTime: boolean } => {
  const byTime = actor.kind === 'schedule'
  return { by: byTime ? (askedBy ?? actor.id) : actor.id, byTime }
}

/**
 * Opens an escalation with all that follows from it: its timer, what has to be sent, the job that sends it, the threads
 * that show it. One transaction makes all of it or nothing. A click that joins an open escalation starts nothing.
 */
export async function openEscalation(
  tx: Queryable,
  deps: EscalationDeps,
  wanted: WantedEscalation,
): Promise<{ readonly escalation: Escalation; readonly created: boolean }> {
  const opened = await addEscalation(tx, wanted)
  if (!opened.created) return opened
  const { escalation } = opened
  if (escalation.level > 1) await bringToPeople(tx, deps, escalation, wanted)
  await deps.queue.send(tx, { kind: 'escalate', escalationId: escalation.id })
  await redrawProblem(tx, deps.queue, escalation)
  return opened
}

/**
 * Puts an entry for each channel into the outbox. The time limits of the problem's other levels end: whoever is asked
 * now has it.
 */
async function bringToPeople(
  tx: Queryable,
  deps: EscalationDeps,
  escalation: Escalation,
  { host, reason = null, askedBy = null }: WantedEscalation,
): Promise<void> {
  const { id, team, problemKey, level } = escalation
  const assignee = level === 2 ? (deps.lead.slackUser ?? null) : null
  await stopTimers(tx, team, problemKey)
  await equipEscalation(tx, id, { assignee, reason, askedBy })
  if (level === 2) await startLimit(tx, deps, escalation, host)
  for (const channel of channelsOf(level).filter((each) => deps.reachable.includes(each))) {
    await noteAtFirst(tx, channel, escalation)
    await addToOutbox(tx, channel, 'open', escalation)
  }
}

const noteAtFirst = <C extends Channel>(
  tx: Queryable,
  channel: C,
  { id, problemKey }: Escalation,
): Promise<unknown> => noteRecord(tx, id, channel, channels[channel].adapter.atFirst(problemKey))

/** From the click on, whether or not anybody could be reached: who waits does not care why. */
export async function startLimit(
  tx: Queryable,
  deps: Pick<EscalationDeps, 'inventory' | 'limitFor'>,
  { id, severity }: Pick<Escalation, 'id' | 'severity'>,
  host: string,
): Promise<void> {
  const groups = deps.inventory.hosts.get(host)?.groups ?? []
  const { minutes, take } = deps.limitFor({ groups, severity })
  await startTimer(tx, id, minutes, take)
}

/**
 * The audit's row of a move that nobody clicked: the time limit, a channel, the pager. `reason`: the setting that says
 * so.
 */
export const moveEntry = (
  run: Run,
  level: 1 | 2 | 3,
  said: Pick<AuditEntry, 'actor' | 'door' | 'asked' | 'target'> & { readonly reason?: string },
): AuditEntry => ({
  reason: null,
  ...said,
  team: run.team,
  action: level === 3 ? 'page' : 'escalate',
  decision: 'allowed',
  host: run.host,
  topic: run.topic,
})
