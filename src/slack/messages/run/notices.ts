import type { Finding } from '../../../findings/finding.ts'
import type { Report } from '../../../findings/report.ts'

/** True of most hosts, whatever they are like: the file has it, and nobody is told of it with each healthy answer. */
const COMMON: ReadonlySet<string> = new Set(['postgresql.pool-not-enabled'])

/** What is worth a look. A healthy answer is short, so it leaves out what is common. */
export const noticesOf = ({ findings, verdict }: Report): Finding[] =>
  findings.filter(({ role, id }) => role === 'notice' && !(verdict === 'healthy' && COMMON.has(id)))
