import type { Report } from '../findings/report.ts'

/** What became of one host of many. */
export interface HostOutcome {
  readonly host: string
  /** Of the inventory: hosts of one group are expected to be alike. */
  readonly groups: readonly string[]
  readonly outcome:
    | { readonly kind: 'judged'; readonly report: Report }
    /** It could not be examined; both are clauses: why not, and what would help. */
    | { readonly kind: 'unreachable'; readonly reason: string; readonly remedy: string }
    /** Stopped before its turn, or in the middle of it: nothing is known. */
    | { readonly kind: 'stopped' }
}

/** From the worst to the best. What is not known is no better than an answer that is in doubt. */
export const standings = ['critical', 'warning', 'unreachable', 'inconclusive', 'stopped', 'healthy'] as const
export type Standing = (typeof standings)[number]

export function standingOf({ outcome }: HostOutcome): Standing {
  if (outcome.kind !== 'judged') return outcome.kind
  const { verdict, findings } = outcome.report
  if (verdict !== 'problem') return verdict
  return findings.some(({ role, severity }) => role === 'cause' && severity === 'critical')
    ? 'critical'
    : 'warning'
}

export const isBad = (one: HostOutcome): boolean => ['critical', 'warning'].includes(standingOf(one))
