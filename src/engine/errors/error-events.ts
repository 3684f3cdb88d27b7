import {
  type ErrorLine,
  EXCEPTION,
  errorOf,
  isHarmless,
  isIndented,
  isLeveled,
  isTraceback,
  speakerOf,
} from './error-line.ts'

/** A line of a log and how many seconds before the run it was written. */
export interface LogLine {
  readonly age: number
  readonly text: string
}

/** One error with all that was logged of it: the line with its level, the traceback, the exception. */
export interface ErrorEvent {
  readonly age: number
  /** The line that tells most: the last exception, else the first line. */
  readonly teller: ErrorLine
  /** Its exceptions; where there is none, every line of it that speaks of an error. */
  readonly errors: readonly ErrorLine[]
  /** As they stand in the log. */
  readonly lines: readonly string[]
}

interface OpenEvent {
  readonly age: number
  readonly lines: string[]
  readonly errors: ErrorLine[]
}

/** The line with a level that the next ones may belong to, and its event; without one it is no error. */
interface Owner {
  readonly line: LogLine
  readonly event: OpenEvent | undefined
}

/**
 * The errors of a log, as they stand in it. A line without a level of its own belongs to the one above it that has one:
 * a traceback to its error, the rest of a statement to PostgreSQL's STATEMENT.
 */
export function errorEvents(log: readonly LogLine[]): ErrorEvent[] {
  const events: OpenEvent[] = []
  let owner: Owner | undefined
  for (const line of log) {
    const { age, text } = line
    if (isHarmless(text)) owner = { line, event: undefined }
    else if (owner && belongsTo(owner, line)) addTo(owner.event, text)
    else {
      const error = errorOf(text)
      const event = error && { age, lines: [text], errors: [error] }
      if (event) events.push(event)
      owner = event && { line, event }
    }
  }
  return events.flatMap(closed)
}

/** Of the same second and process. Below what is no error, only what is indented or a warning's traceback is none. */
function belongsTo({ line, event }: Owner, { age, text }: LogLine): boolean {
  const speaker = speakerOf(text)
  if (isLeveled(text) || age !== line.age || (speaker !== '' && speaker !== speakerOf(line.text)))
    return false
  return event !== undefined || isIndented(text) || WARNING.test(line.text)
}

const WARNING = /\bWARN(?:ING)?\b/

function addTo(event: OpenEvent | undefined, text: string): void {
  const error = errorOf(text)
  event?.lines.push(text)
  if (error) event?.errors.push(error)
}

/** A traceback whose end was not read tells nothing. */
function closed({ age, lines, errors }: OpenEvent): ErrorEvent[] {
  const exceptions = errors.filter(({ said }) => EXCEPTION.test(said))
  const telling = exceptions.length > 0 ? exceptions : errors.filter(({ said }) => !isTraceback(said))
  const teller = exceptions.at(-1) ?? telling[0]
  if (!teller) return []
  const object = teller.object || placeInCode(lines)
  return [{ age, teller: { ...teller, object }, errors: telling, lines }]
}

const FRAME =
  /\bFile "(\/[^"\n]{1,300})", line (\d{1,7})|\bat (?:[^()\n]{1,200} \()?(?:file:\/\/)?(\/[^():\n]{1,300}):(\d{1,7}):\d/
/** Others wrote it, and it does what it is told. */
const LIBRARY =
  /\/(?:site-packages|dist-packages|node_modules|lib\/python[\d.]{1,6})\/|^\/usr\/(?:lib|share\/nodejs)\//

/** "FILE:LINE" of the program's own code that was running: Python names it last, Node.js first. Empty: no traceback. */
function placeInCode(lines: readonly string[]): string {
  const frames = lines.flatMap((line) => {
    const [found, python, itsLine, node, nodesLine] = FRAME.exec(line) ?? []
    return found
      ? [{ path: python ?? node ?? '', line: itsLine ?? nodesLine, isPython: python !== undefined }]
      : []
  })
  const own = frames.filter(({ path }) => !LIBRARY.test(path))
  const frame = own[0]?.isPython ? own.at(-1) : own[0]
  return frame ? `${frame.path}:${frame.line}` : ''
}
