import type { Queryable } from '../store/db.ts'

/**
 * What a host answered in a look that nobody is told of is not kept: its verdict is, as all of that is what would be read.
 * A watch looks hundreds of times.
 */
export async function forgetOutputs(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `WITH quiet AS (UPDATE debvisor.runs SET examined = NULL WHERE id = $1 AND is_quiet RETURNING id)
     DELETE FROM debvisor.probes p USING quiet WHERE p.run_id = quiet.id`,
    [runId],
  )
}
