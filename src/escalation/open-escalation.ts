import type { Hosts } from '../inventory/host-connections.ts'
import type { Run } from '../runs/run.ts'
import type { AuditEntry } from '../store/audit/audit.ts'
import type { Queryable } from '../store/db.ts'
import type { Store } from '../store/store.ts'
import { type Channel, channels, channelsOf } from './channels.ts'
import type { Escalation } from './escalation.ts'
import { addEscalation, equipEscalation, type NewEscalation, noteRecord } from './escalation-store.ts'
import { startTimer, stopTimers } from './move-store.ts'
import { addToOutbox } from './outbox/outbox-store.ts'
import { redrawProblem } from './redraw-problem.ts'
import { type TimeRule, timeLimit } from './time-limit.ts'

/** What the configuration says of escalating. */
export interface EscalationSettings {
  readonly lead: { readonly slackUser: string | undefined }
  /** The channels that are configured. */
  readonly reachable: readonly Channel[]
  /** How long the lead of a problem has to acknowledge. */
  readonly acknowledgeWithin: readonly TimeRule[]
}

/** Who opens escalations, and hands them from one level to another. */
export interface Escalator {
  readonly store: Store
  readonly hosts: Pick<Hosts, 'inventory'>
  readonly escalationSettings: EscalationSettings
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
  escalator: Escalator,
  wanted: WantedEscalation,
): Promise<{ readonly escalation: Escalation; readonly created: boolean }> {
  const opened = await addEscalation(tx, wanted)
  if (!opened.created) return opened
  const { escalation } = opened
  if (escalation.level > 1) await bringToPeople(tx, escalator, escalation, wanted)
  const { queue } = escalator.store
  await queue.send(tx, { kind: 'escalate', escalationId: escalation.id })
  await redrawProblem(tx, queue, escalation)
  return opened
}

/**
 * Puts an entry for each channel into the outbox. The time limits of the problem's other levels end: whoever is asked
 * now has it.
 */
async function bringToPeople(
  tx: Queryable,
  escalator: Escalator,
  escalation: Escalation,
  { host, reason = null, askedBy = null }: WantedEscalation,
): Promise<void> {
  const { id, team, problemKey, level } = escalation
  const { lead, reachable } = escalator.escalationSettings
  const assignee = level === 2 ? (lead.slackUser ?? null) : null
  await stopTimers(tx, team, problemKey)
  await equipEscalation(tx, id, { assignee, reason, askedBy })
  if (level === 2) await startLimit(tx, escalator, escalation, host)
  for (const channel of channelsOf(level).filter((each) => reachable.includes(each))) {
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
  { hosts, escalationSettings }: Pick<Escalator, 'hosts' | 'escalationSettings'>,
  { id, severity }: Pick<Escalation, 'id' | 'severity'>,
  host: string,
): Promise<void> {
  const groups = hosts.inventory.hosts.get(host)?.groups ?? []
  const { minutes, take } = timeLimit(escalationSettings.acknowledgeWithin, { groups, severity })
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
