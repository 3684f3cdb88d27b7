import type { Host } from '../../inventory/inventory.ts'
import { runToJoin } from '../../runs/requests/join-run.ts'
import { createRun } from '../../runs/run-store.ts'
import type { WriteAudit } from '../../store/audit/audit.ts'
import type { Queryable } from '../../store/db.ts'
import { firstDelivery } from '../../store/seen-deliveries.ts'
import type { Store } from '../../store/store.ts'
import { type FleetLimits, type FleetsFull, fleetsFull } from './fleet-limits.ts'
import type { FleetRun } from './fleet-run.ts'
import { addFleetHosts, createFleet, type NewFleet, type NewFleetHost, sameFleet } from './fleet-store.ts'

export interface FleetRequest extends NewFleet {
  /** In the order of the inventory. */
  readonly hosts: readonly Host[]
  /** What Slack calls this delivery: the same one twice starts one fleet. */
  readonly delivery: string
  readonly audit: WriteAudit
}

/** `joined`: the same person asks the same already. */
export interface FleetStarted {
  readonly fleet: FleetRun
  readonly joined: boolean
}

/**
 * One transaction for the fleet, a quiet run for each host, their jobs and the audit's row: all of it, or nothing. A host
 * that is being asked the same already is not asked again. Null when Slack delivered the same request before.
 */
export function startFleet(
  { tx: inTransaction, queue }: Pick<Store, 'tx' | 'queue'>,
  request: FleetRequest,
  limits: FleetLimits,
): Promise<FleetStarted | FleetsFull | null> {
  const { team, user, hosts, audit } = request
  return inTransaction(async (tx) => {
    if (!(await firstDelivery(tx, `${team}:${request.delivery}`))) return null
    await takeTurn(tx, request)
    const under = await sameFleet(tx, request)
    if (under) {
      await audit(tx, `joined fleet ${under.code}`)
      return { fleet: under, joined: true }
    }
    const full = await fleetsFull(tx, { team, user, hosts: hosts.length }, limits)
    if (full) return full
    const fleet = await createFleet(tx, request)
    const members = await runsFor(tx, fleet, hosts)
    await addFleetHosts(tx, fleet, members)
    // As many as may run at once: the end of each asks for a slot for the next.
    for (const { runId } of members.filter(({ isNew }) => isNew).slice(0, limits.runningFleets))
      await queue.send(tx, { kind: 'diagnose', runId })
    await queue.send(tx, { kind: 'fleet', fleetId: fleet.id })
    const names = hosts.map(({ name }) => name).join(', ')
    await audit(tx, `fleet ${fleet.code}: ${fleet.topic} on ${fleet.pattern}, which means ${names}`)
    return { fleet, joined: false }
  })
}

/** Two deliveries of one thought, a second apart, see each other. */
const takeTurn = (tx: Queryable, { team, channel, user, topic, pattern }: NewFleet): Promise<unknown> =>
  tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    JSON.stringify(['debvisor.fleet_runs', team, channel, user, topic, pattern]),
  ])

interface Member extends NewFleetHost {
  readonly isNew: boolean
}

/** Two fleets lock the hosts that they share in the same order, that of their names; what comes back is in the given one. */
async function runsFor(tx: Queryable, fleet: FleetRun, hosts: readonly Host[]): Promise<Member[]> {
  const { team, user, topic, channel, code } = fleet
  const members = new Map<string, Member>()
  for (const { name: host, groups, production } of hosts.toSorted(byName)) {
    const under = await runToJoin(tx, { team, topic, host, channel, user: null })
    const run =
      under ??
      (await createRun(tx, {
        ...{ team, topic, host, production, channel, origin: 'fleet', responseUrl: null, isQuiet: true },
        actor: { kind: 'schedule', id: user },
        reason: `one of the hosts of fleet ${code}`,
      }))
    members.set(host, { host, groups, runId: run.id, isNew: !under })
  }
  return hosts.flatMap(({ name }) => members.get(name) ?? [])
}

/** By their bytes, as `cancelFleet` sorts them. */
const byName = (one: Host, other: Host): number => (one.name < other.name ? -1 : 1)
