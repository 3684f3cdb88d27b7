import type { Queryable } from './db.ts'

/** A Slack message or file of a run. `key` says which: 'main', 'thread:evidence', 'file:output'; unique in the run. */
export interface Message {
  readonly runId: string
  readonly key: string
  readonly channel: string
  /** Null: posting it was begun, and nobody knows whether Slack took it. Look for it by its metadata before posting again. */
  readonly ts: string | null
  readonly fileId: string | null
  /** Of the content that Slack has: an update with the same hash need not be sent. */
  readonly hash: string | null
}

const columns = 'run_id AS "runId", key, channel, ts, file_id AS "fileId", hash'

export async function messageOf(db: Queryable, runId: string, key: string): Promise<Message | null> {
  const sql = `SELECT ${columns} FROM debvisor.messages WHERE run_id = $1 AND key = $2`
  return (await db.query<Message>(sql, [runId, key])).rows[0] ?? null
}

/** Oldest first. */
export async function messagesOf(db: Queryable, runId: string): Promise<Message[]> {
  const sql = `SELECT ${columns} FROM debvisor.messages WHERE run_id = $1 ORDER BY created_at, key`
  return (await db.query<Message>(sql, [runId])).rows
}

/**
 * `first`: nobody tried before, so posting cannot repeat anything. `again`: somebody tried, and nobody knows whether it worked. Either way `by` holds
 * it now, for `HELD_MS`. `held`: another does. `posted`: nothing is to be posted.
 */
export type Begun = 'first' | 'again' | 'held' | 'posted'

/** Longer than a process that lives ever pauses between two renewals. */
export const HELD_MS = 10_000

/** Notes the intent to post, before posting; of any number of processes one gets to post. */
export async function beginMessage(
  db: Queryable,
  { runId, key, channel }: Pick<Message, 'runId' | 'key' | 'channel'>,
  by: string,
): Promise<{ readonly message: Message; readonly begun: Begun }> {
  const { rows } = await db.query<Message & { readonly created: boolean }>(
    `INSERT INTO debvisor.messages AS m (run_id, key, channel, held_by, held_till)
     VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
     ON CONFLICT (run_id, key) DO UPDATE SET held_by = excluded.held_by, held_till = excluded.held_till
       WHERE m.ts IS NULL AND m.file_id IS NULL AND (m.held_till IS NULL OR m.held_till <= now())
     RETURNING ${columns}, xmax = 0 AS created`,
    [runId, key, channel, by, HELD_MS / 1000],
  )
  const [taken] = rows
  if (taken) {
    const { created, ...message } = taken
    return { message, begun: created ? 'first' : 'again' }
  }
  const message = await messageOf(db, runId, key)
  if (!message) throw new Error(`message ${key} of run ${runId} vanished while it was begun`)
  return { message, begun: message.ts || message.fileId ? 'posted' : 'held' }
}

/** While it is being posted. */
export async function renewHold(db: Queryable, runId: string, key: string, by: string): Promise<void> {
  await db.query(
    `UPDATE debvisor.messages SET held_till = now() + make_interval(secs => $4) WHERE run_id = $1 AND key = $2 AND held_by = $3`,
    [runId, key, by, HELD_MS / 1000],
  )
}

/** It was not posted, or nobody knows: whoever comes next need not wait. */
export async function releaseHold(db: Queryable, runId: string, key: string, by: string): Promise<void> {
  await db.query(
    'UPDATE debvisor.messages SET held_by = NULL, held_till = NULL WHERE run_id = $1 AND key = $2 AND held_by = $3',
    [runId, key, by],
  )
}

/** What Slack has now; begun or not. */
export async function saveMessage(db: Queryable, message: Message): Promise<void> {
  await db.query(
    `INSERT INTO debvisor.messages (run_id, key, channel, ts, file_id, hash) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (run_id, key) DO UPDATE SET channel = excluded.channel, ts = excluded.ts, file_id = excluded.file_id,
       hash = excluded.hash, updated_at = now(), held_by = NULL, held_till = NULL`,
    [message.runId, message.key, message.channel, message.ts, message.fileId, message.hash],
  )
}
