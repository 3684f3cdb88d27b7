import type { StoredFacts } from '../integrations/channel-adapter.ts'
import type { Queryable } from '../store/db.ts'
import { readRecords } from './channels.ts'
import type { Escalation } from './escalation.ts'

/** Of `debvisor.escalations e`. */
export const escalationColumns = `
  e.id, e.team, e.problem_key AS "problemKey", e.level, e.run_id AS "runId", e.channel,
  json_build_object('kind', e.actor_kind, 'id', e.actor_id) AS actor, e.state, e.number, e.title, e.body, e.severity,
  e.external, e.error, e.version, e.created_at AS "createdAt", e.updated_at AS "updatedAt", e.closed_at AS "closedAt",
  CASE WHEN e.level = 1 THEN (SELECT t.assignee FROM debvisor.tickets t WHERE t.id = e.id) ELSE e.assignee END AS assignee,
  e.acknowledged_by AS "acknowledgedBy", e.acknowledged_at AS "acknowledgedAt", e.closed_by AS "closedBy", e.reason,
  e.due_at AS "dueAt", e.due_then AS "dueThen", e.overdue_at AS "overdueAt", e.overdue_took AS "overdueTook",
  e.overdue_note AS "overdueNote"`

type Facts = 'records' | 'askedBy' | 'handedBack' | 'lastFailure'
export type EscalationRow = Omit<Escalation, Facts> & { readonly external: StoredFacts }

/**
 * What is no column of its own stands in `external`, as texts; an empty one stands for nothing. Further columns of the
 * row stay as they are.
 */
export const escalationOf = <Row extends EscalationRow>({ external, ...row }: Row) => ({
  ...row,
  records: readRecords(external),
  askedBy: external.askedBy || null,
  handedBack: Number(external.handedBack || 0),
  lastFailure: external.failed || null,
})

/** `sql` returns `escalationColumns`. */
export async function allEscalations(
  db: Queryable,
  sql: string,
  params: readonly unknown[],
): Promise<Escalation[]> {
  return (await db.query<EscalationRow>(sql, params)).rows.map(escalationOf)
}

export async function oneEscalation(
  db: Queryable,
  sql: string,
  params: readonly unknown[],
): Promise<Escalation | null> {
  return (await allEscalations(db, sql, params))[0] ?? null
}
