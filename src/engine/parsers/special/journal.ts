import { sanitise } from '../../../redact/sanitise.ts'
import { parseJsonLines } from '../json.ts'
import { linesOf, notUnderstood, type Parser, type Row, type Shape, understood, whole } from '../parser.ts'

/**
 * `journalctl -o json --no-pager …`: `.rows`, in its order. `time` is UTC, `at` seconds since 1970; `priority` 0
 * (emergency) to 7 (debug). A message that is not UTF-8 or has controls in it comes as bytes: it is read as far as it
 * goes, without the controls.
 *
 *     {"__REALTIME_TIMESTAMP":"1700000000000000","PRIORITY":"3","SYSLOG_IDENTIFIER":"postgres","_PID":"640","_SYSTEMD_UNIT":"postgresql@15-main.service","MESSAGE":"could not bind"}
 */
const shape = {
  time: 'string',
  at: 'int',
  unit: 'string',
  identifier: 'string',
  priority: 'int',
  pid: 'int',
  message: 'string',
} as const satisfies Shape

export const journal: Parser = {
  gives: { rows: shape },
  parse(text) {
    // "-- No entries --", "-- Boot … --": journalctl's own remarks.
    const entries = parseJsonLines(
      linesOf(text)
        .filter((line) => !line.startsWith('-- '))
        .join('\n'),
    )
    const rows = entries?.map(rowOf)
    if (!rows || rows.includes(undefined)) return notUnderstood('journalctl -o json', text)
    return understood({ rows: rows.filter((row) => row !== undefined) })
  },
}

function rowOf(entry: unknown): Row | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined
  const field = (name: string): string | undefined => {
    const value = (entry as Record<string, unknown>)[name]
    return typeof value === 'string' ? sanitise(value) : undefined
  }
  const microseconds = whole(field('__REALTIME_TIMESTAMP') ?? '')
  const at = microseconds === undefined ? undefined : microseconds / 1_000_000n
  return {
    time: at === undefined ? undefined : utc(at),
    at,
    unit: field('_SYSTEMD_UNIT') ?? field('UNIT'),
    identifier: field('SYSLOG_IDENTIFIER') ?? field('_COMM'),
    priority: whole(field('PRIORITY') ?? ''),
    pid: whole(field('_PID') ?? field('SYSLOG_PID') ?? ''),
    message: sanitise(messageOf((entry as Record<string, unknown>).MESSAGE)),
  }
}

/** "2023-11-14 22:13:20"; undefined beyond the year 275760, where a Date ends. */
function utc(seconds: bigint): string | undefined {
  const date = new Date(Number(seconds) * 1000)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 19).replace('T', ' ')
}

function messageOf(message: unknown): string {
  if (typeof message === 'string') return message
  if (!Array.isArray(message)) return ''
  if (message.every((part) => typeof part === 'number')) return Buffer.from(message).toString('utf8')
  return message.filter((part) => typeof part === 'string').join(' ')
}
