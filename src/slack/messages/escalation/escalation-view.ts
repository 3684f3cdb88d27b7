import type { Level } from '../../../escalation/escalation.ts'
import type { EscalationState } from '../../../escalation/moves.ts'
import type { Then } from '../../../escalation/time-limit.ts'
import type { Incident } from '../../../integrations/pagerduty/page-channel.ts'

/** An escalation as messages show it. */
export interface EscalationView {
  readonly id: string
  readonly level: Level
  readonly state: EscalationState
  /** Of a ticket; null on other levels. */
  readonly number: number | null
  /** Slack user: who asked for it; where `byTime`, for the level whose time was over. */
  readonly by: string
  readonly byTime: boolean
  readonly at: Date
  readonly assignee: string | null
  /** Slack user, or a name as the pager says it. */
  readonly acknowledgedBy: string | null
  readonly acknowledgedAt: Date | null
  /** Who closed, resolved or de-escalated it. */
  readonly closedBy: string | null
  /** Once it is closed, the next problem of its kind opens another one. */
  readonly closedAt: Date | null
  readonly dueAt: Date | null
  readonly dueThen: Then | null
  readonly overdueAt: Date | null
  readonly overdueTook: Then | null
  readonly overdueNote: string | null
  /** Why the on-call was paged outside production. */
  readonly reason: string | null
  readonly error: string | null
  /** The channels that reached people, and one that did not: "direct message", "e-mail to …", "not by e-mail: …". */
  readonly reached: readonly string[]
  /** What could not be sent yet. */
  readonly waiting: readonly { readonly what: string; readonly reason: string; readonly nextAt: Date }[]
  /** What the pager was not told, and never will be. */
  readonly untold: readonly { readonly act: string; readonly reason: string }[]
  /** Of a page, once the pager told of it. */
  readonly incident: Pick<Incident, 'number' | 'url' | 'priority' | 'assignees'> | null
  /** The on-call had it, and it came back to the lead. */
  readonly handedBack: boolean
  /** Another run found the same problem and escalated it there; null: it is in the thread that is read. */
  readonly otherThread: OtherThread | null
}

/** A thread that is not the reader's. */
export interface OtherThread {
  /** Undefined: Slack did not say it. */
  readonly url: string | undefined
}

/** "Ticket #12", "DevOps lead". */
export function nameOf({ level, number }: Pick<EscalationView, 'level' | 'number'>): string {
  if (level === 1) return number === null ? 'Ticket' : `Ticket #${number}`
  return level === 2 ? 'DevOps lead' : 'On-call'
}
