import { type ErrorLine, EXCEPTION, errorOf, isHarmless, isLeveled } from './error-line.ts'

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
  /** Of every line of it that speaks of an error. */
  readonly kinds: ReadonlySet<string>
  /** As they stand in the log. */
  readonly lines: readonly string[]
}

/**
 * The errors of a log, oldest first. A line without a level of its own belongs to the one above it that has one, while
 * their age is the same: a traceback to its error, the rest of a statement to PostgreSQL's STATEMENT.
 */
export function errorEvents(log: readonly LogLine[]): ErrorEvent[] {
  const events: { age: number; lines: string[]; errors: ErrorLine[] }[] = []
  let owner: { readonly age: number; readonly event: (typeof events)[number] | undefined } | undefined
  for (const { age, text } of log) {
    if (owner?.age !== age) owner = undefined
    const error = errorOf(text)
    if (isHarmless(text)) owner = { age, event: undefined }
    else if (owner && !isLeveled(text)) {
      owner.event?.lines.push(text)
      if (error) owner.event?.errors.push(error)
    } else if (error) {
      const event = { age, lines: [text], errors: [error] }
      events.push(event)
      owner = { age, event }
    }
  }
  return events.flatMap(({ age, lines, errors }) => {
    const teller = errors.findLast(({ said }) => EXCEPTION.test(said)) ?? errors[0]
    return teller ? [{ age, teller, kinds: new Set(errors.map(({ kind }) => kind)), lines }] : []
  })
}
