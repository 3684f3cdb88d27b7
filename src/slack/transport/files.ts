import type { Destination } from './destination.ts'
import { findFile } from './find-message.ts'
import { assertWanted } from './post-message.ts'
import type { CallResult } from './retry-call.ts'
import { given } from './retry-call.ts'
import type { SlackConnection } from './slack-connection.ts'

export interface ThreadDestination extends Pick<Destination, 'channel' | 'isWanted'> {
  readonly thread: string
}

export interface UploadedFile {
  /** Unique in the thread. */
  readonly filename: string
  readonly content: string
  /** It was not there before. */
  readonly since?: Date
  /** Somebody began to upload it, and nobody knows whether they did: it is looked for first. */
  readonly mayBeThere?: boolean
}

/**
 * A file for a thread, in its channel's order; its name is unique there, so one whose answer was lost is
 * found again.
 */
export function uploadFile(
  { client, self, caller, pace }: Pick<SlackConnection, 'client' | 'self' | 'caller' | 'pace'>,
  destination: ThreadDestination,
  { filename, content, since, mayBeThere = false }: UploadedFile,
): Promise<CallResult<string>> {
  const { channel, thread } = destination
  const upload = async (): Promise<string> => {
    const about = { channel_id: channel, thread_ts: thread, filename, title: filename }
    assertWanted(destination)
    const answer = await client.filesUploadV2({ ...about, content })
    return given(answer.files[0]?.files?.[0]?.id)
  }
  const find = () => findFile(client, { channel, thread }, { filename, since, self })
  return pace.run(channel, async () => {
    const found = mayBeThere
      ? await caller.call({ rateLimitKey: 'conversations.replies', once: async () => (await find()) ?? null })
      : undefined
    if (found?.ok && found.value !== null) return { ok: true, value: found.value }
    if (found && !found.ok && found.reason !== 'refused') return found
    return caller.call({ rateLimitKey: 'files.upload', once: upload, alreadyDone: find })
  })
}
