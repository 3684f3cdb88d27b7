import type { KnownBlock, ModalView, PlainTextOption, RichTextElement } from '@slack/types'
import { oneLine } from '../../escalation/document.ts'
import type { Severity } from '../../findings/finding.ts'
import type { Escalation } from '../../store/escalations.ts'
import type { MirrorRow } from '../../store/mirrors.ts'
import type { Ticket, TicketEvent, TicketStatus } from '../../store/tickets.ts'
import { LIMITS } from '../limits.ts'
import { type Message, makeMessage, type ThreadFile } from '../message.ts'
import { actionIds, button } from './escalations.ts'
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
  section,
  text,
} from './rich.ts'
import { readSeen, type Submitted, seen } from './ticket-forms.ts'

export type { Submitted } from './ticket-forms.ts'

export const ticketCallback = 'ticket_edited'
const TITLE = 150
const OPENING = 2_900
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
 * In the thread, the same for everyone: how it stands, its opening, what was done last, where else it is, and what can be done next. The whole text is
 * in its file. `thread`: the way there, where it is shown elsewhere.
 */
export function ticketMessage({ ticket, events, mirrors }: TicketView, thread?: string): Message {
  const first = `🎫 ${ticketName(ticket)}: ${oneLine(ticket.title, TITLE)}`
  return makeMessage(first, [
    lines(bold(first), standing(ticket, events), recurrence(ticket)),
    ...openingBlocks(ticket),
    ...history(events),
    ...mirrorLines(mirrors),
    { type: 'actions', block_id: `ticket_${ticket.id}`, elements: ticketButtons(ticket) },
    context(
      [
        `opened by ${mentionText(ticket.openedBy)}`,
        ticket.severity,
        ...(thread ? [`<${thread}|its thread> has steps and output`] : ['steps and output are in its file']),
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
    const who = assignee ? mention(assignee) : text('assigned to nobody')
    return [...text(`${status === 'open' ? '⚪' : '🔵'} ${statusWords[status]} · `), ...who]
  }
  const end = events.findLast((event) => event.kind === 'closed')
  return [
    ...text('✅ closed'),
    ...(end?.actor ? [...text(' by '), ...mention(end.actor)] : []),
    ...(ticket.closedAt ? [...text(' · '), ...moment(ticket.closedAt)] : []),
    ...(resolution ? text(`: ${oneLine(resolution, 1_000)}`) : []),
  ]
}

const recurrence = ({ earlier }: Ticket): RichTextElement[] =>
  earlier ? [...text(`🔁 again: ticket #${earlier.number} was closed `), ...moment(earlier.closedAt)] : []

/** What is over offers no more than to talk of it or to take it up again. */
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

function history(events: readonly TicketEvent[]): KnownBlock[] {
  if (events.length === 0) return []
  const left = events.length - SHOWN_EVENTS
  const shown = events.slice(-SHOWN_EVENTS).map(eventLine)
  return [rich(...bullets([...(left > 0 ? [text(`${left} earlier changes`)] : []), ...shown]))]
}

function eventLine(event: TicketEvent): RichTextElement[] {
  const who = event.actor ? mention(event.actor) : text('a check')
  return [...who, ...happened(event), ...text(' · '), ...moment(event.at)]
}

/** What its readers are notified of: a comment, whole, and whom somebody else gave the ticket to. An update of a message notifies nobody. */
export function ticketEventMessage(ticket: Ticket, event: TicketEvent): Message | undefined {
  const { kind, actor, text: said } = event
  if (said === null || actor === null) return undefined
  const name = ticketName(ticket)
  if (kind === 'commented') {
    return makeMessage(`💬 ${name}: ${oneLine(said, 200)}`, [
      paragraph(...text('💬 '), ...mention(actor), ...text(` on ${name.toLowerCase()}: ${said}`)),
    ])
  }
  if ((kind !== 'assigned' && kind !== 'started') || said === actor) return undefined
  return makeMessage(`👉 ${name} is given to somebody`, [
    paragraph(
      ...text('👉 '),
      ...mention(said),
      ...text(`: ${name.toLowerCase()} is yours, from `),
      ...mention(actor),
    ),
  ])
}

function happened({ kind, text: said, actor }: TicketEvent): RichTextElement[] {
  switch (kind) {
    case 'commented':
      return text(`: ${oneLine(said ?? '', 300)}`)
    case 'assigned':
      return said ? [...text(' assigned it to '), ...mention(said)] : text(' put it back: it is nobody’s')
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

export const trackerNames: Readonly<Record<string, string>> = {
  github: 'GitHub',
  jira: 'Jira',
  webhook: 'Webhook',
}

const mirrorLines = (mirrors: readonly MirrorRow[]): KnownBlock[] =>
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
function openingBlocks({ title, body }: Ticket): KnownBlock[] {
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

/** Newest first; `page` from 1 on. */
export function ticketList(
  tickets: readonly Ticket[],
  about: { readonly filter: string; readonly page: number; readonly perPage: number },
): Message {
  const from = (about.page - 1) * about.perPage
  const shown = tickets.slice(from, from + about.perPage)
  const more = tickets.length > from + shown.length
  const head = `${titles[about.filter] ?? 'Tickets'}: ${from + 1} to ${from + shown.length} of ${tickets.length}`
  const next = `${about.filter} ${about.page + 1}`
  return makeMessage(head, [
    rich(section(...bold(head)), ...bullets(shown.map(listLine))),
    ...(more
      ? [{ type: 'actions', elements: [button(actionIds.moreTickets, 'More', next)] } satisfies KnownBlock]
      : []),
    context('`/debvisor ticket N` shows one, with what can be done'),
  ])
}

const titles: Readonly<Record<string, string>> = {
  mine: 'Your tickets',
  open: 'Open tickets',
  all: 'All tickets',
}

function listLine(ticket: Ticket): RichTextElement[] {
  const { number, title, status, severity, assignee, createdAt } = ticket
  return [
    ...bold(`#${number}`),
    ...text(` ${oneLine(title, 120)} · ${statusWords[status]} · ${severity} · `),
    ...(assignee ? [...mention(assignee), ...text(' · ')] : []),
    ...moment(createdAt),
  ]
}

/** One line about a ticket for whoever changed it. */
export const ticketNotice = (ticket: Pick<Ticket, 'number'>, ...said: readonly RichTextElement[]): Message =>
  makeMessage(ticketName(ticket), [paragraph(...bold(`${ticketName(ticket)} `), ...said)])

/** Opened at once, because a trigger lives 3 s; views.update then fills it. */
export const loadingModal = (title = 'One moment'): ModalView => ({
  type: 'modal',
  title: { type: 'plain_text', text: oneLine(title, LIMITS.viewTitle) },
  blocks: [lines(text('Reading the ticket …'))],
})

/** A modal that only says something: why nothing could be opened. */
export const noticeModal = (title: string, sentence: string): ModalView => ({
  ...loadingModal(title),
  close: { type: 'plain_text', text: 'Close' },
  blocks: [lines(text(oneLine(sentence, 2_000)))],
})

/** Title, severity and the opening of the body; what follows it (commands, output) is kept as it is. */
export function ticketModal(ticket: Ticket): ModalView {
  return {
    type: 'modal',
    callback_id: ticketCallback,
    private_metadata: seen(ticket),
    title: {
      type: 'plain_text',
      text: oneLine(`Edit ${ticketName(ticket).toLowerCase()}`, LIMITS.viewTitle),
    },
    submit: { type: 'plain_text', text: 'Save' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: ticketInputs(ticket),
  }
}

const ticketInputs = (ticket: Ticket): KnownBlock[] => [
  {
    type: 'input',
    block_id: 'title',
    label: { type: 'plain_text', text: 'Title' },
    element: {
      type: 'plain_text_input',
      action_id: 'value',
      initial_value: oneLine(ticket.title, TITLE),
      max_length: TITLE,
    },
  },
  {
    type: 'input',
    block_id: 'severity',
    label: { type: 'plain_text', text: 'Severity' },
    element: {
      type: 'static_select',
      action_id: 'value',
      options: severities.map(severityOption),
      initial_option: severityOption(ticket.severity),
    },
  },
  {
    type: 'input',
    block_id: 'opening',
    label: { type: 'plain_text', text: 'Description' },
    hint: { type: 'plain_text', text: 'Reproduction steps and output follow it unchanged.' },
    optional: true,
    element: {
      type: 'plain_text_input',
      action_id: 'value',
      multiline: true,
      initial_value: opening(ticket.body),
      max_length: LIMITS.inputValue,
    },
  },
]

const severities: readonly Severity[] = ['critical', 'warning', 'info']
const severityOption = (severity: Severity): PlainTextOption => ({
  text: { type: 'plain_text', text: severity },
  value: severity,
})

/**
 * What of a ticket's body is edited: up to the second heading (escalation/ticket.ts), at most what an input
 * holds.
 */
export function opening(body: string): string {
  const end = body.indexOf('\n\n## ', 1)
  const whole = end === -1 ? body : body.slice(0, end)
  return whole.length <= OPENING ? whole : whole.slice(0, OPENING).replace(/[\uD800-\uDBFF]$/, '')
}

/** What the modal's submission says; undefined where it is not one of ours. */
export interface TicketEdit {
  readonly id: string
  readonly version: number
  readonly title: string
  readonly severity: Severity
  readonly opening: string
}

export function readTicketEdit(view: Submitted): TicketEdit | undefined {
  const { values } = view.state
  const title = oneLine(values.title?.value?.value ?? '', TITLE)
  const severity = severities.find((s) => s === values.severity?.value?.selected_option?.value)
  const about = readSeen(view)
  if (!about || !severity || title === '') return undefined
  return { ...about, title, severity, opening: values.opening?.value?.value ?? '' }
}

/** The body with its opening replaced. */
export const editedBody = (body: string, edited: string): string =>
  edited.replaceAll('\r\n', '\n').trimEnd() + body.slice(opening(body).length)
