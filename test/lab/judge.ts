import type { Finding } from '../../src/findings/finding.ts'
import type { Report } from '../../src/findings/report.ts'
import type { Fault } from './faults/fault.ts'

export interface Judged {
  readonly right: boolean
  /** What the CLI said first, one line. */
  readonly first: string
  /** Why it is wrong; empty where it is right. */
  readonly why: string
}

/** How far down a pair's causes may stand. */
const PAIR_DEPTH = 3

/** Judges a report by what the fault expects. */
export function judge(fault: Fault, report: Report): Judged {
  const said = report.findings.filter(({ role }) => role !== 'notice')
  const first = said[0] ? `${said[0].title} (${said[0].subject})` : report.verdict
  const why = objection(fault, report, said)
  return { right: why === '', first, why }
}

function objection(
  { kind, expect, mustNotClaim = [] }: Fault,
  report: Report,
  said: readonly Finding[],
): string {
  if (kind === 'healthy') return report.verdict === 'healthy' ? '' : `a healthy host is ${report.verdict}`
  const claimed = said
    .filter(({ role }) => role === 'cause')
    .find(({ title }) => mustNotClaim.some((one) => one.test(title)))
  if (claimed) return `it claims '${claimed.title}'`
  const depth = kind === 'pair' && expect.length > 1 ? PAIR_DEPTH : 1
  const candidates = said.slice(0, depth)
  const missing = expect.find((patterns) => !candidates.some((finding) => says(finding, patterns)))
  if (!missing) return ''
  if (candidates.length === 0) return `it names no cause: ${report.verdict}`
  const later = said.findIndex((finding) => says(finding, missing))
  return later < 0 ? `not said: ${missing.join(' ')}` : `said as number ${later + 1}: ${missing.join(' ')}`
}

function says(
  { title, because = '', detail, subject, evidence }: Finding,
  patterns: readonly RegExp[],
): boolean {
  const text = [title, because, detail, subject, ...evidence.map(({ text }) => text)].join('\n')
  return patterns.every((pattern) => pattern.test(text))
}
