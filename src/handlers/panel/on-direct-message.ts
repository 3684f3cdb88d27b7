import type { App } from '@slack/bolt'
import { withinTime } from '../../escalation/slack-within-deadline.ts'
import type { BotIdentity } from '../../slack/workspace/sign-in.ts'
import { runAt } from '../../store/posted-messages.ts'
import type { Capabilities } from '../capabilities.ts'
import { acknowledgementIn } from '../mentions/acknowledged-by-listener.ts'
import { readMention } from '../mentions/parse-mention.ts'
import {
  type Acknowledge,
  answerKey,
  type Delivered,
  isInThread,
  takeMessage,
  type WrittenMessage,
} from '../mentions/take-message.ts'
import { directMessageEntry } from '../routes.ts'
import { answerDirectMessage } from './answer-direct-message.ts'

/** Slack's panel, and the Messages tab: both are the direct messages of a person with the bot. */
export function onDirectMessage(app: App, bot: Capabilities, self: BotIdentity): void {
  app.event('message', async ({ event, body, context }) => {
    // What people say elsewhere is not for us, whatever the app is subscribed to.
    if (event.channel_type !== 'im') return
    const delivered = { event: event as WrittenMessage, team: body.team_id, eventId: body.event_id }
    await takeDirectMessage(bot, self, delivered, acknowledgementIn(bot, context))
  })
}

const STATUS = 'is looking …'
/** An answer does not wait longer for its status. */
const STATUS_MS = 1_000

/** Takes it once and answers in its thread, as a mention is taken. */
export async function takeDirectMessage(
  bot: Capabilities,
  self: Pick<BotIdentity, 'user'>,
  delivered: Delivered,
  acknowledge: Acknowledge,
): Promise<void> {
  const { event } = delivered
  if (isEcho(event, self) || (await isBetweenPeople(bot, event))) return acknowledge()
  const { delivery } = bot.slack
  const place = { channel: event.channel, thread: event.thread_ts ?? event.ts }
  let shown: Promise<unknown> | undefined
  await takeMessage(bot, delivered, acknowledge, {
    entry: directMessageEntry,
    async answer(request) {
      shown = delivery.setStatus(place, STATUS)
      const written = (event.text ?? '').replace(
        new RegExp(`^\\s*<@${self.user}(?:\\|[^<>]*)?>\\s*[:,]?`),
        '',
      )
      const read = readMention(`<@${self.user}> ${written}`, self.user)
      return read && answerDirectMessage(bot, request, { ...read, inThread: isInThread(event) })
    },
    async reply(answer) {
      // Slack takes the status away with the next message: it must not come after it.
      if (shown) await withinTime(STATUS_MS)(shown, undefined)
      const sent = await delivery.post(place, answer, answerKey(delivered))
      if (!sent.ok)
        bot.log.warn({ event: delivered.eventId, detail: sent.detail }, 'Slack did not take a direct answer')
    },
  })
}

/** People write with these, and Slack tells of everything else that happens to a message with others. */
const written: ReadonlySet<string | undefined> = new Set([undefined, 'file_share', 'thread_broadcast'])

/** What we wrote or changed ourselves comes back as an event. */
const isEcho = ({ bot_id: bot, user, subtype }: WrittenMessage, self: Pick<BotIdentity, 'user'>): boolean =>
  bot !== undefined || user === undefined || user === self.user || !written.has(subtype)

/**
 * Below our letter to the DevOps lead people write to each other: the page carries what they answer. Only below what
 * they wrote themselves, or below a run, it is meant for us.
 */
async function isBetweenPeople(
  { store, slack }: Pick<Capabilities, 'store' | 'slack'>,
  event: WrittenMessage,
): Promise<boolean> {
  const { channel, thread_ts: thread } = event
  if (thread === undefined || !isInThread(event)) return false
  if ((await runAt(store, channel, thread)) !== undefined) return false
  const root = (await slack.delivery.message(channel, thread)) as { bot_id?: unknown } | undefined
  return root?.bot_id !== undefined
}
