import type { Finding, Unknown, VerdictWord } from './finding.ts'
import type { Changed } from './recent-changes.ts'
import type { UnexplainedError } from './unexplained-error.ts'

/**
 * How a probe ended. `answered`: its exit code is one that answers its question. `not-installed`: the program is
 * not on the host (evidence, not unknown). `skipped`: what it needs first did not hold. All others answer nothing.
 */
export type ProbeStatus =
  | 'answered'
  | 'not-installed'
  | 'skipped'
  | 'unanswered'
  | 'timed-out'
  | 'refused'
  | 'cut'
  | 'lost'

export interface ProbeSummary {
  readonly id: string
  readonly status: ProbeStatus
  readonly exitCode: number | null
  readonly ms: number
}

/**
 * The result of a run. `findings` has the likeliest root cause first, each cause followed by its
 * consequences, notices last. `ms` is wall time from the first byte to the verdict.
 */
export interface Report {
  readonly topic: string
  readonly host: string
  readonly verdict: VerdictWord
  /** The headline without topic and host: "PostgreSQL is down because its disk is full". */
  readonly summary: string
  readonly findings: readonly Finding[]
  /** Errors in the logs that no true finding quotes: the platform's own first, then what goes on. Absent: none. */
  readonly unexplained?: readonly UnexplainedError[]
  readonly ruledOut: readonly { readonly id: string; readonly title: string }[]
  readonly unknown: readonly Unknown[]
  /** What was touched before; absent where no probe said. */
  readonly changed?: Changed
  /** What one visit cannot see, in one clause. */
  readonly blind?: string
  readonly probes: readonly ProbeSummary[]
  readonly ms: number
}

/**
 * As `debvisor diagnose --format json` prints it: stable, documented in docs/report.md, schema in schema/report.json.
 * What only headlines are made of is left out.
 */
export interface PublishedReport extends Omit<Report, 'findings'> {
  readonly findings: readonly Omit<Finding, 'because'>[]
}

export const published = (report: Report): PublishedReport => ({
  ...report,
  findings: report.findings.map(({ because: _, ...finding }) => finding),
})
