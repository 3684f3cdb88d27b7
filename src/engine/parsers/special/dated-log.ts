import { plainLines } from '../json-log.ts'
import { linesOf, notUnderstood, type Parser, type Row, understood } from '../parser.ts'

/**
 * Lines of a log with their age in seconds. The first line is the host's clock, `date "+now=%s zone=%z"`, and may end
 * with ` written=` and the time of the file's last change. A line without a time of its own (a traceback) is as old as
 * the one above it; above all times it is as old as the first that has one; where no line has one, all are as old as
 * the file's last change, or new where that is not given. Times without a zone are local time of the host. An entry in
 * JSON becomes the lines that it would be in plain words.
 *
 *     now=1795490163 zone=+0100 written=1795490160
 *     2026-11-24 03:16:00.123 UTC [812] app@app FATAL:  password authentication failed for user "app"
 *     2026/11/24 04:16:00 [error] 77#77: *1 connect() failed (111: Connection refused) while connecting to upstream
 *     2026-11-24T04:16:00+0100 host1 app[99]: Traceback (most recent call last):
 */
export const datedLog: Parser = {
  gives: { rows: { age: 'int', text: 'string' } },
  parse(text) {
    const [first = '', ...all] = linesOf(text)
    const lines = all.slice(-MOST_LINES)
    const clock = /^now=([0-9]{9,11}) zone=([+-][0-9]{4})(?: written=([0-9]{9,11}))?$/.exec(first)
    if (!clock) return notUnderstood('now=SECONDS zone=+HHMM', text)
    const now = Number(clock[1])
    const zone = offsetOf(clock[2] ?? '') ?? 0
    const times = lines.map((line) => timeOf(line, zone))
    let at = times.find((time) => time !== undefined) ?? Number(clock[3] ?? now)
    const rows = lines.flatMap((line, i): Row[] => {
      at = times[i] ?? at
      const age = BigInt(Math.max(0, now - at))
      return (plainLines(line) ?? [line]).map((text) => ({ age, text }))
    })
    return understood({ rows: rows.slice(-MOST_LINES) })
  },
}

/** Conditions compare line with line. Scripts end each log with `tail`; of one that does not, the newest lines are kept. */
const MOST_LINES = 600

/** Times stand near the start of a line; what comes later is quoted text. */
const HEAD = 200
const stamp =
  /([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,][0-9]{1,9})? ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?/
const epoch = /"(?:time|ts|timestamp)": ?([0-9]{10})(?:[0-9]{3})?(?![0-9])/

/** Seconds since 1970; undefined where the line has no time. */
function timeOf(line: string, localOffset: number): number | undefined {
  const head = line.slice(0, HEAD)
  const found = stamp.exec(head)
  if (!found) {
    const seconds = epoch.exec(head)?.[1]
    return seconds === undefined ? undefined : Number(seconds)
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number)
  const utc = Date.UTC(year, month - 1, day, hour, minute, second) / 1000
  return utc - (found[7] === undefined ? localOffset : (offsetOf(found[7]) ?? 0))
}

/** Seconds east of Greenwich. */
function offsetOf(zone: string): number | undefined {
  const found = /^([+-])([0-9]{2}):?([0-9]{2})$/.exec(zone)
  if (!found) return undefined
  const seconds = Number(found[2]) * 3600 + Number(found[3]) * 60
  return found[1] === '-' ? -seconds : seconds
}
