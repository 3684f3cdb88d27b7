import type { ModalView, PlainTextOption } from '@slack/types'
import { editedBody, opening, TICKET_TITLE } from '../../../escalation/tickets/editable-text.ts'
import type { Ticket } from '../../../escalation/tickets/ticket-store.ts'
import type { Severity } from '../../../findings/finding.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { LIMITS } from '../../limits.ts'
import { readSeen, type Submitted, seen } from './forms.ts'
import { ticketName } from './ticket-message.ts'

export const ticketCallback = 'ticket_edited'

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

const ticketInputs = (ticket: Ticket): MessageBlock[] => [
  {
    type: 'input',
    block_id: 'title',
    label: { type: 'plain_text', text: 'Title' },
    element: {
      type: 'plain_text_input',
      action_id: 'value',
      initial_value: oneLine(ticket.title, TICKET_TITLE),
      max_length: TICKET_TITLE,
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

/** What the modal's submission says; undefined where it is not one of ours. */
export interface TicketEdit {
  readonly id: string
  readonly revision: number
  readonly title: string
  readonly severity: Severity
  readonly opening: string
}

export function readTicketEdit(view: Submitted): TicketEdit | undefined {
  const { values } = view.state
  const title = oneLine(values.title?.value?.value ?? '', TICKET_TITLE)
  const severity = severities.find((s) => s === values.severity?.value?.selected_option?.value)
  const about = readSeen(view)
  if (!about || !severity || title === '') return undefined
  return { ...about, title, severity, opening: values.opening?.value?.value ?? '' }
}

/** What of a ticket is other than its form showed it. */
export function changedParts(ticket: Ticket, words: Pick<Ticket, 'title' | 'severity' | 'body'>): string[] {
  return [
    ...(words.title === oneLine(ticket.title, TICKET_TITLE) ? [] : ['title']),
    ...(words.severity === ticket.severity ? [] : ['severity']),
    ...(words.body === editedBody(ticket.body, opening(ticket.body)) ? [] : ['description']),
  ]
}
