import type { PlainTextOption, StaticSelect } from '@slack/types'
import { oneLine } from '../../text/shorten.ts'
import { LIMITS } from '../limits.ts'
import { type Message, makeMessage } from '../message.ts'
import { actionIds, button } from './action-ids.ts'
import { inline, paragraph } from './rich-text.ts'

/** What may be meant. No topic: a first look. */
export interface PossibleDiagnosis {
  readonly host: string
  readonly topic?: string | undefined
}

/** The command that says the same: the option's value, which is read as one. */
const commandFor = ({ host, topic }: PossibleDiagnosis): string =>
  `diagnose ${topic === undefined ? '' : `${topic} `}${host}`

const labelFor = ({ host, topic }: PossibleDiagnosis): string =>
  topic === undefined ? host : `${topic} on ${host}`

/** Of a message's blocks, in JSON: the rest is for the sentence and the button. */
const OPTIONS_JSON = LIMITS.blocksJson - 3_500

/** Asks which of them is meant. Whatever they are, all others are in the form. */
export function chooseMessage(sentence: string, possible: readonly PossibleDiagnosis[]): Message {
  const options = fitting(
    possible.map(optionFor).filter(({ value = '' }) => value.length <= LIMITS.optionValue),
  )
  const left = possible.length - options.length
  const more = left > 0 && options.length > 0 ? ` ${left} more are in the form.` : ''
  return makeMessage(sentence.replaceAll('`', ''), [
    paragraph(...inline(`${sentence}${more}`, 2_000)),
    {
      type: 'actions',
      elements: [
        ...(options.length > 0 ? [select(options)] : []),
        button(actionIds.openForm, 'Choose in a form', 'diagnose'),
      ],
    },
  ])
}

/** The first of them that one message holds. */
function fitting(options: readonly PlainTextOption[]): PlainTextOption[] {
  let size = 0
  return options.slice(0, LIMITS.options).filter((option) => {
    size += JSON.stringify(option).length + 1
    return size <= OPTIONS_JSON
  })
}

const optionFor = (one: PossibleDiagnosis): PlainTextOption => ({
  text: { type: 'plain_text', text: oneLine(labelFor(one), LIMITS.optionText), emoji: false },
  value: commandFor(one),
})

const select = (options: PlainTextOption[]): StaticSelect => ({
  type: 'static_select',
  action_id: actionIds.choose,
  placeholder: { type: 'plain_text', text: 'Diagnose …' },
  options,
})
