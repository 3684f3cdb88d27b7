import { randomUUID } from 'node:crypto'
import type { FleetLimits } from '../../../src/fleet/runs/fleet-limits.ts'
import { type FleetRequest, startFleet } from '../../../src/fleet/runs/start-fleet.ts'
import type { Host } from '../../../src/inventory/inventory.ts'
import { tellFleets } from '../../../src/runs/fleets-of-run.ts'
import type { Run } from '../../../src/runs/run.ts'
import { claimRun, finishRun } from '../../../src/runs/run-lease.ts'
import type { Snapshot } from '../../../src/snapshots/snapshot.ts'
import type { Db } from '../../../src/store/db.ts'
import type { Job } from '../../../src/store/queue.ts'
import type { Store } from '../../../src/store/store.ts'
import { storeWith } from '../../fakes/stores.ts'
import { report } from '../../slack/messages/fleet/sample-fleets.ts'
import { diskReport } from '../../slack/messages/sample-views.ts'

export const limits: FleetLimits = { fleetHosts: 5, waiting: 40, runningFleets: 2 }

export const hostsOf = (...names: readonly string[]): Host[] =>
  names.map((name) => ({ name, groups: ['web'], production: true, route: { kind: 'local' }, variables: {} }))

/** A store whose jobs are noted and not done, and whose audit is written. */
export function worldOn(db: Db): { readonly store: Store; readonly jobs: Job[] } {
  const jobs: Job[] = []
  return { jobs, store: storeWith(db, async (_tx, job) => void jobs.push(job)) }
}

export const requestOf = (
  store: Store,
  hosts: readonly string[],
  parts: Partial<FleetRequest> = {},
): FleetRequest => ({
  ...{
    team: 'T1',
    user: 'U1',
    topic: 'db',
    reason: null,
    pattern: hosts.join(','),
    isPartial: false,
    channel: 'C1',
  },
  ...{ thread: null, responseUrl: null, parent: null, hosts: hostsOf(...hosts), delivery: randomUUID() },
  audit: async (tx, target = null) => {
    await store.audit(tx, {
      ...{ team: 'T1', actor: 'U1', door: '/debvisor', action: 'diagnose', decision: 'allowed', host: null },
      ...{ topic: 'db', target, asked: 'diagnose db …', reason: null },
    })
  },
  ...parts,
})

export async function started(
  store: Store,
  hosts: readonly string[],
  parts: Partial<FleetRequest> = {},
): Promise<string> {
  const begun = await startFleet(store, requestOf(store, hosts, parts), limits)
  if (!begun || 'limit' in begun) throw new Error(`not started: ${JSON.stringify(begun)}`)
  return begun.fleet.id
}

/** As a worker does. */
export async function finish(
  store: Store,
  id: string,
  { isIll = false, snapshot }: { readonly isIll?: boolean; readonly snapshot?: Snapshot } = {},
): Promise<boolean> {
  const run = await claimRun(store, id, 'w')
  if (!run) return false
  const told = isIll ? { ...diskReport(), host: run.host } : report(run.host, 'healthy')
  return store.tx(async (tx) => {
    const ending = { state: 'done', report: told, problemKeys: ['k'] } as const
    const ended = await finishRun(tx, { runId: id, epoch: run.epoch }, ending)
    if (ended) await tellFleets(tx, store.queue, run, snapshot)
    return ended
  })
}

export const runsOf = async (db: Db): Promise<Pick<Run, 'id' | 'host' | 'state' | 'origin' | 'isQuiet'>[]> =>
  (
    await db.query<Run>(
      `SELECT id, host, state, origin, is_quiet AS "isQuiet" FROM debvisor.runs ORDER BY created_at, host, id`,
    )
  ).rows
