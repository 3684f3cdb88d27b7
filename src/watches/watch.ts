/** Somebody wants to know when a host is well again: it is looked at every few minutes, quietly, until it stays well. */
export interface Watch {
  /** uuid; all that its button carries. */
  readonly id: string
  readonly team: string
  /** Slack user who asked: looked at with their rights, and told at the end. */
  readonly user: string
  readonly topic: string
  readonly host: string
  readonly channel: string
  /** In whose thread it tells. */
  readonly runId: string
  readonly everyMs: number
  /** So many healthy looks in a row, and it is well. */
  readonly wanted: number
  /** Healthy looks in a row, so far. */
  readonly healthy: number
  /** When the first of them looked. */
  readonly healthySince: Date | null
  /** Looks that have ended with a verdict. */
  readonly looks: number
  /** Verdicts that its thread has told: a finding's id, `healthy.TOPIC`, `inconclusive.TOPIC`, `unreachable.STAGE`. */
  readonly known: readonly string[]
  /** Rises with each look that is claimed. */
  readonly turn: number
  readonly nextAt: Date
  readonly until: Date
  readonly createdAt: Date
  readonly outcome: Outcome | null
  readonly endedAt: Date | null
  /** Slack user who stopped it. */
  readonly endedBy: string | null
  /** Why it was refused, in a sentence. */
  readonly why: string | null
}

/**
 * `well`: it stayed healthy. `gave-up`: it did not, in all the time. `refused`: whoever asked may not diagnose there any
 * more. `gone`: the host or the topic is not there any more.
 */
export type Outcome = 'well' | 'gave-up' | 'stopped' | 'refused' | 'gone'

/** Why a look of a watch is shown: the reason of its run. */
export const CHANGED = 'the verdict has changed'

/** What no replica has known for so long is gone; SQL. One with an older configuration may be replaced meanwhile. */
export const GONE_AFTER = `interval '30 minutes'`

/** Healthy looks in a row after which a host counts as well. */
export const WANTED = 3

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

export const EVERY_MS = { usual: 5 * MINUTE_MS, least: 2 * MINUTE_MS, most: HOUR_MS } as const
/** After that it gives up. */
export const FOR_MS = { usual: 12 * HOUR_MS, least: HOUR_MS, most: 72 * HOUR_MS } as const
