import type { RichTextElement } from '@slack/types'
import type { ChannelOfGroup } from '../../../alerts/channel-groups.ts'
import { oneLine } from '../../../text/shorten.ts'
import { type Message, makeMessage } from '../../message.ts'
import { noticeMessage } from '../command-answers.ts'
import { bold, code, lines, mention, moment, text } from '../rich-text.ts'

export const boundMessage = (group: string): Message =>
  noticeMessage(
    `From now on alerts on hosts of ${group} are looked into and told in this channel. \`/debvisor unwatch ${group}\` ends that.`,
  )

/** A group has one channel. */
export function elsewhereMessage(group: string, has: string, here: string): Message {
  if (has === here) return noticeMessage(`Alerts on hosts of ${group} are told in this channel already.`)
  return makeMessage(`Alerts on hosts of ${group} are told in another channel`, [
    lines([
      ...text(`Alerts on hosts of ${group} are told in `),
      { type: 'channel', channel_id: has },
      ...text(', and a group has one channel: '),
      ...code(`/debvisor unwatch ${group}`),
      ...text(' there ends that.'),
    ]),
  ])
}

/** "web in #ops by @ana since Nov 30 10:00" */
export const groupLine = ({ group, channel, by, at }: ChannelOfGroup): RichTextElement[] => [
  ...bold(oneLine(group, 80)),
  ...text(' in '),
  { type: 'channel', channel_id: channel },
  ...text(', by '),
  ...mention(by),
  ...text(' since '),
  ...moment(at),
]
