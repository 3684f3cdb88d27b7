/**
 * A line of a log that is one JSON object, as structlog, python-json-logger, Bunyan and pino write it: what the same
 * program would say in plain words, with the lines of its traceback below. Undefined: it is none.
 *
 *     2026-11-24T04:16:00+0100 app[99]: {"timestamp": "…", "level": "ERROR", "logger": "db", "message": "no", "exception": "Traceback…"}
 *     2026-11-24T04:16:00+0100 app[99]: ERROR db: no
 *     Traceback…
 */
export function plainLines(line: string): readonly string[] | undefined {
  const at = line.indexOf('{')
  if (at < 0 || at > LONGEST_HEAD) return undefined
  const head = line.slice(0, at)
  const entry = entryOf(line.slice(at).trimEnd())
  const message = entry && textOf(entry, MESSAGES)
  if (!entry || message === undefined) return undefined
  const [first = '', ...more] = message.split('\n')
  const time = head.trim() === '' ? textOf(entry, TIMES) : undefined
  const logger = textOf(entry, LOGGERS)
  const said = [time, levelOf(entry), logger && `${logger}:`, first].filter((part) => part).join(' ')
  const trace = (traceOf(entry) ?? '').split('\n').filter((each) => each.trim() !== '')
  return [head + said, ...more, ...trace.slice(-MOST_TRACE)].filter((each) => each.trim() !== '')
}

/** journalctl's time, host and process. */
const LONGEST_HEAD = 160
/** The end of a traceback tells most. */
const MOST_TRACE = 40

const MESSAGES = ['message', 'msg', 'event']
const LEVELS = ['level', 'levelname', 'severity', 'log_level']
const LOGGERS = ['logger', 'logger_name']
const TIMES = ['timestamp', 'time', 'ts', 'asctime', '@timestamp']
const TRACES = ['exception', 'exc_info', 'traceback', 'stack_trace', 'stack']
/** Where pino, Bunyan, winston and Elastic's format keep an error as an object of its own. */
const ERRORS = ['err', 'error', 'exception', 'exc_info', 'cause']
const ERROR_TYPES = ['type', 'name', 'class', 'code']
/** An error may have a cause, which has one itself. */
const MOST_CAUSES = 5

type Entry = Readonly<Record<string, unknown>>

function entryOf(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Entry) : undefined
  } catch {
    // A line that ends as an object does was not cut: it is something else.
    return text.endsWith('}') ? undefined : pieces(text)
  }
}

/** Of an object that was cut: its members that are strings, the last of them as far as it goes. */
function pieces(text: string): Entry | undefined {
  const found: Record<string, unknown> = {}
  for (const [, key = '', value = ''] of text.matchAll(MEMBER)) found[key] ??= unescaped(value)
  return Object.keys(found).length > 1 ? found : undefined
}

/** A member of an object; the value may end with the text. */
const MEMBER = /"(@?[a-z_]{1,20})" ?: ?"((?:[^"\\]|\\.)*)(?:"|\\?$)/g

function unescaped(value: string): string {
  try {
    return String(JSON.parse(`"${value}"`))
  } catch {
    return value
  }
}

/** The traceback of an entry: text, lines, or the stack of an error that it has as an object, with what caused that. */
function traceOf(entry: Entry): string | undefined {
  const own = linesOf(entry, TRACES) ?? textOf(entry, ['error.stack_trace', 'err.stack', 'error.stack'])
  if (own !== undefined) return own
  const stacks: string[] = []
  for (let error = errorOf(entry); error && stacks.length < MOST_CAUSES; error = errorOf(error)) {
    const stack = linesOf(error, TRACES) ?? messageOf(error)
    if (stack) stacks.push(stack)
  }
  return stacks.length === 0 ? undefined : stacks.join('\n')
}

const errorOf = (entry: Entry): Entry | undefined => ERRORS.map((key) => entry[key]).find(isEntry)

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `Error: refused`, of an error that has no stack. */
function messageOf(error: Entry): string | undefined {
  const message = textOf(error, MESSAGES)
  return message && [textOf(error, ERROR_TYPES), message].filter((part) => part).join(': ')
}

/** A text, or a list of lines as some programs write their stack. */
function linesOf(entry: Entry, keys: readonly string[]): string | undefined {
  const list = keys.map((key) => entry[key]).find(Array.isArray)
  const lines = list?.filter((line): line is string => typeof line === 'string')
  return textOf(entry, keys) ?? (lines && lines.length > 0 ? lines.join('\n') : undefined)
}

function textOf(entry: Entry, keys: readonly string[]): string | undefined {
  const value = keys.map((key) => entry[key]).find((each) => typeof each === 'string' && each !== '')
  return typeof value === 'string' ? value : undefined
}

/** Bunyan's and pino's numbers as words; syslog's and Python's words in capitals, as plain logs have them. */
function levelOf(entry: Entry): string | undefined {
  const said = LEVELS.map((key) => entry[key]).find((each) => each !== undefined)
  if (typeof said === 'number') return NUMBERS[Math.floor(said / 10)]
  return typeof said === 'string'
    ? Object.hasOwn(WORDS, said.toLowerCase())
      ? WORDS[said.toLowerCase()]
      : said.toUpperCase()
    : undefined
}

const NUMBERS = ['', 'TRACE', 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'FATAL']
const WORDS: Readonly<Record<string, string>> = {
  err: 'ERROR',
  warn: 'WARNING',
  crit: 'CRITICAL',
  emerg: 'CRITICAL',
  alert: 'CRITICAL',
}
