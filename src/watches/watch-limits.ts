import type { Queryable } from '../store/db.ts'

export interface WatchLimits {
  readonly watches: number
  readonly watchesPerUser: number
  readonly schedules: number
}

/** As many as may be are there already. */
export interface Full {
  readonly limit: 'user' | 'all'
  readonly most: number
}

/** `table`: those that are not over count, what the configuration has apart. Null: there is room for one more. */
export async function fullFor(
  tx: Queryable,
  table: 'watches' | 'schedules',
  { team, user }: { readonly team: string; readonly user: string },
  { all, perUser = all }: { readonly all: number; readonly perUser?: number },
): Promise<Full | null> {
  const { rows } = await tx.query<{ all: number; own: number }>(
    `SELECT count(*) AS all, count(*) FILTER (WHERE slack_user = $2) AS own FROM debvisor.${table}
     WHERE team = $1 AND slack_user IS NOT NULL AND ended_at IS NULL`,
    [team, user],
  )
  const { all: open = 0, own = 0 } = rows[0] ?? {}
  if (own >= perUser) return { limit: perUser === all ? 'all' : 'user', most: perUser }
  return open >= all ? { limit: 'all', most: all } : null
}
