import type { ActionsBlock, ModalView } from '@slack/types'
import type { Feedback, Rating } from '../../../runs/history/feedback.ts'
import type { Run } from '../../../runs/run.ts'
import { oneLine } from '../../../text/shorten.ts'
import { actionIds, button } from '../action-ids.ts'
import { formNotice, modal } from '../empty-form.ts'
import { bold, lines, text } from '../rich-text.ts'
import { field, type Submitted } from '../ticket/forms.ts'
import { headline } from './run-view.ts'

export const WRONG_FORM = 'feedback_wrong'
export const WRONG_TITLE = 'Wrong verdict'
export const LONGEST_FEEDBACK = 500

/** In the thread, below the evidence: whoever read that far knows whether it is right. */
export const feedbackButtons = ({ id, report }: Run): ActionsBlock[] =>
  report
    ? [
        {
          type: 'actions',
          block_id: `feedback_${id}`,
          elements: [
            button(actionIds.right, 'Right', id),
            button(actionIds.wrong, 'Wrong, it was …', id),
            button(actionIds.history, 'History', id),
          ],
        },
      ]
    : []

/** `before`: what the person said of it already. */
export function wrongForm(run: Run, before: Feedback | undefined): ModalView {
  const said = before?.rating === 'wrong' ? before.said : null
  return {
    ...modal(WRONG_TITLE, [
      lines(
        bold(headline(run)),
        text(`Run ${run.code}. What you say is kept with it; the verdict stays as it is.`),
      ),
      {
        type: 'input',
        block_id: 'was',
        label: { type: 'plain_text', text: 'What it was' },
        hint: {
          type: 'plain_text',
          text: 'In a sentence, if you know. Others read it in the history of the host.',
        },
        optional: true,
        element: {
          type: 'plain_text_input',
          action_id: 'value',
          multiline: true,
          max_length: LONGEST_FEEDBACK,
          ...(said ? { initial_value: said } : {}),
        },
      },
    ]),
    callback_id: WRONG_FORM,
    private_metadata: run.id,
    submit: { type: 'plain_text', text: 'Save' },
  }
}

/** Null: nothing was written. */
export const readWrong = (view: Submitted): string | null => oneLine(field(view, 'was').value ?? '') || null

/** What is kept now, in a sentence; `is`: whether the person had said just that before. */
export function feedbackWords(
  { code }: Run,
  rating: Rating,
  { before }: { readonly before: boolean },
): string {
  if (before) return `You have said already that run ${code} was ${rating}. Nothing was changed.`
  const change = rating === 'right' ? 'Wrong, it was …' : 'Right'
  return `Noted: run ${code} was ${rating}. Its verdict stays as it is; to say otherwise, click ${change}.`
}

export const wrongNotice = (sentence: string): ModalView => formNotice(WRONG_TITLE, sentence)
