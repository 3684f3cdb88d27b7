import { snapshotSchema } from '../../snapshots/snapshot-file.ts'
import type { Queryable } from '../../store/db.ts'
import type { Store } from '../../store/store.ts'
import { type ComparedGroup, comparedGroups } from '../compared-groups.ts'
import { isBad } from '../host-outcome.ts'
import { FleetFacts } from '../set-apart.ts'
import { outcomesOf } from './fleet-run.ts'
import { hostsOfFleet, lockFleet, noteFleetEnd, progressOf, snapshotsOf } from './fleet-store.ts'

/**
 * Ends a fleet once each of its hosts has ended: whoever comes first compares what they are made of, and keeps what sets
 * them apart. Whether it has ended by now.
 */
export async function endFleet(store: Pick<Store, 'tx' | 'query'>, id: string): Promise<boolean> {
  const { open, hosts } = await progressOf(store, id)
  if (open > 0 || hosts === 0) return false
  await store.tx(async (tx) => {
    const fleet = await lockFleet(tx, id)
    if (fleet && !fleet.endedAt) await noteFleetEnd(tx, id, await compared(tx, id))
  })
  return true
}

async function compared(tx: Queryable, id: string): Promise<ComparedGroup[]> {
  const outcomes = outcomesOf(await hostsOfFleet(tx, id, { whole: true }))
  if (!outcomes.some(isBad)) return []
  const facts = new FleetFacts()
  for (const { host, snapshot } of await snapshotsOf(tx, id)) {
    const read = snapshotSchema.safeParse(snapshot)
    if (read.success) facts.add(host, read.data)
  }
  return comparedGroups(outcomes, facts)
}
