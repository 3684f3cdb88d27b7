import type { Queryable } from '../store/db.ts'
import { LATE_MS, type Schedule, type ScheduledPlace } from './schedule.ts'
import { GONE_AFTER } from './watch.ts'

const columns = `id, number, team, name, slack_user AS "user", cron, timezone, topic, host, host_group AS "hostGroup",
  channel, turn, next_at AS "nextAt", created_at AS "createdAt", outcome, ended_at AS "endedAt", ended_by AS "endedBy", why`

const list = async (db: Queryable, sql: string, params: readonly unknown[]): Promise<Schedule[]> =>
  (await db.query<Schedule>(sql, params)).rows

const one = async (db: Queryable, sql: string, params: readonly unknown[]): Promise<Schedule | null> =>
  (await list(db, sql, params))[0] ?? null

/** By the store's clock, which all replicas share. */
export async function storeTime(db: Queryable): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>('SELECT now() AS now')
  return rows[0]?.now ?? new Date()
}

export type NewSchedule = Pick<
  Schedule,
  'team' | 'name' | 'user' | 'cron' | 'timezone' | 'topic' | 'host' | 'hostGroup' | 'channel' | 'nextAt'
>

export const addSchedule = (tx: Queryable, schedule: NewSchedule): Promise<Schedule | null> =>
  one(
    tx,
    `INSERT INTO debvisor.schedules
       (team, name, slack_user, cron, timezone, topic, host, host_group, channel, next_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (team, name) WHERE name IS NOT NULL AND ended_at IS NULL DO NOTHING RETURNING ${columns}`,
    [
      ...[schedule.team, schedule.name, schedule.user, schedule.cron, schedule.timezone, schedule.topic],
      ...[schedule.host, schedule.hostGroup, schedule.channel, schedule.nextAt],
    ],
  )

/**
 * As the configuration says it now; where its times are the same, its next time stays. Another channel has been told
 * nothing yet, and what a replica read before that is out of date.
 */
export async function changeSchedule(
  tx: Queryable,
  { id, channel: before }: Schedule,
  { cron, timezone, topic, host, hostGroup, channel, nextAt }: NewSchedule,
): Promise<void> {
  await tx.query(
    `UPDATE debvisor.schedules SET cron = $2, timezone = $3, topic = $4, host = $5, host_group = $6, channel = $7,
       turn = CASE WHEN channel = $7 THEN turn ELSE turn + 1 END,
       next_at = CASE WHEN cron = $2 AND timezone = $3 THEN next_at ELSE $8 END
     WHERE id = $1 AND ended_at IS NULL`,
    [id, cron, timezone, topic, host, hostGroup, channel, nextAt],
  )
  if (channel !== before)
    await tx.query('UPDATE debvisor.scheduled_looks SET known = NULL, shown = NULL WHERE schedule = $1', [id])
}

export const getSchedule = (db: Queryable, id: string): Promise<Schedule | null> =>
  one(db, `SELECT ${columns} FROM debvisor.schedules WHERE id = $1`, [id])

/** Those that are not over, of the configuration first. */
export const openSchedules = (db: Queryable, team: string): Promise<Schedule[]> =>
  list(
    db,
    `SELECT ${columns} FROM debvisor.schedules WHERE team = $1 AND ended_at IS NULL
     ORDER BY name IS NULL, name, number`,
    [team],
  )

export const dueSchedules = (db: Queryable, most: number): Promise<Schedule[]> =>
  list(
    db,
    `SELECT ${columns} FROM debvisor.schedules WHERE ended_at IS NULL AND next_at <= now() ORDER BY next_at, id LIMIT $1`,
    [most],
  )

/** This time is this replica's. False: another has it, or the schedule is over or was changed. */
export async function claimTime(tx: Queryable, { id, turn }: Schedule, nextAt: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE debvisor.schedules SET turn = turn + 1, next_at = $3, missing_since = NULL
     WHERE id = $1 AND turn = $2 AND ended_at IS NULL AND next_at <= now()`,
    [id, turn, nextAt],
  )
  return rowCount === 1
}

/**
 * As `claimTime`, by a replica that knows nothing of what is to be looked at: its configuration may be older than
 * another's. True: nobody who came to look has known it for so long that it is gone.
 */
export async function claimMissingTime(
  tx: Queryable,
  { id, turn }: Schedule,
  nextAt: Date,
): Promise<boolean> {
  const { rows } = await tx.query<{ gone: boolean }>(
    `UPDATE debvisor.schedules SET turn = turn + 1, next_at = $3, missing_since = coalesce(missing_since, now())
     WHERE id = $1 AND turn = $2 AND ended_at IS NULL AND next_at <= now()
     RETURNING missing_since <= now() - ${GONE_AFTER} AS gone`,
    [id, turn, nextAt],
  )
  return rows[0]?.gone ?? false
}

/** Their looks are to begin, by whichever replica; one that is under way still is the look of this time, too. */
export async function noteDue(
  tx: Queryable,
  { id }: Schedule,
  places: readonly ScheduledPlace[],
): Promise<void> {
  await tx.query(
    `INSERT INTO debvisor.scheduled_looks AS l (schedule, host, topic, due_at)
     SELECT $1, host, topic, now() FROM json_to_recordset($2) AS given(host text, topic text)
     ON CONFLICT (schedule, host, topic) DO UPDATE SET due_at = now() WHERE l.look IS NULL`,
    [id, JSON.stringify(places)],
  )
}

export interface DueLook extends ScheduledPlace {
  readonly schedule: string
}

/** Oldest first. */
export async function dueLooks(db: Queryable, most: number): Promise<DueLook[]> {
  const { rows } = await db.query<DueLook>(
    `SELECT schedule, host, topic FROM debvisor.scheduled_looks WHERE due_at IS NOT NULL
     ORDER BY due_at, host, topic LIMIT $1`,
    [most],
  )
  return rows
}

/** False: another replica has it, or nobody was there to begin it for so long that it is left out. */
export async function claimScheduled(tx: Queryable, { schedule, host, topic }: DueLook): Promise<boolean> {
  const { rows } = await tx.query<{ inTime: boolean }>(
    `UPDATE debvisor.scheduled_looks SET due_at = NULL
     FROM (SELECT due_at FROM debvisor.scheduled_looks
           WHERE schedule = $1 AND host = $2 AND topic = $3 AND due_at IS NOT NULL AND look IS NULL FOR UPDATE) was
     WHERE scheduled_looks.schedule = $1 AND scheduled_looks.host = $2 AND scheduled_looks.topic = $3
     RETURNING was.due_at > now() - $4 * interval '1 ms' AS "inTime"`,
    [schedule, host, topic, LATE_MS],
  )
  return rows[0]?.inTime ?? false
}

export const noteScheduled = (
  tx: Queryable,
  { schedule, host, topic }: DueLook,
  look: string,
): Promise<unknown> =>
  tx.query('UPDATE debvisor.scheduled_looks SET look = $4 WHERE schedule = $1 AND host = $2 AND topic = $3', [
    schedule,
    host,
    topic,
    look,
  ])

/** The run that told the trouble which was there the last time; null: there was none. */
export async function shownTrouble(
  db: Queryable,
  { schedule, host, topic }: DueLook,
): Promise<string | null> {
  const { rows } = await db.query<{ shown: string | null }>(
    'SELECT shown FROM debvisor.scheduled_looks WHERE schedule = $1 AND host = $2 AND topic = $3',
    [schedule, host, topic],
  )
  return rows[0]?.shown ?? null
}

export interface EndedLook extends DueLook {
  readonly look: string
}

/** Whose look has ended, and nobody has judged it. */
export async function endedScheduled(db: Queryable, most: number): Promise<EndedLook[]> {
  const { rows } = await db.query<EndedLook>(
    `SELECT l.schedule, l.host, l.topic, l.look FROM debvisor.scheduled_looks l JOIN debvisor.runs r ON r.id = l.look
     WHERE r.ended_at IS NOT NULL ORDER BY r.ended_at, l.look LIMIT $1`,
    [most],
  )
  return rows
}

export interface Before {
  readonly known: string | null
  readonly shown: string | null
  /** Where it tells; null: it is over, and tells nothing. */
  readonly channel: string | null
}

/** What was known before, for whoever judges that look. Null: another has judged it. */
export async function takeScheduled(
  tx: Queryable,
  { schedule, host, topic, look }: EndedLook,
): Promise<Before | null> {
  const { rows } = await tx.query<Before>(
    `UPDATE debvisor.scheduled_looks l SET look = NULL
     FROM (SELECT id, CASE WHEN ended_at IS NULL THEN channel END AS channel
           FROM debvisor.schedules WHERE id = $1 FOR SHARE) s
     WHERE l.schedule = s.id AND host = $2 AND topic = $3 AND look = $4 RETURNING known, shown, s.channel`,
    [schedule, host, topic, look],
  )
  return rows[0] ?? null
}

export const noteKnown = (
  tx: Queryable,
  { schedule, host, topic }: DueLook,
  { known, shown }: { readonly known: string; readonly shown: string | null },
): Promise<unknown> =>
  tx.query(
    'UPDATE debvisor.scheduled_looks SET known = $4, shown = $5 WHERE schedule = $1 AND host = $2 AND topic = $3',
    [schedule, host, topic, known, shown],
  )

export interface EndOfSchedule {
  readonly outcome: NonNullable<Schedule['outcome']>
  readonly by?: string
  readonly why?: string
  /** What was known at that turn says that it is over. */
  readonly turn?: number
}

/**
 * What is due of it is not begun any more. Null: it is over already, or another replica
 * knows more by now.
 */
export async function endSchedule(
  tx: Queryable,
  id: string,
  { outcome, by, why, turn }: EndOfSchedule,
): Promise<Schedule | null> {
  const ended = await one(
    tx,
    `UPDATE debvisor.schedules SET outcome = $2, ended_at = now(), ended_by = $3, why = $4
     WHERE id = $1 AND ended_at IS NULL AND turn = coalesce($5, turn) RETURNING ${columns}`,
    [id, outcome, by ?? null, why ?? null, turn ?? null],
  )
  if (ended) await tx.query('UPDATE debvisor.scheduled_looks SET due_at = NULL WHERE schedule = $1', [id])
  return ended
}
