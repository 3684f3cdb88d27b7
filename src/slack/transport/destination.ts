/** Where a message goes. */
export interface Destination {
  readonly channel: string
  /** Ts of the thread's first message. */
  readonly thread?: string | undefined
}
