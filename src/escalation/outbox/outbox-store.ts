import type { Act } from '../../integrations/channel-adapter.ts'
import type { Queryable } from '../../store/db.ts'
import { type Channel, channelNames, channels, channelsOf } from '../channels.ts'
import type { Escalation } from '../escalation.ts'

/** One effect outside that has to happen, however long the other side is down. */
export interface OutboxEntry {
  readonly position: number
  readonly escalationId: string
  readonly channel: Channel
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

/** Adds an entry. Call it in the transaction of the move that it follows from. */
export async function addToOutbox(
  tx: Queryable,
  channel: Channel,
  act: Act,
  about: Pick<Escalation, 'id' | 'problemKey'>,
): Promise<void> {
  await tx.query(
    'INSERT INTO debvisor.sendings (escalation_id, channel, act, lane) VALUES ($1, $2, $3, $4)',
    [about.id, channel, act, `${channel}:${channels[channel].lane(about)}`],
  )
}

/** Adds an entry for each channel of the escalation's level that is told of such an act. */
export async function tellChannels(tx: Queryable, escalation: Escalation, act: Act): Promise<void> {
  for (const channel of channelsOf(escalation.level))
    if (channels[channel].acts.includes(act)) await addToOutbox(tx, channel, act, escalation)
}

/** Of one escalation, or by one channel; what is left out is any. */
export interface EntryFilter {
  readonly escalationId?: string
  readonly channel?: Channel
}

/**
 * Takes the next entry that is due, for `busyMs` milliseconds. By then it is settled, or its worker is dead and another
 * takes it. Null: nothing is due.
 */
export async function claimEntry(
  db: Queryable,
  busyMs: number,
  { escalationId, channel }: EntryFilter = {},
): Promise<OutboxEntry | null> {
  const { rows } = await db.query<OutboxEntry>(
    `UPDATE debvisor.sendings SET tries = tries + 1, busy_until = now() + make_interval(secs => $1)
     WHERE position = (
       SELECT s.position FROM debvisor.sendings s
       WHERE s.state = 'waiting' AND s.next_at <= now() AND (s.busy_until IS NULL OR s.busy_until <= now())
         AND ($2::uuid IS NULL OR s.escalation_id = $2) AND s.channel = ANY ($3)
         AND NOT EXISTS (SELECT 1 FROM debvisor.sendings b
                         WHERE b.lane = s.lane AND b.position < s.position AND b.state = 'waiting')
       ORDER BY s.next_at, s.position LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING ${columns}`,
    // An entry of a newer version's channel is left to that version.
    [busyMs / 1000, escalationId ?? null, channel ? [channel] : channelNames],
  )
  return rows[0] ?? null
}

/** False: another worker has taken it since, so the end of this try does not count. */
export async function endEntry(
  tx: Queryable,
  { position, tries }: OutboxEntry,
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

export async function postponeEntry(
  tx: Queryable,
  { position, tries }: OutboxEntry,
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

/** Entries never tried are dropped. One that was tried may have arrived, whatever we heard of it. */
export async function dropUntried(tx: Queryable, escalationIds: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE debvisor.sendings SET state = 'dropped', ended_at = now()
     WHERE escalation_id = ANY ($1) AND state = 'waiting' AND tries = 0`,
    [escalationIds],
  )
}

/**
 * Marks the entry that opens the escalation through that channel as sent, because somebody else proved that it arrived.
 * An entry that is being sent at this moment keeps its lane until it has ended, so that nothing overtakes it.
 */
export async function markArrived(tx: Queryable, escalationId: string, channel: Channel): Promise<void> {
  await tx.query(
    `UPDATE debvisor.sendings SET state = 'sent', reason = NULL, busy_until = NULL, ended_at = now()
     WHERE escalation_id = $1 AND channel = $2 AND act = 'open' AND state = 'waiting'
       AND (busy_until IS NULL OR busy_until <= now())`,
    [escalationId, channel],
  )
}

/** Whether the escalation may have arrived through a channel: it was tried, and not refused. */
export async function mayHaveArrived(
  tx: Queryable,
  escalationId: string,
  channel: Channel,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `SELECT 1 FROM debvisor.sendings WHERE escalation_id = $1 AND channel = $2 AND act = 'open' AND tries > 0
       AND state IN ('waiting', 'sent', 'dropped')`,
    [escalationId, channel],
  )
  return rowCount > 0
}

/** Oldest first. */
export async function entriesOf(db: Queryable, escalationIds: readonly string[]): Promise<OutboxEntry[]> {
  const sql = `SELECT ${columns} FROM debvisor.sendings
     WHERE escalation_id = ANY ($1) AND channel = ANY ($2) ORDER BY position`
  return (await db.query<OutboxEntry>(sql, [escalationIds, channelNames])).rows
}

export interface Backlog extends OutboxEntry {
  readonly host: string
  readonly topic: string
  readonly code: string
}

/** What waits after a try that did not work, the longest first. */
export async function backlog(db: Queryable, team: string, limit: number): Promise<Backlog[]> {
  const { rows } = await db.query<Backlog>(
    `SELECT s.position, s.escalation_id AS "escalationId", s.channel, s.act, s.state, s.tries,
       s.next_at AS "nextAt", s.reason,
       (extract(epoch FROM now() - s.created_at) * 1000)::float8 AS "ageMs", r.host, r.topic, r.code
     FROM debvisor.sendings s
       JOIN debvisor.escalations e ON e.id = s.escalation_id
       JOIN debvisor.runs r ON r.id = e.run_id
     WHERE e.team = $1 AND s.state = 'waiting' AND s.reason IS NOT NULL AND s.channel = ANY ($3)
     ORDER BY s.position LIMIT $2`,
    [team, limit, channelNames],
  )
  return rows
}
