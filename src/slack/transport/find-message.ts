import type { WebClient } from '@slack/web-api'
import { isUnderWayBlock } from '../message.ts'
import { unwrap } from '../typed-text.ts'
import type { Destination } from './destination.ts'

/**
 * What every message of ours carries as Slack metadata, so that it is found again where the answer to its
 * post was lost.
 */
export interface MessageKey {
  /** Run id. */
  readonly run: string
  /** 'main', 'thread:evidence:1', …: unique in the run. */
  readonly key: string
  /** It was not posted before: what is looked for is looked for from there. Undefined: among the newest. */
  readonly since?: Date
}

const EVENT_TYPE = 'debvisor_message'

export const metadataOf = ({ run, key }: MessageKey) => ({
  event_type: EVENT_TYPE,
  event_payload: { run, key },
})

/** Our own bot, as auth.test says. */
export interface OwnBot {
  readonly id: string
  readonly user: string
}

interface Seen {
  readonly ts?: string | undefined
  readonly user?: string | undefined
  readonly bot_id?: string | undefined
  readonly reply_count?: number | undefined
  readonly metadata?:
    | { readonly event_type?: string | undefined; readonly event_payload?: object | undefined }
    | undefined
  readonly blocks?: readonly { readonly block_id?: string | undefined }[] | undefined
  readonly files?:
    | readonly {
        readonly id?: string | undefined
        readonly name?: string | undefined
        readonly user?: string | undefined
      }[]
    | undefined
}

/**
 * The ts of our message with that key, in the channel or in the thread. One that is still streamed has no metadata, and
 * is told by a block that no other has.
 */
export async function findMessage(
  client: WebClient,
  channel: string,
  wanted: MessageKey,
  thread: string | undefined,
): Promise<string | undefined> {
  for await (const page of pages(client, { channel, thread, since: wanted.since })) {
    const ours = page.find(isMarkedAs(wanted))
    if (ours) return ours.ts
  }
  return undefined
}

const isMarkedAs =
  (wanted: MessageKey) =>
  ({ metadata, blocks }: Seen): boolean => {
    const payload = (metadata?.event_payload ?? {}) as Partial<MessageKey>
    if (!metadata && wanted.key === 'main')
      return blocks?.some((block) => isUnderWayBlock(block, wanted.run)) ?? false
    return metadata?.event_type === EVENT_TYPE && payload.run === wanted.run && payload.key === wanted.key
  }

/** A message that stands there under its key, perhaps beside others. */
export interface Copy {
  readonly ts: string
  /** Somebody answered below it. */
  readonly isAnswered: boolean
}

/** Without `self` nobody is told apart. */
const isBy =
  (self: OwnBot | undefined) =>
  ({ bot_id: bot, user }: Pick<Seen, 'bot_id' | 'user'>): boolean =>
    self === undefined || bot === self.id || user === self.user

/** Each of our messages with that key. */
export async function findCopies(
  client: WebClient,
  { channel, thread }: Destination,
  wanted: MessageKey,
  self?: OwnBot,
): Promise<readonly Copy[]> {
  const found: Copy[] = []
  for await (const page of pages(client, { channel, thread, since: wanted.since }))
    for (const { ts = '', reply_count: answers = 0 } of page.filter(isBy(self)).filter(isMarkedAs(wanted)))
      found.push({ ts, isAnswered: answers > 0 })
  return found
}

/** A file of ours. `self`: so that none counts that somebody else gave the same name. */
interface WantedFile {
  readonly filename: string
  readonly since?: Date | undefined
  readonly self?: OwnBot | undefined
}

/** The id of the file with that name in the thread. */
export async function findFile(
  client: WebClient,
  { channel, thread }: { readonly channel: string; readonly thread: string },
  wanted: WantedFile,
): Promise<string | undefined> {
  for await (const page of pages(client, { channel, thread, since: wanted.since })) {
    const [ours] = filesIn(page, wanted)
    if (ours) return ours
  }
  return undefined
}

/** The id of each file with that name in the thread, the oldest first. */
export async function findFileCopies(
  client: WebClient,
  { channel, thread }: { readonly channel: string; readonly thread: string },
  wanted: WantedFile,
): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const page of pages(client, { channel, thread, since: wanted.since }))
    ids.push(...filesIn(page, wanted))
  return ids
}

const filesIn = (page: readonly Seen[], { filename, self }: WantedFile): string[] =>
  page.flatMap(({ files = [], ...message }) =>
    files.flatMap(({ id, name, user }) =>
      id && name === filename && isBy(self)(user === undefined ? message : { user }) ? [id] : [],
    ),
  )

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

/** A thousand messages: more than are said while a message of ours is in doubt. */
const MOST_PAGES = 5
/** Slack's clock is not the store's. */
const CLOCKS_APART_S = 60

interface Searched {
  readonly channel: string
  readonly thread: string | undefined
  readonly since: Date | undefined
}

/** A thread begins with its oldest reply, and a busy one has our newest far behind: it is read from `since`. */
async function* pages(
  client: WebClient,
  { channel, thread, since }: Searched,
): AsyncGenerator<readonly Seen[]> {
  const oldest = since && { oldest: (since.getTime() / 1000 - CLOCKS_APART_S).toFixed(6) }
  const about = { channel, include_all_metadata: true, limit: 200, ...oldest }
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const next = cursor === undefined ? about : { ...about, cursor }
    const answer = thread
      ? await client.conversations.replies({ ...next, ts: thread })
      : await client.conversations.history(next)
    yield (answer.messages ?? []) as readonly Seen[]
    cursor = answer.response_metadata?.next_cursor
    if (!cursor) return
  }
}
