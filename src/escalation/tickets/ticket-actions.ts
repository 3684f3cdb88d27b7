import { duration } from '../../findings/recent-changes.ts'
import type { Redactor } from '../../redact/redact.ts'
import type { Workspace } from '../../slack/workspace/workspace.ts'
import type { WriteAudit } from '../../store/audit/audit.ts'
import type { Queryable } from '../../store/db.ts'
import type { Queue } from '../../store/queue.ts'
import { firstDelivery, formKey } from '../../store/seen-deliveries.ts'
import type { Store } from '../../store/store.ts'
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

/** Who changes tickets for people. */
export interface TicketEditor {
  readonly store: Store
  readonly slack: Pick<Workspace, 'displayName'>
  /** What people write is redacted before it is stored (S17). */
  readonly redactor: Pick<Redactor, 'text'>
}

/** What a change came to; the sentence is for whoever asked for it. */
export type Changed = { readonly ok: true } | { readonly ok: false; readonly sentence: string }

/** Who wants it, of which ticket as they saw it, and the audit's row of it. */
export interface Change {
  readonly ticket: Ticket
  readonly user: string
  /** Of the ticket that the form showed; undefined: whatever it is at. */
  readonly revision?: number | undefined
  /** Slack's id of the form that was sent: the same, sent twice, has its effect once. Undefined: it came in no form. */
  readonly form?: string | undefined
  readonly audit: WriteAudit
}

export async function editTicketText(
  editor: TicketEditor,
  change: Change,
  text: Pick<Escalation, 'title' | 'body' | 'severity'>,
): Promise<Changed> {
  const clean = { ...text, title: editor.redactor.text(text.title), body: editor.redactor.text(text.body) }
  return perform(editor, change, async (tx, by) => {
    await lockTicket(tx, by.id)
    const now = await getTicket(tx, by.id)
    if (!now || now.revision !== by.revision) return false
    await editTicket(tx, by.id, clean, now.version)
    await noteEdit(tx, by)
    return true
  })
}

/** Not ok only where the same form was sent before with the same comment. */
export const commentTicket = (editor: TicketEditor, change: Change, text: string): Promise<Changed> =>
  perform(editor, change, async (tx, by) => {
    if (change.form && !(await firstDelivery(tx, formKey(change.form, text)))) return false
    await comment(tx, by, editor.redactor.text(text))
    return true
  })

export const assignTicket = (
  editor: TicketEditor,
  change: Change,
  to: { readonly assignee: string | null; readonly started: boolean },
): Promise<Changed> => perform(editor, change, (tx, by) => assign(tx, by, to))

export const takeTicket = (editor: TicketEditor, change: Change): Promise<Changed> =>
  perform(editor, change, take)

export const closeTicket = (editor: TicketEditor, change: Change, reason: string | null): Promise<Changed> =>
  perform(editor, change, (tx, by) => close(tx, by, reason && editor.redactor.text(reason)))

export async function reopenTicket(editor: TicketEditor, change: Change): Promise<Changed> {
  let open: number | null = null
  const done = await perform(editor, change, async (tx, by) => {
    const reopened = await reopen(tx, by)
    if (!reopened.ok) open = reopened.open
    return reopened.ok
  })
  if (done.ok || open === null) return done
  return { ok: false, sentence: `Ticket #${open} is open for the same problem: go on there.` }
}

/** The change, what shows it (the thread, the mirrors) and its audit row are one transaction. */
async function perform(
  editor: TicketEditor,
  { ticket, user, revision, audit }: Change,
  work: (tx: Queryable, by: ChangeBy) => Promise<boolean>,
): Promise<Changed> {
  const changed = await editor.store.tx(async (tx) => {
    if (!(await work(tx, { id: ticket.id, actor: user, revision }))) return false
    await tellOfTicket(tx, editor.store.queue, ticket)
    await audit(tx, `ticket ${ticket.number}`)
    return true
  })
  return changed ? { ok: true } : { ok: false, sentence: await whyNot(editor, ticket) }
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

/** Somebody was faster: who, what they did, and to whom. */
async function whyNot({ store, slack }: TicketEditor, { id, number }: Ticket): Promise<string> {
  const [now, last] = await Promise.all([getTicket(store, id), lastChange(store, id)])
  if (!now || !last) return `Ticket #${number} is open: there is nothing to reopen.`
  const nameOf = (user: string) => slack.displayName(user)
  // Everybody reads an age right, whatever zone they are in.
  const seconds = (Date.now() - last.at.getTime()) / 1000
  const ago = seconds < 5 ? 'just now' : `${duration(seconds)} ago`
  const actor = await nameOf(last.actor)
  if (now.status === 'closed')
    return `${actor} closed ticket #${number} ${ago}. Reopen it first, if it is not over.`
  const isGiven = last.kind === 'assigned' || last.kind === 'started'
  const to = isGiven && last.text && last.text !== last.actor ? await nameOf(last.text) : undefined
  return `${actor} ${did(last, `ticket #${number}`, to)} ${ago}. Read it again, then change it.`
}

/** `to`: whom a ticket was given to, where that is somebody else than who did it. */
function did({ kind, text }: TicketEvent, ticket: string, to: string | undefined): string {
  switch (kind) {
    case 'assigned':
    case 'started':
      if (to) return `gave ${ticket} to ${to}`
      return text === null ? `unassigned ${ticket}` : `took ${ticket}`
    case 'edited':
      return `edited ${ticket}`
    case 'commented':
      return `commented on ${ticket}`
    case 'closed':
      return `closed ${ticket}`
    case 'reopened':
      return `reopened ${ticket}`
  }
}
