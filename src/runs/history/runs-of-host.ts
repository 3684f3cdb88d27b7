import type { Queryable } from '../../store/db.ts'
import type { Run } from '../run.ts'
import { runColumns } from '../run-store.ts'

export interface WantedHistory {
  readonly team: string
  readonly host: string
  /** Only of this topic. */
  readonly topic?: string | undefined
  /** None of these topics: the reader may not see them. */
  readonly hidden: readonly string[]
  readonly limit: number
}

/**
 * What came out on a host, newest first. What was cancelled saw nothing. Of looks that nobody was told of, one after the
 * other with the same verdict, the first stands for all.
 */
export async function runsOfHost(
  db: Queryable,
  { team, host, topic, hidden, limit }: WantedHistory,
): Promise<Run[]> {
  const { rows } = await db.query<Run>(
    `SELECT ${runColumns} FROM debvisor.runs
     WHERE team = $1 AND host = $2 AND state IN ('done', 'failed')
       AND ($3::text IS NULL OR topic = $3) AND topic <> ALL ($4::text[])
       AND NOT (is_quiet AND problem_keys[1] IS NOT DISTINCT FROM (
         SELECT before.problem_keys[1] FROM debvisor.runs before
         WHERE before.team = $1 AND before.host = $2 AND before.topic = runs.topic AND before.state IN ('done', 'failed')
           AND before.created_at < runs.created_at
         ORDER BY before.created_at DESC LIMIT 1))
     ORDER BY created_at DESC, id LIMIT $5`,
    [team, host, topic ?? null, hidden, limit],
  )
  return rows
}
