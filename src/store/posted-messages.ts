import type { Queryable } from './db.ts'

/** A Slack message or file of a run. `key` says which: 'main', 'thread:evidence', 'file:output'; unique in the run. */
export interface PostedMessage {
  readonly runId: string
  readonly key: string
  readonly channel: string
  /**
   * Null: posting it was begun, and nobody knows whether Slack took it. Look for it by its metadata before posting
   * again.
   */
  readonly ts: string | null
  readonly fileId: string | null
  /** Of the content that Slack has: an update with the same hash need not be sent. */
  readonly hash: string | null
}

type MessageId = Pick<PostedMessage, 'runId' | 'key' | 'channel'>

const columns = 'run_id AS "runId", key, channel, ts, file_id AS "fileId", hash'

export async function messageOf(db: Queryable, runId: string, key: string): Promise<PostedMessage | null> {
  const sql = `SELECT ${columns} FROM debvisor.messages WHERE run_id = $1 AND key = $2`
  return (await db.query<PostedMessage>(sql, [runId, key])).rows[0] ?? null
}

/** Id of the run whose message stands there. */
export async function runAt(db: Queryable, channel: string, ts: string): Promise<string | undefined> {
  const sql = `SELECT run_id AS id FROM debvisor.messages WHERE channel = $1 AND ts = $2 AND key = 'main'`
  return (await db.query<{ id: string }>(sql, [channel, ts])).rows[0]?.id
}

/** Oldest first. */
export async function messagesOf(db: Queryable, runId: string): Promise<PostedMessage[]> {
  const sql = `SELECT ${columns} FROM debvisor.messages WHERE run_id = $1 ORDER BY created_at, key`
  return (await db.query<PostedMessage>(sql, [runId])).rows
}

/**
 * How far a message is. `first`: nobody tried to post it before, so posting cannot repeat anything. `again`: somebody
 * tried, and nobody knows whether it worked. `posted`: it is only to be updated.
 */
export type Begun = 'first' | 'again' | 'posted'

/** Longer than a process that lives ever pauses between two renewals. */
export const LOCKED_MS = 10_000

export interface Taken {
  readonly message: PostedMessage
  readonly begun: Begun
  /** Whoever had it before never gave it back: it died, or stands still and may yet send something. */
  readonly wasAbandoned: boolean
}

/**
 * Takes a message's row for `by`, for LOCKED_MS: of any number of processes one has it. The row is made where there is
 * none, so that the intent to post is stored before the post. Null: another has it. `ifFree`: what somebody never gave
 * back is left to them.
 */
export async function lockMessage(
  db: Queryable,
  { runId, key, channel }: MessageId,
  by: string,
  { ifFree = false }: { readonly ifFree?: boolean } = {},
): Promise<Taken | null> {
  const { rows } = await db.query<PostedMessage & { readonly created: boolean; readonly abandoned: boolean }>(
    `WITH before AS MATERIALIZED (SELECT held_till FROM debvisor.messages WHERE run_id = $1 AND key = $2)
     INSERT INTO debvisor.messages AS m (run_id, key, channel, held_by, held_till)
     VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
     ON CONFLICT (run_id, key) DO UPDATE SET held_by = excluded.held_by, held_till = excluded.held_till
       WHERE m.held_till IS NULL OR (m.held_till <= now() AND NOT $6)
     RETURNING ${columns}, xmax = 0 AS created,
       EXISTS (SELECT 1 FROM before WHERE held_till <= now()) AS abandoned`,
    [runId, key, channel, by, LOCKED_MS / 1000, ifFree],
  )
  const [taken] = rows
  if (!taken) return null
  const { created, abandoned, ...message } = taken
  const begun = created ? 'first' : message.ts || message.fileId ? 'posted' : 'again'
  return { message, begun, wasAbandoned: abandoned }
}

/** Keeps the lock for another LOCKED_MS. False: somebody else has taken it meanwhile. */
export async function renewLock(db: Queryable, runId: string, key: string, by: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE debvisor.messages SET held_till = now() + make_interval(secs => $4)
     WHERE run_id = $1 AND key = $2 AND held_by = $3`,
    [runId, key, by, LOCKED_MS / 1000],
  )
  return rowCount === 1
}

/** Gives the lock back, so that whoever comes next need not wait. False: somebody else had taken it meanwhile. */
export async function releaseLock(db: Queryable, runId: string, key: string, by: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE debvisor.messages SET held_by = NULL, held_till = NULL WHERE run_id = $1 AND key = $2 AND held_by = $3',
    [runId, key, by],
  )
  return rowCount === 1
}

/** Stores the intent to post, before posting. What is there already stays as it is. */
export async function noteIntent(db: Queryable, { runId, key, channel }: MessageId): Promise<void> {
  await db.query(
    `INSERT INTO debvisor.messages (run_id, key, channel) VALUES ($1, $2, $3) ON CONFLICT (run_id, key) DO NOTHING`,
    [runId, key, channel],
  )
}

/** Stores what Slack has now, whether or not the intent was stored before. */
export async function saveMessage(db: Queryable, message: PostedMessage): Promise<void> {
  await db.query(
    `INSERT INTO debvisor.messages (run_id, key, channel, ts, file_id, hash) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (run_id, key) DO UPDATE SET channel = excluded.channel, ts = excluded.ts, file_id = excluded.file_id,
       hash = excluded.hash, updated_at = now()`,
    [message.runId, message.key, message.channel, message.ts, message.fileId, message.hash],
  )
}

/** The lock under which something is written: of the row `key` of the same run, taken for `by`. */
export interface Fence {
  readonly key: string
  readonly by: string
}

/**
 * Stores what Slack has now, for whoever has the lock, in one step: a process that lost its lock never writes over what
 * another stored. False: the lock is lost, and nothing was stored.
 */
export async function keepMessage(db: Queryable, message: PostedMessage, fence: Fence): Promise<boolean> {
  const { rowCount } = await db.query(
    `WITH held AS (
       SELECT run_id FROM debvisor.messages WHERE run_id = $1 AND key = $7 AND held_by = $8 FOR UPDATE)
     INSERT INTO debvisor.messages (run_id, key, channel, ts, file_id, hash)
     SELECT run_id, $2::text, $3::text, $4::text, $5::text, $6::text FROM held
     ON CONFLICT (run_id, key) DO UPDATE SET channel = excluded.channel, ts = excluded.ts, file_id = excluded.file_id,
       hash = excluded.hash, updated_at = now()`,
    [
      message.runId,
      message.key,
      message.channel,
      message.ts,
      message.fileId,
      message.hash,
      fence.key,
      fence.by,
    ],
  )
  return rowCount === 1
}
