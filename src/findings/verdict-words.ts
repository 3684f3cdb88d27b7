import type { Finding } from './finding.ts'
import type { Report } from './report.ts'

type Concluded = Pick<Report, 'verdict' | 'findings'>

/** 🔴 a problem, 🟠 one whose causes are all mere warnings, 🟢 healthy, 🟡 inconclusive. */
export function verdictMark({ verdict, findings }: Concluded): '🔴' | '🟠' | '🟢' | '🟡' {
  if (verdict === 'healthy') return '🟢'
  if (verdict === 'inconclusive') return '🟡'
  const causes = findings.filter(({ role }) => role === 'cause')
  return causes.length > 0 && causes.every(({ severity }) => severity !== 'critical') ? '🟠' : '🔴'
}

/** The cause that a headline is about. */
export const firstCause = ({ findings }: Pick<Report, 'findings'>): Finding | undefined =>
  findings.find(({ role }) => role === 'cause')

/**
 * The headline without topic and host. It does not sound proven where it is not: "The API answers 500 (cause unknown)",
 * "PostgreSQL is slow because the disk is (likely, not proven)".
 */
export function verdictWords(report: Concluded & Pick<Report, 'summary'>): string {
  const cause = firstCause(report)
  const { summary } = report
  // The summary of a symptom may name a suspect.
  if (cause?.symptom) return summary.includes('; suspect: ') ? summary : `${summary} (cause unknown)`
  return cause?.confidence === 'likely' ? `${summary} (likely, not proven)` : summary
}
