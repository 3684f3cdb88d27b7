import type { Run } from '../runs/run.ts'
import type { Queryable } from '../store/db.ts'
import type { Judged } from './after-look.ts'
import { GONE_AFTER, type Outcome, type Watch } from './watch.ts'

const columns = `id, team, slack_user AS "user", topic, host, channel, run_id AS "runId", every_ms AS "everyMs", wanted,
  healthy, healthy_since AS "healthySince", looks, known, turn, next_at AS "nextAt", until, created_at AS "createdAt",
  outcome, ended_at AS "endedAt", ended_by AS "endedBy", why`

const list = async (db: Queryable, sql: string, params: readonly unknown[]): Promise<Watch[]> =>
  (await db.query<Watch>(sql, params)).rows

const one = async (db: Queryable, sql: string, params: readonly unknown[]): Promise<Watch | null> =>
  (await list(db, sql, params))[0] ?? null

export interface NewWatch
  extends Pick<Watch, 'team' | 'user' | 'topic' | 'host' | 'channel' | 'runId' | 'everyMs' | 'wanted'> {
  readonly forMs: number
  readonly known: readonly string[]
}

/** Null: the same person watches the same in that channel already. */
export const addWatch = (tx: Queryable, watch: NewWatch): Promise<Watch | null> =>
  one(
    tx,
    `INSERT INTO debvisor.watches
       (team, slack_user, topic, host, channel, run_id, every_ms, wanted, known, next_at, until)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $7::integer * interval '1 ms', now() + $10::integer * interval '1 ms')
     ON CONFLICT (team, channel, topic, host, slack_user) WHERE ended_at IS NULL DO NOTHING RETURNING ${columns}`,
    [
      ...[watch.team, watch.user, watch.topic, watch.host, watch.channel, watch.runId],
      ...[watch.everyMs, watch.wanted, watch.known, watch.forMs],
    ],
  )

export const getWatch = (db: Queryable, id: string): Promise<Watch | null> =>
  one(db, `SELECT ${columns} FROM debvisor.watches WHERE id = $1`, [id])

/** Those under way, oldest first. */
export const openWatches = (db: Queryable, team: string): Promise<Watch[]> =>
  list(
    db,
    `SELECT ${columns} FROM debvisor.watches WHERE team = $1 AND ended_at IS NULL ORDER BY created_at, id`,
    [team],
  )

/** Those that a run's thread tells of, oldest first, each with its last look. */
export const watchesOfRun = (db: Queryable, runId: string): Promise<WatchOfRun[]> =>
  db
    .query<WatchOfRun>(
      `SELECT ${columns}, last_look AS "lastLook" FROM debvisor.watches WHERE run_id = $1 ORDER BY created_at, id`,
      [runId],
    )
    .then(({ rows }) => rows)

export type WatchOfRun = Watch & { readonly lastLook: string | null }

/** Whoever counts them is the only one who adds any, until this transaction ends. */
export const takeTurn = (tx: Queryable, team: string): Promise<unknown> =>
  tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    JSON.stringify(['debvisor.watches', team]),
  ])

/** Whose look may begin: its time has come, none is under way, and what it hangs from has ended. Oldest first. */
export const dueWatches = (db: Queryable, most: number): Promise<Watch[]> =>
  list(
    db,
    `SELECT ${columns} FROM debvisor.watches w
     WHERE ended_at IS NULL AND look IS NULL AND next_at <= now() AND until > now()
       AND EXISTS (SELECT 1 FROM debvisor.runs r WHERE r.id = w.run_id AND r.ended_at IS NOT NULL)
     ORDER BY next_at, id LIMIT $1`,
    [most],
  )

/**
 * The next look is this replica's, and the one after it is so long from now: what was missed is not caught up. False:
 * another replica has it, or the watch is over.
 */
export async function claimLook(tx: Queryable, { id, turn }: Watch): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE debvisor.watches SET ${NEXT}, missing_since = NULL WHERE ${OURS}`,
    [id, turn],
  )
  return rowCount === 1
}

const NEXT = `turn = turn + 1, next_at = now() + every_ms * interval '1 ms'`
const OURS =
  'id = $1 AND turn = $2 AND ended_at IS NULL AND look IS NULL AND next_at <= now() AND until > now()'

/**
 * As `claimLook`, by a replica that does not know what is watched: its configuration may be older than another's. True:
 * nobody who came to look has known it for so long that it is gone.
 */
export async function claimMissing(tx: Queryable, { id, turn }: Watch): Promise<boolean> {
  const { rows } = await tx.query<{ gone: boolean }>(
    `UPDATE debvisor.watches SET ${NEXT}, missing_since = coalesce(missing_since, now()) WHERE ${OURS}
     RETURNING missing_since <= now() - ${GONE_AFTER} AS gone`,
    [id, turn],
  )
  return rows[0]?.gone ?? false
}

export const noteLook = (tx: Queryable, { id }: Watch, look: Pick<Run, 'id'>): Promise<unknown> =>
  tx.query('UPDATE debvisor.watches SET look = $2 WHERE id = $1', [id, look.id])

/** Whose look has ended, and nobody has judged it. */
export async function endedLooks(db: Queryable, most: number): Promise<{ id: string; look: string }[]> {
  const { rows } = await db.query<{ id: string; look: string }>(
    `SELECT w.id, w.look FROM debvisor.watches w JOIN debvisor.runs r ON r.id = w.look
     WHERE w.look IS NOT NULL AND r.ended_at IS NOT NULL ORDER BY r.ended_at, w.id LIMIT $1`,
    [most],
  )
  return rows
}

/** The watch, for whoever judges that look; it may be over by then. Null: another has judged it. */
export const takeEnded = (tx: Queryable, { id, look }: { id: string; look: string }): Promise<Watch | null> =>
  one(tx, `UPDATE debvisor.watches SET look = NULL WHERE id = $1 AND look = $2 RETURNING ${columns}`, [
    id,
    look,
  ])

export const noteJudged = (
  tx: Queryable,
  { id }: Watch,
  { healthy, healthySince, looks, known }: Judged,
  look: string,
): Promise<unknown> =>
  tx.query(
    `UPDATE debvisor.watches SET healthy = $2, healthy_since = $3, looks = $4, known = $5, last_look = $6
     WHERE id = $1`,
    [id, healthy, healthySince, looks, known, look],
  )

/** A look that is under way is waited for, as long as any run takes. */
export const overdueWatches = (db: Queryable, most: number): Promise<Watch[]> =>
  list(
    db,
    `SELECT ${columns} FROM debvisor.watches
     WHERE ended_at IS NULL AND until <= now() AND (look IS NULL OR until <= now() - interval '15 minutes')
     ORDER BY until, id LIMIT $1`,
    [most],
  )

export interface End {
  readonly outcome: Outcome
  readonly by?: string
  readonly why?: string
  /** What was known at that turn says that it is over. */
  readonly turn?: number
}

/** A look under way stays noted, for its outputs. Null: it is over already, or another replica knows more by now. */
export const endWatch = (tx: Queryable, id: string, { outcome, by, why, turn }: End): Promise<Watch | null> =>
  one(
    tx,
    `UPDATE debvisor.watches SET outcome = $2, ended_at = now(), ended_by = $3, why = $4
     WHERE id = $1 AND ended_at IS NULL AND turn = coalesce($5, turn) RETURNING ${columns}`,
    [id, outcome, by ?? null, why ?? null, turn ?? null],
  )
