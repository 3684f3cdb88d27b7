import type { KnownBlock, ModalView, PlainTextOption } from '@slack/types'
import { oneLine } from '../../escalation/document.ts'
import type { Severity } from '../../findings/finding.ts'
import type { Escalation } from '../../store/escalations.ts'
import { LIMITS } from '../limits.ts'
import { type Message, makeMessage, type ThreadFile } from '../message.ts'
import { actionIds, button } from './escalations.ts'
import { bold, bullets, context, lines, mentionText, rich, text } from './rich.ts'

export const ticketCallback = 'ticket_edited'
const TITLE = 150
const OPENING = 2_900

export const ticketName = ({ number }: Pick<Escalation, 'number'>): string =>
  number === null ? 'Ticket' : `Ticket #${number}`

/**
 * In the thread: the ticket's opening, and a button that opens it for editing. The whole text is in its file.
 */
export function ticketMessage(ticket: Escalation): Message {
  const first = `🎫 ${ticketName(ticket)}: ${oneLine(ticket.title, TITLE)}`
  const edited = ticket.version > 1 ? ` · edited ${times(ticket.version - 1)}` : ''
  return makeMessage(first, [
    lines(bold(first)),
    ...openingBlocks(ticket),
    {
      type: 'actions',
      block_id: `ticket_${ticket.id}`,
      elements: [button(actionIds.editTicket, 'Edit', ticket.id)],
    },
    context(
      `opened by ${mentionText(ticket.actor.id)} · ${ticket.severity}${edited} · steps and output are in its file`,
    ),
  ])
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)

/** As a list, without its heading and what the thread shows already: the title and the way to the thread itself. */
function openingBlocks({ title, body }: Escalation): KnownBlock[] {
  const shown = opening(body)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== title && !/^(## Summary$|Thread: http)/.test(line))
  const items = shown.map((line) => text(oneLine(line.replace(/^- /, ''), 500)))
  return items.length === 0 ? [] : [rich(...bullets(items))]
}

export const ticketFile = (ticket: Escalation): ThreadFile => ({
  key: `file:ticket:${ticket.id}:${ticket.version}`,
  filename: `ticket-${ticket.number ?? ticket.id}.txt`,
  content: `${ticket.title}\n\n${ticket.body}\n`,
})

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
export function ticketModal(ticket: Escalation): ModalView {
  return {
    type: 'modal',
    callback_id: ticketCallback,
    private_metadata: JSON.stringify({ id: ticket.id, version: ticket.version }),
    title: {
      type: 'plain_text',
      text: oneLine(`Edit ${ticketName(ticket).toLowerCase()}`, LIMITS.viewTitle),
    },
    submit: { type: 'plain_text', text: 'Save' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: ticketInputs(ticket),
  }
}

const ticketInputs = (ticket: Escalation): KnownBlock[] => [
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

/** Of Slack's view_submission, what is read. */
export interface Submitted {
  readonly private_metadata: string
  readonly state: {
    readonly values: Readonly<
      Record<
        string,
        Readonly<
          Record<
            string,
            {
              value?: string | null | undefined
              selected_option?: { value?: string | undefined } | null | undefined
            }
          >
        >
      >
    >
  }
}

export function readTicketEdit(view: Submitted): TicketEdit | undefined {
  const { values } = view.state
  const title = oneLine(values.title?.value?.value ?? '', TITLE)
  const severity = severities.find((s) => s === values.severity?.value?.selected_option?.value)
  const about = readMetadata(view.private_metadata)
  if (!about || !severity || title === '') return undefined
  return { ...about, title, severity, opening: values.opening?.value?.value ?? '' }
}

function readMetadata(json: string): { id: string; version: number } | undefined {
  try {
    const { id, version } = JSON.parse(json) as { id?: unknown; version?: unknown }
    return typeof id === 'string' && typeof version === 'number' ? { id, version } : undefined
  } catch {
    return undefined
  }
}

/** The body with its opening replaced. */
export const editedBody = (body: string, edited: string): string =>
  edited.replaceAll('\r\n', '\n').trimEnd() + body.slice(opening(body).length)
