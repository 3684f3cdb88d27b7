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
 * The headline without topic and host. It does not sound proven where it is not: "symptom: The API answers 500", "likely:
 * The disk is slow".
 */
export function verdictWords(report: Concluded & Pick<Report, 'summary'>): string {
  const cause = firstCause(report)
  if (cause?.symptom) return `symptom: ${report.summary}`
  return cause?.confidence === 'likely' ? `likely: ${report.summary}` : report.summary
}
