/**
 * A pattern whose one group is what is redacted. It is RE2, so it takes linear time on any text, and it never crosses
 * the end of a line.
 */
export interface Pattern {
  readonly of: string
  /** Lower case; a text without any of them is not searched. */
  readonly hints: readonly string[]
  readonly pattern: string
  /** Says which matches only look like a secret, and stay. */
  readonly unless?: (found: string) => boolean
}
