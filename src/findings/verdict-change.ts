import type { Finding } from './finding.ts'
import type { Report } from './report.ts'

/** How the causes of two runs of one topic differ. */
export interface VerdictChange {
  readonly fresh: readonly Finding[]
  /** The later run did not find them. */
  readonly gone: readonly Finding[]
  /** Nor did it find these, but it is inconclusive and may not have been able to look. */
  readonly unseen: readonly Finding[]
  readonly still: readonly Finding[]
}

export function verdictChange(
  before: Pick<Report, 'findings'>,
  after: Pick<Report, 'findings' | 'verdict' | 'ruledOut'>,
): VerdictChange {
  const [was, is] = [causesOf(before), causesOf(after)]
  const missing = was.filter((cause) => !isAmong(cause, is, was))
  const isGone = ({ id }: Finding): boolean =>
    after.verdict !== 'inconclusive' || after.ruledOut.some((other) => other.id === id)
  return {
    fresh: is.filter((cause) => !isAmong(cause, was, is)),
    gone: missing.filter(isGone),
    unseen: missing.filter((cause) => !isGone(cause)),
    still: is.filter((cause) => isAmong(cause, was, is)),
  }
}

const causesOf = ({ findings }: Pick<Report, 'findings'>): Finding[] =>
  findings.filter(({ role }) => role === 'cause')

/** A subject may change its name, such as a process's number: where each run has one such finding, its id is enough. */
function isAmong(cause: Finding, others: readonly Finding[], own: readonly Finding[]): boolean {
  const alike = others.filter(({ id }) => id === cause.id)
  const isAlone = alike.length === 1 && own.filter(({ id }) => id === cause.id).length === 1
  return isAlone || alike.some(({ subject }) => subject === cause.subject)
}
