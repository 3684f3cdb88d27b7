import { type Fields, isFields } from '../blocks/shape.ts'
import type { EphemeralMessage, Ephemerals } from '../state/ephemerals.ts'
import { allMessages } from '../state/history.ts'
import type { Message } from '../state/messages.ts'
import { named, type Workspace } from '../state/workspace.ts'

/** A message, and where it stands. */
export interface SeenMessage extends Message {
  readonly channel: string
}

export type Messages = Promise<readonly SeenMessage[]>

/** What people see of Slack, and what they do there without the bot. */
export interface Screen {
  /** Top-level messages of a channel, oldest first; default `incidents`. */
  messages(channel?: string): Messages
  /** A thread without the message that it hangs on, oldest first. */
  replies(channel: string, ts: string): Messages
  /** One message as it is now. */
  message(channel: string, ts: string): Promise<SeenMessage | undefined>
  /** What the bot and a person wrote to each other directly, oldest first. */
  dms(user: string): Messages
  /** What one user alone sees, of all ways to send such a thing. */
  ephemerals(user?: string): readonly EphemeralMessage[]
  /** A person writes, or another app by its own words; resolves to the message's ts. No event is delivered for it. */
  say(
    text: string,
    by?: Place & { readonly user?: string; readonly attachments?: readonly Fields[] },
  ): Promise<string>
  /** A person invites the bot. */
  invite(channel: string): Promise<void>
}

export interface Place {
  readonly channel?: string
  readonly threadTs?: string
}

export function openScreen(workspace: Workspace, ephemerals: Ephemerals): Screen {
  const roomOf = (channel: string) => named(workspace.channels, channel, 'channel').id
  const userOf = (user: string) => named(workspace.users, user, 'user')
  const read = async (method: string, args: { channel: string; ts?: string }): Messages =>
    (await allMessages(workspace, method, args)).map((each) => ({ ...each, channel: args.channel }))
  const history = async (channel: string): Messages =>
    (await read('conversations.history', { channel })).toReversed()
  const thread = (channel: string, ts: string): Messages =>
    read('conversations.replies', { channel: roomOf(channel), ts })
  const asPerson = async (name: string, method: string, args: Fields) => {
    const answer = await workspace.asPerson(name, method, args)
    if (!answer.ok) throw new Error(`${name}: ${method} of ${args.channel}: ${answer.error}`)
    return answer
  }

  return {
    messages: async (channel = 'incidents') => history(roomOf(channel)),
    replies: async (channel, ts) => (await thread(channel, ts)).filter((each) => each.ts !== ts),
    message: async (channel, ts) => (await thread(channel, ts)).find((each) => each.ts === ts),
    async dms(user) {
      const asked = { users: userOf(user).id, return_im: true, prevent_creation: true }
      const opened = await workspace.asReader('conversations.open', asked)
      return isFields(opened.channel) ? history(String(opened.channel.id)) : []
    },
    ephemerals(user) {
      const to = user === undefined ? undefined : userOf(user).id
      return ephemerals.all().filter((each) => to === undefined || each.to === to)
    },
    async say(text, { user = 'ana', channel = 'incidents', threadTs, attachments } = {}) {
      const thread = threadTs === undefined ? {} : { thread_ts: threadTs }
      const message = { channel: roomOf(channel), text, ...thread, ...(attachments ? { attachments } : {}) }
      return String((await asPerson(userOf(user).name, 'chat.postMessage', message)).ts)
    },
    async invite(channel) {
      const users = workspace.botUserId
      await asPerson('admin', 'conversations.invite', { channel: roomOf(channel), users })
    },
  }
}
