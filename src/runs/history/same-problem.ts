import { problemKey } from '../../findings/problem-key.ts'
import type { Queryable } from '../../store/db.ts'
import type { Run } from '../run.ts'
import { runColumns } from '../run-store.ts'
import { healthyKey, type Place } from './healthy-runs.ts'

/** "3rd time in 30 days". */
export const COUNTED_DAYS = 30
/** The newest runs that found it, of those days: whoever counts that far knows enough. */
const MOST = 200

/**
 * The problem that a run is about. Undefined: it found none, or could not look. What could not be looked at is no
 * problem that comes back.
 */
export function problemOf(run: Place & Pick<Run, 'problemKeys'>): string | undefined {
  const [key] = run.problemKeys
  const { team, topic, host } = run
  const unseen = problemKey({ team, host, finding: `inconclusive.${topic}`, subject: host })
  return key === healthyKey(run) || key === unseen ? undefined : key
}

type Asked = Place & Pick<Run, 'id' | 'createdAt'>

/** Runs of the same topic and host that found that problem, asked for before this one: newest first. */
export async function earlierRuns(
  db: Queryable,
  { id, team, topic, host, createdAt }: Asked,
  problem: string,
  limit: number,
): Promise<Run[]> {
  const { rows } = await db.query<Run>(
    `SELECT ${runColumns} FROM debvisor.runs
     WHERE problem_keys @> ARRAY[$1] AND state IN ('done', 'failed') AND team = $2 AND topic = $3 AND host = $4
       AND created_at < $5 AND id <> $6
     ORDER BY created_at DESC, id LIMIT $7`,
    [problem, team, topic, host, createdAt, id, limit],
  )
  return rows
}

/** How often a problem was there, and since when this time. */
export interface TimesSeen {
  /** This time included. */
  readonly times: number
  /** When the first run that found it this time was asked for; undefined: no run had before this one. */
  readonly since: Date | undefined
}

/**
 * How often the problem came up in the days before this run. Runs that found it one after the other saw it once, until a
 * run in between found the host healthy or somebody resolved it.
 */
export async function timesSeen(
  db: Queryable,
  run: Place & Pick<Run, 'createdAt'>,
  problem: string,
): Promise<TimesSeen> {
  const { rows } = await db.query<{ times: number; since: Date | null }>(
    `WITH newest AS (
       SELECT created_at, ended_at FROM debvisor.runs
       WHERE problem_keys @> ARRAY[$1] AND state IN ('done', 'failed') AND team = $2 AND topic = $3 AND host = $4
         AND created_at > $5::timestamptz - make_interval(days => $7) AND created_at <= $5
       ORDER BY created_at DESC LIMIT ${MOST}
     ), seen AS (
       SELECT created_at AS at, lag(ended_at) OVER (ORDER BY created_at) AS before FROM newest
     )
     SELECT count(*) AS times, max(at) AS since FROM seen WHERE before IS NULL
       OR EXISTS (SELECT 1 FROM debvisor.runs h WHERE h.team = $2 AND h.topic = $3 AND h.host = $4
         AND h.state = 'done' AND h.problem_keys[1] = $6 AND h.created_at BETWEEN seen.before AND seen.at)
       OR EXISTS (SELECT 1 FROM debvisor.escalations e WHERE e.team = $2 AND e.problem_key = $1
         AND e.state = 'resolved' AND e.closed_at BETWEEN seen.before AND seen.at)`,
    [problem, run.team, run.topic, run.host, run.createdAt, healthyKey(run), COUNTED_DAYS],
  )
  const { times = 0, since = null } = rows[0] ?? {}
  return { times, since: since && since < run.createdAt ? since : undefined }
}
