import type { RichTextElement } from '@slack/types'
import type { OnCall } from '../../integrations/pagerduty/rest-api.ts'
import { oneLine } from '../../text/shorten.ts'
import { type Message, makeMessage } from '../message.ts'
import { noticeMessage } from './command-answers.ts'
import { bold, bullets, moment, rich, section, text } from './rich-text.ts'

const MOST = 20

/** Who is on call, the first level first, by escalation policy. */
export function onCallMessage(turns: readonly OnCall[], more: boolean): Message {
  const [first] = turns
  if (!first) return noticeMessage('PagerDuty says that nobody is on call.')
  const shown = turns.slice(0, MOST).map(turnLine)
  const left = turns.length - shown.length
  const rest = left > 0 || more ? [text('and more; PagerDuty has the whole list')] : []
  return makeMessage(`On call now: ${oneLine(first.name, 100)}`, [
    rich(section(...bold('On call now')), ...bullets([...shown, ...rest])),
  ])
}

export const turnLine = ({ name, level, policy, schedule, until }: OnCall): RichTextElement[] => [
  ...bold(name),
  ...text(` · level ${level}${policy ? ` of ${policy}` : ''}${schedule ? `, ${schedule}` : ''}`),
  ...(until ? [...text(' · until '), ...moment(until)] : []),
]
