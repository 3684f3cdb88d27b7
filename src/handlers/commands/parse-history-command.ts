/** Reads `/debvisor history HOST [TOPIC]` and `/debvisor stats [30d]`. Pure. */

export type HistoryCommand =
  | { readonly kind: 'history'; readonly host: string; readonly topic?: string }
  | { readonly kind: 'stats'; readonly days: number }

/** `missing`: the host was not typed; a thread may say it. */
export type ReadHistory =
  | HistoryCommand
  | { readonly wrong: string; readonly missing?: { readonly what: 'history' } }

/** What a word names, and what is said of one that names nothing. */
export interface Names {
  meant(word: string): { readonly host?: string | undefined; readonly topic?: string | undefined }
  unknown(word: string): string
  quote(word: string): string
}

const WHOLE = '`/debvisor history <host> [topic]`'

/** "history host1", "history host1 db", "history db on host1" */
export function readHistory(words: readonly string[], names: Names): ReadHistory {
  const isFiller = (word: string) => /^(?:on|at|of)$/i.test(word) && names.meant(word).host === undefined
  const [first, second, extra] = words.filter((word) => !isFiller(word))
  if (first === undefined) return { wrong: `Of which host? ${WHOLE}.`, missing: { what: 'history' } }
  const [one, other] = [first, second].map((word) => (word === undefined ? {} : names.meant(word)))
  for (const [word, named] of [
    [first, one],
    [second, other],
  ] as const)
    if (word !== undefined && named?.host === undefined && named?.topic === undefined)
      return { wrong: names.unknown(word) }
  if (extra !== undefined) return { wrong: `What is ${names.quote(extra)} here? ${WHOLE}.` }
  const host = one?.host ?? other?.host
  const topic = one?.host === undefined ? one?.topic : other?.topic
  if (host === undefined) return { wrong: `Of which host? \`/debvisor history <host> ${topic}\`.` }
  if (second !== undefined && topic === undefined)
    return { wrong: `One host at a time: what is ${names.quote(second)} after ${host}?` }
  return { kind: 'history', host, ...(topic === undefined ? {} : { topic }) }
}

const DEFAULT_DAYS = 30
const MOST_DAYS = 365

/** "stats", "stats 7d", "stats 12 weeks" */
export function readStats(words: readonly string[], { quote }: Pick<Names, 'quote'>): ReadHistory {
  const said = words.join(' ')
  if (said === '') return { kind: 'stats', days: DEFAULT_DAYS }
  const [, count, unit = 'd'] = /^(?:last )?(\d{1,4}) ?(d|days?|w|weeks?)?$/i.exec(said) ?? []
  if (count === undefined)
    return { wrong: `${quote(said)} is no number of days: \`/debvisor stats 30d\`, or \`4w\` for weeks.` }
  const days = Number(count) * (unit.toLowerCase().startsWith('w') ? 7 : 1)
  if (days < 1 || days > MOST_DAYS)
    return { wrong: `The counts reach from 1 to ${MOST_DAYS} days back: \`/debvisor stats 30d\`.` }
  return { kind: 'stats', days }
}
