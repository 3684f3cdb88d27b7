/** One group: what goes. RE2, so linear on any text; and no pattern reaches over a line's end. */
export interface Pattern {
  readonly of: string
  /** Lower case; a text without any of them is not searched. */
  readonly hints: readonly string[]
  readonly pattern: string
  /** Lets stay what only looks like it. */
  readonly unless?: (found: string) => boolean
}
