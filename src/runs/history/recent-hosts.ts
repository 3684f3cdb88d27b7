import type { Queryable } from '../../store/db.ts'

/** Older runs are of no help in a menu. */
const LOOKED_THROUGH = 500

/** The hosts that somebody asked about, the last one first, each once. */
export async function recentHosts(db: Queryable, team: string, user: string): Promise<string[]> {
  const { rows } = await db.query<{ host: string }>(
    `SELECT host FROM (
       SELECT host, created_at FROM debvisor.runs WHERE team = $1 AND actor_kind = 'user' AND actor_id = $2
       ORDER BY created_at DESC LIMIT $3) AS asked
     GROUP BY host ORDER BY max(created_at) DESC, host`,
    [team, user, LOOKED_THROUGH],
  )
  return rows.map(({ host }) => host)
}
