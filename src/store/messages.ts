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
 * Notes the intent to post, before posting. `created`: nobody tried before, so posting cannot repeat anything; otherwise the
 * message as it stands.
 */
export async function beginMessage(
  db: Queryable,
  runId: string,
  key: string,
  channel: string,
): Promise<{ readonly message: Message; readonly created: boolean }> {
  const { rows } = await db.query<Message>(
    `INSERT INTO debvisor.messages (run_id, key, channel) VALUES ($1, $2, $3)
     ON CONFLICT (run_id, key) DO NOTHING RETURNING ${columns}`,
    [runId, key, channel],
  )
  const message = rows[0] ?? (await messageOf(db, runId, key))
  if (!message) throw new Error(`message ${key} of run ${runId} vanished while it was begun`)
  return { message, created: rows.length === 1 }
}

/** What Slack has now; begun or not. */
export async function saveMessage(db: Queryable, message: Message): Promise<void> {
  await db.query(
    `INSERT INTO debvisor.messages (run_id, key, channel, ts, file_id, hash) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (run_id, key) DO UPDATE SET channel = excluded.channel, ts = excluded.ts, file_id = excluded.file_id,
       hash = excluded.hash, updated_at = now()`,
    [message.runId, message.key, message.channel, message.ts, message.fileId, message.hash],
  )
}
