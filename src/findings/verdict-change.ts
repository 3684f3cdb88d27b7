import type { Finding } from './finding.ts'
import type { Report } from './report.ts'

/** How the causes of two runs of one topic differ. */
export interface VerdictChange {
  readonly fresh: readonly Finding[]
  /** The later run did not find them; where it is inconclusive, it may not have been able to look. */
  readonly gone: readonly Finding[]
  readonly still: readonly Finding[]
}

type Concluded = Pick<Report, 'findings'>

export function verdictChange(before: Concluded, after: Concluded): VerdictChange {
  const [was, is] = [causesOf(before), causesOf(after)]
  return {
    fresh: is.filter((cause) => !isAmong(cause, was, is)),
    gone: was.filter((cause) => !isAmong(cause, is, was)),
    still: is.filter((cause) => isAmong(cause, was, is)),
  }
}

const causesOf = ({ findings }: Concluded): Finding[] => findings.filter(({ role }) => role === 'cause')

/** A subject may change its name, such as a process's number: where each run has one such finding, its id is enough. */
function isAmong(cause: Finding, others: readonly Finding[], own: readonly Finding[]): boolean {
  const alike = others.filter(({ id }) => id === cause.id)
  const isAlone = alike.length === 1 && own.filter(({ id }) => id === cause.id).length === 1
  return isAlone || alike.some(({ subject }) => subject === cause.subject)
}
