import type { Snapshot } from '../snapshots/snapshot.ts'
import type { Queryable } from '../store/db.ts'
import type { Queue } from '../store/queue.ts'
import type { Run } from './run.ts'

/**
 * In the transaction that ends a run: the fleets that tell of it are to be drawn, and have what its host is made of until
 * they end.
 */
export async function tellFleets(
  tx: Queryable,
  queue: Queue,
  { id }: Pick<Run, 'id'>,
  snapshot?: Snapshot,
): Promise<void> {
  const { rows } = await tx.query<{ fleet: string }>(
    `SELECT DISTINCT h.fleet FROM debvisor.fleet_hosts h JOIN debvisor.fleet_runs f ON f.id = h.fleet
     WHERE h.run_id = $1 AND f.ended_at IS NULL`,
    [id],
  )
  if (rows.length === 0) return
  if (snapshot)
    // Whoever ends a fleet at this moment holds it, and takes snapshots away: one that came later would stay for ever.
    // It is waited for by nobody here, who holds the run that a cancellation waits for.
    await tx.query(
      `UPDATE debvisor.fleet_hosts SET snapshot = $2 WHERE run_id = $1 AND fleet IN (
         SELECT id FROM debvisor.fleet_runs WHERE id = ANY ($3) AND ended_at IS NULL FOR KEY SHARE SKIP LOCKED)`,
      [id, JSON.stringify(snapshot), rows.map(({ fleet }) => fleet)],
    )
  for (const { fleet } of rows) await queue.send(tx, { kind: 'fleet', fleetId: fleet })
}
