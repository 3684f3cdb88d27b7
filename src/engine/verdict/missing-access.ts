import type { Unknown } from '../../findings/finding.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import { evidenceContext, type Inputs } from '../plan/evidence-context.ts'
import type { Probe, Runbook } from '../runbook/runbook.ts'
import { remedyFor } from './remedy.ts'

export interface Looked {
  readonly parameters: Inputs['parameters']
  readonly host: Inputs['host']
  readonly records: readonly ProbeRecord[]
  readonly login: string
}

/**
 * Every probe that gave no answer, whether or not a finding hangs on it today: what the login may not see, which tool
 * is missing, each with its remedy. A product that is not installed is no lack: only probes that name a `package` miss
 * a tool.
 */
export function lacksOf(runbook: Runbook, { records, login, ...about }: Looked): Unknown[] {
  const inputs: Inputs = { ...about, records: new Map(records.map((r) => [r.id, r])) }
  const evidence = evidenceContext(runbook, inputs)
  return records.flatMap((record) => {
    const probe = runbook.probes.get(record.id)
    if (!probe || !lacks(probe, record, evidence.unparsed)) return []
    const reason =
      evidence.unparsed.get(record.id) ?? record.reason ?? reasons[record.status] ?? record.status
    return [{ probe: record.id, reason, remedy: remedyFor(probe, record, inputs, evidence, login) }]
  })
}

const reasons: Partial<Record<ProbeRecord['status'], string>> = {
  'not-installed': 'the program is not installed',
}

function lacks(probe: Probe, record: ProbeRecord, unparsed: ReadonlyMap<string, string>): boolean {
  if (record.status === 'answered') return unparsed.has(record.id)
  if (record.status === 'not-installed') return probe.package !== undefined
  return record.status !== 'skipped'
}
