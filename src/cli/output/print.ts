import { notComparedTitle, otherSide } from '../../findings/difference.ts'
import type { Finding } from '../../findings/finding.ts'
import { findingLabel } from '../../findings/finding-label.ts'
import { changedPaths, concernedOthers } from '../../findings/fix-touches.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import { changedLine, duration } from '../../findings/recent-changes.ts'
import type { Cost, Report } from '../../findings/report.ts'
import { UNEXPLAINED_TITLE, unexplainedText } from '../../findings/unexplained-error.ts'
import { verdictMark, verdictWords } from '../../findings/verdict-words.ts'

/** A report as lines for a terminal: the verdict first, then what it rests on. */
export function printReport(report: Report): string[] {
  const asked = report.probes.filter((p) => p.status !== 'skipped').length
  return [
    `${verdictMark(report)} ${report.topic} on ${report.host}: ${verdictWords(report)}`,
    ...(report.changed && report.changed.items.length > 0 ? [changedLine(report.changed, 8)] : []),
    ...report.findings.flatMap((finding) => ['', ...printFinding(finding, report.findings)]),
    ...printUnexplained(report),
    ...printUnknown(report),
    ...printCompared(report.compared),
    ...(report.ruledOut.length > 0
      ? ['', `Ruled out: ${report.ruledOut.map((f) => f.title).join('; ')}.`]
      : []),
    '',
    ...(report.lookedAt === undefined ? [] : [`Looked at: ${report.lookedAt}.`]),
    ...(report.blind === undefined ? [] : [`Not seen in one visit: ${report.blind}.`]),
    `${asked} probes in ${inSeconds(report.ms)}${report.cost ? `, for ${printCost(report.cost)}` : ''}`,
  ]
}

const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** What the look took from the host. */
const printCost = ({ cpuMs, snapshotCpuMs = 0, processes }: Cost): string =>
  `${(cpuMs / 1000).toFixed(2)} s of the host's CPU${
    snapshotCpuMs > 0 ? ` (${(snapshotCpuMs / 1000).toFixed(2)} s of it for the snapshot)` : ''
  } and at most ${processes} processes`

function printFinding(finding: Finding, all: readonly Finding[]): string[] {
  const because = (finding.explainedBy ?? [])
    .map((id) => all.find((other) => other.id === id)?.title)
    .filter((title) => title !== undefined)
  const why = because.length > 0 ? ` (because: ${[...new Set(because)].join('; ')})` : ''
  return [
    `${findingLabel(finding)}: ${finding.title}${why}`,
    `  ${finding.detail}`,
    ...finding.evidence.flatMap((e) => e.text.split('\n').map((line) => `  ${e.probe} │ ${line}`)),
    ...(finding.role === 'consequence' ? [] : finding.resolution.map((step, i) => `  ${i + 1}. ${step}`)),
    ...(finding.role === 'cause' ? printFix(finding) : []),
  ]
}

/** What would mend it, and what else that does; it is applied from Slack alone. */
function printFix({ fix, touches = {} }: Finding): string[] {
  if (fix === undefined) return []
  const { paths } = touches
  const more = paths ? paths.count - paths.first.length : 0
  const others = concernedOthers(touches)
  return [
    `  Fix, from Slack: ${fix}${paths ? `, which ${changedPaths(paths)}` : ''}`,
    ...(paths?.first ?? []).map((path) => `    ${path}`),
    ...(more > 0 ? [`    … and ${more} more`] : []),
    ...(others === '' ? [] : [`    ${others}`]),
  ]
}

function printUnexplained({ unexplained = [] }: Report): string[] {
  if (unexplained.length === 0) return []
  return ['', `${UNEXPLAINED_TITLE}:`, ...unexplained.map((error) => `  ${unexplainedText(error)}`)]
}

function printUnknown(report: Report): string[] {
  if (report.unknown.length === 0) return []
  return [
    '',
    'Could not be looked at:',
    ...report.unknown.flatMap(({ probe, reason, remedy }, i) => {
      const alike = report.unknown.filter((u) => u.reason === reason && u.remedy === remedy)
      if (alike[0] !== report.unknown[i]) return []
      return [`  ${[probe, ...alike.slice(1).map((u) => u.probe)].join(', ')}: ${reason}`, `    → ${remedy}`]
    }),
  ]
}

const MOST_DIFFERENCES = 10

function printCompared(compared: Report['compared']): string[] {
  if (!compared) return []
  const { seconds, differences, more, unseen } = compared
  const all = differences.length + more
  const when = compared.with ? otherSide(compared.with) : `the healthy look ${duration(seconds)} ago`
  const left = all - Math.min(MOST_DIFFERENCES, differences.length)
  return [
    '',
    all === 0 ? `Nothing differs from ${when}.` : `Differs from ${when}:`,
    ...differences.slice(0, MOST_DIFFERENCES).map((difference) => `  ${difference}`),
    ...(left > 0 ? [`  and ${left} more (--format json has them)`] : []),
    ...(unseen.length > 0 ? [`${notComparedTitle(compared.with)}: ${listed(unseen)}.`] : []),
  ]
}

const listed = (all: readonly string[]): string =>
  all.slice(0, 3).join('; ') + (all.length > 3 ? `; and ${all.length - 3} more` : '')

/** One line for a probe that ended, while the others still run. */
export function printProbe(record: ProbeRecord): string {
  const why = record.reason ?? ended[record.status] ?? record.status
  return `  ${marksOfProbes[record.status] ?? '✗'} ${record.id} (${record.ms} ms)${why && `: ${why}`}`
}

/** A program that is not there is an answer too. */
const marksOfProbes: Partial<Record<ProbeRecord['status'], string>> = {
  answered: '✓',
  'not-installed': '✓',
  skipped: '–',
}
const ended: Partial<Record<ProbeRecord['status'], string>> = {
  answered: '',
  'not-installed': 'not installed',
  skipped: 'not needed',
}

/** JSON in which every character that a terminal would drop is an escape, so that it is read back as it was. */
export const printJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(UNSEEN, escaped)

const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** A character of two UTF-16 units takes two escapes. */
const escaped = (found: string): string =>
  found
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/** Rows as lines, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
