import type { Queryable } from '../../store/db.ts'

/** What a person said of a run's verdict. It never changes the verdict. */
export interface Feedback {
  /** Slack user. */
  readonly by: string
  readonly rating: Rating
  /** What it was, in their words, without secrets. Null: they did not say. */
  readonly said: string | null
  readonly at: Date
}

export type Rating = 'right' | 'wrong'

type Given = Pick<Feedback, 'by' | 'rating' | 'said'>

const columns = 'slack_user AS by, rating, said, updated_at AS at'

/** Keeps it in place of what the same person said of that run before. False: they had said just that. */
export async function giveFeedback(
  tx: Queryable,
  runId: string,
  { by, rating, said }: Given,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO debvisor.run_feedback AS f (run_id, slack_user, rating, said) VALUES ($1, $2, $3, $4)
     ON CONFLICT (run_id, slack_user) DO UPDATE
       SET rating = excluded.rating, said = excluded.said, updated_at = now()
       WHERE (f.rating, f.said) IS DISTINCT FROM (excluded.rating, excluded.said)`,
    [runId, by, rating, said],
  )
  return rowCount === 1
}

/** Of one person; undefined: they have not said anything. */
export async function feedbackBy(db: Queryable, runId: string, user: string): Promise<Feedback | undefined> {
  const sql = `SELECT ${columns} FROM debvisor.run_feedback WHERE run_id = $1 AND slack_user = $2`
  return (await db.query<Feedback>(sql, [runId, user])).rows[0]
}

/** By run, oldest first; runs of which nobody said anything are left out. */
export async function feedbackOn(
  db: Queryable,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Feedback[]>> {
  const { rows } = await db.query<Feedback & { readonly runId: string }>(
    `SELECT run_id AS "runId", ${columns} FROM debvisor.run_feedback WHERE run_id = ANY ($1)
     ORDER BY updated_at, slack_user`,
    [runIds],
  )
  const byRun = new Map<string, Feedback[]>()
  for (const { runId, ...feedback } of rows) byRun.set(runId, [...(byRun.get(runId) ?? []), feedback])
  return byRun
}

export interface RatingCount {
  readonly host: string
  readonly topic: string
  readonly rating: Rating
  readonly ratings: number
}

/** Of runs of the last days. */
export async function ratingCounts(db: Queryable, team: string, days: number): Promise<RatingCount[]> {
  const { rows } = await db.query<RatingCount>(
    `SELECT r.host, r.topic, f.rating, count(*) AS ratings
     FROM debvisor.runs r JOIN debvisor.run_feedback f ON f.run_id = r.id
     WHERE r.team = $1 AND r.created_at > now() - make_interval(days => $2)
     GROUP BY r.host, r.topic, f.rating`,
    [team, days],
  )
  return rows
}
