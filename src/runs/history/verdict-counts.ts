import { findingOfKey } from '../../findings/problem-key.ts'
import type { Queryable } from '../../store/db.ts'

/** Runs of one topic on one host that came to the same. */
export interface VerdictCount {
  readonly host: string
  readonly topic: string
  readonly outcome: 'problem' | 'healthy' | 'inconclusive' | 'failed'
  /** Id of the finding that they are about; of a host that was not examined `unreachable.STAGE`. */
  readonly finding: string | undefined
  readonly runs: number
  /** How often it came up: runs that found it one after the other found it once. */
  readonly times: number
  /** Of the newest of them. */
  readonly newest: string
}

interface Row extends Pick<VerdictCount, 'host' | 'topic' | 'runs' | 'times' | 'newest'> {
  readonly state: 'done' | 'failed'
  readonly first: string | null
  readonly second: string | null
}

/** The newest of the last days, so many at most. */
export interface Counted {
  readonly days: number
  readonly most: number
}

/** What each run came to is read from its problem keys: reports are long. Of a key, only the finding counts. */
export async function verdictCounts(
  db: Queryable,
  team: string,
  { days, most }: Counted,
): Promise<VerdictCount[]> {
  const { rows } = await db.query<Row>(
    `WITH newest AS (
       SELECT id, host, topic, state, created_at, problem_keys[1] AS first, problem_keys[2] AS second
       FROM debvisor.runs
       WHERE team = $1 AND state IN ('done', 'failed') AND created_at > now() - make_interval(days => $2)
       ORDER BY created_at DESC LIMIT $3
     ), recent AS (
       SELECT *, lag(first) OVER (PARTITION BY host, topic ORDER BY created_at) AS before FROM newest
     )
     SELECT host, topic, state, min(first) AS first, min(second) AS second, count(*) AS runs,
       count(*) FILTER (WHERE first IS DISTINCT FROM before) AS times,
       (array_agg(id ORDER BY created_at DESC))[1] AS newest
     FROM recent GROUP BY host, topic, state, split_part(first, ':', 3), split_part(second, ':', 3)`,
    [team, days, most],
  )
  return rows.map(({ state, first, second, ...row }) => ({ ...row, ...outcomeOf(state, first, second) }))
}

/** As problemKeysOf made the keys: what only another topic knows stands behind that the topic itself saw nothing. */
function outcomeOf(
  state: Row['state'],
  first: string | null,
  second: string | null,
): Pick<VerdictCount, 'outcome' | 'finding'> {
  const finding = first === null ? undefined : findingOfKey(first)
  if (state === 'failed') return { outcome: 'failed', finding }
  if (finding?.startsWith('healthy.')) return { outcome: 'healthy', finding: undefined }
  if (!finding?.startsWith('inconclusive.')) return { outcome: 'problem', finding }
  return second === null
    ? { outcome: 'inconclusive', finding: undefined }
    : { outcome: 'problem', finding: findingOfKey(second) }
}

/** What a finding was called in these runs, by run. */
export async function titlesIn(
  db: Queryable,
  findings: readonly { readonly run: string; readonly finding: string }[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ id: string; title: string }>(
    `SELECT DISTINCT ON (f ->> 'id') f ->> 'id' AS id, f ->> 'title' AS title
     FROM debvisor.runs r CROSS JOIN LATERAL json_array_elements(r.report -> 'findings') f
     WHERE r.id = ANY ($1) AND f ->> 'id' = ANY ($2) ORDER BY f ->> 'id', r.created_at DESC`,
    [findings.map(({ run }) => run), findings.map(({ finding }) => finding)],
  )
  return new Map(rows.map(({ id, title }) => [id, title]))
}
