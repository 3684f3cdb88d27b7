import type { Finding, Severity, VerdictWord } from '../../src/findings/finding.ts'
import type { HostOutcome } from '../../src/fleet/host-outcome.ts'

export interface Cause {
  readonly id?: string
  readonly title?: string
  readonly subject?: string
  readonly severity?: Severity
  readonly detail?: string
}

const findingOf = ({ id = 'disk.full', title = 'The disk is full', ...rest }: Cause): Finding => ({
  id,
  role: 'cause',
  severity: 'critical',
  title,
  detail: '/var is 100 % used',
  subject: '/var',
  evidence: [],
  resolution: [],
  ...rest,
})

const judged = (host: string, verdict: VerdictWord, findings: readonly Finding[]): HostOutcome => ({
  host,
  groups: [],
  outcome: {
    kind: 'judged',
    report: {
      topic: 'service',
      host,
      verdict,
      summary: findings[0]?.title ?? 'Nothing is wrong',
      findings,
      ruledOut: [],
      unknown: [],
      probes: [],
      ms: 900,
    },
  },
})

export const ill = (host: string, cause: Cause = {}): HostOutcome =>
  judged(host, 'problem', [findingOf(cause)])
export const well = (host: string): HostOutcome => judged(host, 'healthy', [])
export const inDoubt = (host: string): HostOutcome => judged(host, 'inconclusive', [])
export const unreachable = (host: string): HostOutcome => ({
  host,
  groups: [],
  outcome: { kind: 'unreachable', reason: 'nothing answers at 10.0.0.9', remedy: 'see whether it runs' },
})
export const stopped = (host: string): HostOutcome => ({ host, groups: [], outcome: { kind: 'stopped' } })
export const inGroups = (one: HostOutcome, ...groups: string[]): HostOutcome => ({ ...one, groups })
