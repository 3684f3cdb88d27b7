import { problemKey } from '../../findings/problem-key.ts'
import type { Queryable } from '../../store/db.ts'
import type { Queue } from '../../store/queue.ts'
import type { Run } from '../run.ts'
import type { Looked } from './has-seen.ts'

/** A run that found nothing wrong says so of runs that were asked for this long before it. */
const SOLVES = `interval '7 days'`
/** The newest of them are shown as solved at once. */
const MOST = 50
/** No run waits longer than that before it looks: an index knows when runs were asked for, not when they looked. */
const LONGEST_WAIT = `interval '1 day'`

export type Place = Pick<Run, 'team' | 'topic' | 'host'>

/**
 * The key of every healthy run of this topic and host, which has no other: asked first, since it costs less than reading
 * the reports.
 */
export const healthyKey = ({ team, topic, host }: Place): string =>
  problemKey({ team, host, finding: `healthy.${topic}`, subject: host })

export interface HealthyRun {
  readonly id: string
  readonly code: string
  /** Who asked for it. */
  readonly by: string
  readonly startedAt: Date
  readonly endedAt: Date
  readonly looked: Looked
}

/**
 * Runs of the same topic and host that began to look when this one had looked, and found nothing wrong: the first ones,
 * oldest first. When they were asked for or shown says nothing of when they looked.
 */
export async function healthyRunsAfter(
  db: Queryable,
  run: Place & Pick<Run, 'createdAt' | 'endedAt'>,
): Promise<HealthyRun[]> {
  const { rows } = await db.query<HealthyRun>(
    `SELECT id, code, actor_id AS by, started_at AS "startedAt", ended_at AS "endedAt",
       json_build_object('ruledOut', report -> 'ruledOut', 'probes', report -> 'probes') AS looked
     FROM debvisor.runs
     WHERE team = $1 AND topic = $2 AND host = $3 AND state = 'done' AND problem_keys[1] = $4
       AND report ->> 'verdict' = 'healthy' AND started_at >= $5
       AND created_at >= $5::timestamptz - ${LONGEST_WAIT} AND created_at < $6::timestamptz + ${SOLVES}
     ORDER BY ended_at, id LIMIT ${MOST}`,
    [run.team, run.topic, run.host, healthyKey(run), run.endedAt, run.createdAt],
  )
  return rows
}

/** Whether a run of the same topic and host looked in that time and did not find it healthy. */
export async function foundTroubleBetween(db: Queryable, run: Place, from: Date, to: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    `SELECT 1 FROM debvisor.runs WHERE team = $1 AND topic = $2 AND host = $3 AND state IN ('done', 'failed')
       AND created_at BETWEEN $4::timestamptz - ${LONGEST_WAIT} AND $5
       AND started_at >= $4 AND ended_at <= $5 AND problem_keys[1] IS DISTINCT FROM $6 LIMIT 1`,
    [run.team, run.topic, run.host, from, to, healthyKey(run)],
  )
  return rowCount > 0
}

/**
 * In the transaction that stores a healthy verdict: the runs whose problem it may have found gone are drawn again. Those
 * that the healthy run before it ruled out are shown as solved since then, unless something happened in their threads.
 * It is never the run before itself: times are stored in milliseconds, so one that was quick ended when it began.
 */
export async function redrawSolved(tx: Queryable, queue: Queue, healthy: Run): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `WITH before AS MATERIALIZED (
       SELECT started_at, report -> 'ruledOut' AS out FROM debvisor.runs
       WHERE team = $1 AND topic = $2 AND host = $3 AND state = 'done' AND problem_keys[1] = $6
         AND report ->> 'verdict' = 'healthy' AND ended_at <= $4 AND id <> $7
         AND created_at BETWEEN $5::timestamptz - ${SOLVES} AND $4
       ORDER BY ended_at DESC LIMIT 1
     )
     SELECT r.id FROM debvisor.runs r
     WHERE r.team = $1 AND r.topic = $2 AND r.host = $3 AND r.state IN ('done', 'failed') AND r.ended_at <= $4
       AND r.created_at > $5::timestamptz - ${SOLVES} AND r.problem_keys[1] IS DISTINCT FROM $6
       AND EXISTS (SELECT 1 FROM debvisor.messages m WHERE m.run_id = r.id AND m.key = 'main' AND m.ts IS NOT NULL)
       AND NOT (
         r.report ->> 'verdict' IS DISTINCT FROM 'inconclusive'
         AND NOT EXISTS (SELECT 1 FROM debvisor.runs below WHERE below.parent = r.id)
         AND NOT EXISTS (SELECT 1 FROM debvisor.escalations e WHERE e.run_id = r.id)
         AND EXISTS (SELECT 1 FROM before WHERE r.ended_at <= before.started_at AND NOT EXISTS (
           SELECT 1 FROM json_array_elements(r.report -> 'findings') f WHERE f ->> 'role' = 'cause' AND NOT EXISTS (
             SELECT 1 FROM json_array_elements(before.out) o WHERE o ->> 'id' = f ->> 'id'))))
     ORDER BY r.created_at DESC LIMIT ${MOST}`,
    [
      ...[healthy.team, healthy.topic, healthy.host, healthy.startedAt, healthy.createdAt],
      ...[healthyKey(healthy), healthy.id],
    ],
  )
  for (const { id } of rows) await queue.send(tx, { kind: 'redraw', runId: id })
}
