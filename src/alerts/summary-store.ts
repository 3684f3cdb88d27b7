import type { Queryable } from '../store/db.ts'
import type { Queue } from '../store/queue.ts'
import { type From, type Outcome, WINDOW } from './alert-store.ts'

/** One message on the alerts of a source that nothing runs for. */
export interface Summary {
  readonly id: string
  readonly team: string
  readonly source: string
  readonly channel: string
  readonly createdAt: Date
}

const columns = 'id, team, source, channel, created_at AS "createdAt"'

/** The one that is being written, or a new one. The source's turn is taken. */
export async function summaryFor(tx: Queryable, from: From, channel: string): Promise<string> {
  const { team, source } = from
  const open = await tx.query<{ id: string }>(
    `SELECT id FROM debvisor.alert_summaries WHERE team = $1 AND source = $2 AND channel = $3
       AND created_at > now() - ${WINDOW} ORDER BY created_at DESC LIMIT 1`,
    [team, source, channel],
  )
  const [known] = open.rows
  if (known) return known.id
  const made = await tx.query<{ id: string }>(
    'INSERT INTO debvisor.alert_summaries (team, source, channel) VALUES ($1, $2, $3) RETURNING id',
    [team, source, channel],
  )
  return made.rows[0]?.id ?? ''
}

/** What comes within that is drawn together. */
const DRAWN_AFTER_MS = 3_000

/** One job at a time is on its way for a summary, whatever comes meanwhile. */
export async function drawSoon(tx: Queryable, queue: Queue, summary: string): Promise<void> {
  const { rowCount } = await tx.query(
    'UPDATE debvisor.alert_summaries SET is_due = true WHERE id = $1 AND NOT is_due',
    [summary],
  )
  if (rowCount === 1)
    await queue.send(tx, { kind: 'alert-summary', summaryId: summary }, { afterMs: DRAWN_AFTER_MS })
}

/** Before it is read: what is stored from now on has a job of its own. Null: there is none. */
export async function beginDrawing(db: Queryable, id: string): Promise<Summary | null> {
  const { rows } = await db.query<Summary>(
    `UPDATE debvisor.alert_summaries SET is_due = false WHERE id = $1 RETURNING ${columns}`,
    [id],
  )
  return rows[0] ?? null
}

/** Alerts of one name that came to the same. */
export interface SummaryLine {
  readonly outcome: Outcome
  readonly name: string
  readonly topic: string | null
  /** One of their hosts, or what they say of one; null: they name none. */
  readonly host: string | null
  readonly count: number
  /** So many of them fire no more. */
  readonly resolved: number
}

/** All alerts of one outcome. */
export interface SummaryCount {
  readonly outcome: Outcome
  readonly count: number
  readonly resolved: number
  readonly names: number
}

/** Whatever is named of them: the most frequent first. */
export async function summaryCounts(db: Queryable, id: string): Promise<SummaryCount[]> {
  const { rows } = await db.query<SummaryCount>(
    `SELECT outcome, count(*)::int AS count, count(resolved_at)::int AS resolved, count(DISTINCT name)::int AS names
     FROM debvisor.alerts WHERE summary = $1 GROUP BY outcome ORDER BY count(*) DESC, outcome`,
    [id],
  )
  return rows
}

/** Of one outcome; the rest is counted. */
const MOST_NAMES = 20

/** What the summary names of each outcome: the most frequent first. */
export async function summaryLines(db: Queryable, id: string): Promise<SummaryLine[]> {
  const { rows } = await db.query<SummaryLine>(
    `SELECT outcome, name, topic, host, count, resolved FROM (
       SELECT outcome, name, min(topic) AS topic, min(coalesce(host, named)) AS host, count(*)::int AS count,
         count(resolved_at)::int AS resolved,
         row_number() OVER (PARTITION BY outcome ORDER BY count(*) DESC, name) AS at
       FROM debvisor.alerts WHERE summary = $1 GROUP BY outcome, name) AS names
     WHERE at <= ${MOST_NAMES} ORDER BY count DESC, name`,
    [id],
  )
  return rows
}
