import { cronProblem } from '../../async/cron.ts'
import { EVERY_MS, FOR_MS } from '../../watches/watch.ts'

/** Reads `/debvisor watch|unwatch|schedule|unschedule …`. Pure. */

export type WatchCommand =
  /** Nothing but the word: what is watched is listed, or the run of its thread is meant. */
  | { readonly kind: 'watches' }
  | {
      readonly kind: 'watch'
      /** Undefined: the run of its thread says it. */
      readonly host?: string | undefined
      /** Undefined: what was asked of that host last. */
      readonly topic?: string | undefined
      readonly everyMs: number
      readonly forMs: number
    }
  | { readonly kind: 'unwatch'; readonly host?: string | undefined; readonly topic?: string | undefined }
  /** A channel is told of a group's alerts, or no longer. */
  | { readonly kind: 'watch-group' | 'unwatch-group'; readonly group: string }
  | { readonly kind: 'schedules' }
  | {
      readonly kind: 'schedule'
      /** Null: all. */
      readonly topic: string | null
      readonly host: string | null
      readonly hostGroup: string | null
      readonly cron: string
    }
  | { readonly kind: 'unschedule'; readonly number: number }

export type ReadWatch = WatchCommand | { readonly wrong: string }

/** What a word names, and what is said of one that names nothing. */
export interface WatchNames {
  meant(word: string): {
    readonly host?: string | undefined
    readonly topic?: string | undefined
    readonly group?: string | undefined
  }
  unknown(word: string): string
  quote(word: string): string
}

const WATCH = '`/debvisor watch <host> <topic> [every 5m] [for 12h]`'
const isFiller = (word: string): boolean => /^(?:on|at|of)$/i.test(word)

/** "watch host1 db", "watch db on host1 every 2m for 6h" */
export function readWatch(words: readonly string[], names: WatchNames): ReadWatch {
  if (words.length === 0) return { kind: 'watches' }
  const times = readTimes(words.join(' '))
  if ('wrong' in times) return times
  const place = readPlace(times.rest, names, WATCH)
  if ('wrong' in place) return place
  if ('group' in place) return { kind: 'watch-group', group: place.group }
  const { everyMs, forMs } = times
  return { kind: 'watch', ...place, everyMs, forMs }
}

export function readUnwatch(words: readonly string[], names: WatchNames): ReadWatch {
  const place = readPlace(words, names, '`/debvisor unwatch <host> [topic]`')
  if ('wrong' in place) return place
  return 'group' in place ? { kind: 'unwatch-group', group: place.group } : { kind: 'unwatch', ...place }
}

type Wrong = { readonly wrong: string }
type Named = { readonly [K in 'host' | 'topic' | 'group']?: string | undefined }

/** A host, and a topic or none; or a group alone. */
function readPlace(
  words: readonly string[],
  names: WatchNames,
  whole: string,
): Pick<Named, 'host' | 'topic'> | { readonly group: string } | Wrong {
  const named = readNamed(words, names, whole)
  if ('wrong' in named) return named
  const { host, topic, group } = named
  if (group !== undefined)
    return host === undefined && topic === undefined
      ? { group }
      : { wrong: `${names.quote(group)} is a group, and a watch takes one host: ${whole}.` }
  return topic !== undefined && host === undefined ? { wrong: `On which host? ${whole}.` } : { host, topic }
}

/** In any order, each once. */
function readNamed(words: readonly string[], names: WatchNames, whole: string): Named | Wrong {
  let found: Named = {}
  for (const word of words.filter((each) => !isFiller(each) || names.meant(each).host !== undefined)) {
    const meant = names.meant(word)
    const what = (['host', 'topic', 'group'] as const).find((each) => meant[each] !== undefined)
    if (!what) return { wrong: names.unknown(word) }
    if (found[what] !== undefined) return { wrong: `What is ${names.quote(word)} here? ${whole}.` }
    found = { ...found, [what]: meant[what] }
  }
  return found
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** "every 2m for 6 hours", taken out of what was typed. */
function readTimes(
  typed: string,
):
  | { readonly everyMs: number; readonly forMs: number; readonly rest: string[] }
  | { readonly wrong: string } {
  let rest = typed
  const read = (word: 'every' | 'for', { usual, least, most }: typeof EVERY_MS | typeof FOR_MS) => {
    const found = new RegExp(
      `(?:^|\\s)${word}\\s+(\\S+)(?:\\s+(m|min|minutes?|h|hours?|d|days?))?(?=\\s|$)`,
      'i',
    ).exec(rest)
    if (!found) return usual
    const [, count = '', unit] = /^(\d{1,5})(m|min|minutes?|h|hours?|d|days?)?$/i.exec(found[1] ?? '') ?? []
    const ms = Number(count) * (UNIT_MS[(unit ?? found[2] ?? 'm').charAt(0).toLowerCase()] ?? 0)
    rest = rest.replace(found[0], ' ')
    return count !== '' && ms >= least && ms <= most ? ms : undefined
  }
  const everyMs = read('every', EVERY_MS)
  if (everyMs === undefined) return { wrong: 'A watch looks every 2 to 60 minutes: `every 5m`.' }
  const forMs = read('for', FOR_MS)
  if (forMs === undefined) return { wrong: 'A watch goes on for 1 to 72 hours: `for 12h`.' }
  return { everyMs, forMs, rest: rest.split(/\s+/).filter((word) => word !== '') }
}

const SCHEDULE = '`/debvisor schedule <topic|all> <host|group> <cron>`'
const isAll = (word: string): boolean => word.toLowerCase() === 'all'

/** "schedule db host1 0 7 * * 1-5", "schedule all web @daily" */
export function readSchedule(words: readonly string[], names: WatchNames): ReadWatch {
  const typed = words.map((word) => word.replace(/["'`]/g, '')).filter((word) => word !== '')
  if (typed.length === 0) return { kind: 'schedules' }
  const fields = typed.at(-1)?.startsWith('@') ? 1 : 5
  const cron = typed.slice(-fields).join(' ')
  const place = typed.slice(0, -fields)
  const all = place.some(isAll)
  const named = readNamed(
    place.filter((word) => !isAll(word)),
    names,
    SCHEDULE,
  )
  if ('wrong' in named) return named
  const { host = null, group = null, topic = null } = named
  if ((host === null) === (group === null) || (topic === null) !== all)
    return {
      wrong: `What, on which host, and when? ${SCHEDULE}, for example \`/debvisor schedule db host1 0 7 * * 1-5\`; \`all\` stands for all topics.`,
    }
  const problem = cronProblem(cron)
  if (problem !== undefined) return { wrong: `${quoteCron(cron)}: ${problem}.` }
  return { kind: 'schedule', topic, host, hostGroup: group, cron }
}

/** An asterisk is none of Slack's here: it stands in code. */
const quoteCron = (cron: string): string => `\`${cron.slice(0, 60).replace(/\p{C}/gu, '·')}\``

export function readUnschedule(words: readonly string[]): ReadWatch {
  const [word = '', ...more] = words
  const number = /^#?(\d{1,9})$/.exec(word)?.[1]
  return number === undefined || more.length > 0
    ? {
        wrong:
          'Which schedule? `/debvisor unschedule 3`; `/debvisor schedule` lists them with their numbers.',
      }
    : { kind: 'unschedule', number: Number(number) }
}
