import { fleetsForStatus, hostsOfFleet } from '../../fleet/runs/fleet-store.ts'
import type { FleetView } from '../../slack/messages/fleet/fleet-view.ts'
import type { Capabilities } from '../capabilities.ts'
import type { SlackRequest } from '../guard.ts'

const MOST = 5
/** Of so many it is looked up whether the reader may see them. */
const MOST_LOOKED_AT = 40

/** Those under way, the reader's own and the latest, of which the reader may see every host: a count tells of each. */
export async function statusOfFleets(
  { store }: Pick<Capabilities, 'store'>,
  { team, user, may }: Pick<SlackRequest, 'team' | 'user' | 'may'>,
): Promise<FleetView[]> {
  const views: FleetView[] = []
  for (const fleet of await fleetsForStatus(store, { team, user }, MOST_LOOKED_AT)) {
    const hosts = await hostsOfFleet(store, fleet.id)
    if (hosts.every(({ host }) => may('read', { host, topic: fleet.topic }).allowed))
      views.push({ fleet, hosts })
    if (views.length === MOST) break
  }
  return views
}
