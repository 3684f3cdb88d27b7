import type { ChatPostMessageArguments } from '@slack/web-api'
import type { Message } from '../message.ts'
import type { Destination, IsWanted } from './destination.ts'
import { findMessage, type MessageKey, metadataOf } from './find-message.ts'
import type { Sending } from './message-updates.ts'
import { type CallResult, given } from './retry-call.ts'
import type { SlackConnection } from './slack-connection.ts'
import { NoLongerWanted } from './slack-failure.ts'

/** In the channel's order and pace. A lost answer is looked up before the message is posted again. */
export function postMessage(
  connection: SlackConnection,
  destination: Destination,
  message: Message,
  key: MessageKey,
): Promise<CallResult<string>> {
  const { client, caller, pace, withFallback } = connection
  const { channel, thread } = destination
  const send = (shown: Message): Promise<CallResult<string>> =>
    caller.call({
      rateLimitKey: `chat.postMessage ${channel}`,
      once: async () => {
        assertWanted(destination)
        return given((await client.chat.postMessage(postArguments(destination, shown, key))).ts)
      },
      alreadyDone: () => findMessage(client, channel, key, thread),
    })
  return pace.run(channel, () => withFallback(message, send))
}

export function assertWanted({ isWanted }: { readonly isWanted?: IsWanted | undefined }): void {
  if (isWanted && !isWanted()) throw new NoLongerWanted()
}

/** Slack follows no link that a host wrote. */
const postArguments = (
  destination: Destination,
  message: Message,
  key: MessageKey,
): ChatPostMessageArguments => ({
  channel: destination.channel,
  ...(destination.thread ? { thread_ts: destination.thread } : {}),
  ...content(message),
  unfurl_links: false,
  unfurl_media: false,
  metadata: metadataOf(key),
})

/** A progress report that fails is followed by the next one; the last word is worth every try. */
export const changeMessage =
  ({ client, caller, withFallback }: SlackConnection) =>
  (
    channel: string,
    ts: string,
    message: Message,
    { urgent, isWanted }: Sending,
  ): Promise<CallResult<string>> =>
    withFallback(message, (shown) =>
      caller.call({
        rateLimitKey: 'chat.update',
        once: async () => {
          assertWanted({ isWanted })
          return given((await client.chat.update({ channel, ts, ...content(shown) })).ts)
        },
        ...(urgent ? {} : { tries: 1 }),
      }),
    )

export const postEphemeral = (
  { client, caller, withFallback }: SlackConnection,
  { channel, thread }: Destination,
  user: string,
  message: Message,
): Promise<CallResult<string>> =>
  withFallback(message, (shown) =>
    caller.call({
      rateLimitKey: `chat.postEphemeral ${channel}`,
      once: async () =>
        given(
          (
            await client.chat.postEphemeral({
              channel,
              user,
              ...(thread ? { thread_ts: thread } : {}),
              ...content(shown),
            })
          ).message_ts,
        ),
    }),
  )

const content = ({ text, blocks }: Message) => ({ text, blocks: [...blocks] })
