import type { Queryable } from '../../store/db.ts'

export interface FleetLimits {
  /** Hosts that a person may ask about together. */
  readonly fleetHosts: number
  /** Runs that may wait; hosts of fleets have half as many places of their own. */
  readonly waiting: number
  /** Hosts of fleets that are asked at once. */
  readonly runningFleets: number
}

/** As many hosts of fleets wait as may; those of this one are all refused. */
export interface FleetsFull {
  readonly limit: 'user' | 'all'
  /** Hosts that may wait. */
  readonly most: number
  /** Hosts that wait by now. */
  readonly waiting: number
}

/** So many fleets of the largest size may wait for one person. */
const FLEETS_PER_USER = 2

/**
 * Null: there is room for all of its hosts. Requests of the same moment do not wait for each other, so that a few more may
 * get in.
 */
export async function fleetsFull(
  tx: Queryable,
  { team, user, hosts }: { readonly team: string; readonly user: string; readonly hosts: number },
  { fleetHosts, waiting }: FleetLimits,
): Promise<FleetsFull | null> {
  const { rows } = await tx.query<{ all: number; own: number }>(
    `SELECT count(*) AS all, count(*) FILTER (WHERE actor_id = $2) AS own
     FROM debvisor.runs WHERE team = $1 AND state = 'queued' AND origin = 'fleet'`,
    [team, user],
  )
  const { all = 0, own = 0 } = rows[0] ?? {}
  const [mostOwn, mostAll] = [FLEETS_PER_USER * fleetHosts, Math.max(fleetHosts, Math.ceil(waiting / 2))]
  if (own + hosts > mostOwn) return { limit: 'user', most: mostOwn, waiting: own }
  return all + hosts > mostAll ? { limit: 'all', most: mostAll, waiting: all } : null
}
