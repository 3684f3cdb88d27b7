/** Errors of one kind in a log, which no true finding quotes. All text in it has passed redact/ already. */
export interface UnexplainedError {
  /** Whose log says it: "PostgreSQL". */
  readonly of: string
  /** The newest line of the kind, without its time, host and process. */
  readonly said: string
  /** What it names: a path, an address, an object of the database. Empty: nothing. */
  readonly object: string
  /** How many there are in the part of the log that was read. */
  readonly count: number
  /** Seconds before the run. */
  readonly first: number
  readonly last: number
  /** It came again and again up to the run. */
  readonly goesOn: boolean
  /** It is about somebody else: a foreign login, another unit. */
  readonly strangers: boolean
}

export const UNEXPLAINED_TITLE = 'Errors in the logs that nothing found here explains'

/** "nginx logged 12 times in 4 minutes, last 3 s ago: connect() failed (111: Connection refused) (127.0.0.1:5000)" */
export function unexplainedText(error: UnexplainedError): string {
  const { of, said, object, count, first, last, strangers } = error
  const times =
    count === 1 ? 'once' : `${count} times${first > last ? ` in ${span(first - last)}` : ''}, last`
  const whose = `${of}${strangers ? ' (not about DebVisor)' : ''}`
  return `${whose} logged ${times}${count === 1 ? ',' : ''} ${span(last)} ago: ${said}${isIn(said, object) ? '' : ` (${object})`}`
}

/** A line number may stand apart from its file. */
const isIn = (said: string, object: string): boolean => said.includes(object.replace(/:\d+$/, ''))

const span = (seconds: number): string =>
  seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`
