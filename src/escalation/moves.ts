import type { Then } from './time-limit.ts'
/**
 * How an escalation goes from state to state. The store makes one conditional UPDATE of each move (move-store.ts),
 * and takes the open states of its SQL from here. Pure.
 */

/** Somebody works at it, or has it. `done`: it has reached somebody. */
export const openStates = ['requested', 'done', 'acknowledged'] as const

/** `resolved` and `de-escalated` are closed; after `failed` it may be asked for again. */
export type EscalationState = (typeof openStates)[number] | 'resolved' | 'de-escalated' | 'failed'

export const isOpenState = (state: EscalationState): boolean => openStates.some((open) => open === state)

export type MoveName =
  | 'sent'
  | 'failed'
  | 'acknowledge'
  | 'unacknowledge'
  | 'reassign'
  | 'deEscalate'
  | 'resolve'
  | 'reopen'

export interface Move {
  readonly name: MoveName
  readonly from: readonly EscalationState[]
  readonly to: EscalationState
}

export const moves = {
  /** The first channel reached somebody. */
  sent: { name: 'sent', from: ['requested'], to: 'done' },
  /** No channel is left. */
  failed: { name: 'failed', from: ['requested'], to: 'failed' },
  /** Also before we know that it was sent: who acknowledges has it. */
  acknowledge: { name: 'acknowledge', from: ['requested', 'done'], to: 'acknowledged' },
  /** The pager says that whoever had it gave it back. */
  unacknowledge: { name: 'unacknowledge', from: ['acknowledged'], to: 'done' },
  /** To another person, who has yet to be reached. */
  reassign: { name: 'reassign', from: openStates, to: 'requested' },
  deEscalate: { name: 'deEscalate', from: openStates, to: 'de-escalated' },
  resolve: { name: 'resolve', from: openStates, to: 'resolved' },
  /** The pager's incident was opened again: somebody works at it there, whatever ended it here. */
  reopen: { name: 'reopen', from: ['resolved', 'de-escalated'], to: 'done' },
} as const satisfies { readonly [N in MoveName]: Move & { readonly name: N } }

/** Nobody has acknowledged it, so its time limit runs; of one that failed, the time is over at once. */
export const unansweredStates: readonly EscalationState[] = [...moves.acknowledge.from, moves.failed.to]

/** The state that follows from a move. Null: the move comes too late, twice or out of order, and nothing happens. */
export function stateAfter(state: EscalationState, name: MoveName): EscalationState | null {
  const { from, to }: Move = moves[name]
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

/**
 * What follows when the time is over. Time alone wakes somebody only for a production outage that nothing says is over;
 * otherwise it asks.
 */
export function whenOverdue(facts: WhenOverdue): Overdue {
  if (facts.paged) return { take: 'nothing', note: null }
  if (facts.wanted === 'offer') return { take: 'offer', note: null }
  if (!facts.production) return { take: 'offer', note: 'the host is in no production group' }
  if (!facts.pagerConfigured) return { take: 'offer', note: 'no pager is configured' }
  if (facts.foundHealthy) return { take: 'offer', note: 'a later check found nothing wrong' }
  return { take: 'page', note: null }
}
