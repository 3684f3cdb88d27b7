import type { Queryable } from '../../store/db.ts'
import type { Escalation } from '../escalation.ts'
import { type EscalationRow, escalationColumns, escalationOf } from '../escalation-row.ts'
import { sqlOpen } from '../state-sql.ts'

export type TicketStatus = 'open' | 'in-progress' | 'closed'

export type TicketEventKind = 'edited' | 'assigned' | 'started' | 'commented' | 'closed' | 'reopened'

/** What happened to a ticket after it was opened. */
export interface TicketEvent {
  /** Rises; unique in the store. */
  readonly position: number
  /** Slack user. */
  readonly actor: string
  readonly kind: TicketEventKind
  /** The comment, the reason, or whom it was assigned to. */
  readonly text: string | null
  readonly at: Date
}

/** A level 1 escalation, with what people do about it. */
export interface Ticket extends Escalation {
  readonly number: number
  /** Of the run that it was opened for. */
  readonly host: string
  readonly topic: string
  readonly status: TicketStatus
  /** Why it was closed. */
  readonly resolution: string | null
  /** Rises with each change but a comment; `version` is that of the text alone. */
  readonly revision: number
  /** The ticket of the same problem that was closed before this one was opened. */
  readonly earlier: { readonly number: number; readonly closedAt: Date } | null
}

const select = `
  SELECT ${escalationColumns}, r.host, r.topic,
    CASE WHEN e.closed_at IS NOT NULL THEN 'closed' WHEN t.started THEN 'in-progress' ELSE 'open' END AS status,
    t.resolution, t.version AS revision, p.number AS "earlierNumber", p.closed_at AS "earlierClosedAt"
  FROM debvisor.tickets t
    JOIN debvisor.escalations e ON e.id = t.id
    JOIN debvisor.runs r ON r.id = e.run_id
    LEFT JOIN debvisor.escalations p ON p.id = t.earlier`

type Row = EscalationRow &
  Pick<Ticket, 'number' | 'host' | 'topic' | 'status' | 'resolution' | 'revision'> & {
    readonly earlierNumber: number | null
    readonly earlierClosedAt: Date | null
  }

function ticketOf({ earlierNumber, earlierClosedAt, ...row }: Row): Ticket {
  const earlier =
    earlierNumber === null || earlierClosedAt === null
      ? null
      : { number: earlierNumber, closedAt: earlierClosedAt }
  return { ...escalationOf(row), earlier }
}

/** Makes the ticket's row beside the escalation's, in the same transaction. */
export async function createTicket(tx: Queryable, id: string): Promise<void> {
  await tx.query(
    `INSERT INTO debvisor.tickets (id, earlier)
     SELECT new.id, (
       SELECT old.id FROM debvisor.escalations old
       WHERE old.team = new.team AND old.problem_key = new.problem_key AND old.level = 1 AND old.closed_at IS NOT NULL
       ORDER BY old.closed_at DESC LIMIT 1)
     FROM debvisor.escalations new WHERE new.id = $1`,
    [id],
  )
}

export async function getTicket(db: Queryable, id: string): Promise<Ticket | null> {
  return (await rows(db, 'WHERE e.id = $1', [id]))[0] ?? null
}

export async function findTicket(db: Queryable, team: string, number: number): Promise<Ticket | null> {
  return (await rows(db, 'WHERE e.team = $1 AND e.number = $2', [team, number]))[0] ?? null
}

export type TicketFilter = 'mine' | 'open' | 'all'

const filters: Readonly<Record<TicketFilter, string>> = {
  mine: 'AND e.closed_at IS NULL AND t.assignee = $2',
  open: 'AND e.closed_at IS NULL AND $2::text IS NOT NULL',
  all: 'AND $2::text IS NOT NULL',
}

export interface TicketPlace {
  readonly number: number
  readonly host: string
  readonly topic: string
}

/**
 * Where each ticket of a list belongs, which is what rights depend on; the newest first. `mine`: the open ones that are
 * assigned to `user`.
 */
export async function ticketPlaces(
  db: Queryable,
  about: { readonly team: string; readonly filter: TicketFilter; readonly user: string },
): Promise<TicketPlace[]> {
  const { rows: found } = await db.query<TicketPlace>(
    `SELECT e.number, r.host, r.topic FROM debvisor.tickets t
       JOIN debvisor.escalations e ON e.id = t.id JOIN debvisor.runs r ON r.id = e.run_id
     WHERE e.team = $1 ${filters[about.filter]} ORDER BY e.number DESC`,
    [about.team, about.user],
  )
  return found
}

/** Newest first. */
export function ticketsNumbered(db: Queryable, team: string, numbers: readonly number[]): Promise<Ticket[]> {
  return rows(db, 'WHERE e.team = $1 AND e.number = ANY ($2) ORDER BY e.number DESC', [team, numbers])
}

/** Oldest first: all, or what came after `after`. */
export async function eventsOf(db: Queryable, ticketId: string, after = 0): Promise<TicketEvent[]> {
  const { rows: found } = await db.query<TicketEvent>(
    `SELECT position, actor, kind, text, at FROM debvisor.ticket_events
     WHERE ticket_id = $1 AND position > $2 ORDER BY position`,
    [ticketId, after],
  )
  return found
}

/** Who changed it last, but for comments. */
export async function lastChange(db: Queryable, ticketId: string): Promise<TicketEvent | null> {
  const { rows: found } = await db.query<TicketEvent>(
    `SELECT position, actor, kind, text, at FROM debvisor.ticket_events
     WHERE ticket_id = $1 AND kind <> 'commented' ORDER BY position DESC LIMIT 1`,
    [ticketId],
  )
  return found[0] ?? null
}

/**
 * What a change is to be: made by `actor`, only if the ticket is still at `revision`; without one, whatever it is at.
 */
export interface ChangeBy {
  readonly id: string
  readonly actor: string
  readonly revision?: number | undefined
}

/** Changes of one ticket come one after the other, so its events are committed in the order of their positions. */
export async function lockTicket(tx: Queryable, ticketId: string): Promise<void> {
  await tx.query('SELECT 1 FROM debvisor.escalations WHERE id = $1 FOR UPDATE', [ticketId])
}

/** All that follow: in a transaction of the caller, with its audit and its jobs. */
export async function comment(tx: Queryable, by: ChangeBy, text: string): Promise<void> {
  await lockTicket(tx, by.id)
  await noteEvent(tx, by, 'commented', text)
}

/** False: it is closed, or not at that revision any more. `started`: work at it has begun. */
export async function assign(
  tx: Queryable,
  by: ChangeBy,
  to: { readonly assignee: string | null; readonly started: boolean },
): Promise<boolean> {
  await lockTicket(tx, by.id)
  if (!(await change(tx, by, { assignee: to.assignee, started: to.started }, OPEN))) return false
  await noteEvent(tx, by, to.started ? 'started' : 'assigned', to.assignee)
  return true
}

/** Assigned to `actor` and begun, where nobody has it. False: somebody has, or it is closed. */
export async function take(tx: Queryable, by: ChangeBy): Promise<boolean> {
  await lockTicket(tx, by.id)
  const free = `${OPEN} AND t.assignee IS NULL`
  if (!(await change(tx, by, { assignee: by.actor, started: true }, free))) return false
  await noteEvent(tx, by, 'started', by.actor)
  return true
}

/** False: it is closed already, or not at that revision any more. */
export async function close(tx: Queryable, by: ChangeBy, resolution: string | null): Promise<boolean> {
  await lockTicket(tx, by.id)
  if (!(await change(tx, by, { resolution }, OPEN))) return false
  await tx.query(
    'UPDATE debvisor.escalations SET closed_at = now(), closed_by = $2, updated_at = now() WHERE id = $1',
    [by.id, by.actor],
  )
  await noteEvent(tx, by, 'closed', resolution)
  return true
}

export type Reopened = { readonly ok: true } | { readonly ok: false; readonly open: number | null }

/** Not ok: it is not closed; or `open`, the ticket that its problem has by now, so this one stays closed. */
export async function reopen(tx: Queryable, by: ChangeBy): Promise<Reopened> {
  await lockTicket(tx, by.id)
  const { rows: others } = await tx.query<{ number: number | null }>(
    `SELECT other.number FROM debvisor.escalations e JOIN debvisor.escalations other
       ON other.team = e.team AND other.problem_key = e.problem_key AND other.level = 1 AND other.id <> e.id
     WHERE e.id = $1 AND ${sqlOpen('other')}`,
    [by.id],
  )
  if (others[0]) return { ok: false, open: others[0].number }
  if (!(await change(tx, by, { resolution: null }, 'e.closed_at IS NOT NULL')))
    return { ok: false, open: null }
  // One that is opened at this very moment fails on the index of open escalations: nothing is kept of this then.
  await tx.query(
    'UPDATE debvisor.escalations SET closed_at = NULL, closed_by = NULL, updated_at = now() WHERE id = $1',
    [by.id],
  )
  await noteEvent(tx, by, 'reopened')
  return { ok: true }
}

/** Notes an edit of the text (escalation/escalation-store.ts), in its transaction. */
export async function noteEdit(tx: Queryable, by: ChangeBy): Promise<void> {
  await change(tx, by, {})
  await noteEvent(tx, by, 'edited')
}

/** Columns of `debvisor.tickets`, with what is to stand in them. */
type TicketColumns = Partial<Pick<Ticket, 'assignee' | 'resolution'> & { readonly started: boolean }>

const OPEN = 'e.closed_at IS NULL'

/**
 * Sets the columns and raises the revision. `onlyIf`: a condition on the ticket `t` and its escalation `e`. False: no
 * such ticket in that state and at that revision.
 */
async function change(
  tx: Queryable,
  by: ChangeBy,
  columns: TicketColumns,
  onlyIf = 'true',
): Promise<boolean> {
  const sets = Object.keys(columns).map((column, at) => `, ${column} = $${at + 3}`)
  const changed = await tx.query(
    `UPDATE debvisor.tickets t SET version = t.version + 1${sets.join('')} FROM debvisor.escalations e
     WHERE t.id = $1 AND e.id = t.id AND ($2::integer IS NULL OR t.version = $2) AND ${onlyIf}`,
    [by.id, by.revision ?? null, ...Object.values(columns)],
  )
  return changed.rowCount === 1
}

async function noteEvent(
  tx: Queryable,
  { id, actor }: ChangeBy,
  kind: TicketEventKind,
  text: string | null = null,
): Promise<void> {
  const sql = 'INSERT INTO debvisor.ticket_events (ticket_id, actor, kind, text) VALUES ($1, $2, $3, $4)'
  await tx.query(sql, [id, actor, kind, text])
}

/**
 * Beside the end of its whole problem (escalation/move-store.ts), which has closed and locked the escalation's
 * row.
 */
export async function noteResolved(tx: Queryable, by: ChangeBy, resolution: string): Promise<void> {
  await change(tx, by, { resolution })
  await noteEvent(tx, by, 'closed', resolution)
}

async function rows(db: Queryable, where: string, params: readonly unknown[]): Promise<Ticket[]> {
  return (await db.query<Row>(`${select} ${where}`, params)).rows.map(ticketOf)
}
