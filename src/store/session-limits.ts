import type { ClientBase } from 'pg'

/**
 * How long PostgreSQL waits for a session of ours, in milliseconds. Without these limits a replica that stops in the
 * middle of a transaction (SIGSTOP, a paused machine, a dead network) holds its locks, the audit's head among them,
 * until somebody ends it by hand. The embedded store has one session in one process. Nobody else can be kept waiting
 * there, and none of this is set.
 */
export const sessionLimits = {
  /**
   * Our transactions wait for nothing but the database, so between two statements lie milliseconds. pg-boss counts a
   * worker as dead after as long.
   */
  idle_in_transaction_session_timeout: 10_000,
  /** Longer than the first: whoever waits for a frozen session gets its lock, and no error. */
  lock_timeout: 15_000,
  /** Longer than both; a statement of ours takes milliseconds, and migrations are exempt (migrate.ts). */
  statement_timeout: 30_000,
} as const

/**
 * Of both pools: the store's and the queue's. A network that swallows everything without a word (a firewall that forgot
 * the connection, a pulled cable) leaves a statement that was sent without an answer for a quarter of an hour. So we stop
 * waiting ourselves, after more than `lock_timeout`, and the connection is replaced.
 */
export const poolLimits = {
  connectionTimeoutMillis: 5_000,
  query_timeout: 20_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  onConnect: limitSession,
} as const

/**
 * By a statement, since a pooler refuses such startup parameters (PgBouncer: "unsupported startup parameter"). What
 * DATABASE_URL itself asks for stays (source `client`); what the server or the role has is meant for others too.
 */
async function limitSession(client: ClientBase): Promise<void> {
  await client.query(
    `SELECT set_config(name, wanted.value, false) FROM json_each_text($1) AS wanted (name, value)
     JOIN pg_settings USING (name) WHERE source <> 'client'`,
    [JSON.stringify(sessionLimits)],
  )
}
