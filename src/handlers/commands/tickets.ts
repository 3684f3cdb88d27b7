import { mirrorBacklog } from '../../escalation/tickets/mirror-store.ts'
import {
  assignTicket,
  type Changed,
  closeTicket,
  commentTicket,
  reopenTicket,
  takeTicket,
} from '../../escalation/tickets/ticket-actions.ts'
import {
  findTicket,
  type Ticket,
  ticketPlaces,
  ticketsNumbered,
} from '../../escalation/tickets/ticket-store.ts'
import { trackerNames } from '../../integrations/tracker.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { mention, text } from '../../slack/messages/rich-text.ts'
import { ticketList } from '../../slack/messages/ticket/ticket-list.ts'
import { ticketMessage, ticketNotice } from '../../slack/messages/ticket/ticket-message.ts'
import { mentionedIn } from '../../slack/typed-text.ts'
import type { Queryable } from '../../store/db.ts'
import { messageOf } from '../../store/posted-messages.ts'
import { ticketView } from '../../threads/views/ticket-view.ts'
import type { TicketCapabilities } from '../actions/ticket.ts'
import { notAssignable } from '../check-assignee.ts'
import type { SlackRequest } from '../guard.ts'
import { readTickets, type TicketAct, type TicketCommand } from './parse-ticket-command.ts'

const PAGE = 10

/** `/debvisor tickets` and `/debvisor ticket N …`: what comes back is read by the asker alone. */
export function ticketCommand(
  bot: TicketCapabilities,
  request: SlackRequest,
  command: TicketCommand,
): Promise<Message> {
  return command.kind === 'tickets' ? list(bot, request, command) : one(bot, request, command)
}

/** *More* under a list: its value is the rest of the command, and read as strictly. */
export async function moreTickets(bot: TicketCapabilities, request: SlackRequest): Promise<Message> {
  const read = readTickets(
    request.text.split(/\s+/),
    (word) => `There is no list ${word.replace(/\W/g, '·').slice(0, 20)}.`,
  )
  if ('wrong' in read) return noticeMessage(read.wrong)
  return read.kind === 'tickets' ? list(bot, request, read) : noticeMessage('There is no such list.')
}

async function list(
  bot: TicketCapabilities,
  request: SlackRequest,
  { filter, page }: Extract<TicketCommand, { kind: 'tickets' }>,
): Promise<Message> {
  const permit = await request.permit('read', {})
  if (!permit.allowed) return noticeMessage(permit.reason)
  const all = await ticketPlaces(bot.store, { team: request.team, filter, user: request.user })
  const readable = all.filter(({ host, topic }) => request.may('read', { host, topic }).allowed)
  const pages = Math.max(1, Math.ceil(readable.length / PAGE))
  if (readable.length === 0) return noticeMessage(nothing[filter])
  if (page > pages)
    return noticeMessage(
      `There ${pages === 1 ? 'is 1 page' : `are ${pages} pages`}: \`/debvisor tickets ${filter} ${pages}\`.`,
    )
  const from = (page - 1) * PAGE
  const shown = readable.slice(from, from + PAGE).map(({ number }) => number)
  const tickets = await ticketsNumbered(bot.store, request.team, shown)
  return ticketList(tickets, { filter, page, from, total: readable.length })
}

const nothing = {
  mine: 'No open ticket is assigned to you. `/debvisor tickets` lists those that are open.',
  open: 'No ticket is open.',
  all: 'There is no ticket yet: `Open ticket` under a verdict makes one.',
} as const

async function one(
  bot: TicketCapabilities,
  request: SlackRequest,
  { number, act }: Extract<TicketCommand, { kind: 'ticket' }>,
): Promise<Message> {
  const ticket = await findTicket(bot.store, request.team, number)
  // The same answer to a number of another team as to one that nobody has.
  if (!ticket) return noticeMessage(`There is no ticket #${number}. \`/debvisor tickets all\` lists them.`)
  const { host, topic } = ticket
  const permit = await request.permit(act.do === 'show' ? 'read' : 'escalate', { host, topic })
  if (!permit.allowed) return noticeMessage(permit.reason)
  if (act.do === 'show') return show(bot, ticket)
  const outcome = await perform(bot, request, act, { ticket, user: request.user, audit: permit.audit })
  return outcome.ok ? outcome.message : noticeMessage(outcome.sentence)
}

async function show(bot: TicketCapabilities, ticket: Ticket): Promise<Message> {
  const [view, posted] = await Promise.all([
    ticketView(bot.store, ticket.id),
    messageOf(bot.store, ticket.runId, `ticket:${ticket.id}`),
  ])
  const thread = posted?.ts ? await bot.slack.delivery.permalink(ticket.channel, posted.ts) : undefined
  return view ? ticketMessage(view, thread) : noticeMessage(`There is no ticket #${ticket.number} any more.`)
}

type Outcome = { readonly ok: true; readonly message: Message } | Extract<Changed, { ok: false }>

async function perform(
  bot: TicketCapabilities,
  request: SlackRequest,
  act: Exclude<TicketAct, { do: 'show' }>,
  change: Parameters<typeof takeTicket>[1],
): Promise<Outcome> {
  const said = (done: Changed, ...words: Parameters<typeof ticketNotice>[1][]): Outcome =>
    done.ok ? { ok: true, message: ticketNotice(change.ticket, ...words) } : done
  switch (act.do) {
    case 'comment':
      // What was sent twice is there already.
      await commentTicket(bot, { ...change, form: request.trigger }, act.text)
      return said({ ok: true }, ...text('has your comment; its thread shows it.'))
    case 'take':
      return said(await takeTicket(bot, change), ...text('is yours.'))
    case 'close':
      return said(await closeTicket(bot, change, act.reason), ...text('is closed.'))
    case 'reopen':
      return said(await reopenTicket(bot, change), ...text('is open again.'))
    case 'assign': {
      const to = assigneeOf(request, act.to)
      if (to === undefined) return { ok: false, sentence: NOT_NAMED }
      const problem = to && (await notAssignable(bot, to, request.team))
      if (problem) return { ok: false, sentence: problem }
      const started = act.to === 'me' || (to !== null && change.ticket.status === 'in-progress')
      const done = await assignTicket(bot, change, { assignee: to, started })
      return said(done, ...(to ? [...text('is assigned to '), ...mention(to)] : text('is unassigned.')))
    }
  }
}

const NOT_NAMED = 'Slack did not say who that is: choose the name from the list that appears after `@`.'

/** Slack writes a mention as `<@U0123|name>`: only that form says who is meant. */
function assigneeOf(request: SlackRequest, to: 'me' | 'nobody' | 'named'): string | null | undefined {
  if (to === 'me') return request.user
  if (to === 'nobody') return null
  const [only, ...more] = mentionedIn(request.text)
  return more.length === 0 ? only : undefined
}

/** "GitHub: 3 tickets wait (GitHub answered 503)", for each tracker that does not take them at the moment. */
export async function waitingTickets(db: Queryable, team: string): Promise<string[]> {
  const backlog = await mirrorBacklog(db, team)
  return backlog.map(({ target, waiting, error }) => {
    const tickets = waiting === 1 ? '1 ticket waits' : `${waiting} tickets wait`
    return `${trackerNames[target] ?? target}: ${tickets} (${error})`
  })
}
