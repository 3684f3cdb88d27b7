import type { Queryable } from '../store/db.ts'
import type { Escalation } from './escalation.ts'
import { allEscalations, escalationColumns, oneEscalation } from './escalation-row.ts'
import { type Move, type MoveName, moves, unansweredStates } from './moves.ts'
import { sqlOpen, sqlStates } from './state-sql.ts'
import type { Then } from './time-limit.ts'

/** What a move changes besides the state. $4 is who moved it, or why it failed. */
const changes: Readonly<Record<MoveName, string>> = {
  sent: '',
  // Nobody was reached: the next level follows now, not when the time is over.
  failed: ', error = $4, due_at = CASE WHEN due_at IS NOT NULL THEN now() END',
  acknowledge: ', acknowledged_by = $4, acknowledged_at = now(), due_at = NULL',
  unacknowledge: ', acknowledged_by = NULL, acknowledged_at = NULL',
  reassign: ', assignee = $4, acknowledged_by = NULL, acknowledged_at = NULL',
  deEscalate: ', closed_at = now(), closed_by = $4, due_at = NULL',
  resolve: ', closed_at = now(), closed_by = $4, due_at = NULL',
  reopen: ', closed_at = NULL, closed_by = NULL',
}

/**
 * Makes one move of one escalation above the ticket; null where it cannot be made any more. All moves but `sent`,
 * `unacknowledge` and `reopen` need `who`.
 */
export function moveEscalation(
  tx: Queryable,
  id: string,
  { name, from, to }: Move,
  who: string | null = null,
): Promise<Escalation | null> {
  const reopens = name === 'reopen'
  return oneEscalation(
    tx,
    `UPDATE debvisor.escalations e SET state = $2, updated_at = now()${changes[name]}
     WHERE id = $1 AND state = ANY ($3) AND closed_at IS ${reopens ? 'NOT NULL' : 'NULL'} AND level > 1
       ${reopens ? NO_OTHER_IS_OPEN : ''}
     RETURNING ${escalationColumns}`,
    // PostgreSQL refuses a parameter that no text names.
    changes[name].includes('$4') ? [id, to, from, who] : [id, to, from],
  )
}

const NO_OTHER_IS_OPEN = `AND NOT EXISTS (
  SELECT 1 FROM debvisor.escalations o
  WHERE o.team = e.team AND o.problem_key = e.problem_key AND o.level = e.level AND ${sqlOpen('o')})`

/** Marks a ticket as open, which it is once it is stored. Null: it was marked before. */
export const markTicketOpened = (tx: Queryable, id: string): Promise<Escalation | null> =>
  oneEscalation(
    tx,
    `UPDATE debvisor.escalations e SET state = $2, updated_at = now()
     WHERE id = $1 AND level = 1 AND state = ANY ($3) RETURNING ${escalationColumns}`,
    [id, moves.sent.to, moves.sent.from],
  )

/**
 * Closes every open escalation of the problems: tickets too, whose state stays what it is. Resolves with what this call
 * closed.
 */
export function closeProblems(
  tx: Queryable,
  team: string,
  problemKeys: readonly string[],
  by: string,
): Promise<Escalation[]> {
  return allEscalations(
    tx,
    `UPDATE debvisor.escalations e
     SET state = CASE WHEN level = 1 THEN state ELSE $4 END, closed_at = now(), closed_by = $3,
       due_at = NULL, updated_at = now()
     WHERE team = $1 AND problem_key = ANY ($2) AND ${sqlOpen('e')} RETURNING ${escalationColumns}`,
    [team, problemKeys, by, moves.resolve.to],
  )
}

/** Starts the time limit, by the database's clock. */
export async function startTimer(tx: Queryable, id: string, minutes: number, then: Then): Promise<void> {
  await tx.query(
    `UPDATE debvisor.escalations SET due_at = now() + make_interval(secs => $2), due_then = $3 WHERE id = $1`,
    [id, minutes * 60, then],
  )
}

/** Stops the problem's time limits: somebody was paged, or asked again. */
export async function stopTimers(tx: Queryable, team: string, problemKey: string): Promise<void> {
  await tx.query(
    `UPDATE debvisor.escalations SET due_at = NULL WHERE team = $1 AND problem_key = $2 AND due_at IS NOT NULL`,
    [team, problemKey],
  )
}

const OVERDUE = `due_at <= now() AND closed_at IS NULL AND state IN ${sqlStates(unansweredStates)}`

/** Escalations whose time is over, the longest first. */
export function overdueEscalations(db: Queryable, limit: number): Promise<Escalation[]> {
  return allEscalations(
    db,
    `SELECT ${escalationColumns} FROM debvisor.escalations e WHERE ${OVERDUE} ORDER BY due_at LIMIT $1`,
    [limit],
  )
}

/**
 * Ends the waiting for an acknowledgement, once, whoever else sees that the time is over. Null: it was ended,
 * acknowledged or closed before.
 */
export function endWaiting(
  tx: Queryable,
  id: string,
  took: Then | null,
  note: string | null,
): Promise<Escalation | null> {
  return oneEscalation(
    tx,
    `UPDATE debvisor.escalations e
     SET due_at = NULL, overdue_at = now(), overdue_took = $2, overdue_note = $3, updated_at = now()
     WHERE id = $1 AND ${OVERDUE} RETURNING ${escalationColumns}`,
    [id, took, note],
  )
}
