import type { WriteAudit } from '../../store/audit/audit.ts'
import type { Db, Queryable } from '../../store/db.ts'
import type { Queue } from '../../store/queue.ts'
import type { Escalation } from '../escalation.ts'
import { editTicket } from '../escalation-store.ts'
import { redrawProblem } from '../redraw-problem.ts'
import { tellMirrors } from './mirror.ts'
import {
  assign,
  type ChangeBy,
  close,
  comment,
  getTicket,
  lastChange,
  lockTicket,
  noteEdit,
  reopen,
  type Ticket,
  type TicketEvent,
  take,
} from './ticket-store.ts'

export interface TicketsDeps {
  readonly db: Db
  readonly queue: Queue
  /** What people write is redacted before it is stored (S17). */
  readonly clean: { text(text: string): string }
  /** A person's name where Slack shows no mention. */
  displayName(user: string): Promise<string>
}

/** What a change came to; the sentence is for whoever asked for it. */
export type Changed = { readonly ok: true } | { readonly ok: false; readonly sentence: string }

/** Who wants it, of which ticket as they saw it, and the audit's row of it. */
export interface Change {
  readonly ticket: Ticket
  readonly user: string
  /** Of the ticket that the form showed; undefined: whatever it is at. */
  readonly version?: number | undefined
  readonly audit: WriteAudit
}

export async function editTicketText(
  deps: TicketsDeps,
  change: Change,
  text: Pick<Escalation, 'title' | 'body' | 'severity'>,
): Promise<Changed> {
  const clean = { ...text, title: deps.clean.text(text.title), body: deps.clean.text(text.body) }
  return perform(deps, change, async (tx, by) => {
    await lockTicket(tx, by.id)
    const now = await getTicket(tx, by.id)
    if (!now || now.version !== by.version) return false
    await editTicket(tx, by.id, clean, now.textVersion)
    await noteEdit(tx, by)
    return true
  })
}

export const commentTicket = (deps: TicketsDeps, change: Change, text: string): Promise<Changed> =>
  perform(deps, change, async (tx, by) => {
    await comment(tx, by, deps.clean.text(text))
    return true
  })

export const assignTicket = (
  deps: TicketsDeps,
  change: Change,
  to: { readonly assignee: string | null; readonly started: boolean },
): Promise<Changed> => perform(deps, change, (tx, by) => assign(tx, by, to))

export const takeTicket = (deps: TicketsDeps, change: Change): Promise<Changed> => perform(deps, change, take)

export const closeTicket = (deps: TicketsDeps, change: Change, reason: string | null): Promise<Changed> =>
  perform(deps, change, (tx, by) => close(tx, by, reason && deps.clean.text(reason)))

export async function reopenTicket(deps: TicketsDeps, change: Change): Promise<Changed> {
  let open: number | null = null
  const done = await perform(deps, change, async (tx, by) => {
    const reopened = await reopen(tx, by)
    if (!reopened.ok) open = reopened.open
    return reopened.ok
  })
  if (done.ok || open === null) return done
  return { ok: false, sentence: `Ticket #${open} is open for the same problem: go on there.` }
}

/** The change, what shows it (the thread, the mirrors) and its audit row are one transaction. */
async function perform(
  deps: TicketsDeps,
  { ticket, user, version, audit }: Change,
  work: (tx: Queryable, by: ChangeBy) => Promise<boolean>,
): Promise<Changed> {
  const changed = await deps.db.tx(async (tx) => {
    if (!(await work(tx, { id: ticket.id, actor: user, version }))) return false
    await tellOfTicket(tx, deps.queue, ticket)
    await audit(tx, `ticket ${ticket.number}`)
    return true
  })
  return changed ? { ok: true } : { ok: false, sentence: await whyNot(deps, ticket) }
}

/**
 * In the transaction of what happened to the ticket: the threads that show it or its problem, and its mirrors, are
 * told.
 */
async function tellOfTicket(
  tx: Queryable,
  queue: Queue,
  ticket: Pick<Ticket, 'id' | 'runId' | 'team' | 'problemKey'>,
): Promise<void> {
  await redrawProblem(tx, queue, ticket)
  await tellMirrors(tx, queue, ticket.id)
}

/** Somebody was faster: who, and what they did. */
async function whyNot(deps: TicketsDeps, { id, number }: Ticket): Promise<string> {
  const [now, last] = await Promise.all([getTicket(deps.db, id), lastChange(deps.db, id)])
  if (!now || !last) return `Ticket #${number} is open: there is nothing to reopen.`
  const name = await deps.displayName(last.actor)
  const at = `at ${last.at.toISOString().slice(11, 16)} UTC`
  if (now.status === 'closed')
    return `${name} closed ticket #${number} ${at}. Reopen it first, if it is not over.`
  return `${name} ${did[last.kind]} ticket #${number} ${at}. Read it again, then change it.`
}

const did: Readonly<Record<TicketEvent['kind'], string>> = {
  edited: 'edited',
  assigned: 'assigned',
  started: 'began work on',
  commented: 'commented on',
  closed: 'closed',
  reopened: 'reopened',
}
