import type { Queryable } from '../../store/db.ts'

/** How long people took over what was brought to them. */
export interface ResponseTime {
  readonly host: string
  readonly topic: string
  readonly what: 'acknowledged' | 'resolved' | 'ticket closed'
  readonly seconds: number
}

export interface ResponseTimes {
  readonly times: readonly ResponseTime[]
  /** Of how many escalations; not told where nobody has answered any. */
  readonly escalations: number
}

/**
 * Of the newest that were escalated in the last days, `most` of them. Above a ticket: until somebody acknowledged it, and until its problem was
 * resolved, from the first level on that was resolved with it. Of tickets: until they were closed.
 */
export async function responseTimes(
  db: Queryable,
  team: string,
  { days, most }: { readonly days: number; readonly most: number },
): Promise<ResponseTimes> {
  const { rows } = await db.query<ResponseTime & { readonly escalations: number }>(
    `WITH recent AS (
       SELECT e.*, r.host, r.topic FROM debvisor.escalations e JOIN debvisor.runs r ON r.id = e.run_id
       WHERE e.team = $1 AND e.created_at > now() - make_interval(days => $2)
       ORDER BY e.created_at DESC LIMIT $3
     ), times AS (
       SELECT host, topic, 'acknowledged' AS what,
         extract(epoch FROM acknowledged_at - created_at)::float8 AS seconds
       FROM recent WHERE level > 1 AND acknowledged_at IS NOT NULL
       UNION ALL
       SELECT min(host), min(topic), 'resolved', extract(epoch FROM closed_at - min(created_at))::float8
       FROM recent WHERE level > 1 AND state = 'resolved' AND closed_at IS NOT NULL
       GROUP BY problem_key, topic, closed_at
       UNION ALL
       SELECT host, topic, 'ticket closed', extract(epoch FROM closed_at - created_at)::float8
       FROM recent WHERE level = 1 AND closed_at IS NOT NULL
     )
     SELECT *, (SELECT count(*) FROM recent) AS escalations FROM times`,
    [team, days, most],
  )
  return { times: rows, escalations: rows[0]?.escalations ?? 0 }
}
