import type { Queryable } from '../store/db.ts'
import { type Amount, nothing } from './settings.ts'

/** What the runs' hosts answered, and what a recording of them would need. Their rows say that it is gone. */
export async function removeOutputs(tx: Queryable, ids: readonly string[]): Promise<Amount> {
  if (ids.length === 0) return nothing
  const { rows } = await tx.query<{ bytes: number }>(
    `WITH gone AS (DELETE FROM debvisor.probes WHERE run_id = ANY ($1) RETURNING pg_column_size(record) AS bytes),
       marked AS (UPDATE debvisor.runs SET examined = NULL, outputs_gone_at = now() WHERE id = ANY ($1))
     SELECT (SELECT coalesce(sum(bytes), 0) FROM gone)::bigint
       + coalesce(sum(pg_column_size(examined)), 0)::bigint AS bytes FROM debvisor.runs WHERE id = ANY ($1)`,
    [ids],
  )
  return { count: ids.length, bytes: rows[0]?.bytes ?? 0 }
}

/**
 * Runs with all that is theirs, those that check others again before these. What still names one of them from outside is
 * over, and says no more than that it did.
 */
export async function removeRuns(tx: Queryable, ids: readonly string[]): Promise<Amount> {
  if (ids.length === 0) return nothing
  const { rows } = await tx.query<{ bytes: number }>(
    `SELECT coalesce(sum(coalesce(pg_column_size(report), 0) + coalesce(pg_column_size(examined), 0)
       + (SELECT coalesce(sum(pg_column_size(p.record)), 0) FROM debvisor.probes p WHERE p.run_id = r.id)), 0)::bigint AS bytes
     FROM debvisor.runs r WHERE id = ANY ($1)`,
    [ids],
  )
  for (const sql of [
    `UPDATE debvisor.tickets SET earlier = NULL
     WHERE earlier IN (SELECT id FROM debvisor.escalations WHERE run_id = ANY ($1))`,
    'DELETE FROM debvisor.escalations WHERE run_id = ANY ($1)',
    'DELETE FROM debvisor.fixes WHERE run_id = ANY ($1)',
    'UPDATE debvisor.fixes SET recheck = NULL WHERE recheck = ANY ($1)',
    'DELETE FROM debvisor.watches WHERE run_id = ANY ($1)',
    'UPDATE debvisor.watches SET last_look = NULL WHERE last_look = ANY ($1)',
    'UPDATE debvisor.scheduled_looks SET shown = NULL WHERE shown = ANY ($1)',
    'DELETE FROM debvisor.messages WHERE run_id = ANY ($1)',
    'DELETE FROM debvisor.runs WHERE id = ANY ($1)',
  ])
    await tx.query(sql, [ids])
  return { count: ids.length, bytes: rows[0]?.bytes ?? 0 }
}
