import type { Since } from '../../findings/recent-changes.ts'

/**
 * What the bot knows of a run before it asks the host: `run` in expressions. These are typed values of its own, never
 * host output.
 */
export interface Visit {
  /** The bot's wall clock when the run began, seconds since 1970; 0: not known (a recording that did not keep it). */
  readonly at: number
  readonly since: Since
}

export const LAST_DAY: Since = { kind: 'day', seconds: 86_400 }

export const UNKNOWN_VISIT: Visit = { at: 0, since: LAST_DAY }

/** A change that is older than this has nothing to do with the trouble. */
const LONGEST_SECONDS = 30 * 86_400

/** `secondsAgo`: since the last healthy run began; undefined where there is none. */
export const sinceOf = (secondsAgo: number | undefined): Since =>
  secondsAgo === undefined || secondsAgo > LONGEST_SECONDS
    ? LAST_DAY
    : { kind: 'healthy-run', seconds: Math.max(1, Math.ceil(secondsAgo)) }

/** `{{since}}` in a command: how far back it asks, in seconds. */
export const SINCE = 'since'
