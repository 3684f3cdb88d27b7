import type { Finding } from '../../../findings/finding.ts'
import type { Report } from '../../../findings/report.ts'

/** True of most hosts, whatever they are like: the file has it, and nobody is told of it where nothing is wrong. */
const COMMON: ReadonlySet<string> = new Set(['postgresql.pool-not-enabled'])

/** What is worth a look. What is common is told only where something is wrong. */
export const noticesOf = ({ findings, verdict }: Report): Finding[] =>
  findings.filter(({ role, id }) => role === 'notice' && !(verdict !== 'problem' && COMMON.has(id)))
