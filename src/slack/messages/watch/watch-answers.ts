import type { RichTextElement } from '@slack/types'
import type { ChannelOfGroup } from '../../../alerts/channel-groups.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { Watch } from '../../../watches/watch.ts'
import type { Full } from '../../../watches/watch-limits.ts'
import { type Message, makeMessage } from '../../message.ts'
import { noticeMessage } from '../command-answers.ts'
import { bold, bullets, mention, moment, rich, section, text } from '../rich-text.ts'
import { groupLine } from './group-answers.ts'
import { duration } from './watch-message.ts'

/** For whoever asked, in a sentence or two. */
export const watchedSentence = ({ topic, host, everyMs, wanted }: Watch): string =>
  `${topic} on ${host} is watched now: I look every ${duration(everyMs)}, and tell you in its thread when ${wanted} looks in a row were healthy.`

/** Which limit, and what to do. */
export const fullSentence = ({ limit, most }: Full): string =>
  `${
    limit === 'user'
      ? `You are watching ${most}, as many as one person may`
      : `${most} are watched, as many as may be at all`
  }: nothing was begun. \`/debvisor watch\` lists them, and \`/debvisor unwatch <host>\` ends one.`

const MOST = 30

/** What is watched, by whom, since when, and how it stands; and which channels are told of a group's alerts. */
export function watchesMessage(watches: readonly Watch[], groups: readonly ChannelOfGroup[] = []): Message {
  if (watches.length === 0 && groups.length === 0)
    return noticeMessage(
      'Nothing is being watched. `/debvisor watch <host> <topic>` tells you when it is well again.',
    )
  const left = watches.length - MOST
  const title = `Watched until healthy: ${watches.length === 0 ? 'nothing' : watches.length}`
  const [first] = watches
  return makeMessage(first ? `${title}, ${first.topic} on ${first.host} first` : title, [
    rich(
      section(...bold(title)),
      ...bullets([...watches.slice(0, MOST).map(watchLine), ...(left > 0 ? [text(`and ${left} more`)] : [])]),
    ),
    ...(groups.length > 0
      ? [
          rich(
            section(...bold('Alerts on hosts of a group')),
            ...bullets(groups.slice(0, MOST).map(groupLine)),
          ),
        ]
      : []),
  ])
}

function watchLine({
  topic,
  host,
  user,
  createdAt,
  everyMs,
  healthy,
  wanted,
  looks,
  until,
}: Watch): RichTextElement[] {
  const ill = looks === 0 ? 'no look yet' : 'the last look was not healthy'
  const stands = healthy > 0 ? `healthy ${healthy} of ${wanted}` : ill
  return [
    ...bold(oneLine(`${topic} on ${host}`, 150)),
    ...text(` every ${duration(everyMs)}: ${stands}, by `),
    ...mention(user),
    ...text(' since '),
    ...moment(createdAt),
    ...text(', gives up '),
    ...moment(until),
  ]
}
