import type { ChatPostMessageArguments, WebClient } from '@slack/web-api'
import type { Message } from '../message.ts'
import { type Called, type Caller, given } from './calls.ts'
import type { Lanes } from './channel-pace.ts'
import type { Place } from './destination.ts'
import { findMessage, type MessageKey, metadataOf } from './find-message.ts'
import type { Dresser } from './plain-text-fallback.ts'

export interface Ways {
  readonly client: WebClient
  readonly slack: Caller
  readonly lanes: Lanes
  readonly dress: Dresser
}

/** In the channel's order and pace. A lost answer is looked up before the message is posted again. */
export function postMessage(
  ways: Ways,
  place: Place,
  message: Message,
  key: MessageKey,
): Promise<Called<string>> {
  const { client, slack, lanes, dress } = ways
  const { channel, thread } = place
  const send = (worn: Message): Promise<Called<string>> =>
    slack.call({
      gate: `chat.postMessage ${channel}`,
      once: async () => given((await client.chat.postMessage(postArguments(place, worn, key))).ts),
      found: () => findMessage(client, channel, key, thread).catch(() => undefined),
    })
  return lanes.enter(channel, () => dress(message, send))
}

/** Slack follows no link that a host wrote. */
const postArguments = (place: Place, message: Message, key: MessageKey): ChatPostMessageArguments => ({
  channel: place.channel,
  ...(place.thread ? { thread_ts: place.thread } : {}),
  ...content(message),
  unfurl_links: false,
  unfurl_media: false,
  metadata: metadataOf(key),
})

/** A progress report that fails is followed by the next one; the last word is worth every try. */
export const changeMessage =
  ({ client, slack, dress }: Ways) =>
  (channel: string, ts: string, message: Message, urgent: boolean): Promise<Called<string>> =>
    dress(message, (worn) =>
      slack.call({
        gate: 'chat.update',
        once: async () => given((await client.chat.update({ channel, ts, ...content(worn) })).ts),
        ...(urgent ? {} : { tries: 1 }),
      }),
    )

export const whisper = (
  { client, slack, dress }: Ways,
  channel: string,
  user: string,
  message: Message,
): Promise<Called<string>> =>
  dress(message, (worn) =>
    slack.call({
      gate: `chat.postEphemeral ${channel}`,
      once: async () =>
        given((await client.chat.postEphemeral({ channel, user, ...content(worn) })).message_ts),
    }),
  )

const content = ({ text, blocks }: Message) => ({ text, blocks: [...blocks] })
