import type { ModalView, PlainTextOption } from '@slack/types'
import { oneLine } from '../../escalation/document.ts'
import { lines, text } from './rich.ts'
import { field, type Submitted } from './ticket-forms.ts'

/** The forms of the ladder. Each carries an opaque id in its private_metadata and nothing else (S7). */
export const formIds = { override: 'page_override', reassign: 'ladder_reassigned' } as const

const REASON = 1_000

const options = {
  lead: { text: { type: 'plain_text', text: 'Contact the DevOps lead (Level 2)' }, value: 'lead' },
  page: { text: { type: 'plain_text', text: 'Page the on-call all the same' }, value: 'page' },
} as const satisfies Record<string, PlainTextOption>

/** For a host outside production: what pages are for, Level 2 in one click, and an override that says why. */
export function overrideForm(runId: string, sentence: string, leadOffered: boolean): ModalView {
  const first = leadOffered ? options.lead : options.page
  return {
    type: 'modal',
    callback_id: formIds.override,
    private_metadata: runId,
    title: { type: 'plain_text', text: 'Page the on-call?' },
    submit: { type: 'plain_text', text: 'Do it' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      lines(text(oneLine(sentence, 1_000))),
      {
        type: 'input',
        block_id: 'what',
        label: { type: 'plain_text', text: 'What shall be done?' },
        element: {
          type: 'radio_buttons',
          action_id: 'value',
          options: leadOffered ? [options.lead, options.page] : [options.page],
          initial_option: first,
        },
      },
      {
        type: 'input',
        block_id: 'reason',
        optional: true,
        label: { type: 'plain_text', text: 'Why must somebody be woken for this?' },
        hint: { type: 'plain_text', text: 'Needed for a page; whoever is on call reads it.' },
        element: { type: 'plain_text_input', action_id: 'value', multiline: true, max_length: REASON },
      },
    ],
  }
}

export type Override =
  | { readonly runId: string; readonly what: 'lead' }
  | { readonly runId: string; readonly what: 'page'; readonly reason: string }
  | { readonly what: 'mistake'; readonly block: string; readonly sentence: string }

export function readOverride(view: Submitted): Override {
  const runId = view.private_metadata
  const what = field(view, 'what').selected_option?.value
  if (what === 'lead') return { runId, what }
  if (what !== 'page') return { what: 'mistake', block: 'what', sentence: 'Choose one of the two.' }
  const reason = oneLine(field(view, 'reason').value ?? '', REASON)
  // "x" is no reason that anybody could answer for.
  if (reason.length < 10) {
    return {
      what: 'mistake',
      block: 'reason',
      sentence: 'A page outside production needs a reason: say in a few words why.',
    }
  }
  return { runId, what, reason }
}

export const reassignForm = (rungId: string): ModalView => ({
  type: 'modal',
  callback_id: formIds.reassign,
  private_metadata: rungId,
  title: { type: 'plain_text', text: 'Reassign' },
  submit: { type: 'plain_text', text: 'Reassign' },
  close: { type: 'plain_text', text: 'Cancel' },
  blocks: [
    {
      type: 'input',
      block_id: 'to',
      label: { type: 'plain_text', text: 'Who shall look at it?' },
      hint: { type: 'plain_text', text: 'They get a direct message, and the whole time to acknowledge.' },
      element: { type: 'users_select', action_id: 'value' },
    },
  ],
})

/** The Slack user who was chosen; undefined where it is none. */
export function readReassign(view: Submitted): { id: string; to: string } | undefined {
  const to = field(view, 'to').selected_user
  return typeof to === 'string' && /^[UW][A-Z0-9]{2,20}$/.test(to)
    ? { id: view.private_metadata, to }
    : undefined
}
