import type { Queryable } from '../../store/db.ts'
import {
  askerKey,
  type BusyRun,
  channelKey,
  type OpenRuns,
  type Origin,
  type WaitingRun,
} from './fair-order.ts'

/** A worker that gave no sign of life for so long is lost, whatever became of its job. pg-boss notices most of them sooner. */
const LOST_MS = 30_000
/** Of a run that an older version has: it gives no sign. */
const LONGEST_WITHOUT_SIGN_MS = 6 * 60_000

const asker = `actor_kind || ':' || actor_id`
const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`

/** A run under way whose worker is lost. */
export const isLost = `state = 'running' AND coalesce(
  alive_at + interval '${LOST_MS} ms', started_at + interval '${LONGEST_WITHOUT_SIGN_MS} ms') < now()`

/** Cheaper than all that follows, for who looks often. */
export async function anyToTend(db: Queryable): Promise<boolean> {
  const { rows } = await db.query(
    `SELECT 1 FROM debvisor.runs WHERE (state = 'queued' AND due_at <= now()) OR (${isLost}) LIMIT 1`,
  )
  return rows.length > 0
}

/** What waits and may be taken now, and what is under way, by the database's clock. Two queries, where anything waits. */
export async function openRuns(db: Queryable): Promise<OpenRuns> {
  const { rows } = await db.query<Row>(
    `SELECT id, channel, ${asker} AS asker, host, origin, state, ${millis('due_at')} AS since, ${millis('now()')} AS now
     FROM debvisor.runs WHERE state IN ('queued', 'running') AND (state = 'running' OR due_at <= now())`,
  )
  const waiting = rows.filter(({ state }) => state === 'queued')
  const now = rows[0]?.now ?? 0
  const busy = rows.filter(({ state }) => state === 'running')
  if (waiting.length === 0) return { now, waiting, busy, channelServed: new Map(), askerServed: new Map() }
  const { rows: served } = await db.query<Served>(
    `SELECT channel, origin, NULL AS asker, (
       SELECT ${millis('max(ended_at)')} FROM debvisor.runs r
       WHERE r.channel = c.channel AND r.origin = c.origin AND started_at IS NOT NULL
     ) AS at
     FROM (SELECT DISTINCT channel, origin FROM debvisor.runs WHERE state = 'queued') AS c
     UNION ALL
     SELECT channel, origin, ${asker}, (
       SELECT ${millis('max(ended_at)')} FROM debvisor.runs r
       WHERE r.channel = a.channel AND r.origin = a.origin AND r.actor_id = a.actor_id AND r.actor_kind = a.actor_kind
         AND started_at IS NOT NULL
     )
     FROM (SELECT DISTINCT channel, origin, actor_kind, actor_id FROM debvisor.runs WHERE state = 'queued') AS a`,
  )
  const known = served.filter((row): row is Served & { readonly at: number } => row.at !== null)
  return {
    now,
    waiting,
    busy,
    channelServed: new Map(known.flatMap(({ asker, at, ...of }) => (asker ? [] : [[channelKey(of), at]]))),
    askerServed: new Map(
      known.flatMap(({ asker, at, ...of }) => (asker ? [[askerKey({ ...of, asker }), at]] : [])),
    ),
  }
}

type Row = WaitingRun & BusyRun & { readonly state: 'queued' | 'running'; readonly now: number }

interface Served {
  readonly channel: string
  readonly origin: Origin
  readonly asker: string | null
  /** Null: never. */
  readonly at: number | null
}
