import type { Queryable } from '../store/db.ts'
import { type Escalation, type EscalationState, escalationColumns, openStates } from './escalation-store.ts'

/** What the policy says follows when nobody acknowledged in time. */
export type Then = 'offer' | 'page'

/** An escalation as a rung of its problem's ladder. */
export interface Rung extends Escalation {
  /** Slack user that it was brought to; of a ticket, who works at it. */
  readonly assignee: string | null
  /** Slack user, or a person's name as the pager says it. */
  readonly acknowledgedBy: string | null
  readonly acknowledgedAt: Date | null
  readonly closedBy: string | null
  /** Why the on-call was paged outside production. */
  readonly reason: string | null
  /** Until when it has to be acknowledged; null: nobody waits. */
  readonly dueAt: Date | null
  readonly dueThen: Then | null
  readonly overdueAt: Date | null
  readonly overdueTook: Then | null
  readonly overdueNote: string | null
}

/** Somebody works at it, or has it. */
export const stands = ({ state, closedAt }: Pick<Rung, 'state' | 'closedAt'>): boolean =>
  closedAt === null && (openStates as readonly EscalationState[]).includes(state)

const columns = `${escalationColumns},
  CASE WHEN level = 1 THEN (SELECT t.assignee FROM debvisor.tickets t WHERE t.id = e.id) ELSE assignee END AS assignee,
  acknowledged_by AS "acknowledgedBy", acknowledged_at AS "acknowledgedAt", closed_by AS "closedBy", reason,
  due_at AS "dueAt", due_then AS "dueThen", overdue_at AS "overdueAt", overdue_took AS "overdueTook",
  overdue_note AS "overdueNote"`

/** What besides the state a move changes; $4 is who, or why it failed. */
const changes = {
  sent: '',
  // Nobody was reached: what follows when the time is over, follows now.
  failed: ', error = $4, due_at = CASE WHEN due_at IS NOT NULL THEN now() END',
  acknowledge: ', acknowledged_by = $4, acknowledged_at = now(), due_at = NULL',
  unacknowledge: ', acknowledged_by = NULL, acknowledged_at = NULL',
  reassign: ', assignee = $4, acknowledged_by = NULL, acknowledged_at = NULL',
  deEscalate: ', closed_at = now(), closed_by = $4, due_at = NULL',
  resolve: ', closed_at = now(), closed_by = $4, due_at = NULL',
  reopen: ', closed_at = NULL, closed_by = NULL',
} as const

export type RungEvent = keyof typeof changes

/** From which states an event leads where: escalation/moves.ts has the table. */
export interface RungMove {
  readonly event: RungEvent
  readonly from: readonly EscalationState[]
  readonly to: EscalationState
}

/** One move of one rung, or null where it cannot be made any more. `who` is needed by all but `sent`, `unacknowledge` and `reopen`. */
export function moveRung(
  tx: Queryable,
  id: string,
  { event, from, to }: RungMove,
  who: string | null = null,
): Promise<Rung | null> {
  const closed = event === 'reopen' ? 'IS NOT NULL' : 'IS NULL'
  return one(
    tx,
    `UPDATE debvisor.escalations e SET state = $2, updated_at = now()${changes[event]}
     WHERE id = $1 AND state = ANY ($3) AND closed_at ${closed} AND level > 1
       ${event === 'reopen' ? NOT_TWICE : ''}
     RETURNING ${columns}`,
    // PostgreSQL refuses a parameter that no text names.
    changes[event].includes('$4') ? [id, to, from, who] : [id, to, from],
  )
}

const NOT_TWICE = `AND NOT EXISTS (
  SELECT 1 FROM debvisor.escalations o WHERE o.team = e.team AND o.problem_key = e.problem_key AND o.level = e.level
    AND o.closed_at IS NULL AND o.state = ANY ('{${openStates.join(',')}}'))`

/** Closes every open rung of the problems: tickets too, whose state stays what it is. Resolves with what this call closed. */
export async function closeProblems(
  tx: Queryable,
  team: string,
  problemKeys: readonly string[],
  by: string,
): Promise<Rung[]> {
  return all(
    tx,
    `UPDATE debvisor.escalations e
     SET state = CASE WHEN level = 1 THEN state ELSE $4 END, closed_at = now(), closed_by = $3, due_at = NULL, updated_at = now()
     WHERE team = $1 AND problem_key = ANY ($2) AND closed_at IS NULL AND state = ANY ($5) RETURNING ${columns}`,
    [team, problemKeys, by, 'resolved', openStates],
  )
}

/** Sets what a new rung has from the beginning. */
export async function equipRung(
  tx: Queryable,
  id: string,
  more: {
    readonly assignee?: string | null
    readonly reason?: string | null
    readonly external?: Readonly<Record<string, string>>
  },
): Promise<void> {
  await tx.query(
    `UPDATE debvisor.escalations SET assignee = $2, reason = $3, external = external || $4 WHERE id = $1`,
    [id, more.assignee ?? null, more.reason ?? null, JSON.stringify(more.external ?? {})],
  )
}

/** From now on, by the database's clock. */
export async function startTimer(tx: Queryable, id: string, minutes: number, then: Then): Promise<void> {
  await tx.query(
    `UPDATE debvisor.escalations SET due_at = now() + make_interval(secs => $2), due_then = $3 WHERE id = $1`,
    [id, minutes * 60, then],
  )
}

/** Nobody waits for these any more: somebody was paged, or asked again. */
export async function stopTimers(tx: Queryable, team: string, problemKey: string): Promise<void> {
  await tx.query(
    `UPDATE debvisor.escalations SET due_at = NULL WHERE team = $1 AND problem_key = $2 AND due_at IS NOT NULL`,
    [team, problemKey],
  )
}

const DUE = `due_at <= now() AND closed_at IS NULL AND state IN ('requested', 'done', 'failed')`

/** Rungs whose time is over, the longest first. */
export function dueRungs(db: Queryable, limit: number): Promise<Rung[]> {
  return all(db, `SELECT ${columns} FROM debvisor.escalations e WHERE ${DUE} ORDER BY due_at LIMIT $1`, [
    limit,
  ])
}

/** Ends the waiting, once, whoever else sees that the time is over. Null: it was ended, acknowledged or closed before. */
export function endWaiting(
  tx: Queryable,
  id: string,
  took: Then | null,
  note: string | null,
): Promise<Rung | null> {
  return one(
    tx,
    `UPDATE debvisor.escalations e SET due_at = NULL, overdue_at = now(), overdue_took = $2, overdue_note = $3, updated_at = now()
     WHERE id = $1 AND ${DUE} RETURNING ${columns}`,
    [id, took, note],
  )
}

export function getRung(db: Queryable, id: string): Promise<Rung | null> {
  return one(db, `SELECT ${columns} FROM debvisor.escalations e WHERE id = $1`, [id])
}

/** All there ever were, oldest first. */
export function rungsOfProblem(db: Queryable, team: string, problemKey: string): Promise<Rung[]> {
  return all(
    db,
    `SELECT ${columns} FROM debvisor.escalations e WHERE team = $1 AND problem_key = $2 ORDER BY created_at, level`,
    [team, problemKey],
  )
}

/** Of this run, oldest first. */
export function rungsOfRun(db: Queryable, runId: string): Promise<Rung[]> {
  return all(
    db,
    `SELECT ${columns} FROM debvisor.escalations e WHERE run_id = $1 ORDER BY created_at, level`,
    [runId],
  )
}

/** Around a healthy run: what earlier runs of its topic and host escalated and is open, or was closed since; oldest first. */
export function rungsAround(
  db: Queryable,
  run: { readonly team: string; readonly topic: string; readonly host: string; readonly createdAt: Date },
): Promise<Rung[]> {
  return all(
    db,
    `SELECT ${columns} FROM debvisor.escalations e
     WHERE team = $1 AND state <> 'failed' AND (closed_at IS NULL AND state = ANY ($5) OR closed_at >= $4) AND created_at < $4
       AND EXISTS (SELECT 1 FROM debvisor.runs r WHERE r.id = e.run_id AND r.topic = $2 AND r.host = $3)
     ORDER BY created_at, level`,
    [run.team, run.topic, run.host, run.createdAt, openStates],
  )
}

/** Pages with one of those keys, or of that incident: the newest first. */
export function pagesBy(
  db: Queryable,
  team: string,
  { dedupKeys, incidentId }: { readonly dedupKeys: readonly string[]; readonly incidentId: string },
): Promise<Rung[]> {
  return all(
    db,
    `SELECT ${columns} FROM debvisor.escalations e
     WHERE team = $1 AND level = 3 AND (external ->> 'incidentId' = $3 OR external ->> 'dedupKey' = ANY ($2))
     ORDER BY created_at DESC LIMIT 20`,
    [team, dedupKeys, incidentId],
  )
}

/** As it stands; whoever else moves it waits until this transaction ends. */
export async function lockRung(tx: Queryable, id: string): Promise<Rung | null> {
  await tx.query('SELECT 1 FROM debvisor.escalations WHERE id = $1 FOR UPDATE', [id])
  return getRung(tx, id)
}

/** Runs whose thread shows this problem's ladder, newest first. */
export async function runsShowing(db: Queryable, team: string, problemKey: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT r.id FROM debvisor.runs r WHERE r.team = $1 AND (
       EXISTS (SELECT 1 FROM debvisor.escalations e WHERE e.run_id = r.id AND e.problem_key = $2)
       OR (r.problem_keys[1] = $2 AND r.ended_at IS NOT NULL AND r.created_at > now() - interval '7 days'))
     ORDER BY r.created_at DESC LIMIT 10`,
    [team, problemKey],
  )
  return rows.map(({ id }) => id)
}

/** Whether a run of the same topic and host that was asked for after `since` found nothing wrong, and none after it something. */
export async function foundHealthySince(
  db: Queryable,
  { team, topic, host }: { readonly team: string; readonly topic: string; readonly host: string },
  since: Date,
): Promise<boolean> {
  const { rows } = await db.query<{ verdict: string | null }>(
    `SELECT report ->> 'verdict' AS verdict FROM debvisor.runs
     WHERE team = $1 AND topic = $2 AND host = $3 AND created_at > $4 AND state IN ('done', 'failed')
     ORDER BY created_at DESC LIMIT 1`,
    [team, topic, host, since],
  )
  return rows[0]?.verdict === 'healthy'
}

async function all(db: Queryable, sql: string, params: readonly unknown[]): Promise<Rung[]> {
  return (await db.query<Rung>(sql, params)).rows
}

async function one(db: Queryable, sql: string, params: readonly unknown[]): Promise<Rung | null> {
  return (await all(db, sql, params))[0] ?? null
}
