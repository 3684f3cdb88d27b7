import type { RichTextElement } from '@slack/types'
import type { Ticket } from '../../../escalation/tickets/ticket-store.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { type Message, makeMessage } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { bold, bullets, context, mention, moment, rich, section, text } from '../rich-text.ts'
import { statusWords } from './ticket-message.ts'

/** One page, newest first: `page` from 1 on, its first ticket at `from` of `total`. */
export function ticketList(
  shown: readonly Ticket[],
  about: { readonly filter: string; readonly page: number; readonly from: number; readonly total: number },
): Message {
  const { from, total } = about
  const more = total > from + shown.length
  const head = `${titles[about.filter] ?? 'Tickets'}: ${from + 1} to ${from + shown.length} of ${total}`
  const next = `${about.filter} ${about.page + 1}`
  return makeMessage(head, [
    rich(section(...bold(head)), ...bullets(shown.map(listLine))),
    ...(more
      ? [{ type: 'actions', elements: [button(actionIds.moreTickets, 'More', next)] } satisfies MessageBlock]
      : []),
    context('`/debvisor ticket N` shows one, with what can be done'),
  ])
}

const titles: Readonly<Record<string, string>> = {
  mine: 'Your tickets',
  open: 'Open tickets',
  all: 'All tickets',
}

export function listLine(ticket: Ticket): RichTextElement[] {
  const { number, title, status, severity, assignee, createdAt } = ticket
  return [
    ...bold(`#${number}`),
    ...text(` ${oneLine(title, 120)} · ${statusWords[status]} · ${severity} · `),
    ...(assignee ? [...mention(assignee), ...text(' · ')] : []),
    ...moment(createdAt),
  ]
}
