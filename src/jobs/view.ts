import type { Runbook } from '../engine/load.ts'
import type { ProbeRecord } from '../engine/probe-record.ts'

/** How a probe is shown while and after it runs. */
export interface ProbeView {
  readonly id: string
  readonly title: string
  readonly state: 'pending' | 'running' | 'done' | 'failed' | 'skipped'
  readonly note?: string
}

export function probeViews(
  runbook: Runbook,
  records: ReadonlyMap<string, ProbeRecord>,
  running: ReadonlySet<string>,
): ProbeView[] {
  return [...runbook.probes.values()].map((probe) => {
    const about = { id: probe.id, title: probe.title }
    const record = records.get(probe.id)
    if (!record) return { ...about, state: running.has(probe.id) ? 'running' : 'pending' }
    if (record.status === 'answered') return { ...about, state: 'done' }
    if (record.status === 'skipped') return { ...about, state: 'skipped', note: 'not needed' }
    if (record.status === 'not-installed') return { ...about, state: 'done', note: 'not installed' }
    return { ...about, state: 'failed', note: record.reason ?? record.status }
  })
}
