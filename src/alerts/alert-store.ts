import type { Queryable } from '../store/db.ts'
import type { Alert } from './formats/alert.ts'

export type Outcome = 'started' | 'joined' | 'no-topic' | 'no-host' | 'refused' | 'capped' | 'over'

/** Of the team that the bot serves, a sender by its name. */
export interface From {
  readonly team: string
  readonly source: string
}

/** An alert that is new, with what it is about. */
export interface NewAlert {
  readonly alert: Alert
  readonly outcome: Exclude<Outcome, 'over'>
  readonly host: string | null
  readonly topic: string | null
  /** What it says of a host, where that is none of the inventory. */
  readonly named?: string | null
}

/** A firing whose sender names no beginning is another one when nobody has heard of it for that long. */
const LAPSES = `interval '1 day'`

/** Two senders of one alert may have seen it at slightly different times. */
const CLOCKS_APART = `interval '1 minute'`

/** Of any number of replicas one takes what a sender tells at a time. Until this transaction ends. */
export const takeTurn = (tx: Queryable, { team, source }: From): Promise<unknown> =>
  tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    JSON.stringify(['debvisor.alerts', team, source]),
  ])

const rowsOf = (alerts: readonly Alert[]): string =>
  JSON.stringify(alerts.map(({ fingerprint, startsAt }) => ({ fingerprint, starts_at: startsAt })))

const GIVEN = 'json_to_recordset($3) AS given(fingerprint text, starts_at timestamptz(3))'

export interface Ended {
  readonly fingerprint: string
  readonly name: string
  /** Null: none, or one that is still under way and shows them at its end. */
  readonly endedRun: string | null
  readonly runId: string | null
  readonly summary: string | null
}

const ENDED = `a.fingerprint, a.name, a.run_id AS "runId", a.summary,
  (SELECT r.id FROM debvisor.runs r WHERE r.id = a.run_id AND r.ended_at IS NOT NULL) AS "endedRun"`

export interface Known {
  /** Their fingerprints. */
  readonly known: ReadonlySet<string>
  readonly superseded: readonly Ended[]
}

/**
 * Notes that those which fire already still do, and ends those that a later firing of the same alert has followed, so
 * that it is a new one. `known` is nothing new: these, and those whose end was told `staleMs` ago at most, which are
 * notices that came late. (A later one with the same beginning is one that its sender had given up and sees again.)
 */
export async function knownFirings(
  tx: Queryable,
  { team, source }: From,
  alerts: readonly Alert[],
  staleMs: number,
): Promise<Known> {
  const params = [team, source, rowsOf(alerts)]
  const sameOne = `a.team = $1 AND a.source = $2 AND a.fingerprint = given.fingerprint`
  const { rows: superseded } = await tx.query<Ended>(
    `UPDATE debvisor.alerts a SET resolved_at = now() FROM ${GIVEN} WHERE ${sameOne} AND a.resolved_at IS NULL
       AND (given.starts_at > a.starts_at
         OR ((given.starts_at IS NULL OR a.starts_at IS NULL) AND a.seen_at < now() - ${LAPSES}))
     RETURNING ${ENDED}`,
    params,
  )
  const still = await tx.query<{ fingerprint: string }>(
    `UPDATE debvisor.alerts a SET seen_at = now() FROM ${GIVEN} WHERE ${sameOne} AND a.resolved_at IS NULL
     RETURNING a.fingerprint`,
    params,
  )
  const late = await tx.query<{ fingerprint: string }>(
    `SELECT a.fingerprint FROM debvisor.alerts a, ${GIVEN} WHERE ${sameOne} AND a.resolved_at IS NOT NULL
       AND a.starts_at >= given.starts_at AND a.resolved_at > now() - $4 * interval '1 ms'`,
    [...params, staleMs],
  )
  const known = new Set([...still.rows, ...late.rows].map(({ fingerprint }) => fingerprint))
  return { known, superseded }
}

/**
 * Those that fire since a storm that left them out count as new, as many as there is room for by now, and no summary has
 * them any more.
 */
export const forgetCapped = (
  tx: Queryable,
  { team, source }: From,
  alerts: readonly Alert[],
  room: number,
): Promise<unknown> =>
  tx.query(
    `DELETE FROM debvisor.alerts WHERE id IN (SELECT a.id FROM debvisor.alerts a, ${GIVEN}
       WHERE a.team = $1 AND a.source = $2 AND a.fingerprint = given.fingerprint AND a.resolved_at IS NULL
         AND a.outcome = 'capped' AND a.fired_at <= now() - ${WINDOW} ORDER BY a.fired_at, a.id LIMIT $4)`,
    [team, source, rowsOf(alerts), Math.max(0, room)],
  )

/** Where the alerts that come with a look or with a summary are kept. */
export interface KeptWith {
  readonly runId?: string
  readonly summary?: string
}

/**
 * In the transaction that does what comes of them. What fires already is left out of what comes back: another was
 * first.
 */
export async function keepFirings(
  tx: Queryable,
  { team, source }: From,
  alerts: readonly NewAlert[],
  { runId, summary }: KeptWith = {},
): Promise<ReadonlySet<string>> {
  const rows = alerts.map(({ alert, ...about }) => ({
    ...about,
    fingerprint: alert.fingerprint,
    name: alert.name,
    starts_at: alert.startsAt,
  }))
  const { rows: kept } = await tx.query<{ fingerprint: string }>(
    `INSERT INTO debvisor.alerts (team, source, fingerprint, name, host, named, topic, outcome, starts_at, run_id, summary)
     SELECT $1, $2, fingerprint, name, host, named, topic, outcome, starts_at, $4, $5 FROM json_to_recordset($3) AS given(
       fingerprint text, name text, host text, named text, topic text, outcome text, starts_at timestamptz(3))
     ON CONFLICT (team, source, fingerprint) WHERE resolved_at IS NULL DO NOTHING RETURNING fingerprint`,
    [team, source, JSON.stringify(rows), runId ?? null, summary ?? null],
  )
  return new Set(kept.map(({ fingerprint }) => fingerprint))
}

/**
 * Those that end: once each, whatever is told again. Of one that is not known to fire the end is kept, for where its
 * beginning comes later: it is over by then.
 */
export async function endFirings(
  tx: Queryable,
  { team, source }: From,
  alerts: readonly Alert[],
): Promise<readonly Ended[]> {
  const rows = alerts.map(({ fingerprint, startsAt, name }) => ({ fingerprint, name, starts_at: startsAt }))
  const given = 'json_to_recordset($3) AS given(fingerprint text, name text, starts_at timestamptz(3))'
  const { rows: ended } = await tx.query<Ended>(
    `UPDATE debvisor.alerts a SET resolved_at = now() FROM ${given}
     WHERE a.team = $1 AND a.source = $2 AND a.fingerprint = given.fingerprint AND a.resolved_at IS NULL
       AND (given.starts_at IS NULL OR a.starts_at IS NULL OR given.starts_at >= a.starts_at - ${CLOCKS_APART})
     RETURNING ${ENDED}`,
    [team, source, JSON.stringify(rows)],
  )
  const known = new Set(ended.map(({ fingerprint }) => fingerprint))
  const others = rows.filter(({ fingerprint }) => !known.has(fingerprint))
  await tx.query(
    `INSERT INTO debvisor.alerts (team, source, fingerprint, name, outcome, starts_at, resolved_at)
     SELECT $1, $2, fingerprint, name, 'over', starts_at, now() FROM ${given}
     WHERE starts_at IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM debvisor.alerts a WHERE a.team = $1 AND a.source = $2 AND a.fingerprint = given.fingerprint
         AND (a.starts_at IS NULL OR a.starts_at >= given.starts_at))`,
    [team, source, JSON.stringify(others)],
  )
  return ended
}

/** An alert that is over, and that nobody has looked after since. */
export interface EndedOfRun {
  readonly name: string
  readonly source: string
  readonly resolvedAt: Date
}

/**
 * The newest first; none while another alert of the run still fires. Nobody else takes them until this transaction
 * ends.
 */
export async function endedOfRun(tx: Queryable, runId: string): Promise<EndedOfRun[]> {
  const { rows } = await tx.query<EndedOfRun>(
    `SELECT name, source, resolved_at AS "resolvedAt" FROM debvisor.alerts
     WHERE run_id = $1 AND resolved_at IS NOT NULL AND recheck IS NULL
       AND NOT EXISTS (SELECT 1 FROM debvisor.alerts f WHERE f.run_id = $1 AND f.resolved_at IS NULL)
     ORDER BY resolved_at DESC, id FOR UPDATE`,
    [runId],
  )
  return rows
}

export async function noteRecheck(tx: Queryable, runId: string, recheck: string): Promise<void> {
  await tx.query(
    'UPDATE debvisor.alerts SET recheck = $2 WHERE run_id = $1 AND resolved_at IS NOT NULL AND recheck IS NULL',
    [runId, recheck],
  )
}

/** Runs that a sender's alerts started within ten minutes. */
export const WINDOW = `interval '10 minutes'`

export async function startedLately(tx: Queryable, { team, source }: From): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `SELECT count(DISTINCT run_id)::int AS count FROM debvisor.alerts
     WHERE team = $1 AND source = $2 AND outcome = 'started' AND fired_at > now() - ${WINDOW}`,
    [team, source],
  )
  return rows[0]?.count ?? 0
}

/** As the thread of a run shows it. */
export interface AlertOfRun {
  readonly name: string
  readonly source: string
  readonly firedAt: Date
  readonly resolvedAt: Date | null
  /** The run looks whether the host is well after its end. */
  readonly isRecheck: boolean
  /** How many the run has with the same `isRecheck`, shown or not. */
  readonly alike: number
}

const MOST_SHOWN = 50

/** Those that a run looks into, and those after whose end it looks: the first of both. */
export async function alertsOfRun(db: Queryable, runId: string): Promise<AlertOfRun[]> {
  const { rows } = await db.query<AlertOfRun>(
    `SELECT name, source, fired_at AS "firedAt", resolved_at AS "resolvedAt", is_recheck AS "isRecheck", alike FROM (
       SELECT *, count(*) OVER (PARTITION BY is_recheck)::int AS alike,
         row_number() OVER (PARTITION BY is_recheck ORDER BY fired_at, id) AS at
       FROM (SELECT *, recheck IS NOT DISTINCT FROM $1 AS is_recheck FROM debvisor.alerts
         WHERE run_id = $1 OR recheck = $1) AS of_run) AS counted
     WHERE at <= ${MOST_SHOWN} ORDER BY fired_at, id`,
    [runId],
  )
  return rows
}
