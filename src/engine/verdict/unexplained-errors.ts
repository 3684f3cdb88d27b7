import type { Finding } from '../../findings/finding.ts'
import type { UnexplainedError } from '../../findings/unexplained-error.ts'
import { type ErrorEvent, errorEvents, type LogLine } from '../errors/error-events.ts'
import { EXCEPTION, errorOf } from '../errors/error-line.ts'
import type { Observation } from './observation.ts'

/** What was said longer ago is history. */
const OLDEST_S = 3_600
/** An error goes on that came several times over some time, and that is not overdue: one that was is mended. */
const GOES_ON = { times: 3, spanS: 20, newestS: 120, slackS: 5 }
const MOST = 12

/**
 * The errors in the logs that were read which no true finding explains. A finding explains the kinds of the lines that
 * it quotes, and what was logged together with them. What is about the platform comes first, then what goes on, then
 * what came most often.
 */
export function unexplainedErrors(seen: Observation, findings: readonly Finding[]): UnexplainedError[] {
  const isExplained = explainedBy(findings)
  const rank = (error: UnexplainedError) => (error.strangers ? 2 : 0) + (error.goesOn ? 0 : 1)
  return logsOf(seen)
    .flatMap((log) =>
      byKind(errorEvents(log.lines))
        .filter((events) => !events.some(({ kinds }) => [...kinds].some(isExplained)))
        .map((events) => summedUp(log, events)),
    )
    .sort((a, b) => rank(a) - rank(b) || b.count - a.count)
    .slice(0, MOST)
}

/** What a client says of an error of its server has the server's words in it, or the other way round. */
function explainedBy(findings: readonly Finding[]): (kind: string) => boolean {
  const lines = findings
    .filter(({ role }) => role !== 'notice')
    .flatMap(({ evidence }) => evidence.flatMap(({ text }) => text.split('\n')))
  const quoted = new Set(lines.flatMap((line) => errorOf(line)?.kind ?? []))
  const words = [...quoted].map(wordsOf).filter((text) => text.length >= LEAST_WORDS)
  return (kind) => {
    const own = wordsOf(kind)
    return (
      quoted.has(kind) ||
      (own.length >= LEAST_WORDS && words.some((text) => text.includes(own) || own.includes(text)))
    )
  }
}

/** Shorter ones would be found anywhere. */
const LEAST_WORDS = 20

/** Without level, exception and place in the statement. */
const wordsOf = (kind: string): string =>
  kind
    .replace(EXCEPTION, '')
    .replace(/^.*\b(?:ERROR|FATAL|PANIC): +/, '')
    .replace(/ at character #$/, '')

interface Log {
  readonly of: string
  readonly lines: readonly LogLine[]
  isStrangers(line: string): boolean
}

/** Of two probes that read the same log the later one has what the first has. */
function logsOf(seen: Observation): Log[] {
  const logs = new Map<string, Log>()
  for (const { id, run, log } of seen.runbook.probes.values()) {
    if (!log || seen.unparsed.has(id)) continue
    const { rows } = (seen.context[id] ?? {}) as { rows?: readonly { age: bigint; text: string }[] }
    if (!rows) continue
    const lines = rows
      .map(({ age, text }) => ({ age: Number(age), text }))
      .filter(({ age, text }) => age <= OLDEST_S && !isOfOurs(text, seen.login))
    const isStrangers = (it: string): boolean => {
      const answer = log.strangers?.evaluate({ ...seen.context, it })
      return answer?.known === true && answer.value === true
    }
    logs.set(`${log.of}\n${run}`, { of: log.of, lines, isStrangers })
  }
  return [...logs.values()]
}

/** PostgreSQL logs what the bot's own looks may not read, as `login@database`. */
const isOfOurs = (line: string, login: string): boolean => line.slice(0, 120).includes(` ${login}@`)

function byKind(events: readonly ErrorEvent[]): ErrorEvent[][] {
  const kinds = new Map<string, ErrorEvent[]>()
  for (const event of events) {
    const { kind } = event.teller
    kinds.set(kind, [...(kinds.get(kind) ?? []), event])
  }
  return [...kinds.values()]
}

function summedUp({ of, isStrangers }: Log, events: readonly ErrorEvent[]): UnexplainedError {
  const ages = events.map(({ age }) => age)
  const [first, last] = [Math.max(...ages), Math.min(...ages)]
  const newest = events.at(-1)
  return {
    of,
    said: newest?.teller.said ?? '',
    object: newest?.teller.object ?? '',
    count: events.length,
    first,
    last,
    goesOn: goesOn(events.length, first, last),
    strangers: events.every(({ lines }) => isStrangers(lines[0] ?? '')),
  }
}

function goesOn(times: number, first: number, last: number): boolean {
  const { spanS, newestS, slackS } = GOES_ON
  if (times < GOES_ON.times || first - last < spanS) return false
  return last <= Math.min(newestS, (2 * (first - last)) / (times - 1) + slackS)
}
