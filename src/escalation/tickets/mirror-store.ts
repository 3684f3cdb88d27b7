import type { Queryable } from '../../store/db.ts'

/** A ticket in another tracker. */
export interface MirrorRow {
  readonly ticketId: string
  /** 'github', 'jira' or 'webhook'. */
  readonly target: string
  /** `done`: all that happened is there. `failed`: it was refused; the next change of the ticket tries again. */
  readonly state: 'waiting' | 'done' | 'failed'
  readonly externalId: string | null
  readonly url: string | null
  /** The last event of the ticket that is there. */
  readonly synced: number
  /** Of the next step; more than 0: look there before doing it again. */
  readonly tries: number
  readonly nextTry: Date | null
  readonly error: string | null
  /** Rises with all that is to be told: what came during a step is not overlooked at its end. */
  readonly wanted: number
  readonly epoch: number
}

const columns = `ticket_id AS "ticketId", target, state, external_id AS "externalId", url, synced, tries,
  next_try AS "nextTry", error, wanted, epoch`

/** Longer than the calls of one step together, so that nobody takes a row from a worker that lives. */
const LEASE = `interval '90 seconds'`

/** Makes a row for each tracker that has none yet, in the transaction of their jobs. */
export async function openMirrors(
  tx: Queryable,
  ticketId: string,
  targets: readonly string[],
): Promise<void> {
  await tx.query(
    `INSERT INTO debvisor.mirrors (ticket_id, target) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`,
    [ticketId, targets],
  )
}

/** Notes that something happened to a ticket, so that its mirrors are told, those too that were refused before. */
export async function wakeMirrors(tx: Queryable, ticketId: string): Promise<string[]> {
  const { rows } = await tx.query<{ target: string }>(
    `UPDATE debvisor.mirrors SET state = 'waiting', wanted = wanted + 1 WHERE ticket_id = $1 RETURNING target`,
    [ticketId],
  )
  return rows.map((row) => row.target)
}

export async function mirrorsOf(db: Queryable, ticketId: string): Promise<MirrorRow[]> {
  const sql = `SELECT ${columns} FROM debvisor.mirrors WHERE ticket_id = $1 ORDER BY target`
  return (await db.query<MirrorRow>(sql, [ticketId])).rows
}

/** What waits for trackers that did not take it, by tracker. */
export async function mirrorBacklog(
  db: Queryable,
  team: string,
): Promise<{ readonly target: string; readonly waiting: number; readonly error: string }[]> {
  const { rows } = await db.query<{ target: string; waiting: number; error: string }>(
    `SELECT m.target, count(*) AS waiting, max(m.error) AS error
     FROM debvisor.mirrors m JOIN debvisor.escalations e ON e.id = m.ticket_id
     WHERE m.state = 'waiting' AND m.error IS NOT NULL AND e.team = $1 GROUP BY m.target ORDER BY m.target`,
    [team],
  )
  return rows
}

/**
 * Begins the next step of a mirror, and counts it before anything is sent. Null: another worker has it, or it has
 * nothing to do.
 */
export async function beginStep(db: Queryable, ticketId: string, target: string): Promise<MirrorRow | null> {
  const { rows } = await db.query<MirrorRow>(
    `UPDATE debvisor.mirrors SET epoch = epoch + 1, tries = tries + 1, leased_till = now() + ${LEASE}, next_try = NULL
     WHERE ticket_id = $1 AND target = $2 AND state = 'waiting' AND (leased_till IS NULL OR leased_till < now())
       AND (next_try IS NULL OR next_try <= now() + interval '1 second')
     RETURNING ${columns}`,
    [ticketId, target],
  )
  return rows[0] ?? null
}

export type StepEnd =
  /** One step is done; more may follow. */
  | {
      readonly kind: 'stepped'
      readonly externalId: string
      readonly url: string | null
      readonly synced: number
    }
  /** All is there. */
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly afterMs: number; readonly error: string }
  | { readonly kind: 'failed'; readonly error: string }

/** Gives the row back. Null: it was taken by another worker meanwhile. */
export async function endStep(db: Queryable, row: MirrorRow, end: StepEnd): Promise<MirrorRow | null> {
  const set = sets[end.kind]
  const { rows } = await db.query<MirrorRow>(
    `UPDATE debvisor.mirrors SET leased_till = NULL, ${set}
     WHERE ticket_id = $1 AND target = $2 AND epoch = $3 RETURNING ${columns}`,
    [row.ticketId, row.target, row.epoch, ...values(end, row.wanted)],
  )
  return rows[0] ?? null
}

const settled = (state: 'done' | 'failed') => `CASE WHEN wanted = $4 THEN '${state}' ELSE 'waiting' END`

const sets: Readonly<Record<StepEnd['kind'], string>> = {
  stepped: 'tries = 0, next_try = NULL, error = NULL, external_id = $4, url = $5, synced = $6',
  done: `tries = 0, next_try = NULL, error = NULL, state = ${settled('done')}`,
  again: `next_try = now() + $4::integer * interval '1 millisecond', error = $5`,
  failed: `next_try = NULL, error = $5, state = ${settled('failed')}`,
}

function values(end: StepEnd, wanted: number): readonly unknown[] {
  switch (end.kind) {
    case 'stepped':
      return [end.externalId, end.url, end.synced]
    case 'done':
      return [wanted]
    case 'again':
      return [Math.ceil(end.afterMs), end.error]
    case 'failed':
      return [wanted, end.error]
  }
}
