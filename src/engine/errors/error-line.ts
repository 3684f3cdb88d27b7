/** What a line of a log says of an error: the same `kind` for the same trouble, whenever and to whomever it happened. */
export interface ErrorLine {
  /** The line without its time, host and process. */
  readonly said: string
  /** `said` without numbers, addresses, ids and quoted values. */
  readonly kind: string
  /** What it names: a path, an address, an object of the database, a file with its line. Empty: nothing. */
  readonly object: string
}

/** Undefined: the line speaks of no error. */
export function errorOf(line: string): ErrorLine | undefined {
  const text = line.slice(0, LONGEST)
  const said = withoutHead(text)
  if (said === '' || !isError(text, said)) return undefined
  return { said, kind: kindOf(said), object: objectOf(said) }
}

/** A line is as long as the scripts let it be; patterns are linear besides. */
const LONGEST = 1_000

/** As the last line of a traceback begins: `psycopg2.errors.UndefinedTable: `, `ValueError: `. */
export const EXCEPTION = /^(?:(?:[A-Za-z_]\w*\.)+[A-Z]\w*|[A-Z]\w*(?:Error|Exception))(?:$|: )/

/** Levels that programs write: nginx, PostgreSQL, Python, JSON (bunyan and pino as numbers), logfmt, shells. */
const leveled: readonly RegExp[] = [
  /\[(?:error|crit|alert|emerg)\]/,
  /"(?:level|levelname|severity|lvl)": ?(?:"(?:error|critical|fatal|alert|emerg(?:ency)?|panic)"|[56]0\b)/i,
  /(?:^|[\s|[])(?:ERROR|CRITICAL|FATAL|PANIC|SEVERE)\b/,
  /\blevel=(?:error|fatal|panic|critical)\b/i,
  /^(?:error|fatal|panic): /i,
]
/** Levels that say that it is none, and what else PostgreSQL adds to an error. */
const harmless: readonly RegExp[] = [
  /\[(?:notice|info|debug|warn)\]/,
  /"(?:level|levelname|severity|lvl)": ?(?:"(?:debug|info|notice|warn(?:ing)?|trace)"|[1234]0\b)/i,
  /(?:^|[\s|[])(?:DEBUG|INFO|NOTICE|LOG|HINT|STATEMENT|DETAIL|CONTEXT|QUERY|LOCATION|WARNING|WARN)\b(?::|\]|\s|$)/,
  /\blevel=(?:debug|info|warn(?:ing)?)\b/i,
]
/**
 * What PostgreSQL tells each client when it stops or starts (SQLSTATE 57P01 to 57P03), which its state tells, and what a
 * client is meant to try again (40001).
 */
const meantToBe =
  /terminating connection due to administrator command|the database system is (?:starting up|shutting down|in recovery mode|not yet accepting connections)|could not serialize access/
/** Where no level is written: exceptions, and system calls that failed. */
const spoken: readonly RegExp[] = [
  /\b[A-Z]\w*(?:Error|Exception)\b|\bErrno \d+|\bTraceback \(most recent/,
  EXCEPTION,
  /\bE(?:ACCES|PERM|NOENT|XIST|ADDRINUSE|CONN[A-Z]+|HOSTUNREACH|MFILE|NFILE|NOSPC|ROFS|TIMEDOUT|PIPE|NOMEM|IO|AI_[A-Z]+)\b/,
  /\b(?:permission denied|no such file or directory|connection refused|connection reset|connection timed out|no space left on device|read-only file system|too many open files|cannot allocate memory|segmentation fault|core dumped)\b/i,
]

const matches = (patterns: readonly RegExp[], text: string): boolean =>
  patterns.some((pattern) => pattern.test(text))

/** Whether the line itself says that it is an error. */
export const isLeveled = (line: string): boolean => {
  const text = line.slice(0, LONGEST)
  return matches(leveled, text) && !meantToBe.test(text)
}

/** Whether the line itself says that it is none. */
export const isHarmless = (line: string): boolean => {
  const text = line.slice(0, LONGEST)
  return !isLeveled(text) && (matches(harmless, text) || isOfSystemd(text) || meantToBe.test(text))
}

const isError = (text: string, said: string): boolean =>
  isLeveled(text) || (!isHarmless(text) && matches(spoken, said))

/** systemd sums up what the program has said itself. */
const isOfSystemd = (text: string): boolean => /\bsystemd\[\d+\]: /.test(text.slice(0, 80))

/** Time, host and process, as the journal, syslog, nginx, PostgreSQL and Python write them. */
const heads: readonly RegExp[] = [
  /^[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[T ][0-9:.,]{8,15} ?(?:Z|[A-Z]{3,4}\b|[+-][0-9]{2}:?[0-9]{2})?\s*/,
  /^[\w.@/:-]{1,60}\[\d+\]: /,
  /^\[[0-9-]{10}[T ][0-9:.,]{8,15} ?[+-]?[0-9:]{0,5}\]\s*/,
  /^\[\d+\](?: \[\w+\])?\s*/,
  /^\[(?:error|crit|alert|emerg)\]\s*(?:\d+#\d+: )?(?:\*\d+ )?/,
  /^(?:[\w-]{1,40}@[\w-]{1,40}|\[unknown\]@\[unknown\])\s+/,
]

export function withoutHead(text: string): string {
  let rest = text.trim()
  for (let again = true; again; ) {
    again = false
    for (const head of heads) {
      const shorter = rest.replace(head, '')
      if (shorter !== rest) again = true
      rest = shorter
    }
  }
  return rest.replace(/, client: .*$/, '')
}

/** What changes from one time to the next. */
const kindOf = (said: string): string =>
  said
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/gi, '#')
    .replace(/\b0x[0-9a-f]+\b|\b[0-9a-f]{12,64}\b/gi, '#')
    .replace(/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, '#')
    .replace(/\d+/g, '#')
    .slice(0, 200)

const objects: readonly RegExp[] = [
  /(?:File|at) "?(\/[^\s":,()]+(?:", line |:)\d+)/,
  /(?:relation|table|column|function|role|user|database|index|constraint|type|schema|extension|sequence|parameter) "([^"\n]{1,80})"/,
  /["'`(](\/[^\s"'`:()]{1,200})["'`)]/,
  /(?:^|[\s=])(\/[A-Za-z0-9_.][^\s"'`:,;()]{1,200})/,
  /(?:https?|postgresql|redis|unix|tcp):\/\/([^\s"'/@]{1,120})/,
  /\b([A-Za-z0-9_.-]{1,80}:\d{2,5})\b/,
  /\b([A-Za-z0-9@_-]{1,80}\.(?:service|socket|timer|mount))\b/,
]

function objectOf(said: string): string {
  for (const object of objects) {
    const found = object.exec(said)?.[1]
    if (found) return found.replace('", line ', ':')
  }
  return ''
}
