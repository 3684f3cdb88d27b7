import type { ModalView } from '@slack/types'
import { isOpen } from '../../escalation/escalation.ts'
import { escalationsOfProblem } from '../../escalation/escalation-store.ts'
import { editedBody } from '../../escalation/tickets/editable-text.ts'
import { mirrorsOf } from '../../escalation/tickets/mirror-store.ts'
import {
  assignTicket,
  closeTicket,
  commentTicket,
  editTicketText,
  reopenTicket,
  takeTicket,
} from '../../escalation/tickets/ticket-actions.ts'
import { getTicket, type Ticket } from '../../escalation/tickets/ticket-store.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { text } from '../../slack/messages/rich-text.ts'
import { changedParts, readTicketEdit, ticketModal } from '../../slack/messages/ticket/edit-form.ts'
import {
  alreadyAssigned,
  alreadySaysThat,
  assignedNotice,
  closedNotice,
  commentedNotice,
  commentedTwice,
  editedNotice,
} from '../../slack/messages/ticket/form-notices.ts'
import {
  assignForm,
  closeForm,
  commentForm,
  readAssign,
  readComment,
  readReason,
  readSeen,
  type Submitted,
} from '../../slack/messages/ticket/forms.ts'
import { ticketNotice } from '../../slack/messages/ticket/ticket-message.ts'
import type { Queryable } from '../../store/db.ts'
import type { Capabilities } from '../capabilities.ts'
import { notAssignable } from '../check-assignee.ts'
import { LONGEST_COMMENT, tooLong } from '../commands/parse-ticket-command.ts'
import { isRowId } from '../find-run.ts'
import type { FormContent, FormResult } from '../form-result.ts'
import type { Permit, SlackRequest } from '../guard.ts'

export type TicketCapabilities = Pick<Capabilities, 'store' | 'slack' | 'access' | 'redactor' | 'trackers'>

const GONE = 'This ticket is gone, or not of this workspace: nothing was changed.'

type Permitted =
  | { readonly ok: true; readonly ticket: Ticket; readonly permit: Extract<Permit, { allowed: true }> }
  | { readonly ok: false; readonly sentence: string }

/** The ticket of that id, of the caller's team; the rights on it are those on its run's host and topic. */
async function permitted(db: Queryable, request: SlackRequest, id: string): Promise<Permitted> {
  const ticket = isRowId(id) ? await getTicket(db, id) : null
  if (ticket?.team !== request.team) {
    await request.refuse('escalate', {}, GONE)
    return { ok: false, sentence: GONE }
  }
  const permit = await request.permit('escalate', { host: ticket.host, topic: ticket.topic })
  return permit.allowed ? { ok: true, ticket, permit } : { ok: false, sentence: permit.reason }
}

/** What a button's form shows of a ticket, or why it shows nothing. */
const fillWith =
  (form: (ticket: Ticket) => ModalView) =>
  async (bot: TicketCapabilities, request: SlackRequest): Promise<FormContent> => {
    const asked = await permitted(bot.store, request, request.text)
    return asked.ok ? { ok: true, view: form(asked.ticket) } : asked
  }

export const fillTicketEdit = fillWith(ticketModal)
export const fillComment = fillWith(commentForm)
export const fillAssignment = fillWith(assignForm)
export const fillClosing = fillWith(closeForm)

/** A button that acts at once. Whoever clicked is told what came of it, since they may be looking at a private copy. */
const actButton =
  (act: typeof takeTicket, said: string) =>
  async (bot: TicketCapabilities, request: SlackRequest): Promise<Message> => {
    const asked = await permitted(bot.store, request, request.text)
    if (!asked.ok) return noticeMessage(asked.sentence)
    const { ticket, permit } = asked
    const done = await act(bot, { ticket, user: request.user, audit: permit.audit })
    return done.ok ? ticketNotice(ticket, ...text(said)) : noticeMessage(done.sentence)
  }

export const takeTicketButton = actButton(takeTicket, 'is yours.')
export const reopenTicketButton = actButton(reopenTicket, 'is open again.')

/** A form's submission. What was done takes the form's place; what is wrong stands under its first field. */
export type SaveForm = (
  bot: TicketCapabilities,
  request: SlackRequest,
  view: Submitted,
) => Promise<FormResult>

const wrong = (sentence: string): FormResult => ({ ok: false, sentence })
const done = (view: ModalView): FormResult => ({ ok: true, view })

export const saveTicket: SaveForm = async (bot, request, view) => {
  const edit = readTicketEdit(view)
  if (!edit) return wrong('A ticket needs a title and a severity.')
  if (edit.opening.length > LONGEST_COMMENT) return wrong(tooLong(edit.opening))
  const asked = await permitted(bot.store, request, edit.id)
  if (!asked.ok) return asked
  const { ticket, permit } = asked
  const words = { title: edit.title, severity: edit.severity, body: editedBody(ticket.body, edit.opening) }
  const parts = changedParts(ticket, {
    ...words,
    title: bot.redactor.text(words.title),
    body: bot.redactor.text(words.body),
  })
  if (parts.length === 0) return done(alreadySaysThat(ticket))
  const change = { ticket, user: request.user, revision: edit.revision, audit: permit.audit }
  const changed = await editTicketText(bot, change, words)
  return changed.ok ? done(editedNotice(ticket, parts, await trackersOf(bot, ticket))) : changed
}

/** One that is no longer configured is told nothing. */
const trackersOf = async ({ store, trackers }: TicketCapabilities, { id }: Ticket): Promise<string[]> =>
  (await mirrorsOf(store, id))
    .map(({ target }) => target)
    .filter((target) => trackers.some((tracker) => tracker.target === target))

export const saveComment: SaveForm = async (bot, request, view) => {
  const said = readComment(view)
  if (said === '') return wrong('There is nothing in it: write what the others should know.')
  if (said.length > LONGEST_COMMENT) return wrong(tooLong(said))
  const asked = await permitted(bot.store, request, readSeen(view)?.id ?? '')
  if (!asked.ok) return asked
  const { ticket, permit } = asked
  const change = { ticket, user: request.user, audit: permit.audit, form: request.trigger }
  const commented = await commentTicket(bot, change, said)
  return done(commented.ok ? commentedNotice(ticket, await trackersOf(bot, ticket)) : commentedTwice(ticket))
}

export const saveAssignment: SaveForm = async (bot, request, view) => {
  const to = readAssign(view)
  const about = readSeen(view)
  if (!to || !about) return wrong('This form is not one of ours: open it again.')
  const asked = await permitted(bot.store, request, about.id)
  if (!asked.ok) return asked
  const { ticket, permit } = asked
  const status = to.started ? 'in-progress' : 'open'
  if (ticket.status === status && ticket.assignee === to.assignee) return done(alreadyAssigned(ticket, to))
  const problem = to.assignee ? await notAssignable(bot, to.assignee, request.team) : undefined
  if (problem) return wrong(problem)
  const change = { ticket, user: request.user, revision: about.revision, audit: permit.audit }
  const assigned = await assignTicket(bot, change, to)
  if (!assigned.ok) return assigned
  return done(assignedNotice(ticket, { ...to, by: request.user }, await trackersOf(bot, ticket)))
}

export const saveClosing: SaveForm = async (bot, request, view) => {
  const reason = readReason(view)
  const about = readSeen(view)
  if (!about) return wrong('This form is not one of ours: open it again.')
  if (reason && reason.length > LONGEST_COMMENT) return wrong(tooLong(reason))
  const asked = await permitted(bot.store, request, about.id)
  if (!asked.ok) return asked
  const { ticket, permit } = asked
  const change = { ticket, user: request.user, revision: about.revision, audit: permit.audit }
  const closed = await closeTicket(bot, change, reason)
  if (!closed.ok) return closed
  const others = await escalationsOfProblem(bot.store, ticket.team, ticket.problemKey)
  const open = others.filter((each) => isOpen(each) && each.level > 1).map(({ level }) => level)
  return done(closedNotice(ticket, open, await trackersOf(bot, ticket)))
}
