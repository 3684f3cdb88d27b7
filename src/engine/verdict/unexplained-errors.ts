import type { Finding } from '../../findings/finding.ts'
import type { UnexplainedError } from '../../findings/unexplained-error.ts'
import { type ErrorEvent, errorEvents, type LogLine } from '../errors/error-events.ts'
import { type ErrorLine, EXCEPTION, errorOf, isLeveled, isOfStop, isTraceback } from '../errors/error-line.ts'
import type { Expression } from '../language/expression.ts'
import type { Observation } from './observation.ts'
import { MAX_LINE } from './quoted-evidence.ts'

/** What was said longer ago is history. */
const OLDEST_S = 3_600
/**
 * An error goes on that came several times over some time, and that is not overdue: one that was is mended. What came
 * often needs less time: a host that broke a moment ago has no more.
 */
const GOES_ON = { times: 3, spanS: 20, oftenTimes: 4, oftenSpanS: 5, newestS: 120, slackS: 2 }
/** Scripts read the last 60 lines of a file or so. As many as these are the end of a longer log. */
const FULL = { lines: 50, leastSpanS: 3 }
const MOST = 12

/**
 * The errors in the logs that were read which no true finding explains. A finding explains the kinds of the lines that
 * it quotes, and what was logged together with a quoted line. That PostgreSQL stopped or started is told by its state;
 * sessions that are ended again and again are not. What is about the platform comes first, then what goes on, then what
 * came most often.
 */
export function unexplainedErrors(seen: Observation, findings: readonly Finding[]): UnexplainedGroup[] {
  const isExplained = explainedBy(findings)
  return byKind(logsOf(seen).flatMap(eventsOf))
    .filter((told) => !told.some(({ event }) => isExplained(event)))
    .map(groupOf)
    .filter(({ error: { said, goesOn } }) => goesOn || !isOfStop(said))
    .sort((a, b) => byWeight(a.error, b.error))
    .slice(0, MOST)
}

/** An error, and where it stands. */
export interface UnexplainedGroup {
  readonly error: UnexplainedError
  readonly probe: string
  /** Of the newest one, as they stand in the log. */
  readonly lines: readonly string[]
  /** The log is the platform's own. */
  readonly own: boolean
}

const byWeight = (a: UnexplainedError, b: UnexplainedError): number => rank(a) - rank(b) || b.count - a.count

const rank = ({ strangers, goesOn }: UnexplainedError): number => (strangers ? 2 : 0) + (goesOn ? 0 : 1)

/** What a client says of an error of its server has the server's words in it, or the other way round. */
function explainedBy(findings: readonly Finding[]): (event: ErrorEvent) => boolean {
  const quoted = new Set(
    findings
      .filter(({ role }) => role !== 'notice')
      .flatMap(({ evidence }) => evidence.flatMap(({ text }) => text.split('\n')))
      .map((line) => line.replace(/…$/, '')),
  )
  const known = [...quoted]
    .flatMap((line) => errorOf(line) ?? [])
    .filter(({ said }) => !isTraceback(said))
    .map(worded)
  const isQuoted = ([head = '']: readonly string[]): boolean =>
    isLeveled(head) && (quoted.has(head) || quoted.has(head.slice(0, MAX_LINE)))
  const isKnown = (error: WordedError): boolean => known.some((other) => isSameTrouble(error, other))
  return ({ lines, errors }) => isQuoted(lines) || errors.map(worded).some(isKnown)
}

interface WordedError extends ErrorLine {
  readonly words: string
}

const worded = (error: ErrorLine): WordedError => ({ ...error, words: wordsOf(error.kind) })

/** What one server is refused says nothing of another one. */
function isSameTrouble(one: WordedError, other: WordedError): boolean {
  if (one.server !== '' && other.server !== '' && one.server !== other.server) return false
  if (one.kind === other.kind) return true
  if (one.words.length < LEAST_WORDS || other.words.length < LEAST_WORDS) return false
  return contains(one.words, other.words) || contains(other.words, one.words)
}

/** Shorter ones would be found anywhere. */
const LEAST_WORDS = 20

/** Without level, exception, place in the statement, and the words of the system, which are the same for every call. */
const wordsOf = (kind: string): string =>
  kind
    .replace(EXCEPTION, '')
    .replace(/^.*\b(?:ERROR|FATAL|PANIC): +/, '')
    .replace(/ at character #$/, '')
    .replace(SYSTEM_WORDS, '')
    .trim()

const SYSTEM_WORDS =
  /\[Errno #\] ?|\(#: [^()]{1,60}\)|\b(?:no such file or directory|permission denied|operation not permitted|address already in use|cannot assign requested address|connection (?:refused|timed out|reset by peer)|no space left on device|too many open files|read-only file system|cannot allocate memory|resource temporarily unavailable|input\/output error|is a directory|not a directory)$/gi

/** As whole words: the table `hosts` is not `hosts_old`. */
function contains(text: string, part: string): boolean {
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    const [before = '', after = ''] = [text[at - 1], text[at + part.length]]
    if (!/[\w-]/.test(before) && !/[\w-]/.test(after)) return true
  }
  return false
}

interface Log extends ReadLog {
  readonly of: string
  readonly probe: string
  readonly own: boolean
  isOfOurs(line: string): boolean
  isStrangers(line: string): boolean
}

type Rows = readonly { readonly age: bigint; readonly text: string }[]

/** What a log says, whoever asks. */
interface ReadLog {
  readonly lines: readonly LogLine[]
  readonly events: readonly ErrorEvent[]
}

/** A run is judged several times, and each time the rows of a log are the same. */
const readLogs = new WeakMap<Rows, ReadLog>()

function readOnce(rows: Rows): ReadLog {
  const before = readLogs.get(rows)
  if (before) return before
  const lines = rows.map(({ age, text }) => ({ age: Number(age), text })).filter(({ age }) => age <= OLDEST_S)
  const log = { lines, events: errorEvents(lines) }
  readLogs.set(rows, log)
  return log
}

/** Of two probes that read the same log, the later one, which has what is newest. */
function logsOf(seen: Observation): Log[] {
  const isOfOurs = ownLines(seen)
  const logs = new Map<string, Log>()
  for (const { id, run, privileged, log } of seen.runbook.probes.values()) {
    if (!log || seen.unparsed.has(id)) continue
    const { rows } = (seen.context[id] ?? {}) as { rows?: Rows }
    if (!rows) continue
    const isOne = (conditions: readonly Expression[]) => (it: string) =>
      conditions.some((condition) => {
        const answer = condition.evaluate({ ...seen.context, it })
        return answer.known && answer.value === true
      })
    const isCaused = isOne(log.ours)
    logs.set(JSON.stringify([log.of, run, privileged]), {
      of: log.of,
      probe: id,
      own: log.own,
      ...readOnce(rows),
      isOfOurs: (line) => isOfOurs(line) || isCaused(line),
      isStrangers: isOne(log.strangers),
    })
  }
  return [...logs.values()]
}

/**
 * PostgreSQL logs what the bot's own looks may not read, as `[812] login@database`. A login that the platform has too
 * tells nothing.
 */
function ownLines({ login, parameters }: Observation): (line: string) => boolean {
  if (Object.values(parameters).includes(login)) return () => false
  return (line) => line.slice(0, 160).includes(`] ${login}@`)
}

/** An error, and the log that says it. */
interface Told {
  readonly log: Log
  readonly event: ErrorEvent
}

const eventsOf = (log: Log): Told[] =>
  log.events.filter(({ lines: [head = ''] }) => !log.isOfOurs(head)).map((event) => ({ log, event }))

function byKind(all: readonly Told[]): [Told, ...Told[]][] {
  const kinds = new Map<string, [Told, ...Told[]]>()
  for (const told of all) {
    const { kind, server } = told.event.teller
    const key = [told.log.of, kind, server].join('\n')
    const same = kinds.get(key)
    if (same) same.push(told)
    else kinds.set(key, [told])
  }
  return [...kinds.values()]
}

function groupOf(told: readonly [Told, ...Told[]]): UnexplainedGroup {
  const last = Math.min(...told.map(({ event }) => event.age))
  const newest = told.findLast(({ event }) => event.age === last) ?? told[0]
  const { log, event } = newest
  return { error: summedUp(told, newest), probe: log.probe, lines: event.lines, own: log.own }
}

function summedUp(told: readonly [Told, ...Told[]], newest: Told): UnexplainedError {
  const ages = told.map(({ event }) => event.age)
  const [first, last] = [Math.max(...ages), newest.event.age]
  return {
    of: newest.log.of,
    said: newest.event.teller.said,
    object: newest.event.teller.object,
    count: mostInOne(told),
    first,
    last,
    // By its seconds: a file and the journal may both have it.
    goesOn: goesOn(new Set(ages).size, first, last, spanNeeded(told)),
    strangers: told.every(({ log, event }) => log.isStrangers(event.lines[0] ?? '')),
  }
}

/** Two probes may read logs that both have it, such as one and its excerpt. */
function mostInOne(told: readonly Told[]): number {
  const counts = new Map<Log, number>()
  for (const { log } of told) counts.set(log, (counts.get(log) ?? 0) + 1)
  return Math.max(...counts.values())
}

function goesOn(times: number, first: number, last: number, spanNeeded: number): boolean {
  const { newestS, slackS, oftenTimes, oftenSpanS } = GOES_ON
  const needed = times >= oftenTimes ? Math.min(oftenSpanS, spanNeeded) : spanNeeded
  if (times < GOES_ON.times || first - last < needed) return false
  return last <= Math.min(newestS, (first - last) / (times - 1) + slackS)
}

/** The busier an error is, the less time the end of its log holds: half of that time is enough then. */
function spanNeeded(told: readonly Told[]): number {
  const reaches = told.map(({ log: { lines } }) =>
    lines.length < FULL.lines ? Number.POSITIVE_INFINITY : Math.max(...lines.map(({ age }) => age)),
  )
  return Math.min(GOES_ON.spanS, Math.max(FULL.leastSpanS, Math.min(...reaches) / 2))
}
