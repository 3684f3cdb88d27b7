import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import type { Queryable } from '../store/db.ts'

/** What came meanwhile is part of the same trouble, most likely: it is not looked at anew. */
const LATELY = `interval '5 minutes'`
/** A thread is read for that long: what comes later has a message of its own. */
const THREAD_LIVES = `interval '4 hours'`

export interface Place {
  readonly team: string
  readonly host: string
  readonly topic: string
  readonly channel: string
}

/** The newest run of that place which an alert that still fires had started. `isLate`: it looked some time ago. */
export async function lookOfFiring(
  tx: Queryable,
  { team, host, topic, channel }: Place,
): Promise<{ readonly run: Run; readonly isLate: boolean } | null> {
  const { rows } = await tx.query<{ id: string; isLate: boolean }>(
    `SELECT r.id, r.created_at <= now() - ${LATELY} AS "isLate"
     FROM debvisor.alerts a JOIN debvisor.runs r ON r.id = a.run_id
     WHERE a.team = $1 AND a.host = $2 AND a.topic = $3 AND a.resolved_at IS NULL
       AND r.channel = $4 AND r.state <> 'cancelled' AND r.created_at > now() - ${THREAD_LIVES}
     ORDER BY r.created_at DESC, r.id LIMIT 1`,
    [team, host, topic, channel],
  )
  const [found] = rows
  const run = found && (await getRun(tx, found.id))
  return run ? { run, isLate: found.isLate } : null
}

export const lookKey = (host: string, topic: string): string => JSON.stringify([host, topic])

/** By `lookKey`, what an alert may join in these channels without a run of its own. */
export async function looksToJoin(
  db: Queryable,
  { team, channels }: Pick<Place, 'team'> & { readonly channels: readonly string[] },
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<Pick<Place, 'host' | 'topic'>>(
    `SELECT DISTINCT host, topic FROM debvisor.runs
     WHERE team = $1 AND channel = ANY ($2)
       AND (state IN ('queued', 'running') OR (actor_kind = 'webhook' AND created_at > now() - ${LATELY}))
       AND created_at > now() - ${THREAD_LIVES}`,
    [team, channels],
  )
  return new Set(rows.map(({ host, topic }) => lookKey(host, topic)))
}
