import type { ChannelAdapter, Sender } from '../../integrations/channel-adapter.ts'
import type { Run } from '../../runs/run.ts'
import type { Posted } from '../../slack/transport/delivery.ts'

/** What is brought to one person in a direct message: drawn by threads/, which keeps it up to date afterwards. */
export interface DirectMessages {
  /** Posted once for its key, updated when its content changed. */
  bringTo(
    user: string,
    about: { readonly run: Run; readonly escalationId: string; readonly key: string },
  ): Promise<Brought>
}

/** `channel` is that of the direct message. */
export type Brought =
  | { readonly ok: true; readonly channel: string; readonly ts: string }
  | Extract<Posted, { ok: false }>

export interface SentMessage {
  /** Of the direct message. */
  readonly channel: string
  readonly ts: string
  /** Slack user that it was written to. */
  readonly user: string
}

export interface MessageSettings {
  readonly lead: { readonly slackUser: string | undefined }
}

/**
 * The direct message in Slack, to whoever has the escalation. Anybody can be written to; it is configured where the
 * lead is named.
 */
export const messageChannel: ChannelAdapter<
  SentMessage,
  MessageSettings,
  { readonly directMessages: DirectMessages }
> = {
  record: {
    read: ({ dmChannel, dmTs, dmUser }) =>
      dmTs ? { channel: dmChannel ?? '', ts: dmTs, user: dmUser ?? '' } : null,
    write: ({ channel, ts, user }) => ({
      ...(channel ? { dmChannel: channel } : {}),
      ...(ts ? { dmTs: ts } : {}),
      ...(user ? { dmUser: user } : {}),
    }),
  },
  atFirst: () => ({}),
  isConfigured: ({ lead }) => lead.slackUser !== undefined,
  connect: ({ directMessages }) => sendMessage(directMessages),
  async check({ lead }) {
    const what = 'direct message to the DevOps lead'
    const remedy = 'set `escalation.lead.slackUser` in debvisor.yml'
    if (!lead.slackUser) return { what, state: 'off', said: 'not configured', remedy }
    return { what, state: 'good', said: `goes to Slack user ${lead.slackUser}` }
  },
  // A message to somebody who had it before reached nobody who has it now.
  reached: ({ user }, assignee) => (user === assignee ? 'direct message' : null),
  isProven: () => false,
}

export const sendMessage =
  (directMessages: DirectMessages): Sender<SentMessage> =>
  async ({ assignee: user, run, escalationId, handedBack }) => {
    if (!user) return { ok: false, retry: false, reason: 'there is nobody to write to any more' }
    // One that was handed back is a message of its own.
    const key = `lead:${escalationId}:${user}${handedBack > 0 ? `:${handedBack}` : ''}`
    const brought = await directMessages.bringTo(user, { run, escalationId, key })
    if (brought.ok) return { ok: true, kept: { channel: brought.channel, ts: brought.ts, user } }
    const retry = brought.reason === 'unavailable' || brought.reason === 'rate-limited'
    return { ok: false, retry, reason: brought.detail || brought.reason }
  }
