import type { Message } from '../message.ts'
import type { Destination } from './destination.ts'
import type { ThreadDestination } from './files.ts'
import { type Copy, findCopies, findFileCopies, type MessageKey } from './find-message.ts'
import type { CallResult } from './retry-call.ts'
import { given } from './retry-call.ts'
import type { SlackConnection } from './slack-connection.ts'

/** What stands in Slack more than once, and how it is taken away. What is gone already counts as taken away. */
export interface Copies {
  ofMessage(destination: Destination, key: MessageKey): Promise<CallResult<readonly Copy[]>>
  ofFile(
    destination: ThreadDestination,
    about: { readonly filename: string; readonly since?: Date },
  ): Promise<CallResult<readonly string[]>>
  remove(channel: string, ts: string): Promise<CallResult<unknown>>
  removeFile(fileId: string): Promise<CallResult<unknown>>
  /** The message says something else from now on, and is not found by its key any more. */
  retire(channel: string, ts: string, message: Message): Promise<CallResult<string>>
}

/** Metadata of what was a copy: it cannot be removed with chat.update, and is replaced. */
const retired = { event_type: 'debvisor_copy', event_payload: {} }

export function makeCopies({ client, caller }: Pick<SlackConnection, 'client' | 'caller'>): Copies {
  const remove = (channel: string, ts: string): Promise<CallResult<unknown>> =>
    caller.call({ rateLimitKey: 'chat.delete', once: () => client.chat.delete({ channel, ts }) })
  const end = (channel: string, ts: string): Promise<CallResult<unknown>> =>
    caller.call({ rateLimitKey: 'chat.stopStream', once: () => client.chat.stopStream({ channel, ts }) })
  return {
    ofMessage: (destination, key) =>
      caller.call({
        rateLimitKey: 'conversations.history',
        once: () => findCopies(client, destination, key),
      }),
    ofFile: (destination, about) =>
      caller.call({
        rateLimitKey: 'conversations.replies',
        once: () => findFileCopies(client, destination, about),
      }),
    async remove(channel, ts) {
      const removed = await remove(channel, ts)
      if (removed.ok || !removed.detail.startsWith('streaming_state_conflict'))
        return unlessGone(removed, ['message_not_found'])
      await end(channel, ts)
      return unlessGone(await remove(channel, ts), ['message_not_found'])
    },
    async removeFile(fileId) {
      const once = () => client.files.delete({ file: fileId })
      const removed = await caller.call({ rateLimitKey: 'files.delete', once })
      return unlessGone(removed, ['file_not_found', 'file_deleted'])
    },
    retire: (channel, ts, { text, blocks }) =>
      caller.call({
        rateLimitKey: 'chat.update',
        once: async () =>
          given((await client.chat.update({ channel, ts, text, blocks: [...blocks], metadata: retired })).ts),
      }),
  }
}

const unlessGone = (removed: CallResult<unknown>, words: readonly string[]): CallResult<unknown> =>
  removed.ok || !words.includes(removed.detail.split(';')[0] ?? '') ? removed : { ok: true, value: undefined }
