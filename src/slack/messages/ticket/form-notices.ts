import type { ModalView, RichTextElement } from '@slack/types'
import type { Level } from '../../../escalation/escalation.ts'
import type { Ticket } from '../../../escalation/tickets/ticket-store.ts'
import { trackerNames } from '../../../integrations/tracker.ts'
import { modal } from '../empty-form.ts'
import { lines, mention, text } from '../rich-text.ts'
import { statusWords, ticketName } from './ticket-message.ts'

/**
 * What takes a ticket form's place once it was sent: what was done, what was not, and what comes next. `trackers`: those
 * that have a copy of the ticket.
 */
const notice = (ticket: Ticket, ...said: readonly (readonly RichTextElement[])[]): ModalView =>
  modal(ticketName(ticket), [lines(...said)])

export const editedNotice = (
  ticket: Ticket,
  parts: readonly string[],
  trackers: readonly string[],
): ModalView =>
  notice(ticket, text(`You changed the ${listed(parts)} of ${nameOf(ticket)}.`), shownSoon(trackers))

export const commentedNotice = (ticket: Ticket, trackers: readonly string[]): ModalView =>
  notice(ticket, text(`Your comment is on ${nameOf(ticket)}.`), shownSoon(trackers))

/** Whoever gets it from somebody else is mentioned in the thread (ticket-message.ts). */
export function assignedNotice(
  ticket: Ticket,
  to: { readonly assignee: string | null; readonly started: boolean; readonly by: string },
  trackers: readonly string[],
): ModalView {
  const told = to.assignee && to.assignee !== to.by ? text('They are told in the thread.') : []
  return notice(ticket, standing(ticket, 'is now', to), told, shownSoon(trackers))
}

/** `open`: the levels above that still have the problem. */
export function closedNotice(ticket: Ticket, open: readonly Level[], trackers: readonly string[]): ModalView {
  const names = open.map((level) => (level === 2 ? 'the DevOps lead' : 'the on-call'))
  const stays = text(`The escalation to ${listed(names)} stays open: to end it, click Resolve in the thread.`)
  return notice(
    ticket,
    text(`You closed ${nameOf(ticket)}. The host was not checked again.`),
    open.length > 0 ? stays : [],
    shownSoon(trackers),
  )
}

export const alreadyAssigned = (
  ticket: Ticket,
  to: { readonly assignee: string | null; readonly started: boolean },
): ModalView => notice(ticket, standing(ticket, 'is already', to), text('Nothing was changed.'))

export const alreadySaysThat = (ticket: Ticket): ModalView =>
  notice(ticket, text(`${ticketName(ticket)} already says what you sent. Nothing was changed.`))

export const commentedTwice = (ticket: Ticket): ModalView =>
  notice(
    ticket,
    text(`This form was sent before: your comment is on ${nameOf(ticket)}, once. Nothing was added.`),
  )

const nameOf = (ticket: Ticket): string => ticketName(ticket).toLowerCase()

function standing(
  ticket: Ticket,
  verb: string,
  { assignee, started }: { readonly assignee: string | null; readonly started: boolean },
): RichTextElement[] {
  const status = statusWords[started ? 'in-progress' : 'open']
  const who = assignee ? mention(assignee) : text('nobody')
  return [...text(`${ticketName(ticket)} ${verb} assigned to `), ...who, ...text(` and ${status}.`)]
}

/** The change is stored; Slack and the trackers hear of it afterwards. */
function shownSoon(trackers: readonly string[]): RichTextElement[] {
  const names = trackers.map((target) => trackerNames[target] ?? target)
  return text(
    `The thread shows it in a moment${names.length > 0 ? `; it goes to ${listed(names)} as well` : ''}.`,
  )
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
