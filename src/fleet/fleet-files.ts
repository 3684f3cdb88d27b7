import { published } from '../findings/report.ts'
import { fleetRows } from './fleet-table.ts'
import { type HostOutcome, standingOf } from './host-outcome.ts'

/** A line for each host. What a spreadsheet would take for a formula is made text: hosts have a say in it. */
export function fleetCsv(outcomes: readonly HostOutcome[]): string {
  const rows = fleetRows(outcomes).map(({ host, standing, said, figures, ms }) => [
    host,
    standing,
    said,
    figures,
    ms === undefined ? '' : String(Math.round(ms)),
  ])
  return [['host', 'standing', 'summary', 'figures', 'ms'], ...rows]
    .map((row) => row.map(cell).join(','))
    .join('\n')
}

function cell(text: string): string {
  // Spreadsheets pass over space in front, and some part cells at semicolons and tabs.
  const safe = /^\s*[=+\-@]|^[\t\r]/.test(text) ? `'${text}` : text
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** What is told of one host to programs. */
export function hostAsJson(one: HostOutcome): object {
  const { host, outcome } = one
  const head = { host, standing: standingOf(one) }
  if (outcome.kind === 'judged') return { ...head, report: published(outcome.report) }
  if (outcome.kind === 'stopped') return head
  return { ...head, reason: outcome.reason, remedy: outcome.remedy }
}
