import { wakeHeldBack } from '../../runs/queue/wake-held-back.ts'
import type { Run } from '../../runs/run.ts'
import { cancelRun } from '../../runs/run-lease.ts'
import type { WriteAudit } from '../../store/audit/audit.ts'
import type { Queryable } from '../../store/db.ts'
import type { Store } from '../../store/store.ts'
import type { FleetRun } from './fleet-run.ts'
import { getFleet, lockFleet } from './fleet-store.ts'

export interface FleetCancelAsked {
  readonly fleet: FleetRun
  /** False: it had ended, or was cancelled before. */
  readonly cancelled: boolean
  /** Runs that ended with it. */
  readonly runs: number
}

/**
 * Ends what waits and what runs. A run that somebody else waits for goes on: the fleet alone tells nothing of it any more.
 * Of an answer and a cancellation at the same moment, the one that is stored first stands.
 */
export const cancelFleet = (
  store: Pick<Store, 'tx' | 'queue'>,
  { id }: Pick<FleetRun, 'id'>,
  by: string,
  audit: WriteAudit,
): Promise<FleetCancelAsked | null> =>
  store.tx(async (tx) => {
    const fleet = await lockFleet(tx, id)
    if (!fleet) return null
    if (fleet.endedAt || fleet.cancelledBy) return { fleet, cancelled: false, runs: 0 }
    await lockOpenRuns(tx, id)
    await tx.query('UPDATE debvisor.fleet_runs SET cancelled_by = $2 WHERE id = $1', [id, by])
    await tx.query(
      `UPDATE debvisor.fleet_hosts SET is_stopped = true
       WHERE fleet = $1 AND EXISTS (SELECT 1 FROM debvisor.runs WHERE id = run_id AND ended_at IS NULL)`,
      [id],
    )
    let runs = 0
    for (const runId of await itsAlone(tx, id)) {
      const run = await cancelRun(tx, runId, by)
      if (run) runs += 1
      if (run?.startedAt) await wakeHeldBack(tx, store.queue, run)
    }
    await store.queue.send(tx, { kind: 'fleet', fleetId: id })
    await audit(tx, `cancelled fleet ${fleet.code}`)
    return { fleet: (await getFleet(tx, id)) ?? fleet, cancelled: true, runs }
  })

/** In the order in which fleets lock them, whatever the database sorts by. Whoever joins one of them is seen by what is asked afterwards, or comes too late. */
const lockOpenRuns = (tx: Queryable, fleet: string): Promise<unknown> =>
  tx.query(
    `SELECT host FROM debvisor.runs WHERE ended_at IS NULL
       AND id IN (SELECT run_id FROM debvisor.fleet_hosts WHERE fleet = $1)
     ORDER BY host COLLATE "C" FOR NO KEY UPDATE`,
    [fleet],
  )

/** The open runs of its hosts that fleets asked for, and that nobody else waits for by now. */
async function itsAlone(tx: Queryable, fleet: string): Promise<string[]> {
  const { rows } = await tx.query<Pick<Run, 'id'>>(
    `SELECT id FROM debvisor.runs r
     WHERE ended_at IS NULL AND origin = 'fleet' AND is_quiet
       AND id IN (SELECT run_id FROM debvisor.fleet_hosts WHERE fleet = $1)
       AND NOT EXISTS (SELECT 1 FROM debvisor.fleet_hosts h JOIN debvisor.fleet_runs f ON f.id = h.fleet
         WHERE h.run_id = r.id AND NOT h.is_stopped AND f.ended_at IS NULL)
       AND NOT EXISTS (SELECT 1 FROM debvisor.watches WHERE look = r.id)
       AND NOT EXISTS (SELECT 1 FROM debvisor.scheduled_looks WHERE look = r.id)
     ORDER BY host COLLATE "C"`,
    [fleet],
  )
  return rows.map(({ id }) => id)
}
