/**
 * The ladder as a state machine. A problem has at most one open rung a level; the database holds it (escalation/move-escalation.ts), and each move is one
 * conditional UPDATE made from this table. Pure.
 */

import { type EscalationState, openStates } from './escalation-store.ts'
import type { RungEvent, RungMove, Then } from './move-escalation.ts'

/** `done`: it has reached somebody. `resolved` and `de-escalated` are closed; after `failed` it may be asked for again. */
export type RungState = EscalationState

export const isOpen = (state: RungState): boolean => (openStates as readonly RungState[]).includes(state)

export const moves = {
  /** The first way reached somebody. */
  sent: { event: 'sent', from: ['requested'], to: 'done' },
  /** No way is left. */
  failed: { event: 'failed', from: ['requested'], to: 'failed' },
  /** Also before we know that it was sent: who acknowledges has it. */
  acknowledge: { event: 'acknowledge', from: ['requested', 'done'], to: 'acknowledged' },
  /** The pager says that whoever had it gave it back. */
  unacknowledge: { event: 'unacknowledge', from: ['acknowledged'], to: 'done' },
  /** To another person, who has yet to be reached. */
  reassign: { event: 'reassign', from: openStates, to: 'requested' },
  deEscalate: { event: 'deEscalate', from: openStates, to: 'de-escalated' },
  resolve: { event: 'resolve', from: openStates, to: 'resolved' },
  /** The pager's incident was opened again: somebody works at it there, whatever ended it here. */
  reopen: { event: 'reopen', from: ['resolved', 'de-escalated'], to: 'done' },
} as const satisfies { readonly [E in RungEvent]: RungMove & { readonly event: E } }

/** The state that follows, or null where the event comes too late, twice or out of order: then nothing happens. */
export function move(state: RungState, event: RungEvent): RungState | null {
  const { from, to }: RungMove = moves[event]
  return from.includes(state) ? to : null
}

export interface WhenOverdue {
  /** What the policy says. */
  readonly wanted: Then
  readonly production: boolean
  readonly pagerConfigured: boolean
  /** The on-call has it already. */
  readonly paged: boolean
  /** A later run of the same topic on the same host found nothing wrong. */
  readonly foundHealthy: boolean
}

/** `note`: why it is offered though the policy says to take it. */
export interface Overdue {
  readonly take: Then | 'nothing'
  readonly note: string | null
}

/** Time alone wakes somebody for a production outage that nothing says is over; otherwise it asks. */
export function whenOverdue(facts: WhenOverdue): Overdue {
  if (facts.paged) return { take: 'nothing', note: null }
  if (facts.wanted === 'offer') return { take: 'offer', note: null }
  if (!facts.production) return { take: 'offer', note: 'the host is in no production group' }
  if (!facts.pagerConfigured) return { take: 'offer', note: 'no pager is configured' }
  if (facts.foundHealthy) return { take: 'offer', note: 'a later check found nothing wrong' }
  return { take: 'page', note: null }
}

/** Of what has to be sent: tried for so long, then it counts as failed. */
export const GIVE_UP_AFTER_MS = 24 * 3_600_000

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 300_000

/** Until the next try: doubling from 1 s to 5 min, and never sooner than the other side asked for. */
export const pauseMs = (tries: number, askedMs = 0): number =>
  Math.max(askedMs, Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, tries - 1), LONGEST_PAUSE_MS))
