import { type Fields, isFields } from '../blocks/shape.ts'
import { type Answer, refusal } from './api.ts'
import { isMessage, type Message } from './messages.ts'
import type { Workspace } from './workspace.ts'

/** Slack's default page and largest page. */
const PAGE = 100
const LARGEST = 999

/**
 * conversations.history (newest first) and conversations.replies (oldest first) with what the emulator
 * leaves out: only for members, from `oldest` to `latest`, page by page, and metadata only for who asks for
 * it.
 */
export async function readHistory(workspace: Workspace, method: string, args: Fields): Promise<Answer> {
  const allowed = await workspace.asBot(method, { channel: args.channel, ts: args.ts, limit: 1 })
  if (!allowed.ok) return allowed.error === 'not_in_channel' ? refusal('channel_not_found') : allowed
  const info = await workspace.asReader('conversations.info', { channel: args.channel })
  if (isFields(info.channel) && !info.channel.is_member) return refusal('not_in_channel')
  const messages = await allMessages(workspace, method, args)
  if (method === 'conversations.replies' && messages.length === 0) return refusal('thread_not_found')
  return page(messages.filter(within(args)), args)
}

/** Everything that is there, as a person in the channel sees it. */
export async function allMessages(
  workspace: Workspace,
  method: string,
  args: Fields,
): Promise<readonly Message[]> {
  const found: Message[] = []
  let cursor = ''
  do {
    const { channel, ts } = args
    const answer = await workspace.asReader(method, { channel, ts, cursor, limit: 1000 })
    if (!answer.ok) throw new Error(`${method} of ${String(channel)}: ${answer.error}`)
    found.push(...(Array.isArray(answer.messages) ? answer.messages.filter(isMessage) : []))
    cursor = isFields(answer.response_metadata) ? String(answer.response_metadata.next_cursor ?? '') : ''
  } while (cursor !== '')
  return found
}

function within(args: Fields): (message: Message) => boolean {
  const inclusive = args.inclusive === true || args.inclusive === 'true' || args.inclusive === '1'
  const oldest = args.oldest === undefined ? undefined : Number(args.oldest)
  const latest = args.latest === undefined ? undefined : Number(args.latest)
  return ({ ts }) => {
    if (args.ts === ts) return true
    const at = Number(ts)
    if (inclusive && (at === oldest || at === latest)) return true
    return (oldest === undefined || at > oldest) && (latest === undefined || at < latest)
  }
}

function page(messages: readonly Message[], args: Fields): Answer {
  const limit = Math.min(Number(args.limit) || PAGE, LARGEST)
  const start = args.cursor ? messages.findIndex(({ ts }) => ts === args.cursor) : 0
  if (start < 0) return refusal('invalid_cursor')
  const shown = messages.slice(start, start + limit)
  const next = messages[start + limit]
  const metadata = args.include_all_metadata === true || args.include_all_metadata === 'true'
  return {
    ok: true,
    messages: metadata ? shown : shown.map(({ metadata: _, ...message }) => message),
    has_more: next !== undefined,
    ...(next ? { response_metadata: { next_cursor: next.ts } } : {}),
  }
}
