import type { Queryable } from '../../store/db.ts'
import { LONGEST_RUN_MS } from '../examination/examine.ts'
import type { Run } from '../run.ts'
import { oneRun, runColumns } from '../run-store.ts'
import { MOST_WATCHERS } from './watchers.ts'

/** Nobody waits longer behind other runs: who asks after that gets a run of their own. */
const LONGEST_WAIT_MS = 10 * 60_000
/** A run that has taken longer than any may is stuck, whoever holds it. Its first worker's start counts. */
const LONGEST_UNDER_WAY_MS = LONGEST_RUN_MS + 60_000

export interface Wanted {
  readonly team: string
  readonly topic: string
  readonly host: string
  /** Slack conversation in which it is to be shown. */
  readonly channel: string
  /** Slack user; null: nobody waits for the answer, an alert asks. */
  readonly user: string | null
}

/**
 * The run under way that answers the same question; null: there is none, and no other transaction makes one before this
 * one ends. All that ask for the same topic of the same host, on any replica, wait for each other here. (A run's
 * parameters are the host's, from the inventory, so the same host has the same.) What is found stays under way until
 * this transaction ends, so whoever joins it is known before its verdict is shown.
 *
 * Left out: a run in another channel, which may be closed to whoever asks here; a fix's own look afterwards, which
 * cannot be cancelled; one that began before a fix on its host was through, and may show the host as it was; one that
 * has been under way for too long to be waited for; and one that as many wait for already as are called with a verdict.
 */
export async function runToJoin(
  tx: Queryable,
  { team, topic, host, channel, user }: Wanted,
): Promise<Run | null> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    JSON.stringify(['debvisor.runs', team, host, topic]),
  ])
  return oneRun(
    tx,
    `SELECT ${runColumns} FROM debvisor.runs
     WHERE team = $1 AND topic = $2 AND host = $3 AND channel = $4 AND state IN ('queued', 'running')
       AND NOT EXISTS (SELECT 1 FROM debvisor.fixes f WHERE f.recheck = runs.id)
       AND NOT EXISTS (SELECT 1 FROM debvisor.fixes f WHERE f.team = $1 AND f.host = $3
         AND f.started_at IS NOT NULL AND coalesce(f.ended_at, f.started_at) >= coalesce(runs.started_at, now()))
       AND CASE state WHEN 'queued' THEN created_at > now() - $5 * interval '1 ms'
                      ELSE started_at > now() - $6 * interval '1 ms' END
       AND ($7::text IS NULL OR $7 IN (SELECT slack_user FROM debvisor.run_watchers w WHERE w.run_id = runs.id)
         OR (actor_kind = 'user' AND actor_id = $7)
         OR (SELECT count(*) FROM debvisor.run_watchers w WHERE w.run_id = runs.id) < $8)
     ORDER BY created_at, id LIMIT 1 FOR NO KEY UPDATE`,
    [team, topic, host, channel, LONGEST_WAIT_MS, LONGEST_UNDER_WAY_MS, user, MOST_WATCHERS],
  )
}
