import type { WebClient } from '@slack/web-api'
import { unwrap } from '../typed-text.ts'

/**
 * What every message of ours carries as Slack metadata, so that it is found again where the answer to its
 * post was lost.
 */
export interface MessageKey {
  /** Run id. */
  readonly run: string
  /** 'main', 'thread:evidence:1', …: unique in the run. */
  readonly key: string
}

const EVENT_TYPE = 'debvisor_message'

export const metadataOf = ({ run, key }: MessageKey) => ({
  event_type: EVENT_TYPE,
  event_payload: { run, key },
})

interface Seen {
  readonly ts?: string | undefined
  readonly metadata?:
    | { readonly event_type?: string | undefined; readonly event_payload?: object | undefined }
    | undefined
  readonly files?:
    | readonly { readonly id?: string | undefined; readonly name?: string | undefined }[]
    | undefined
}

/** The ts of our message with that key, among the newest 200 of the channel or of the thread. */
export async function findMessage(
  client: WebClient,
  channel: string,
  wanted: MessageKey,
  thread: string | undefined,
): Promise<string | undefined> {
  const isOurs = ({ metadata }: Seen): boolean => {
    const payload = (metadata?.event_payload ?? {}) as Partial<MessageKey>
    return metadata?.event_type === EVENT_TYPE && payload.run === wanted.run && payload.key === wanted.key
  }
  return (await newest(client, channel, thread)).find(isOurs)?.ts
}

/** The id of the file with that name in the thread. */
export async function findFile(
  client: WebClient,
  channel: string,
  filename: string,
  thread: string,
): Promise<string | undefined> {
  const files = (await newest(client, channel, thread)).flatMap((message) => message.files ?? [])
  return files.find((file) => file.name === filename)?.id
}

/** What a person wrote under a message. */
export interface Reply {
  readonly user: string
  readonly text: string
  readonly at: Date
}

/** Without what bots wrote, ourselves among them. */
export async function repliesTo(
  client: WebClient,
  channel: string,
  ts: string,
  most: number,
): Promise<readonly Reply[]> {
  const answer = await client.conversations.replies({ channel, ts, limit: 100 })
  const said = (answer.messages ?? []).filter((each) => each.ts !== ts && each.user && !each.bot_id)
  return said.slice(-most).map(({ user = '', text = '', ts: at = '' }) => ({
    user,
    text: unwrap(text),
    at: new Date(Number(at) * 1000),
  }))
}

/** The message there, whoever wrote it; undefined where there is none. */
export async function readMessage(client: WebClient, channel: string, ts: string): Promise<unknown> {
  const answer = await client.conversations.replies({ channel, ts, limit: 1 })
  return (answer.messages ?? []).find((each) => each.ts === ts)
}

async function newest(
  client: WebClient,
  channel: string,
  thread: string | undefined,
): Promise<readonly Seen[]> {
  const about = { channel, include_all_metadata: true, limit: 200 }
  const answer = thread
    ? await client.conversations.replies({ ...about, ts: thread })
    : await client.conversations.history(about)
  return (answer.messages ?? []) as readonly Seen[]
}
