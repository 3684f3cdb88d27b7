import type { Severity } from '../findings/finding.ts'
import type { Actor } from '../runs/run.ts'
import type { ChannelRecords } from './channels.ts'
import { type EscalationState, isOpenState } from './moves.ts'
import type { Then } from './time-limit.ts'

/** The guide's levels: 1 a ticket, 2 the DevOps lead, 3 the on-call. */
export type Level = 1 | 2 | 3

/**
 * A problem that was brought to somebody: a row of debvisor.escalations. A problem has at most one open escalation a
 * level.
 */
export interface Escalation {
  readonly id: string
  readonly team: string
  readonly problemKey: string
  readonly level: Level
  readonly runId: string
  /** Slack channel of the run that it was asked for in. */
  readonly channel: string
  readonly actor: Actor
  readonly state: EscalationState
  /** Of a ticket (level 1), rising within the team; null on other levels. */
  readonly number: number | null
  readonly title: string
  readonly body: string
  readonly severity: Severity
  /** What is kept of each channel: what was sent, and what the outside answered. */
  readonly records: ChannelRecords
  /** Slack user that had asked for the level below, where the time limit asked for this one. */
  readonly askedBy: string | null
  /** How often it came back from the level above. */
  readonly handedBack: number
  /** Of a channel that gave up, while others reach people or may: "e-mail: …". */
  readonly lastFailure: string | null
  /** Why it failed. */
  readonly error: string | null
  /** Rises with each edit of the text. */
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Once it is set, the next click opens a new escalation. */
  readonly closedAt: Date | null
  /** Slack user, or a person's name as the pager says it. */
  readonly closedBy: string | null
  /** Slack user that it was brought to; of a ticket, who works at it. */
  readonly assignee: string | null
  /** Slack user, or a person's name as the pager says it. */
  readonly acknowledgedBy: string | null
  readonly acknowledgedAt: Date | null
  /** Why the on-call was paged outside production. */
  readonly reason: string | null
  /** Until when it has to be acknowledged; null: nobody waits. */
  readonly dueAt: Date | null
  readonly dueThen: Then | null
  readonly overdueAt: Date | null
  readonly overdueTook: Then | null
  /** Why Level 3 was offered though the policy says to page. */
  readonly overdueNote: string | null
}

/** Somebody works at it, or has it: the next click joins it. A ticket keeps its state when it is closed. */
export const isOpen = ({ state, closedAt }: Pick<Escalation, 'state' | 'closedAt'>): boolean =>
  closedAt === null && isOpenState(state)
