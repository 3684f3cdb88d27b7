/** Where a message goes. */
export interface Place {
  readonly channel: string
  /** Ts of the thread's first message. */
  readonly thread?: string | undefined
}
