import type { Queryable } from '../../store/db.ts'

export type SendingChannel = 'message' | 'mail' | 'page'
/** `open` brings the escalation to somebody; the others tell the pager what became of it. */
export type Act = 'open' | 'acknowledge' | 'resolve'

/** One effect outside that has to happen, however long the other side is down. */
export interface Sending {
  readonly position: number
  readonly escalationId: string
  readonly channel: SendingChannel
  readonly act: Act
  /** `dropped`: what it was for was over before it was tried. */
  readonly state: 'waiting' | 'sent' | 'failed' | 'dropped'
  readonly tries: number
  readonly nextAt: Date
  /** Why the last try did not work. */
  readonly reason: string | null
  /** Since it was asked for, by the database's clock. */
  readonly ageMs: number
}

const columns = `position, escalation_id AS "escalationId", channel, act, state, tries, next_at AS "nextAt", reason,
  (extract(epoch FROM now() - created_at) * 1000)::float8 AS "ageMs"`

/**
 * In the transaction of the move that it follows from. Events of one problem for the pager share a lane, so that a resolve never overtakes its
 * trigger, nor closes the page of the next time.
 */
export async function queueSending(
  tx: Queryable,
  sending: Pick<Sending, 'escalationId' | 'channel' | 'act'>,
  lane: string,
): Promise<void> {
  await tx.query(
    'INSERT INTO debvisor.sendings (escalation_id, channel, act, lane) VALUES ($1, $2, $3, $4)',
    [sending.escalationId, sending.channel, sending.act, lane],
  )
}

/** Of one escalation, or by one channel; what is left out is any. */
export interface SendingFilter {
  readonly escalationId?: string
  readonly channel?: SendingChannel
}

/**
 * Takes the next one that is due, for `busyMs`: by then it is settled, or its worker is dead and another takes it. Null: nothing is due.
 */
export async function claimSending(
  db: Queryable,
  busyMs: number,
  { escalationId, channel }: SendingFilter = {},
): Promise<Sending | null> {
  const { rows } = await db.query<Sending>(
    `UPDATE debvisor.sendings SET tries = tries + 1, busy_until = now() + make_interval(secs => $1)
     WHERE position = (
       SELECT s.position FROM debvisor.sendings s
       WHERE s.state = 'waiting' AND s.next_at <= now() AND (s.busy_until IS NULL OR s.busy_until <= now())
         AND ($2::uuid IS NULL OR s.escalation_id = $2) AND ($3::text IS NULL OR s.channel = $3)
         AND NOT EXISTS (SELECT 1 FROM debvisor.sendings b
                         WHERE b.lane = s.lane AND b.position < s.position AND b.state = 'waiting')
       ORDER BY s.next_at, s.position LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING ${columns}`,
    [busyMs / 1000, escalationId ?? null, channel ?? null],
  )
  return rows[0] ?? null
}

/** False: another worker took it since, and this try's end says nothing. */
export async function endSending(
  tx: Queryable,
  { position, tries }: Sending,
  state: 'sent' | 'failed' | 'dropped',
  reason: string | null = null,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE debvisor.sendings SET state = $3, reason = $4, busy_until = NULL, ended_at = now()
     WHERE position = $1 AND tries = $2 AND state = 'waiting'`,
    [position, tries, state, reason],
  )
  return rowCount === 1
}

export async function postponeSending(
  tx: Queryable,
  { position, tries }: Sending,
  reason: string,
  pauseMs: number,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE debvisor.sendings SET next_at = now() + make_interval(secs => $4), reason = $3, busy_until = NULL
     WHERE position = $1 AND tries = $2 AND state = 'waiting'`,
    [position, tries, reason, pauseMs / 1000],
  )
  return rowCount === 1
}

/** What was never tried need not be. What was tried may have worked, whatever we heard of it. */
export async function dropUntried(tx: Queryable, escalationIds: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE debvisor.sendings SET state = 'dropped', ended_at = now()
     WHERE escalation_id = ANY ($1) AND state = 'waiting' AND tries = 0`,
    [escalationIds],
  )
}

/**
 * Somebody else proved that what `open` does has happened: it is not done again. One that is under way at this moment keeps its lane until it has
 * ended: what follows in the lane must not overtake it.
 */
export async function endOpening(tx: Queryable, escalationId: string): Promise<void> {
  await tx.query(
    `UPDATE debvisor.sendings SET state = 'sent', reason = NULL, busy_until = NULL, ended_at = now()
     WHERE escalation_id = $1 AND act = 'open' AND state = 'waiting' AND (busy_until IS NULL OR busy_until <= now())`,
    [escalationId],
  )
}

/** Whether a page may be open: its trigger was tried and not refused. */
export async function mayBePaged(tx: Queryable, escalationId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `SELECT 1 FROM debvisor.sendings WHERE escalation_id = $1 AND channel = 'page' AND act = 'open' AND tries > 0
       AND state IN ('waiting', 'sent', 'dropped')`,
    [escalationId],
  )
  return rowCount > 0
}

/** Oldest first. */
export async function sendingsOf(db: Queryable, escalationIds: readonly string[]): Promise<Sending[]> {
  const sql = `SELECT ${columns} FROM debvisor.sendings WHERE escalation_id = ANY ($1) ORDER BY position`
  return (await db.query<Sending>(sql, [escalationIds])).rows
}

export interface Backlog extends Sending {
  readonly host: string
  readonly topic: string
  readonly code: string
}

/** What waits after a try that did not work, the longest first. */
export async function backlog(db: Queryable, team: string, limit: number): Promise<Backlog[]> {
  const { rows } = await db.query<Backlog>(
    `SELECT s.position, s.escalation_id AS "escalationId", s.channel, s.act, s.state, s.tries, s.next_at AS "nextAt", s.reason,
       (extract(epoch FROM now() - s.created_at) * 1000)::float8 AS "ageMs", r.host, r.topic, r.code
     FROM debvisor.sendings s JOIN debvisor.escalations e ON e.id = s.escalation_id JOIN debvisor.runs r ON r.id = e.run_id
     WHERE e.team = $1 AND s.state = 'waiting' AND s.reason IS NOT NULL ORDER BY s.position LIMIT $2`,
    [team, limit],
  )
  return rows
}
