import type { Queryable } from '../store/db.ts'

/**
 * What a host answered in a look that nobody is told of is not kept: its verdict is, as all of that is what would be read.
 * A watch looks hundreds of times. Several may share a look: the last one that judges it forgets, and by the run's lock
 * each sees what those before it have stored. A fleet shows it to whoever asks for a host.
 */
export async function forgetOutputs(tx: Queryable, runId: string): Promise<void> {
  await tx.query('SELECT 1 FROM debvisor.runs WHERE id = $1 FOR NO KEY UPDATE', [runId])
  await tx.query(
    `WITH quiet AS (UPDATE debvisor.runs SET examined = NULL, outputs_gone_at = now() WHERE id = $1 AND is_quiet
       AND NOT EXISTS (SELECT 1 FROM debvisor.watches WHERE look = $1)
       AND NOT EXISTS (SELECT 1 FROM debvisor.scheduled_looks WHERE look = $1)
       AND NOT EXISTS (SELECT 1 FROM debvisor.fleet_hosts WHERE run_id = $1) RETURNING id)
     DELETE FROM debvisor.probes p USING quiet WHERE p.run_id = quiet.id`,
    [runId],
  )
}
