import type { Finding } from '../../../../src/findings/finding.ts'
import type { Report } from '../../../../src/findings/report.ts'
import type { FleetHost, FleetRun } from '../../../../src/fleet/runs/fleet-run.ts'
import type { FleetView } from '../../../../src/slack/messages/fleet/fleet-view.ts'
import { at } from '../sample-views.ts'

export const fleet = (parts: Partial<FleetRun> = {}): FleetRun => ({
  ...{ id: '5b6f2c9e-7f3a-4c11-9a55-0c5a8a5f7f3e', code: 'F7K3Q', team: 'T1', user: 'U01ANA', topic: 'db' },
  ...{
    reason: null,
    pattern: 'production',
    isPartial: false,
    channel: 'C1',
    thread: null,
    responseUrl: null,
    parent: null,
  },
  ...{ createdAt: at, endedAt: new Date(at.getTime() + 4_200), cancelledBy: null, compared: [] },
  ...parts,
})

const cause = (parts: Partial<Finding>): Finding => ({
  ...{ id: 'host.disk-full', role: 'cause', severity: 'critical', title: 'A disk is full', subject: '/var' },
  ...{ detail: '/var is 100 % used (0 B free of 20 GB)', evidence: [], resolution: [] },
  ...parts,
})

export const report = (
  host: string,
  verdict: Report['verdict'],
  findings: readonly Finding[] = [],
): Report => ({
  ...{ topic: 'db', host, verdict, findings, ruledOut: [], unknown: [], probes: [], ms: 1_400 },
  summary: findings[0]?.title ?? (verdict === 'healthy' ? 'Nothing is wrong' : 'too little could be seen'),
})

let number = 0
const member = (host: string, run: Partial<FleetHost['run']>, isStopped = false): FleetHost => ({
  ...{ host, groups: ['web'], isStopped },
  run: {
    id: `00000000-0000-4000-8000-${String(++number).padStart(12, '0')}`,
    ...{
      code: '7F3K',
      state: 'done',
      report: null,
      failure: null,
      startedAt: at,
      endedAt: at,
      isQuiet: true,
    },
    ...run,
  },
})

export const well = (host: string): FleetHost => member(host, { report: report(host, 'healthy') })
export const ill = (host: string, parts: Partial<Finding> = {}): FleetHost =>
  member(host, { report: report(host, 'problem', [cause(parts)]) })
export const inDoubt = (host: string): FleetHost => member(host, { report: report(host, 'inconclusive') })
export const open = (host: string): FleetHost => member(host, { state: 'running', endedAt: null })
export const waiting = (host: string): FleetHost => member(host, { state: 'queued', endedAt: null })
export const stopped = (host: string): FleetHost => member(host, { state: 'cancelled' }, true)
export const dead = (host: string, reason = 'nothing answers at 10.0.0.15:22'): FleetHost =>
  member(host, {
    state: 'failed',
    failure: { hop: host, stage: 'network', reason, remedy: 'check that the host runs' },
  })

export const viewOf = (hosts: readonly FleetHost[], parts: Partial<FleetRun> = {}): FleetView => ({
  fleet: fleet(parts),
  hosts,
})
