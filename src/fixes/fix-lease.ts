import type { ProbeRecord } from '../findings/probe-record.ts'
import type { Queryable } from '../store/db.ts'
import { type Fix, fixColumns, oneFix } from './fix-store.ts'

/**
 * How long a worker holds a fix without renewing it; the queue, too, counts a worker that is not heard of for as long
 * as dead.
 */
const HELD_MS = 10_000

const leaseEnd = `clock_timestamp() + interval '${HELD_MS} milliseconds'`

/** Stores the intent before the first command. From here on the fix counts as having run, whatever happens (R2). */
export const beginFix = (tx: Queryable, id: string, worker: string): Promise<Fix | null> =>
  oneFix(
    tx,
    `UPDATE debvisor.fixes
     SET state = 'running', epoch = epoch + 1, worker = $2, started_at = now(), held_till = ${leaseEnd}
     WHERE id = $1 AND state = 'approved' AND expires_at > now() RETURNING ${fixColumns}`,
    [id, worker],
  )

/**
 * In the transaction that began it, after all that was waited for: nobody else can have seen or taken it, so its time
 * begins anew.
 */
export async function restartLease(tx: Queryable, { fixId, epoch }: FixLease): Promise<void> {
  await tx.query(`UPDATE debvisor.fixes SET held_till = ${leaseEnd} WHERE id = $1 AND epoch = $2`, [
    fixId,
    epoch,
  ])
}

/** A fix as a worker began it. */
export interface FixLease {
  readonly fixId: string
  readonly epoch: number
}

/** The intent of one step, by the worker that still holds the fix. False: it must not be sent. */
export async function beginStep(db: Queryable, { fixId, epoch }: FixLease, step: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE debvisor.fixes SET begun = $3
     WHERE id = $1 AND epoch = $2 AND state = 'running' AND begun = $3 - 1 AND held_till > clock_timestamp()`,
    [fixId, epoch, step],
  )
  return rowCount === 1
}

/** Renews the lease of a worker that lives. A worker that stood still until its lease was over does not get it back. */
export async function renewFix(db: Queryable, { fixId, epoch }: FixLease): Promise<void> {
  await db.query(
    `UPDATE debvisor.fixes SET held_till = ${leaseEnd}
     WHERE id = $1 AND epoch = $2 AND state = 'running' AND held_till > clock_timestamp()`,
    [fixId, epoch],
  )
}

/**
 * For how many milliseconds, by the database's clock, this worker still holds the fix; 0: it is over, or another worker
 * has given the fix up.
 */
export async function heldForMs(db: Queryable, { fixId, epoch }: FixLease): Promise<number> {
  const { rows } = await db.query<{ ms: number }>(
    `SELECT greatest(0, extract(epoch FROM held_till - clock_timestamp()) * 1000)::float8 AS ms FROM debvisor.fixes
     WHERE id = $1 AND epoch = $2 AND state = 'running'`,
    [fixId, epoch],
  )
  return rows[0]?.ms ?? 0
}

export interface FixEnding {
  readonly state: 'succeeded' | 'failed' | 'unknown'
  readonly results: readonly ProbeRecord[]
  readonly reason: string | null
}

/** Null: another worker has given this one up; what it knows comes too late. */
export const endFix = (tx: Queryable, lease: FixLease, ending: FixEnding): Promise<Fix | null> =>
  oneFix(
    tx,
    `UPDATE debvisor.fixes SET state = $3, results = $4, reason = $5, ended_at = now()
     WHERE id = $1 AND epoch = $2 AND state = 'running' RETURNING ${fixColumns}`,
    [lease.fixId, lease.epoch, ending.state, JSON.stringify(ending.results), ending.reason],
  )

/** Marks a fix as unknown, because its worker is gone. The old worker, if it lives, can send and write no more. */
export const loseFix = (tx: Queryable, id: string, reason: string): Promise<Fix | null> =>
  oneFix(
    tx,
    `UPDATE debvisor.fixes SET state = 'unknown', epoch = epoch + 1, reason = $2, ended_at = now()
     WHERE id = $1 AND state = 'running' RETURNING ${fixColumns}`,
    [id, reason],
  )
