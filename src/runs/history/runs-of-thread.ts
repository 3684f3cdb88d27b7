import type { Queryable } from '../../store/db.ts'
import type { Run } from '../run.ts'
import { runColumns } from '../run-store.ts'

/** A thread in Slack, by the ts of the message that it hangs from. */
export interface Place {
  readonly team: string
  readonly channel: string
  readonly thread: string
}

/** More than are looked at by anybody in one thread. */
const MOST = 100

/**
 * The runs that a thread shows, newest first: the one that it hangs from, those asked for in it, and their re-checks. Those
 * of which nothing is posted are not among them.
 */
export async function runsOfThread(db: Queryable, { team, channel, thread }: Place): Promise<Run[]> {
  const { rows } = await db.query<Run>(
    `WITH RECURSIVE shown AS (
       SELECT id FROM debvisor.runs WHERE team = $1 AND channel = $2 AND thread = $3
       UNION SELECT r.id FROM debvisor.messages m JOIN debvisor.runs r ON r.id = m.run_id
         WHERE m.channel = $2 AND m.ts = $3 AND m.key = 'main' AND r.team = $1
       UNION SELECT r.id FROM debvisor.runs r JOIN shown s ON r.parent = s.id WHERE r.channel = $2
     )
     SELECT ${runColumns} FROM debvisor.runs WHERE id IN (SELECT id FROM shown) AND NOT is_quiet
     ORDER BY created_at DESC, id LIMIT $4`,
    [team, channel, thread, MOST],
  )
  return rows
}
