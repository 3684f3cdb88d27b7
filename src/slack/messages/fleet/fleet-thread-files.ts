import { fleetCsv, hostAsJson } from '../../../fleet/fleet-files.ts'
import { outcomesOf } from '../../../fleet/runs/fleet-run.ts'
import type { ThreadFile } from '../../message.ts'
import type { FleetView } from './fleet-view.ts'

/** All of its hosts: for spreadsheets, and for programs with the reports and all that sets hosts apart. */
export function fleetThreadFiles({ fleet, hosts }: FleetView): ThreadFile[] {
  const outcomes = outcomesOf(hosts)
  const { code, topic, pattern, isPartial, createdAt, endedAt, compared } = fleet
  const name = `${topic}-fleet-${code}`.replace(/[^A-Za-z0-9._-]+/g, '_')
  const all = {
    fleet: code,
    topic,
    pattern,
    ...(isPartial ? { isPartial } : {}),
    askedAt: createdAt,
    endedAt,
    hosts: outcomes.map(hostAsJson),
    compared,
  }
  return [
    { key: 'file:csv', filename: `${name}.csv`, content: `${fleetCsv(outcomes)}\n` },
    { key: 'file:json', filename: `${name}.json`, content: `${JSON.stringify(all, null, 1)}\n` },
  ]
}
