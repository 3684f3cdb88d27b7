import type { Queryable } from '../../store/db.ts'
import type { Run } from '../run.ts'

/** So many are called with whoever asked; who comes after them joins another run. */
export const MOST_WATCHERS = 19

/** Somebody who asked for what a run was under way to find, and joined it. */
export interface Watcher {
  /** Slack user. */
  readonly user: string
  /** To answer them alone; null after 30 minutes. */
  readonly responseUrl: string | null
  /** They were answered alone. */
  readonly told: boolean
}

/** Once for each person; whoever asked for the run is called anyway. */
export async function addWatcher(
  tx: Queryable,
  run: Pick<Run, 'id' | 'actor'>,
  { user, responseUrl }: Omit<Watcher, 'told'>,
): Promise<void> {
  if (run.actor.kind === 'user' && run.actor.id === user) return
  await tx.query(
    `INSERT INTO debvisor.run_watchers (run_id, slack_user, response_url) VALUES ($1, $2, $3)
     ON CONFLICT (run_id, slack_user) DO UPDATE SET response_url = excluded.response_url, created_at = now()`,
    [run.id, user, responseUrl],
  )
}

/** In the order in which they joined. */
export async function watchersOf(db: Queryable, runId: string): Promise<Watcher[]> {
  const { rows } = await db.query<Watcher>(
    `SELECT slack_user AS user, told_at IS NOT NULL AS told,
       CASE WHEN created_at > now() - interval '30 minutes' THEN response_url END AS "responseUrl"
     FROM debvisor.run_watchers WHERE run_id = $1 ORDER BY created_at, slack_user`,
    [runId],
  )
  return rows
}

export async function noteTold(db: Queryable, runId: string, user: string): Promise<void> {
  await db.query(
    'UPDATE debvisor.run_watchers SET told_at = now() WHERE run_id = $1 AND slack_user = $2 AND told_at IS NULL',
    [runId, user],
  )
}
