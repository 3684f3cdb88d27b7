import type { Message } from '../message.ts'
import type { Destination, IsWanted } from './destination.ts'
import type { ThreadDestination } from './files.ts'
import { type Copy, findCopies, findFileCopies, type MessageKey } from './find-message.ts'
import { assertWanted } from './post-message.ts'
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
  remove(channel: string, ts: string, isWanted?: IsWanted): Promise<CallResult<unknown>>
  removeFile(fileId: string, isWanted?: IsWanted): Promise<CallResult<unknown>>
  /** The message says something else from now on, and is not found by its key any more. */
  retire(channel: string, ts: string, message: Message, isWanted?: IsWanted): Promise<CallResult<string>>
}

/** Metadata of what was a copy: it cannot be removed with chat.update, and is replaced. */
const retired = { event_type: 'debvisor_copy', event_payload: {} }

export function makeCopies({
  client,
  self,
  caller,
}: Pick<SlackConnection, 'client' | 'self' | 'caller'>): Copies {
  /** `isWanted` is asked before each try. */
  const call = <T>(rateLimitKey: string, isWanted: IsWanted | undefined, once: () => Promise<T>) =>
    caller.call({
      rateLimitKey,
      once: () => {
        assertWanted({ isWanted })
        return once()
      },
    })
  return {
    ofMessage: (destination, key) =>
      caller.call({
        rateLimitKey: 'conversations.history',
        once: () => findCopies(client, destination, key, self),
      }),
    ofFile: (destination, about) =>
      caller.call({
        rateLimitKey: 'conversations.replies',
        once: () => findFileCopies(client, destination, { ...about, self }),
      }),
    async remove(channel, ts, isWanted) {
      const remove = () => call('chat.delete', isWanted, () => client.chat.delete({ channel, ts }))
      const removed = await remove()
      if (removed.ok || !removed.detail.startsWith('streaming_state_conflict'))
        return unlessGone(removed, ['message_not_found'])
      await call('chat.stopStream', isWanted, () => client.chat.stopStream({ channel, ts }))
      return unlessGone(await remove(), ['message_not_found'])
    },
    async removeFile(fileId, isWanted) {
      const removed = await call('files.delete', isWanted, () => client.files.delete({ file: fileId }))
      return unlessGone(removed, ['file_not_found', 'file_deleted'])
    },
    retire: (channel, ts, { text, blocks }, isWanted) =>
      call('chat.update', isWanted, async () =>
        given((await client.chat.update({ channel, ts, text, blocks: [...blocks], metadata: retired })).ts),
      ),
  }
}

const unlessGone = (removed: CallResult<unknown>, words: readonly string[]): CallResult<unknown> =>
  removed.ok || !words.includes(removed.detail.split(';')[0] ?? '') ? removed : { ok: true, value: undefined }
