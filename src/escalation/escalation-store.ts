import type { Severity } from '../findings/finding.ts'
import type { Actor } from '../runs/run.ts'
import type { Queryable } from '../store/db.ts'
import { createTicket } from './tickets/ticket-store.ts'

/** The guide's ladder: 1 a ticket, 2 the DevOps lead, 3 the on-call. */
export type Level = 1 | 2 | 3

/** What each means and what may follow it: escalation/moves.ts. */
export type EscalationState =
  | 'requested'
  | 'done'
  | 'acknowledged'
  | 'resolved'
  | 'de-escalated'
  | 'failed'
  | 'not-configured'

/** Somebody works at it, or has it: the next click joins. */
export const openStates = ['requested', 'done', 'acknowledged'] as const satisfies readonly EscalationState[]

export interface Escalation {
  readonly id: string
  readonly team: string
  readonly problemKey: string
  readonly level: Level
  readonly runId: string
  readonly channel: string
  readonly actor: Actor
  readonly state: EscalationState
  /** Of a ticket (level 1), rising within the team; null on other levels. */
  readonly number: number | null
  readonly title: string
  readonly body: string
  readonly severity: Severity
  /** What the outside answered: the direct message's channel and ts, the mail's id, the pager's dedup_key. */
  readonly external: Readonly<Record<string, string>>
  readonly error: string | null
  /** Rises with each edit of the text. */
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Its problem is gone: the next click opens a new one. */
  readonly closedAt: Date | null
}

export type NewEscalation = Pick<
  Escalation,
  'team' | 'problemKey' | 'level' | 'runId' | 'channel' | 'actor' | 'title' | 'body' | 'severity'
>

export type Settlement =
  | { readonly state: 'done'; readonly external?: Readonly<Record<string, string>> }
  | { readonly state: 'failed' | 'not-configured'; readonly error: string }

export const escalationColumns = `
  id, team, problem_key AS "problemKey", level, run_id AS "runId", channel,
  json_build_object('kind', actor_kind, 'id', actor_id) AS actor, state, number, title, body, severity, external, error,
  version, created_at AS "createdAt", updated_at AS "updatedAt", closed_at AS "closedAt"`

/**
 * Opens an escalation, or finds the open one of that team, problem and level: of any number of clicks at once, on any
 * replica, one is `created`. In one transaction with `queue.send`, a job exists only for that one.
 */
export async function openEscalation(
  tx: Queryable,
  wanted: NewEscalation,
): Promise<{ readonly escalation: Escalation; readonly created: boolean }> {
  for (;;) {
    const created = await insert(tx, wanted)
    if (created) return { escalation: await numbered(tx, created), created: true }
    const open = await one(
      tx,
      `SELECT ${escalationColumns} FROM debvisor.escalations
       WHERE team = $1 AND problem_key = $2 AND level = $3 AND closed_at IS NULL
         AND state IN ('requested', 'done', 'acknowledged')`,
      [wanted.team, wanted.problemKey, wanted.level],
    )
    // None: it was settled or closed between the two statements, so there is room for ours now.
    if (open) return { escalation: open, created: false }
  }
}

function insert(tx: Queryable, wanted: NewEscalation): Promise<Escalation | null> {
  return one(
    tx,
    `INSERT INTO debvisor.escalations
       (team, problem_key, level, run_id, channel, actor_kind, actor_id, title, body, severity)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (team, problem_key, level) WHERE closed_at IS NULL AND state IN ('requested', 'done', 'acknowledged')
     DO NOTHING RETURNING ${escalationColumns}`,
    [
      wanted.team,
      wanted.problemKey,
      wanted.level,
      wanted.runId,
      wanted.channel,
      wanted.actor.kind,
      wanted.actor.id,
      wanted.title,
      wanted.body,
      wanted.severity,
    ],
  )
}

/** Only a ticket that was really created takes a number. */
async function numbered(tx: Queryable, escalation: Escalation): Promise<Escalation> {
  if (escalation.level !== 1) return escalation
  const { rows } = await tx.query<{ last: number }>(
    `INSERT INTO debvisor.ticket_numbers AS numbers (team, last) VALUES ($1, 1)
     ON CONFLICT (team) DO UPDATE SET last = numbers.last + 1 RETURNING last`,
    [escalation.team],
  )
  const number = rows[0]?.last ?? null
  await tx.query('UPDATE debvisor.escalations SET number = $2 WHERE id = $1', [escalation.id, number])
  await createTicket(tx, escalation.id)
  return { ...escalation, number }
}

/**
 * Notes an effect that has happened (the direct message of two effects), so that a retried job does not repeat it. Adds to `external`.
 */
export function noteExternal(
  db: Queryable,
  id: string,
  external: Readonly<Record<string, string>>,
): Promise<Escalation | null> {
  return one(
    db,
    `UPDATE debvisor.escalations SET external = external || $2, updated_at = now()
     WHERE id = $1 RETURNING ${escalationColumns}`,
    [id, JSON.stringify(external)],
  )
}

/** Ends the request, once. Null: somebody settled it before. */
export function settleEscalation(
  db: Queryable,
  id: string,
  settlement: Settlement,
): Promise<Escalation | null> {
  const external = settlement.state === 'done' ? (settlement.external ?? {}) : {}
  const error = settlement.state === 'done' ? null : settlement.error
  return one(
    db,
    `UPDATE debvisor.escalations SET state = $2, external = external || $3, error = $4, updated_at = now()
     WHERE id = $1 AND state = 'requested' RETURNING ${escalationColumns}`,
    [id, settlement.state, JSON.stringify(external), error],
  )
}

export function getEscalation(db: Queryable, id: string): Promise<Escalation | null> {
  return one(db, `SELECT ${escalationColumns} FROM debvisor.escalations WHERE id = $1`, [id])
}

export function ticketByNumber(db: Queryable, team: string, number: number): Promise<Escalation | null> {
  return one(db, `SELECT ${escalationColumns} FROM debvisor.escalations WHERE team = $1 AND number = $2`, [
    team,
    number,
  ])
}

/** Oldest first. */
export function escalationsOfRun(db: Queryable, runId: string): Promise<Escalation[]> {
  return all(
    db,
    `SELECT ${escalationColumns} FROM debvisor.escalations WHERE run_id = $1 ORDER BY created_at, level`,
    [runId],
  )
}

/** Those of other runs too, oldest first. */
export function escalationsOfProblem(db: Queryable, team: string, problemKey: string): Promise<Escalation[]> {
  return all(
    db,
    `SELECT ${escalationColumns} FROM debvisor.escalations
     WHERE team = $1 AND problem_key = $2 ORDER BY created_at, level`,
    [team, problemKey],
  )
}

/** Null: it is no ticket, or it is not at `version` any more because somebody else edited it. */
export function editTicket(
  db: Queryable,
  id: string,
  text: Pick<Escalation, 'title' | 'body' | 'severity'>,
  version: number,
): Promise<Escalation | null> {
  return one(
    db,
    `UPDATE debvisor.escalations SET title = $3, body = $4, severity = $5, version = version + 1, updated_at = now()
     WHERE id = $1 AND version = $2 AND level = 1 RETURNING ${escalationColumns}`,
    [id, version, text.title, text.body, text.severity],
  )
}

async function all(db: Queryable, sql: string, params: readonly unknown[]): Promise<Escalation[]> {
  return (await db.query<Escalation>(sql, params)).rows
}

async function one(db: Queryable, sql: string, params: readonly unknown[]): Promise<Escalation | null> {
  return (await all(db, sql, params))[0] ?? null
}
