import type { ActionsBlock, ModalView } from '@slack/types'
import type { Run } from '../../../runs/run.ts'
import { oneLine } from '../../../text/shorten.ts'
import { actionIds, button } from '../action-ids.ts'
import { formNotice, modal } from '../empty-form.ts'
import { lines, mention, moment, text } from '../rich-text.ts'
import { field, type Submitted } from '../ticket/forms.ts'

/** The forms of an escalation. Each carries an opaque id in its private_metadata and nothing else (S7). */
export const formIds = { override: 'page_override', reassign: 'ladder_reassigned' } as const

const REASON = 1_000

const TITLE = 'Page the on-call?'

/**
 * For a host outside production: what pages are for, a button for Level 2, and a page that says why. Nothing is
 * selected beforehand: what is clicked is what happens.
 */
export const overrideForm = (runId: string, sentence: string, leadOffered: boolean): ModalView => ({
  ...modal(TITLE, [
    lines(text(oneLine(sentence, 1_000))),
    ...(leadOffered ? [leadInstead(runId)] : []),
    {
      type: 'input',
      block_id: 'reason',
      label: { type: 'plain_text', text: 'Why must somebody be woken all the same?' },
      hint: { type: 'plain_text', text: 'For a page only. Whoever is on call reads it.' },
      element: { type: 'plain_text_input', action_id: 'value', multiline: true, max_length: REASON },
    },
  ]),
  callback_id: formIds.override,
  private_metadata: runId,
  submit: { type: 'plain_text', text: 'Page on-call' },
  close: { type: 'plain_text', text: 'Cancel' },
})

const leadInstead = (runId: string): ActionsBlock => ({
  type: 'actions',
  elements: [button(actionIds.leadInstead, 'Contact DevOps lead', runId)],
})

/** In place of the form: what was done, and what was not. */
export const overrideNotice = (sentence: string): ModalView => formNotice('Escalation', sentence)

export type Override =
  | { readonly runId: string; readonly what: 'lead'; readonly reasonWritten: boolean }
  | { readonly runId: string; readonly what: 'page'; readonly reason: string }
  | { readonly what: 'mistake'; readonly block: string; readonly sentence: string }

/** A form that was opened before an update may still have its choice of two: then that counts. */
export function readOverride(view: Submitted): Override {
  const runId = view.private_metadata
  const what = 'what' in view.state.values ? field(view, 'what').selected_option?.value : 'page'
  const reason = oneLine(field(view, 'reason').value ?? '', REASON)
  if (what === 'lead') return { runId, what, reasonWritten: reason !== '' }
  if (what !== 'page') return { what: 'mistake', block: 'what', sentence: 'Choose one of the two.' }
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

/** In place of the form: who is written to, and until when they have time. */
export const reassignedNotice = (
  { topic, host }: Pick<Run, 'topic' | 'host'>,
  to: string,
  dueAt: Date | null,
): ModalView =>
  modal('Reassign', [
    lines(
      [...mention(to), ...text(` is being written to about ${topic} on ${host}. This pages nobody.`)],
      dueAt ? [...text('They have until '), ...moment(dueAt), ...text(' to acknowledge.')] : [],
      text('The thread shows in a moment whether they were reached.'),
    ),
  ])

/** The same form was sent before, or somebody else chose the same person. */
export const reassignedTwice = ({ topic, host }: Pick<Run, 'topic' | 'host'>, to: string): ModalView =>
  modal('Reassign', [
    lines([...mention(to), ...text(` has ${topic} on ${host} already. They were not written to again.`)]),
  ])

export const reassignForm = (escalationId: string): ModalView => ({
  type: 'modal',
  callback_id: formIds.reassign,
  private_metadata: escalationId,
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
