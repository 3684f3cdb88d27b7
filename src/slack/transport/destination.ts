/** Asked right before each try, since the channel's pace and Slack's limits may have it wait for long. */
export type IsWanted = () => boolean

/** Where a message goes. */
export interface Destination {
  readonly channel: string
  /** Ts of the thread's first message. */
  readonly thread?: string | undefined
  /** It is to be streamed where Slack takes that: the thread is one of the panel. */
  readonly streamed?: boolean
  readonly isWanted?: IsWanted
}
