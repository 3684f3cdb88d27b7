import type { ComparedWith } from './difference.ts'
import type { Confidence, Finding, Unknown, VerdictWord } from './finding.ts'
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
  /** The topic that asks it, where that is not the one that was asked. */
  readonly topic?: string
}

/**
 * The result of a run. `findings` has the likeliest root cause first, then other causes and suspects, then
 * what follows from causes, notices last. `ms` is wall time from the first byte to the verdict.
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
  /** How the host differs from when it was well; absent where it is well, or where nothing could be compared. */
  readonly compared?: ComparedReport
  /** What one visit cannot see, in one clause. */
  readonly blind?: string
  /** What of the platform was looked at, in one clause, as the host told it: "debvisor-panel on 8443 (TLS)". */
  readonly lookedAt?: string
  readonly probes: readonly ProbeSummary[]
  /** Other topics that were asked too, because something is wrong with the host. Absent: none was. */
  readonly alsoAsked?: readonly string[]
  readonly ms: number
  /** What the look took from the host, by the host's own account; absent: it did not tell, as in a recording. */
  readonly cost?: Cost
}

export interface Cost {
  /** CPU time on the host in milliseconds, without the SSH server's own. */
  readonly cpuMs: number
  /** The part of it that the snapshot took, which the host is compared by the next time; absent: none was taken. */
  readonly snapshotCpuMs?: number
  /** Processes and threads that the host started meanwhile, whoever started them: at most so many are the look's. */
  readonly processes: number
}

/** What a comparison with the last healthy run came to, for people; `with`: with something else. */
export interface ComparedReport {
  readonly with?: ComparedWith
  /** How old that run is. */
  readonly seconds: number
  /** A clause each, the likeliest to blame first: "/etc/nginx/nginx.conf:31 changed 7 min ago". At most 100. */
  readonly differences: readonly string[]
  /** How many there are beyond those. */
  readonly more: number
  /** What one of the two looks could not read, so that nothing is known of it. At most 100. */
  readonly unseen: readonly string[]
}

/**
 * As `debvisor diagnose --format json` prints it: stable, documented in docs/report.md, schema in schema/report.json.
 * What only headlines are made of is left out.
 */
export interface PublishedReport extends Omit<Report, 'findings'> {
  readonly findings: readonly PublishedFinding[]
}

export interface PublishedFinding extends Omit<Finding, 'because' | 'confidence'> {
  readonly confidence: Confidence
}

export const published = (report: Report): PublishedReport => ({
  ...report,
  findings: report.findings.map(({ because: _, confidence = 'proven' as const, ...finding }) => ({
    ...finding,
    confidence,
  })),
})
