import type { Called } from './calls.ts'
import { given } from './calls.ts'
import { findFile } from './find-message.ts'
import type { Ways } from './post-message.ts'

export interface FilePlace {
  readonly channel: string
  readonly thread: string
}

/**
 * A file for a thread, in its channel's order; its name is unique there, so one whose answer was lost is
 * found again.
 */
export function uploadFile(
  { client, slack, lanes }: Pick<Ways, 'client' | 'slack' | 'lanes'>,
  { channel, thread }: FilePlace,
  { filename, content }: { readonly filename: string; readonly content: string },
): Promise<Called<string>> {
  const upload = async (): Promise<string> => {
    const about = { channel_id: channel, thread_ts: thread, filename, title: filename }
    const answer = await client.filesUploadV2({ ...about, content })
    return given(answer.files[0]?.files?.[0]?.id)
  }
  return lanes.enter(channel, () =>
    slack.call({
      gate: 'files.upload',
      once: upload,
      found: () => findFile(client, channel, filename, thread).catch(() => undefined),
    }),
  )
}
