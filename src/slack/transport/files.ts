import { findFile } from './find-message.ts'
import type { CallResult } from './retry-call.ts'
import { given } from './retry-call.ts'
import type { SlackConnection } from './slack-connection.ts'

export interface ThreadDestination {
  readonly channel: string
  readonly thread: string
}

export interface UploadedFile {
  /** Unique in the thread. */
  readonly filename: string
  readonly content: string
  /** It was not there before. */
  readonly since?: Date
}

/**
 * A file for a thread, in its channel's order; its name is unique there, so one whose answer was lost is
 * found again.
 */
export function uploadFile(
  { client, caller, pace }: Pick<SlackConnection, 'client' | 'caller' | 'pace'>,
  { channel, thread }: ThreadDestination,
  { filename, content, since }: UploadedFile,
): Promise<CallResult<string>> {
  const upload = async (): Promise<string> => {
    const about = { channel_id: channel, thread_ts: thread, filename, title: filename }
    const answer = await client.filesUploadV2({ ...about, content })
    return given(answer.files[0]?.files?.[0]?.id)
  }
  return pace.run(channel, () =>
    caller.call({
      rateLimitKey: 'files.upload',
      once: upload,
      alreadyDone: () => findFile(client, { channel, thread }, { filename, since }),
    }),
  )
}
