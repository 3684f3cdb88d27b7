import type { RichTextElement } from '@slack/types'
import type { Escalation } from '../../../escalation/escalation.ts'
import { opening, TICKET_TITLE } from '../../../escalation/tickets/editable-text.ts'
import type { MirrorRow } from '../../../escalation/tickets/mirror-store.ts'
import type { Ticket, TicketEvent, TicketStatus } from '../../../escalation/tickets/ticket-store.ts'
import { trackerNames } from '../../../integrations/tracker.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { type Message, makeMessage, type ThreadFile } from '../../message.ts'
import { escapeText } from '../../typed-text.ts'
import { actionIds, button } from '../action-ids.ts'
import {
  bold,
  bullets,
  context,
  lines,
  mention,
  mentionText,
  moment,
  paragraph,
  rich,
  spoken,
  text,
} from '../rich-text.ts'

const SHOWN_EVENTS = 6

/** A ticket and all that happened to it. */
export interface TicketView {
  readonly ticket: Ticket
  /** Oldest first. */
  readonly events: readonly TicketEvent[]
  readonly mirrors: readonly MirrorRow[]
}

export const ticketName = ({ number }: Pick<Escalation, 'number'>): string =>
  number === null ? 'Ticket' : `Ticket #${number}`

/**
 * In the thread, the same for everyone: how it stands, its opening, what was done last, where else it is, and what can
 * be done next. The whole text is in its file. `thread`: the way there, where it is shown elsewhere.
 */
export function ticketMessage({ ticket, events, mirrors }: TicketView, thread?: string): Message {
  const first = `🎫 ${ticketName(ticket)}: ${oneLine(ticket.title, TICKET_TITLE)}`
  return makeMessage(first, [
    lines(bold(first), standing(ticket, events), recurrence(ticket)),
    ...openingBlocks(ticket),
    ...history(events),
    ...mirrorLines(mirrors),
    { type: 'actions', block_id: `ticket_${ticket.id}`, elements: ticketButtons(ticket) },
    context(
      [
        `opened by ${mentionText(ticket.actor.id)}`,
        ticket.severity,
        ...(thread
          ? [`<${escapeText(thread)}|its thread> has steps and output`]
          : ['steps and output are in its file']),
      ].join(' · '),
    ),
  ])
}

export const statusWords: Readonly<Record<TicketStatus, string>> = {
  open: 'open',
  'in-progress': 'in progress',
  closed: 'closed',
}

/** "in progress · @bo", or "closed by @bo · 04:12: the disk was enlarged". */
function standing(ticket: Ticket, events: readonly TicketEvent[]): RichTextElement[] {
  const { status, assignee, resolution } = ticket
  if (status !== 'closed') {
    const who = assignee ? mention(assignee) : text('unassigned')
    return [...text(`${status === 'open' ? '⚪' : '🔵'} ${statusWords[status]} · `), ...who]
  }
  const end = events.findLast((event) => event.kind === 'closed')
  return [
    ...text('✅ closed'),
    ...(end ? [...text(' by '), ...mention(end.actor)] : []),
    ...(ticket.closedAt ? [...text(' · '), ...moment(ticket.closedAt)] : []),
    ...(resolution ? text(`: ${oneLine(resolution, 1_000)}`) : []),
  ]
}

const recurrence = ({ earlier }: Ticket): RichTextElement[] =>
  earlier ? [...text(`🔁 again: ticket #${earlier.number} was closed `), ...moment(earlier.closedAt)] : []

/** A ticket that is over can only be commented on or taken up again. */
function ticketButtons({ id, status, assignee }: Ticket) {
  const comment = button(actionIds.commentTicket, 'Comment', id)
  if (status === 'closed') return [comment, button(actionIds.reopenTicket, 'Reopen', id)]
  return [
    ...(assignee === null ? [button(actionIds.takeTicket, 'Take it', id)] : []),
    button(actionIds.assignTicket, 'Assign', id),
    comment,
    button(actionIds.editTicket, 'Edit', id),
    button(actionIds.closeTicket, 'Close', id),
  ]
}

function history(events: readonly TicketEvent[]): MessageBlock[] {
  if (events.length === 0) return []
  const left = events.length - SHOWN_EVENTS
  const shown = events.slice(-SHOWN_EVENTS).map(eventLine)
  return [
    rich(
      ...bullets([
        ...(left > 0 ? [text(`${left} earlier ${left === 1 ? 'change' : 'changes'}`)] : []),
        ...shown,
      ]),
    ),
  ]
}

function eventLine(event: TicketEvent): RichTextElement[] {
  return [...mention(event.actor), ...happened(event), ...text(' · '), ...moment(event.at)]
}

/**
 * What readers are notified of by a message of its own: a comment, whole, and whom somebody else gave the ticket to. An
 * update of a message notifies nobody.
 */
export function ticketEventMessage(ticket: Ticket, event: TicketEvent): Message | undefined {
  const { kind, actor, text: said } = event
  if (said === null) return undefined
  const name = ticketName(ticket)
  const about = `${name.toLowerCase()}, ${oneLine(`${ticket.topic} on ${ticket.host}`, 150)}`
  if (kind === 'commented') {
    const message = makeMessage(`on ${about}: ${oneLine(said, 300)}`, [
      paragraph(...text('💬 '), ...mention(actor), ...text(` on ${name.toLowerCase()}: ${said}`)),
    ])
    return { ...message, text: `💬 ${mentionText(actor)} ${message.text}` }
  }
  if ((kind !== 'assigned' && kind !== 'started') || said === actor) return undefined
  const message = makeMessage(`gave you ${about}: ${oneLine(ticket.title, TICKET_TITLE)}`, [
    paragraph(
      ...text('👉 '),
      ...mention(said),
      ...text(': '),
      ...mention(actor),
      ...text(` gave you ${name.toLowerCase()}`),
    ),
  ])
  return { ...message, text: `👉 ${mentionText(said)}: ${mentionText(actor)} ${message.text}` }
}

function happened({ kind, text: said, actor }: TicketEvent): RichTextElement[] {
  switch (kind) {
    case 'commented':
      return text(`: ${oneLine(said ?? '', 300)}`)
    case 'assigned':
      return said ? [...text(' assigned it to '), ...mention(said)] : text(' unassigned it')
    case 'started':
      return said === actor
        ? text(' took it')
        : [...text(' gave it to '), ...(said ? mention(said) : text('nobody'))]
    case 'closed':
      return text(said ? ` closed it: ${oneLine(said, 300)}` : ' closed it')
    case 'edited':
      return text(' edited the text')
    case 'reopened':
      return text(' reopened it')
  }
}

const mirrorLines = (mirrors: readonly MirrorRow[]): MessageBlock[] =>
  mirrors.length === 0 ? [] : [lines(...mirrors.map(mirrorLine))]

/** "GitHub: acme/ops#12", "GitHub: waits, next try 14:07 (it answered 503)", "Jira: refused: …". */
function mirrorLine({ target, state, externalId, url, nextTry, error }: MirrorRow): RichTextElement[] {
  const name = text(`🔗 ${trackerNames[target] ?? target}: `)
  const there: RichTextElement[] = externalId
    ? url
      ? [{ type: 'link', url, text: oneLine(externalId, 100) }]
      : text(oneLine(externalId, 100))
    : []
  if (state === 'done') return [...name, ...there]
  const lead = there.length > 0 ? [...there, ...text(', ')] : []
  const why = error ? oneLine(error, 300) : ''
  if (state === 'failed') return [...name, ...lead, ...text(`not mirrored: ${why}`)]
  if (!nextTry) return [...name, ...lead, ...text('on its way')]
  return [...name, ...lead, ...text('waits, next try '), ...moment(nextTry), ...text(why ? ` (${why})` : '')]
}

/** As a list, without its heading and what the thread shows already: the title and the way to the thread itself. */
function openingBlocks({ title, body }: Ticket): MessageBlock[] {
  const shown = opening(body)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== title && !/^(## Summary$|Thread: http)/.test(line))
  const items = shown.map((line) => text(line.replace(/^- /, '')))
  return items.length === 0 ? [] : [rich(...bullets(items))]
}

/** Once: what it holds beyond the opening is never edited. */
export const ticketFile = (ticket: Ticket): ThreadFile => ({
  key: `file:ticket:${ticket.id}:1`,
  filename: `ticket-${ticket.number}.txt`,
  content: `${ticket.title}\n\n${ticket.body}\n`,
})

/** One line about a ticket for whoever changed it. */
export const ticketNotice = (
  ticket: Pick<Ticket, 'number'>,
  ...said: readonly RichTextElement[]
): Message => {
  const leaves = [...bold(`${ticketName(ticket)} `), ...said]
  return { ...makeMessage('', [paragraph(...leaves)]), text: spoken(leaves) }
}
