import type { Fields } from './blocks/shape.ts'

/** What Slack brings to the bot, by Socket Mode's names. */
export interface Delivery {
  readonly type: 'slash_commands' | 'interactive' | 'events_api'
  readonly payload: Fields
  /** 1 for the first repetition. */
  readonly retry?: number
}

/** How the bot took it. */
export interface Acknowledged {
  /** Milliseconds from sending to the acknowledgement. */
  readonly ackMs: number
  /** HTTP status; 200 for an acknowledgement over a socket; 0 when there was none. */
  readonly status: number
  /** What came with the acknowledgement; undefined when it was empty. */
  readonly body?: unknown
  /** It was delivered a second time, or will be. */
  readonly twice?: true
  /**
   * What Slack tells the user: `operation_timeout` for no answer within 3 s, `dispatch_failed` for no
   * connection or a bad answer, `invalid_command_response` for a message that Slack refuses.
   */
  readonly error?: 'operation_timeout' | 'dispatch_failed' | 'invalid_command_response'
}

export type Deliver = (delivery: Delivery) => Promise<Acknowledged>
