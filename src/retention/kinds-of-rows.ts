import type { Queryable } from '../store/db.ts'
import { type Amount, type KindName, nothing, type RetentionSettings } from './settings.ts'

/** Rows that go by their age alone, or once nothing else needs them. */
export interface KindOfRows {
  readonly name: KindName
  readonly table: string
  readonly key: string
  /** Days; the row's age is that of `at`. */
  readonly days: (settings: RetentionSettings) => number
  readonly at: string
  /** Of a row `t` that is old enough: what it takes beside that. */
  readonly onlyIf?: string
  /** Of a row `t`. */
  readonly bytes: string
  readonly atOnce: number
  /** What goes or changes before the rows do: `$1` has their keys. */
  readonly before?: readonly string[]
}

const MESSAGES = 'DELETE FROM debvisor.messages WHERE run_id = ANY ($1)'
const WHOLE = 'pg_column_size(t.*)'
/** So long Slack may send again what it thinks was lost. */
const DELIVERED_AGAIN_DAYS = 1

export const kindsOfRows = {
  fleets: {
    name: 'fleets',
    table: 'fleet_runs',
    key: 'id',
    days: ({ fleets }) => fleets,
    at: 'ended_at',
    // One that checks it again tells in its thread.
    onlyIf: 'NOT EXISTS (SELECT 1 FROM debvisor.fleet_runs c WHERE c.parent = t.id AND c.ended_at IS NULL)',
    bytes: 'coalesce(pg_column_size(t.compared), 0)',
    atOnce: 10,
    before: ['UPDATE debvisor.fleet_runs SET parent = NULL WHERE parent = ANY ($1)', MESSAGES],
  },
  schedules: {
    name: 'schedules',
    table: 'schedules',
    key: 'id',
    days: ({ looks }) => looks,
    at: 'ended_at',
    onlyIf:
      'NOT EXISTS (SELECT 1 FROM debvisor.scheduled_looks l WHERE l.schedule = t.id AND l.look IS NOT NULL)',
    bytes: WHOLE,
    atOnce: 20,
    before: [MESSAGES],
  },
  snapshots: {
    name: 'snapshots',
    table: 'snapshots',
    key: 'run_id',
    days: ({ snapshots }) => snapshots,
    at: 'taken_at',
    bytes: 'pg_column_size(t.snapshot)',
    atOnce: 50,
  },
  alerts: {
    name: 'alerts',
    table: 'alerts',
    key: 'id',
    days: ({ alerts }) => alerts,
    at: 'seen_at',
    bytes: WHOLE,
    atOnce: 500,
  },
  alertSummaries: {
    name: 'alert summaries',
    table: 'alert_summaries',
    key: 'id',
    days: ({ alerts }) => 2 * alerts,
    at: 'created_at',
    onlyIf: 'NOT EXISTS (SELECT 1 FROM debvisor.alerts a WHERE a.summary = t.id)',
    bytes: WHOLE,
    atOnce: 200,
    before: [MESSAGES],
  },
  deliveries: {
    name: 'deliveries',
    table: 'deliveries',
    key: 'key',
    days: () => DELIVERED_AGAIN_DAYS,
    at: 'seen_at',
    onlyIf: '(t.held_till IS NULL OR t.held_till <= now())',
    bytes: WHOLE,
    atOnce: 1_000,
  },
} as const satisfies Record<string, KindOfRows>

const isOld = ({ at, onlyIf = 'true' }: KindOfRows): string =>
  `t.${at} < now() - $1 * interval '1 day' AND ${onlyIf}`

/** Takes away the oldest. */
export async function takeRows(
  tx: Queryable,
  kind: KindOfRows,
  settings: RetentionSettings,
): Promise<Amount & { readonly goesOn: boolean }> {
  const { table, key, at, atOnce, before = [], bytes } = kind
  const days = kind.days(settings)
  const { rows } = await tx.query<{ key: string }>(
    `SELECT t.${key} AS key FROM debvisor.${table} t WHERE ${isOld(kind)}
     ORDER BY t.${at} LIMIT ${atOnce} FOR UPDATE SKIP LOCKED`,
    [days],
  )
  if (rows.length === 0) return { ...nothing, goesOn: false }
  const keys = rows.map((row) => row.key)
  // Somebody may have referred to one before it was locked.
  const still = await tx.query<{ key: string; bytes: number }>(
    `SELECT t.${key} AS key, (${bytes})::bigint AS bytes FROM debvisor.${table} t WHERE t.${key} = ANY ($2) AND ${isOld(kind)}`,
    [days, keys],
  )
  const going = still.rows.map((row) => row.key)
  for (const sql of before) await tx.query(sql, [going])
  await tx.query(`DELETE FROM debvisor.${table} t WHERE t.${key} = ANY ($2) AND ${isOld(kind)}`, [
    days,
    going,
  ])
  return {
    count: going.length,
    bytes: still.rows.reduce((sum, row) => sum + row.bytes, 0),
    goesOn: going.length === atOnce,
  }
}

export interface WouldGo extends Amount {
  readonly oldest: Date | null
}

/** How much of it would go. */
export async function oldRows(
  db: Queryable,
  kind: KindOfRows,
  settings: RetentionSettings,
): Promise<WouldGo> {
  const { rows } = await db.query<WouldGo>(
    `SELECT count(*) AS count, coalesce(sum(${kind.bytes}), 0)::bigint AS bytes, min(t.${kind.at}) AS oldest
     FROM debvisor.${kind.table} t WHERE ${isOld(kind)}`,
    [kind.days(settings)],
  )
  return rows[0] ?? { ...nothing, oldest: null }
}
