import { snapshotSchema } from '../../snapshots/snapshot-file.ts'
import type { Queryable } from '../../store/db.ts'
import type { Store } from '../../store/store.ts'
import { type ComparedGroup, comparedGroups } from '../compared-groups.ts'
import { isBad } from '../host-outcome.ts'
import { OutOfTime, type Pause, pausesWithin } from '../pauses.ts'
import { FleetFacts } from '../set-apart.ts'
import { outcomesOf } from './fleet-run.ts'
import { getFleet, hostsOfFleet, lockFleet, noteFleetEnd, progressOf, snapshotOf } from './fleet-store.ts'

/** The answer waits for the comparison no longer than that, and is given without it. */
export const COMPARING_MS = 5_000

/**
 * Ends a fleet once each of its hosts has ended: what they are made of is compared, which takes seconds and holds no lock,
 * and whoever is done first keeps what sets them apart. Whether it has ended by now.
 */
export async function endFleet(
  store: Pick<Store, 'tx' | 'query'>,
  id: string,
  comparingMs = COMPARING_MS,
): Promise<boolean> {
  const { open, hosts } = await progressOf(store, id)
  if (open > 0 || hosts === 0) return false
  if ((await getFleet(store, id))?.endedAt) return true
  const found = await inTime(() => compared(store, id, pausesWithin(comparingMs)))
  await store.tx(async (tx) => {
    const fleet = await lockFleet(tx, id)
    if (fleet && !fleet.endedAt) await noteFleetEnd(tx, id, found)
  })
  return true
}

/** Null: it takes too long. */
async function inTime<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof OutOfTime) return null
    throw error
  }
}

async function compared(db: Queryable, id: string, pause: Pause): Promise<ComparedGroup[]> {
  const outcomes = outcomesOf(await hostsOfFleet(db, id, { whole: true }))
  if (!outcomes.some(isBad)) return []
  const facts = new FleetFacts()
  for (const { host } of outcomes) {
    await pause()
    const read = snapshotSchema.safeParse(await snapshotOf(db, id, host))
    await pause()
    if (read.success) facts.add(host, read.data)
  }
  return comparedGroups(outcomes, facts, pause)
}
