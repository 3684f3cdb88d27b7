/** What a line of a log says of an error: the same `kind` for the same trouble, whenever and to whomever it happened. */
export interface ErrorLine {
  /** The line without its time, host and process. */
  readonly said: string
  /** `said` without numbers, addresses and ids. */
  readonly kind: string
  /** What it names: a path, an address, an object of the database, a file with its line. Empty: nothing. */
  readonly object: string
  /** The server that was asked, as `127.0.0.1:5000` or a socket's path, which the kind leaves out. Empty: none is named. */
  readonly server: string
}

/** Undefined: the line speaks of no error. */
export function errorOf(line: string): ErrorLine | undefined {
  const text = line.slice(0, LONGEST)
  const said = withoutHead(text).trim()
  if (said === '' || !isError(text, said)) return undefined
  const server = serverOf(text)
  return { said, kind: kindOf(said), object: objectOf(said) || server, server }
}

/** A line is as long as the scripts let it be; patterns are linear besides. */
const LONGEST = 1_000

/** As the last line of a traceback begins: `psycopg2.errors.UndefinedTable: `, `ValueError: `, `Error: `. */
export const EXCEPTION =
  /^(?:(?:[A-Za-z_]\w*\.)+[A-Z]\w*|(?:[A-Z]\w*)?(?:Error|Exception))(?:$|: | \[[A-Z_]+\]: )/

const TRACEBACK = /^Traceback \(most recent call last\)/

/** The first line of a traceback, which is that of all others. */
export const isTraceback = (said: string): boolean => TRACEBACK.test(said)

/** Levels, as nginx, PostgreSQL, Python, logfmt and shells write them. */
const errorLevels: readonly RegExp[] = [
  /\[(?:error|crit|alert|emerg)\]/,
  /(?:^|[\s|[(])(?:ERROR|CRITICAL|FATAL|PANIC|SEVERE)(?=[\]:|)\s]|$)/,
  /\blevel=(?:error|fatal|panic|critical)\b/i,
  /^(?:[\w.+-]{1,40}: )?(?:error|critical|[Ff]atal(?: error)?|[Pp]anic): /,
]
/** Levels that say that it is none, and what else PostgreSQL adds to an error. */
const otherLevels: readonly RegExp[] = [
  /\[(?:notice|info|debug|warn)\]/,
  /(?:^|[\s|[(])(?:TRACE|DEBUG\d?|INFO|NOTICE|WARNING|WARN)(?=[\]:|)\s]|$)/,
  /(?:^|\s)(?:LOG|HINT|STATEMENT|DETAIL|CONTEXT|QUERY|LOCATION):\s/,
  /\blevel=(?:trace|debug|info|notice|warn(?:ing)?)\b/i,
  /^(?:[\w.+-]{1,40}: )?(?:debug|info|notice|[Ww]arn(?:ing)?): /,
]
/** JSON lines; bunyan and pino write numbers. What is quoted within another value has a backslash before its quotes. */
const levelOfJson = /"(?:level|levelname|severity|lvl)": ?(?:"([a-z]{3,10})"|([1-6])0\b)/i
const errorsOfJson: ReadonlySet<string> = new Set(
  'error critical crit fatal alert emergency emerg panic'.split(' '),
)
/**
 * What PostgreSQL tells a client that is meant to try again (SQLSTATE 40001). A client that does not says so in its own
 * log.
 */
const toBeTriedAgain = /\bERROR:\s+could not serialize access/
/** Trouble of the server itself, which PostgreSQL writes with the level LOG. */
const loggedTrouble =
  /\bLOG:\s+(?:archive command (?:failed|was terminated)|.{0,200} was terminated by (?:signal|exception) )/
/** Where no level is written: system calls that failed, also within a traceback. */
const failedCalls: readonly RegExp[] = [
  EXCEPTION,
  /\bErrno \d+/,
  /\bE(?:ACCES|PERM|NOENT|XIST|ADDRINUSE|CONN[A-Z]+|HOSTUNREACH|MFILE|NFILE|NOSPC|ROFS|TIMEDOUT|PIPE|NOMEM|IO|AI_[A-Z]+)\b/,
  /\b(?:permission denied|no such file or directory|connection refused|connection reset|connection timed out|no space left on device|read-only file system|too many open files|cannot allocate memory|segmentation fault|core dumped)\b/i,
]
/** Where no level is written: exceptions. What is indented and names one is code. */
const exceptions: readonly RegExp[] = [/\b[A-Z]\w*(?:Error|Exception)\b/, TRACEBACK]

const matches = (patterns: readonly RegExp[], text: string): boolean =>
  patterns.some((pattern) => pattern.test(text))

/** Whether the line itself says that it is an error. */
export const isLeveled = (line: string): boolean => levelOf(line.slice(0, LONGEST)) === 'error'

/** Whether the line itself says that it is none. */
export const isHarmless = (line: string): boolean => levelOf(line.slice(0, LONGEST)) === 'other'

/**
 * The level that stands first counts: what follows it is the message, which may quote others. PostgreSQL goes on with a
 * tab, and an exception quotes what the server said; neither has a level of its own.
 */
function levelOf(text: string): 'error' | 'other' | undefined {
  if (isSummary(text) || toBeTriedAgain.test(text)) return 'other'
  if (/^(?:\t|#011)/.test(text)) return undefined
  const said = withoutOrigin(text)
  if (EXCEPTION.test(said)) return undefined
  if (loggedTrouble.test(said)) return 'error'
  if (isJson(said)) return jsonLevel(said)
  const [error, other] = [firstOf(errorLevels, said), firstOf(otherLevels, said)]
  if (error === other) return undefined
  return error < other ? 'error' : 'other'
}

/** Where the first match of any of them begins; infinite where none does. */
const firstOf = (patterns: readonly RegExp[], text: string): number =>
  Math.min(...patterns.map((pattern) => pattern.exec(text)?.index ?? Number.POSITIVE_INFINITY))

const isJson = (said: string): boolean => said.startsWith('{')

function jsonLevel(said: string): 'error' | 'other' | undefined {
  const [, word, tens] = levelOfJson.exec(said) ?? []
  if (tens !== undefined) return Number(tens) >= 5 ? 'error' : 'other'
  if (word === undefined) return undefined
  return errorsOfJson.has(word.toLowerCase()) ? 'error' : 'other'
}

function isError(text: string, said: string): boolean {
  const level = levelOf(text)
  if (level !== undefined) return level === 'error'
  if (!isIndented(text)) return matches(failedCalls, said) || matches(exceptions, said)
  return !FRAME.test(said) && matches(failedCalls, said)
}

/** Code of a traceback or a stack. */
const FRAME = /^(?:File "|at |raise |throw |except |\^|~)/

/** Whether the line goes on with what the one above it says. A tab is `#011` in syslog. */
export const isIndented = (line: string): boolean =>
  /^(?:\s|#011)/.test(line) || /^\s/.test(withoutHead(line.slice(0, LONGEST)))

/** Which process wrote it, as journal and syslog say; empty: they do not. */
export const speakerOf = (line: string): string =>
  /(?:^|\s)([\w.@/:-]{1,60}\[\d+\]): /.exec(line.slice(0, 160))?.[1] ?? ''

/** What PostgreSQL tells each client when it stops or starts (SQLSTATE 57P01 to 57P03). */
export const isOfStop = (said: string): boolean =>
  /terminating connection due to administrator command|the database system is (?:starting up|shutting down|in recovery mode|not yet accepting connections)/.test(
    said,
  )

/** systemd, and Debian's wrapper of pg_ctl, sum up what the program has said itself. */
const isSummary = (text: string): boolean =>
  /\bsystemd\[\d+\]: |\bError: \/\S{1,80}\/pg_ctl /.test(text.slice(0, 160))

/** Time, host and process, as the journal, syslog, nginx, PostgreSQL and Python write them. */
const origins: readonly RegExp[] = [
  /^[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[T ][0-9:.,]{8,15} ?(?:Z|(?!(?:ERROR|FATAL|PANIC|TRACE|DEBUG|INFO|WARN|LOG)\b)[A-Z]{3,5}\b(?= \[)|[+-][0-9]{2}(?::?[0-9]{2})?\b)?\s*/,
  /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /,
  /^(?![A-Z]{3,8}\b)(?:[\w.-]{1,60} )?[\w.@/:-]{1,60}\[\d+\]: /,
  /^\[[0-9-]{10}[T ][0-9:.,]{8,15} ?[+-]?[0-9:]{0,5}\]\s*/,
]
/** What stands between them and the message. */
const prefixes: readonly RegExp[] = [
  /^\[\d+(?:-\d+)?\](?: \[[A-Z]+\])?\s*/,
  /^\[(?:error|crit|alert|emerg)\]\s*(?:\d+#\d+: )?(?:\*\d+ )?/,
  /^(?:[\w-]{1,40}@[\w-]{1,40}|\[unknown\]@\[unknown\])\s+/,
]

function without(heads: readonly RegExp[], text: string): string {
  let rest = text
  for (let before = ''; before !== rest; ) {
    before = rest
    for (const head of heads) rest = rest.replace(head, '')
  }
  return rest
}

const withoutOrigin = (text: string): string => without(origins, text.trim())

const withoutHead = (text: string): string =>
  without([...origins, ...prefixes], text.trim()).replace(/, client: .*$/, '')

/**
 * What changes from one time to the next. All that is left out has a digit in it and nothing that is left has one, so
 * that a kind is its own kind.
 */
export const kindOf = (said: string): string =>
  said
    .slice(0, LONGEST)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/gi, '#')
    .replace(/\b(?=[a-f]{0,3}\d|[a-f:]{0,40}\d)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/gi, '#')
    .replace(/\b0x[0-9a-f]{1,16}\b/gi, '#')
    .replace(/\b(?=[a-f]{0,64}\d)[0-9a-f]{6,64}\b/gi, '#')
    .replace(
      /(?<![\w/.-])(?=[\w-]{0,63}\d)(?=[\w-]{0,63}[A-Z])(?=[\w-]{0,63}[a-z])[\w-]{16,64}(?![\w/.-])/g,
      '#',
    )
    .replace(/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, '#')
    .replace(/\d+/g, '#')
    .slice(0, 200)

const objects: readonly RegExp[] = [
  /(?:File|at) "?(\/[^\s":,()]+(?:", line |:)\d+)/,
  /(?:relation|table|column|function|role|user|database|index|constraint|type|schema|extension|sequence|parameter) "([^"\n]{1,80})"/,
  /["'`(](\/[^\s"'`:()]{1,200})["'`)]/,
  /(?:^|[\s=])(\/[A-Za-z0-9_.][^\s"'`:,;()]{1,200})/,
  /(?:https?|postgresql|redis|unix|tcp):\/\/([^\s"'/@]{1,120})/,
  /\b((?!(?:pid|line|code|status|errno|port):)(?:[A-Za-z][A-Za-z0-9_.-]{0,79}|(?:\d{1,3}\.){3}\d{1,3}):\d{2,5})\b/,
  /\b([A-Za-z0-9@_-]{1,80}\.(?:service|socket|timer|mount))\b/,
]

function objectOf(said: string): string {
  for (const object of objects) {
    const found = object.exec(said)?.[1]
    if (found) return found.replace('", line ', ':')
  }
  return ''
}

const servers: readonly RegExp[] = [
  /, upstream: "(?:[a-z]{1,10}:\/\/)?(?:unix:([^\s":]{1,100})|([^\s"/]{1,100}))/,
  /\bserver at "([^"]{1,100})"[^,]{0,60}, (port \d{1,5})\b/,
  /\b((?:localhost|(?:\d{1,3}\.){3}\d{1,3}):[1-9]\d{1,4})\b/,
]

/** Ports from 32768 up are of clients (ip_local_port_range), and others each time. */
function serverOf(text: string): string {
  for (const pattern of servers) {
    const server = pattern.exec(text)?.slice(1).filter(Boolean).join(':').replace(':port ', ':')
    if (server) return Number(/:(\d+)$/.exec(server)?.[1] ?? 0) < 32_768 ? server : ''
  }
  return ''
}
