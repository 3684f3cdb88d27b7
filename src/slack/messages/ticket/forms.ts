import type { ModalView, PlainTextOption } from '@slack/types'
import type { Ticket } from '../../../escalation/tickets/ticket-store.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { LIMITS } from '../../limits.ts'

/**
 * The small forms on a ticket: comment, assign, close. Each carries the ticket's id and the revision that its reader
 * saw.
 */

export const ticketForms = {
  comment: 'ticket_commented',
  assign: 'ticket_assigned',
  close: 'ticket_closed',
} as const

export interface TicketSeen {
  readonly id: string
  readonly revision: number
}

/** Of Slack's view_submission, what is read. */
export interface Submitted {
  readonly private_metadata: string
  readonly state: { readonly values: Readonly<Record<string, Readonly<Record<string, Field>>>> }
}

interface Field {
  readonly value?: string | null | undefined
  readonly selected_option?: { readonly value?: string | undefined } | null | undefined
  readonly selected_user?: string | null | undefined
  readonly selected_conversation?: string | null | undefined
}

export const field = (view: Submitted, block: string): Field => view.state.values[block]?.value ?? {}

/** Forms that are open carry the word `version`. */
export const seen = ({ id, revision }: TicketSeen): string => JSON.stringify({ id, version: revision })

/** Undefined: it is not what we put there. */
export function readSeen(view: Submitted): TicketSeen | undefined {
  try {
    const { id, version } = JSON.parse(view.private_metadata) as { id?: unknown; version?: unknown }
    return typeof id === 'string' && Number.isInteger(version)
      ? { id, revision: version as number }
      : undefined
  } catch {
    return undefined
  }
}

const form = (
  ticket: Ticket,
  about: { callback: string; verb: string; submit: string },
  blocks: MessageBlock[],
): ModalView => ({
  type: 'modal',
  callback_id: about.callback,
  private_metadata: seen(ticket),
  title: plain(oneLine(`${about.verb} #${ticket.number}`, LIMITS.viewTitle)),
  submit: plain(about.submit),
  close: plain('Cancel'),
  blocks,
})

export const commentForm = (ticket: Ticket): ModalView =>
  form(ticket, { callback: ticketForms.comment, verb: 'Comment on', submit: 'Comment' }, [
    textField('comment', { label: 'Comment', hint: 'For everybody who reads the thread.', optional: false }),
  ])

export const readComment = (view: Submitted): string => (field(view, 'comment').value ?? '').trim()

const starts = { open: 'Open: nobody works at it yet', 'in-progress': 'In progress' } as const

export const assignForm = (ticket: Ticket): ModalView =>
  form(ticket, { callback: ticketForms.assign, verb: 'Assign', submit: 'Assign' }, [
    {
      type: 'input',
      block_id: 'assignee',
      label: plain('Who works at it'),
      optional: true,
      element: {
        type: 'users_select',
        action_id: 'value',
        placeholder: plain('Nobody'),
        ...(ticket.assignee ? { initial_user: ticket.assignee } : {}),
      },
    },
    {
      type: 'input',
      block_id: 'status',
      label: plain('Status'),
      element: {
        type: 'static_select',
        action_id: 'value',
        options: [choice('open'), choice('in-progress')],
        initial_option: choice(ticket.status === 'in-progress' ? 'in-progress' : 'open'),
      },
    },
  ])

/** Undefined: no form of ours says that. */
export function readAssign(view: Submitted): { assignee: string | null; started: boolean } | undefined {
  const status = field(view, 'status').selected_option?.value
  const assignee = field(view, 'assignee').selected_user ?? null
  if (status !== 'open' && status !== 'in-progress') return undefined
  return { assignee, started: status === 'in-progress' }
}

export const closeForm = (ticket: Ticket): ModalView =>
  form(ticket, { callback: ticketForms.close, verb: 'Close', submit: 'Close ticket' }, [
    textField('reason', {
      label: 'What solved it',
      hint: 'The next one to meet this problem reads it.',
      optional: true,
    }),
  ])

export const readReason = (view: Submitted): string | null =>
  (field(view, 'reason').value ?? '').trim() || null

const textField = (
  block: string,
  { label, hint, optional }: { readonly label: string; readonly hint: string; readonly optional: boolean },
): MessageBlock => ({
  type: 'input',
  block_id: block,
  label: plain(label),
  hint: plain(hint),
  optional,
  element: { type: 'plain_text_input', action_id: 'value', multiline: true, max_length: LIMITS.inputValue },
})

const choice = (value: keyof typeof starts): PlainTextOption => ({ text: plain(starts[value]), value })

const plain = (text: string) => ({ type: 'plain_text', text }) as const
