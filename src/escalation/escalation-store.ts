import type { StoredFacts } from '../integrations/channel-adapter.ts'
import type { Queryable } from '../store/db.ts'
import { type Channel, type KeptOf, writeRecord } from './channels.ts'
import type { Escalation } from './escalation.ts'
import {
  allEscalations,
  type EscalationRow,
  escalationColumns,
  escalationOf,
  oneEscalation,
} from './escalation-row.ts'
import { sqlOpen } from './state-sql.ts'
import { createTicket } from './tickets/ticket-store.ts'

export type NewEscalation = Pick<
  Escalation,
  'team' | 'problemKey' | 'level' | 'runId' | 'channel' | 'actor' | 'title' | 'body' | 'severity'
>

/**
 * Adds an escalation, or finds the open one of that team, problem and level: of any number of clicks at once, on any
 * replica, one is `created`. In one transaction with `queue.send`, a job exists only for that one.
 */
export async function addEscalation(
  tx: Queryable,
  wanted: NewEscalation,
): Promise<{ readonly escalation: Escalation; readonly created: boolean }> {
  for (;;) {
    const created = await insert(tx, wanted)
    if (created) return { escalation: await numbered(tx, created), created: true }
    const open = await oneEscalation(
      tx,
      `SELECT ${escalationColumns} FROM debvisor.escalations e
       WHERE team = $1 AND problem_key = $2 AND level = $3 AND ${sqlOpen('e')}`,
      [wanted.team, wanted.problemKey, wanted.level],
    )
    // None: it was ended or closed between the two statements, so there is room for ours now.
    if (open) return { escalation: open, created: false }
  }
}

function insert(tx: Queryable, wanted: NewEscalation): Promise<Escalation | null> {
  return oneEscalation(
    tx,
    `INSERT INTO debvisor.escalations AS e
       (team, problem_key, level, run_id, channel, actor_kind, actor_id, title, body, severity)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (team, problem_key, level) WHERE ${sqlOpen()} DO NOTHING RETURNING ${escalationColumns}`,
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

/** Keeps what a channel has done or answered, so that a repeated job does not do it again. */
export const noteRecord = <C extends Channel>(
  tx: Queryable,
  id: string,
  channel: C,
  kept: Partial<KeptOf<C>>,
): Promise<Escalation | null> => noteFacts(tx, id, writeRecord(channel, kept))

/** Null: no channel that gave up concerns whoever has it now. */
export const noteLastFailure = (
  tx: Queryable,
  id: string,
  failure: string | null,
): Promise<Escalation | null> => noteFacts(tx, id, { failed: failure ?? '' })

export const noteHandedBack = (tx: Queryable, id: string, times: number): Promise<Escalation | null> =>
  noteFacts(tx, id, { handedBack: String(times) })

function noteFacts(tx: Queryable, id: string, facts: StoredFacts): Promise<Escalation | null> {
  return oneEscalation(
    tx,
    `UPDATE debvisor.escalations e SET external = external || $2, updated_at = now()
     WHERE id = $1 RETURNING ${escalationColumns}`,
    [id, JSON.stringify(facts)],
  )
}

/** Sets what a new escalation has from the beginning. */
export async function equipEscalation(
  tx: Queryable,
  id: string,
  more: { readonly assignee: string | null; readonly reason: string | null; readonly askedBy: string | null },
): Promise<void> {
  await tx.query(
    `UPDATE debvisor.escalations SET assignee = $2, reason = $3, external = external || $4 WHERE id = $1`,
    [id, more.assignee, more.reason, JSON.stringify(more.askedBy === null ? {} : { askedBy: more.askedBy })],
  )
}

export function getEscalation(db: Queryable, id: string): Promise<Escalation | null> {
  return oneEscalation(db, `SELECT ${escalationColumns} FROM debvisor.escalations e WHERE id = $1`, [id])
}

/** As it stands; whoever else moves it waits until this transaction ends. */
export async function lockEscalation(tx: Queryable, id: string): Promise<Escalation | null> {
  await tx.query('SELECT 1 FROM debvisor.escalations WHERE id = $1 FOR UPDATE', [id])
  return getEscalation(tx, id)
}

/** All of the problem's, of other runs too, oldest first. */
export function escalationsOfProblem(db: Queryable, team: string, problemKey: string): Promise<Escalation[]> {
  return allEscalations(
    db,
    `SELECT ${escalationColumns} FROM debvisor.escalations e
     WHERE team = $1 AND problem_key = $2 ORDER BY created_at, level`,
    [team, problemKey],
  )
}

/** Oldest first. */
export function escalationsOfRun(db: Queryable, runId: string): Promise<Escalation[]> {
  return allEscalations(
    db,
    `SELECT ${escalationColumns} FROM debvisor.escalations e WHERE run_id = $1 ORDER BY created_at, level`,
    [runId],
  )
}

/**
 * Around a healthy run: what earlier runs of its topic and host escalated and is open, or was closed since; oldest
 * first.
 */
export function escalationsAround(
  db: Queryable,
  run: { readonly team: string; readonly topic: string; readonly host: string; readonly createdAt: Date },
): Promise<Escalation[]> {
  return allEscalations(
    db,
    `SELECT ${escalationColumns} FROM debvisor.escalations e
     WHERE team = $1 AND state <> 'failed' AND (${sqlOpen('e')} OR closed_at >= $4) AND created_at < $4
       AND EXISTS (SELECT 1 FROM debvisor.runs r WHERE r.id = e.run_id AND r.topic = $2 AND r.host = $3)
     ORDER BY created_at, level`,
    [run.team, run.topic, run.host, run.createdAt],
  )
}

/** An escalation, and what it is about, which rights depend on. */
export type PlacedEscalation = Escalation & { readonly host: string; readonly topic: string }

/** What the DevOps lead or the on-call has: pages first, and of each the newest first. */
export async function openAboveTickets(
  db: Queryable,
  team: string,
  limit: number,
): Promise<PlacedEscalation[]> {
  const { rows } = await db.query<EscalationRow & Pick<PlacedEscalation, 'host' | 'topic'>>(
    `SELECT ${escalationColumns}, r.host, r.topic FROM debvisor.escalations e
       JOIN debvisor.runs r ON r.id = e.run_id
     WHERE e.team = $1 AND e.level > 1 AND ${sqlOpen('e')}
     ORDER BY e.level DESC, e.created_at DESC, e.id LIMIT $2`,
    [team, limit],
  )
  return rows.map(escalationOf)
}

/** Pages with one of those keys, or of that incident: the newest first. */
export function pagesBy(
  db: Queryable,
  team: string,
  { dedupKeys, incidentId }: { readonly dedupKeys: readonly string[]; readonly incidentId: string },
): Promise<Escalation[]> {
  return allEscalations(
    db,
    `SELECT ${escalationColumns} FROM debvisor.escalations e
     WHERE team = $1 AND level = 3 AND (external ->> 'incidentId' = $3 OR external ->> 'dedupKey' = ANY ($2))
     ORDER BY created_at DESC LIMIT 20`,
    [team, dedupKeys, incidentId],
  )
}

/** Null: it is no ticket, or it is not at `version` any more because somebody else edited it. */
export function editTicket(
  db: Queryable,
  id: string,
  text: Pick<Escalation, 'title' | 'body' | 'severity'>,
  version: number,
): Promise<Escalation | null> {
  return oneEscalation(
    db,
    `UPDATE debvisor.escalations e SET title = $3, body = $4, severity = $5, version = version + 1, updated_at = now()
     WHERE id = $1 AND version = $2 AND level = 1 RETURNING ${escalationColumns}`,
    [id, version, text.title, text.body, text.severity],
  )
}

/**
 * Runs whose thread shows this problem's escalations, newest first; also those that they check again, because the
 * escalations stand below the first run of a thread, however old it is.
 */
export async function runsShowing(db: Queryable, team: string, problemKey: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `WITH RECURSIVE showing AS (
       (SELECT r.id, r.parent, r.created_at FROM debvisor.runs r WHERE r.team = $1 AND (
          EXISTS (SELECT 1 FROM debvisor.escalations e WHERE e.run_id = r.id AND e.problem_key = $2)
          OR (r.problem_keys[1] = $2 AND r.ended_at IS NOT NULL AND r.created_at > now() - interval '7 days'))
        ORDER BY r.created_at DESC LIMIT 10)
       UNION
       SELECT r.id, r.parent, r.created_at FROM debvisor.runs r JOIN showing s ON r.id = s.parent)
     SELECT id FROM showing ORDER BY created_at DESC`,
    [team, problemKey],
  )
  return rows.map(({ id }) => id)
}

/**
 * Whether a run of the same topic and host that was asked for after `since` found nothing wrong, and none after it
 * something.
 */
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
