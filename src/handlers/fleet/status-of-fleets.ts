import { hostsOfFleet, recentFleets } from '../../fleet/runs/fleet-store.ts'
import type { FleetView } from '../../slack/messages/fleet/fleet-view.ts'
import type { Capabilities } from '../capabilities.ts'
import type { SlackRequest } from '../guard.ts'

const MOST = 5

/** The latest, of which the reader may see every host: a count tells of each. */
export async function statusOfFleets(
  { store }: Pick<Capabilities, 'store'>,
  { team, may }: Pick<SlackRequest, 'team' | 'may'>,
): Promise<FleetView[]> {
  const fleets = await recentFleets(store, team, MOST)
  const views = await Promise.all(
    fleets.map(async (fleet): Promise<FleetView> => ({ fleet, hosts: await hostsOfFleet(store, fleet.id) })),
  )
  return views.filter(({ fleet: { topic }, hosts }) =>
    hosts.every(({ host }) => may('read', { host, topic }).allowed),
  )
}
