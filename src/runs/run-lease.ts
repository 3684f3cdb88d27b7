import type { Report } from '../findings/report.ts'
import type { ConnectFailure } from '../ssh/outcome.ts'
import type { Queryable } from '../store/db.ts'
import type { Run } from './run.ts'
import { oneRun, runColumns } from './run-store.ts'

/** A run as a worker took it. A write with an epoch that is not the newest is refused. */
export interface Lease {
  readonly runId: string
  readonly epoch: number
}

export type Ending =
  | { readonly state: 'done'; readonly report: Report; readonly problemKeys: readonly string[] }
  | { readonly state: 'failed'; readonly failure: ConnectFailure; readonly problemKeys: readonly string[] }

/**
 * Takes the run with a higher epoch, also one whose worker is lost: workers with an older epoch can write no more.
 * Null: the run has ended, or there is none.
 */
export function claimRun(db: Queryable, id: string, worker: string): Promise<Run | null> {
  return oneRun(
    db,
    `UPDATE debvisor.runs
     SET state = 'running', epoch = epoch + 1, worker = $2, started_at = coalesce(started_at, now())
     WHERE id = $1 AND state IN ('queued', 'running') RETURNING ${runColumns}`,
    [id, worker],
  )
}

/** What is known once the run has begun; a fact left out stays as it is. False: the lease is old. */
export function noteRun(
  db: Queryable,
  lease: Lease,
  facts: { readonly runbookDigest?: string | null; readonly hostKey?: string | null },
): Promise<boolean> {
  return changed(
    db,
    `UPDATE debvisor.runs SET runbook_digest = coalesce($3, runbook_digest), host_key = coalesce($4, host_key)
     WHERE id = $1 AND epoch = $2 AND state = 'running'`,
    [lease.runId, lease.epoch, facts.runbookDigest ?? null, facts.hostKey ?? null],
  )
}

/** False: the lease is old, or the run has ended already. */
export function finishRun(db: Queryable, lease: Lease, ending: Ending): Promise<boolean> {
  return changed(
    db,
    `UPDATE debvisor.runs SET state = $3, report = $4, failure = $5, problem_keys = $6, ended_at = now()
     WHERE id = $1 AND epoch = $2 AND state = 'running'`,
    [
      lease.runId,
      lease.epoch,
      ending.state,
      ending.state === 'done' ? JSON.stringify(ending.report) : null,
      ending.state === 'failed' ? JSON.stringify(ending.failure) : null,
      ending.problemKeys,
    ],
  )
}

/** Whoever works at it finds its lease old. Null: it has ended already. */
export function cancelRun(db: Queryable, id: string): Promise<Run | null> {
  return oneRun(
    db,
    `UPDATE debvisor.runs SET state = 'cancelled', epoch = epoch + 1, ended_at = now()
     WHERE id = $1 AND state IN ('queued', 'running') RETURNING ${runColumns}`,
    [id],
  )
}

async function changed(db: Queryable, sql: string, params: readonly unknown[]): Promise<boolean> {
  return (await db.query(sql, params)).rowCount === 1
}
