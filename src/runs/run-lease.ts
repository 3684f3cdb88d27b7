import type { Report } from '../findings/report.ts'
import type { ConnectFailure } from '../ssh/outcome.ts'
import type { Queryable } from '../store/db.ts'
import type { Examinable } from './recordings/recording.ts'
import type { Run } from './run.ts'
import { oneRun, runColumns } from './run-store.ts'

/** A run as a worker took it. A write with an epoch that is not the newest is refused. */
export interface Lease {
  readonly runId: string
  readonly epoch: number
}

export type Ending =
  | {
      readonly state: 'done'
      readonly report: Report
      readonly problemKeys: readonly string[]
      /** What a recording of it needs, too. */
      readonly examined?: Examinable
    }
  | { readonly state: 'failed'; readonly failure: ConnectFailure; readonly problemKeys: readonly string[] }

/**
 * Takes the run with a higher epoch, also one whose worker is lost: workers with an older epoch can write no more.
 * Null: the run has ended, or there is none.
 */
export function claimRun(db: Queryable, id: string, worker: string): Promise<Run | null> {
  return oneRun(
    db,
    `UPDATE debvisor.runs
     SET state = 'running', epoch = epoch + 1, worker = $2, alive_at = now(),
       started_at = coalesce(started_at, now())
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
    `UPDATE debvisor.runs SET state = $3, report = $4, failure = $5, problem_keys = $6,
       examined = $7, ended_at = now()
     WHERE id = $1 AND epoch = $2 AND state = 'running'`,
    [
      lease.runId,
      lease.epoch,
      ending.state,
      ending.state === 'done' ? JSON.stringify(ending.report) : null,
      ending.state === 'failed' ? JSON.stringify(ending.failure) : null,
      ending.problemKeys,
      ending.state === 'done' && ending.examined ? JSON.stringify(ending.examined) : null,
    ],
  )
}

/** Whoever works at it finds its lease old. Null: it has ended already. `by`: Slack user. */
export function cancelRun(db: Queryable, id: string, by: string): Promise<Run | null> {
  return oneRun(
    db,
    `UPDATE debvisor.runs SET state = 'cancelled', epoch = epoch + 1, ended_at = now(), cancelled_by = $2
     WHERE id = $1 AND state IN ('queued', 'running') RETURNING ${runColumns}`,
    [id, by],
  )
}

/** Often enough that a cancelled run leaves its host within a second. */
const LOOK_EVERY_MS = 500
/** Of so many looks one leaves a sign of life: every five seconds. */
const SIGN_EVERY = 10

export interface Held {
  /** Aborts with the caller's signal, and soon after the lease was lost. */
  readonly signal: AbortSignal
  /** The run was cancelled or taken by another worker. */
  readonly lost: boolean
  /** Says that it is lost, where a write was refused. */
  lose(): void
}

/**
 * Does work that stops soon after the run was cancelled or taken by another worker, whichever replica did so. A look
 * that fails is made up for by the next.
 */
export async function whileHeld<T>(
  db: Queryable,
  lease: Lease,
  stopping: AbortSignal,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  let lost = false
  const lose = (): void => {
    lost = true
    abort()
  }
  let looking = false
  let looks = 0
  const look = async (): Promise<void> => {
    // A store that is slow to answer is not asked again meanwhile.
    if (looking) return
    looking = true
    try {
      if (!(await (looks++ % SIGN_EVERY === 0 ? signOfLife : isHeld)(db, lease))) lose()
    } finally {
      looking = false
    }
  }
  stopping.addEventListener('abort', abort, { once: true })
  if (stopping.aborted) abort()
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS)
  try {
    await look()
    return await work({
      signal: controller.signal,
      lose,
      get lost() {
        return lost
      },
    })
  } finally {
    clearInterval(timer)
    stopping.removeEventListener('abort', abort)
  }
}

async function isHeld(db: Queryable, { runId, epoch }: Lease): Promise<boolean> {
  const sql = `SELECT 1 FROM debvisor.runs WHERE id = $1 AND epoch = $2 AND state = 'running'`
  return (await db.query(sql, [runId, epoch])).rows.length === 1
}

/** Without one the run is given to another worker. False: the lease is old. */
const signOfLife = (db: Queryable, { runId, epoch }: Lease): Promise<boolean> =>
  changed(
    db,
    `UPDATE debvisor.runs SET alive_at = now() WHERE id = $1 AND epoch = $2 AND state = 'running'`,
    [runId, epoch],
  )

async function changed(db: Queryable, sql: string, params: readonly unknown[]): Promise<boolean> {
  return (await db.query(sql, params)).rowCount === 1
}
