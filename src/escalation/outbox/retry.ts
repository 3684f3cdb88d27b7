/** When a try that did not work is repeated, and when it is given up. */
export interface Retry {
  readonly giveUpAfterMs: number
  /** `tries`: so far. `askedMs`: for which the other side asked. */
  readonly pauseMs: (tries: number, askedMs?: number) => number
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 300_000

/** For a day; doubling from 1 s to 5 min, and never sooner than the other side asked for. */
export const retryForADay: Retry = {
  giveUpAfterMs: 24 * 3_600_000,
  pauseMs: (tries, askedMs = 0) =>
    Math.max(askedMs, Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, tries - 1), LONGEST_PAUSE_MS)),
}
