import type { ProbeRecord } from '../findings/probe-record.ts'
import type { Queryable } from '../store/db.ts'
import type { Lease } from './run-lease.ts'

/**
 * Keeps what a probe answered; a resumed run overwrites it. False: the lease is old. FOR SHARE makes a worker that
 * takes the run at this moment wait for us, or us for it: an old epoch never writes after a new one has begun.
 */
export async function saveProbe(db: Queryable, lease: Lease, record: ProbeRecord): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO debvisor.probes (run_id, probe, record)
     SELECT id, $3, $4 FROM debvisor.runs WHERE id = $1 AND epoch = $2 AND state = 'running' FOR SHARE
     ON CONFLICT (run_id, probe) DO UPDATE SET record = excluded.record`,
    [lease.runId, lease.epoch, record.id, JSON.stringify(record)],
  )
  return rowCount === 1
}

/** When the retention took away what a run's host answered; null: it is there, or there never was any. */
export async function outputsGoneAt(db: Queryable, runId: string): Promise<Date | null> {
  const { rows } = await db.query<{ at: Date | null }>(
    'SELECT outputs_gone_at AS at FROM debvisor.runs WHERE id = $1',
    [runId],
  )
  return rows[0]?.at ?? null
}

/** In the order in which they first answered. */
export async function probesOf(db: Queryable, runId: string): Promise<ProbeRecord[]> {
  const { rows } = await db.query<{ record: ProbeRecord }>(
    'SELECT record FROM debvisor.probes WHERE run_id = $1 ORDER BY position',
    [runId],
  )
  return rows.map((row) => row.record)
}
