import type { Unknown } from '../../findings/finding.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import type { Probe } from '../runbook/runbook.ts'
import { type Looked, observe } from './observation.ts'
import { remedyFor } from './remedy.ts'

/**
 * Every probe that gave no answer, whether or not a finding depends on it today: what the login may not see and which
 * tool is missing, each with its remedy. A product that is not installed is not missing: only probes that name a
 * `package` miss a tool.
 */
export function lacksOf(looked: Looked): Unknown[] {
  const seen = observe(looked)
  return [...looked.records.values()].flatMap((record) => {
    const probe = looked.runbook.probes.get(record.id)
    if (!probe || !lacks(probe, record, seen.unparsed)) return []
    const reason = seen.unparsed.get(record.id) ?? record.reason ?? reasons[record.status] ?? record.status
    return [{ probe: record.id, reason, remedy: remedyFor(probe, seen) }]
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
