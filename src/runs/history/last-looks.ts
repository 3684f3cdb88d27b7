import type { Queryable } from '../../store/db.ts'
import type { Run } from '../run.ts'
import { healthyKey } from './healthy-runs.ts'

/** What is older says nothing of how a host is. */
export const LOOKED_BACK_DAYS = 30

/** How a host came out, without the report that says why. */
export interface LastLook extends Pick<Run, 'id' | 'host' | 'topic'> {
  readonly at: Date
  readonly outcome: 'healthy' | 'not-healthy' | 'failed'
}

interface Asked {
  readonly team: string
  readonly hosts: readonly string[]
  readonly topics: readonly string[]
}

/**
 * Of each host, the newest run of each topic that has a verdict, and the newest run at all where that one failed; newest
 * first. An index has each of them, and no report is read, however many hosts there are.
 */
export async function lastLooks(db: Queryable, { team, hosts, topics }: Asked): Promise<LastLook[]> {
  const { rows } = await db.query<
    Omit<LastLook, 'outcome'> & { state: 'done' | 'failed'; key: string | null }
  >(
    `SELECT r.* FROM unnest($2::text[]) AS asked (host) CROSS JOIN unnest($3::text[]) AS of (topic)
       CROSS JOIN LATERAL (
         SELECT id, host, topic, created_at AS at, state, problem_keys[1] AS key FROM debvisor.runs
         WHERE team = $1 AND topic = of.topic AND host = asked.host AND state = 'done' AND created_at > ${SINCE}
         ORDER BY created_at DESC LIMIT 1) r
     UNION ALL
     SELECT r.* FROM unnest($2::text[]) AS asked (host)
       CROSS JOIN LATERAL (
         SELECT id, host, topic, created_at AS at, state, problem_keys[1] AS key FROM debvisor.runs
         WHERE team = $1 AND host = asked.host AND state IN ('done', 'failed') AND created_at > ${SINCE}
         ORDER BY created_at DESC LIMIT 1) r
       WHERE r.state = 'failed'
     ORDER BY at DESC, id`,
    [team, hosts, topics],
  )
  return rows.map(({ state, key, ...look }) => ({
    ...look,
    outcome: outcomeOf(state, key, { ...look, team }),
  }))
}

const SINCE = `now() - interval '${LOOKED_BACK_DAYS} days'`

function outcomeOf(state: string, key: string | null, place: Pick<Run, 'team' | 'topic' | 'host'>) {
  if (state === 'failed') return 'failed'
  return key === healthyKey(place) ? 'healthy' : 'not-healthy'
}
