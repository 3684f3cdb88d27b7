import type { Queryable } from '../../store/db.ts'
import type { Run } from '../run.ts'
import { runColumns } from '../run-store.ts'

/** What somebody asked for, newest first. */
export async function runsOfAsker(db: Queryable, team: string, user: string, limit: number): Promise<Run[]> {
  const { rows } = await db.query<Run>(
    `SELECT ${runColumns} FROM debvisor.runs WHERE team = $1 AND actor_kind = 'user' AND actor_id = $2
     ORDER BY created_at DESC, id LIMIT $3`,
    [team, user, limit],
  )
  return rows
}
