import type { RichTextElement } from '@slack/types'
import { oneLine } from '../../../text/shorten.ts'
import { type Schedule, targetWords } from '../../../watches/schedule.ts'
import { type Message, makeMessage } from '../../message.ts'
import { noticeMessage } from '../command-answers.ts'
import {
  bold,
  bullets,
  code,
  inline,
  lines,
  mention,
  mentionText,
  moment,
  rich,
  section,
  text,
} from '../rich-text.ts'

const about = (schedule: Schedule): string => oneLine(targetWords(schedule), 150)

/** What was begun, when it comes first, and how it is ended. */
export function scheduledMessage(schedule: Schedule, looks: number): Message {
  const { number, cron, timezone, nextAt } = schedule
  const said = `Schedule #${number}: ${about(schedule)}`
  return makeMessage(`${said} is looked at by itself, ${cron} ${timezone}`, [
    lines(
      [...bold(said), ...text(' is looked at by itself, '), ...code(cron), ...text(` ${timezone}.`)],
      [
        ...text(`First `),
        ...moment(nextAt),
        ...text(looks > 1 ? `, ${looks} looks each time.` : '.'),
        ...text(' This channel reads of it only when a verdict is another than the time before.'),
      ],
      [...code(`/debvisor unschedule ${number}`), ...text(' ends it.')],
    ),
  ])
}

const MOST = 30

/** All that look by themselves at set times, with when they come next. */
export function schedulesMessage(schedules: readonly Schedule[]): Message {
  if (schedules.length === 0)
    return noticeMessage(
      'There is no schedule. `/debvisor schedule db host1 0 7 * * 1-5` looks every working day at 7:00 UTC; `schedules` in debvisor.yml has others.',
    )
  const left = schedules.length - MOST
  const [first] = schedules
  return makeMessage(`Schedules: ${schedules.length}${first ? `, ${about(first)} first` : ''}`, [
    rich(
      section(...bold('Schedules')),
      ...bullets([...schedules.slice(0, MOST).map(line), ...(left > 0 ? [text(`and ${left} more`)] : [])]),
    ),
  ])
}

function line(schedule: Schedule): RichTextElement[] {
  const { name, number, user, cron, timezone, channel, nextAt } = schedule
  return [
    ...bold(`${name ?? `#${number}`}: ${about(schedule)}`),
    ...text(' '),
    ...code(cron),
    ...text(` ${timezone}, next `),
    ...moment(nextAt),
    ...text(', told in '),
    { type: 'channel', channel_id: channel },
    ...(user === null ? text(', from the configuration') : [...text(', by '), ...mention(user)]),
  ]
}

/** For whoever made it: it ended by itself. Null: somebody ended it, who knows. */
export function scheduleEndMessage(schedule: Schedule): Message | null {
  const { outcome, user, number, why } = schedule
  if (user === null || (outcome !== 'refused' && outcome !== 'gone')) return null
  const said = `${about(schedule)}: schedule #${number} has ended`
  const message = makeMessage(said, [
    lines([...mention(user), ...text(' '), ...bold(said)], inline(why ?? '', 400)),
  ])
  return { ...message, text: `${mentionText(user)} ${message.text}` }
}
