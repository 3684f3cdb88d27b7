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

/** The headline without topic and host, in the parts that may be cut: what is wrong, and what may be to blame. */
export interface VerdictParts {
  readonly said: string
  /** How far that is proven, at the cause that it is about. */
  readonly doubt: '' | ' (cause unknown)' | ' (likely, not proven)'
  /** "; suspect: /etc/nginx/nginx.conf:31 changed 7 min ago", or nothing. */
  readonly suspect: string
}

const SUSPECT = '; suspect: '

/**
 * It does not sound proven where it is not: "The API answers 500 (cause unknown)", "PostgreSQL is slow because the disk
 * is (likely, not proven)".
 */
export function verdictParts(report: Concluded & Pick<Report, 'summary'>): VerdictParts {
  const cause = firstCause(report)
  const { summary } = report
  // The summary of a symptom may name a suspect.
  const at = summary.lastIndexOf(SUSPECT)
  const [said, suspect] = at < 0 ? [summary, ''] : [summary.slice(0, at), summary.slice(at)]
  if (cause?.symptom) return { said, doubt: suspect ? '' : ' (cause unknown)', suspect }
  return { said, doubt: cause?.confidence === 'likely' ? ' (likely, not proven)' : '', suspect }
}

export function verdictWords(report: Concluded & Pick<Report, 'summary'>): string {
  const { said, doubt, suspect } = verdictParts(report)
  return said + doubt + suspect
}
