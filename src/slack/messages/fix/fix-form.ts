import type { ModalView, PlainTextOption, RichTextElement } from '@slack/types'
import type { Fix } from '../../../fixes/fix-store.ts'
import { cut, oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import type { Message } from '../../message.ts'
import { emptyForm, formAnswer, formNotice, modal } from '../empty-form.ts'
import { bold, lines, moment, preformatted, rich, section, text } from '../rich-text.ts'
import { field, type Submitted } from '../ticket/forms.ts'
import { touchesBlocks } from './touches-blocks.ts'

export const fixCallback = 'fix_asked_for'

const TITLE = 'Apply fix'
/** Slack's limit for the text of an option. */
const OPTION = 75
const COMMANDS = 2_900

export const fixLoading = (): ModalView => emptyForm(TITLE, 'Looking what would run …')

export const fixAnswer = (answer: Message): ModalView => formAnswer(TITLE, answer)

export const fixNotice = (sentence: string): ModalView => formNotice(TITLE, sentence)

/**
 * In place of the form: whether it runs, and who has to say yes first. `before`: the form was sent before; the fix is
 * asked for once.
 */
export function askedNotice(fix: Fix, { before }: { readonly before: boolean }): ModalView {
  const what = oneLine(`${fix.title} on ${fix.host}`, 200)
  return modal(TITLE, [
    lines(
      before ? text('You sent this form before, and the fix was asked for once.') : [],
      howItStands(fix, what),
    ),
  ])
}

function howItStands({ state, host, expiresAt }: Fix, what: string): RichTextElement[] {
  switch (state) {
    case 'awaiting-approval':
      return [
        ...text(
          `${what} waits for approval; nothing has run. Somebody else who may approve fixes on ${host} has until `,
        ),
        ...moment(expiresAt),
        ...text(' to click Approve in the thread. After that nothing runs.'),
      ]
    case 'approved':
      return text(`${what} runs at once. The thread shows what it did, and then a new look at the host.`)
    case 'running':
      return text(`${what} is running. The thread shows what it did, and then a new look at the host.`)
    default:
      return text(`${what} has ended. The thread shows what came of it.`)
  }
}

/**
 * Exactly what would run, where, what is expected and what may go wrong. What is sent back is the id of what was shown.
 */
export function fixModal(fixes: readonly Fix[], login: string): ModalView {
  const [first] = fixes
  if (!first) return fixNotice('There is nothing to apply.')
  const { production, host } = first
  return {
    ...modal(TITLE, [
      ...fixes.flatMap(shown),
      ...(fixes.length > 1 ? [choice(fixes)] : []),
      lines(
        text(
          production
            ? `${host} is in production: a second person has to approve within 15 minutes. Nothing runs before.`
            : `${host} is not in production: it runs at once.`,
        ),
        text(
          `It logs in as ${login}. Afterwards the probes run again, and the thread shows before and after.`,
        ),
      ),
    ]),
    callback_id: fixCallback,
    private_metadata: first.id,
    submit: { type: 'plain_text', text: production ? 'Ask for approval' : 'Apply' },
    close: { type: 'plain_text', text: 'Cancel' },
  }
}

const shown = (fix: Fix): MessageBlock[] => {
  const { title, host, steps, effect, risk } = fix
  return [
    rich(
      section(...bold(oneLine(`${title} on ${host}`, 200))),
      preformatted(cut(steps.map((step) => `$ ${step.text}`).join('\n'), COMMANDS), COMMANDS),
      section(
        ...bold('Expected: '),
        ...text(oneLine(effect, 600)),
        ...text('\n'),
        ...bold('Risk: '),
        ...text(oneLine(risk, 600)),
      ),
    ),
    ...touchesBlocks(fix),
  ]
}

const choice = (fixes: readonly Fix[]): MessageBlock => {
  const options = fixes.map(optionOf)
  const [initial] = options
  return {
    type: 'input',
    block_id: 'fix',
    label: { type: 'plain_text', text: 'Which one' },
    element: {
      type: 'radio_buttons',
      action_id: 'value',
      options,
      ...(initial ? { initial_option: initial } : {}),
    },
  }
}

const optionOf = ({ id, title }: Fix): PlainTextOption => ({
  text: { type: 'plain_text', text: oneLine(title, OPTION) || 'This one' },
  value: id,
})

/** The id of the fix that was asked for: the one that was chosen, or the only one. */
export const readFixForm = (view: Submitted): string =>
  field(view, 'fix').selected_option?.value ?? view.private_metadata
