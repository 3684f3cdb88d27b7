import { Cron } from 'croner'

/** A cron pattern of five fields, or a nickname of one: `0 7 * * 1-5`, `@daily`. */
const SHAPE = /^(?:\S+(?: \S+){4}|@(?:hourly|daily|weekly|monthly))$/
const LONGEST = 100

/** A host is not looked at more often by a clock than somebody would who waits. */
const SHORTEST_GAP_MS = 5 * 60_000
/** Of its coming times, as many as tell how close they are. */
const TIMES_COMPARED = 30

const EXAMPLE = 'for example `0 7 * * 1-5`, every working day at 7:00'

export const timezoneProblem = (timezone: string): string | undefined => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
    return undefined
  } catch {
    return 'a time zone is a name such as Europe/Berlin, or UTC'
  }
}

/** What is wrong with a pattern, and the remedy, in one clause; undefined: nothing. */
export function cronProblem(pattern: string): string | undefined {
  if (!SHAPE.test(pattern) || pattern.length > LONGEST)
    return `a cron pattern has five fields (minute, hour, day, month, weekday), ${EXAMPLE}`
  const times = timesOf(pattern)
  if (!times) return `a field of this cron pattern is none that cron knows; ${EXAMPLE}`
  const [first, ...others] = times
  if (!first) return 'the day of this cron pattern never comes; write another one'
  const gaps = others.map((time, at) => time.getTime() - (times[at]?.getTime() ?? 0))
  return Math.min(Number.POSITIVE_INFINITY, ...gaps) < SHORTEST_GAP_MS
    ? 'the times of this cron pattern are less than five minutes apart; `*/5 * * * *` is the most'
    : undefined
}

function timesOf(pattern: string): Date[] | undefined {
  try {
    return make(pattern, 'UTC').nextRuns(TIMES_COMPARED, new Date(0))
  } catch {
    return undefined
  }
}

/** The first time after that moment; null: there is none. Throws where the pattern or the zone is none. */
export const nextTime = (pattern: string, timezone: string, after: Date): Date | null =>
  make(pattern, timezone).nextRun(after)

/** Without a function it starts no timer. */
const make = (pattern: string, timezone: string): Cron => new Cron(pattern, { mode: '5-part', timezone })
