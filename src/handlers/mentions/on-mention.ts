import type { App } from '@slack/bolt'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import type { BotIdentity } from '../../slack/workspace/sign-in.ts'
import { firstDelivery } from '../../store/seen-deliveries.ts'
import type { Capabilities } from '../capabilities.ts'
import { mentionEntry } from '../routes.ts'
import { acknowledgementIn } from './acknowledged-by-listener.ts'
import { answerMention } from './answer-mention.ts'
import { type Mention, readMention } from './parse-mention.ts'
import {
  type Acknowledge,
  answerKey,
  type Delivered,
  isInThread,
  takeMessage,
  type WrittenMessage,
} from './take-message.ts'

export function onMention(app: App, bot: Capabilities, self: BotIdentity): void {
  app.event('app_mention', ({ event, body, context }) => {
    const delivered = { event: event as WrittenMessage, team: body.team_id, eventId: body.event_id }
    return takeMention(bot, self, delivered, acknowledgementIn(bot, context))
  })
}

export async function takeMention(
  bot: Capabilities,
  self: Pick<BotIdentity, 'user'>,
  delivered: Delivered,
  acknowledge: Acknowledge,
): Promise<void> {
  const { event, team } = delivered
  let alone = false
  await takeMessage(bot, delivered, acknowledge, {
    entry: mentionEntry,
    async answer(request) {
      const isNew = await firstDelivery(bot.store, `mention:${team}:${event.channel}:${event.ts}`)
      const read = readable(event, self, isNew)
      if ('refusal' in read) {
        await request.refuse('ask', {}, read.refusal)
        return read.told ? noticeMessage(read.refusal) : undefined
      }
      const answered = await answerMention(bot, request, { ...read, inThread: isInThread(event) })
      alone = answered?.alone ?? false
      return answered?.message
    },
    async reply(answer) {
      if (!(await isBot(bot, event, self))) await reply(bot, delivered, answer, alone)
    },
  })
}

/** `told`: whoever wrote it waits for an answer. */
type Refusal = { readonly refusal: string; readonly told: boolean }

/** `isNew`: the message mentioned nobody before. Slack sends a mention anew each time that its author edits it. */
function readable(event: WrittenMessage, self: Pick<BotIdentity, 'user'>, isNew: boolean): Mention | Refusal {
  if (event.bot_id !== undefined || event.user === self.user)
    return { refusal: 'Bots may not use this command.', told: false }
  if (event.edited !== undefined)
    return { refusal: 'A message that was edited is not read as a command: write a new one.', told: isNew }
  return (
    readMention(event.text ?? '', self.user) ?? {
      refusal: 'The mention stands in code or in a quotation.',
      told: false,
    }
  )
}

/** No bot is answered: two that answer each other never end. */
async function isBot(
  { slack }: Pick<Capabilities, 'slack'>,
  { user, bot_id: bot }: WrittenMessage,
  self: Pick<BotIdentity, 'user'>,
): Promise<boolean> {
  if (bot !== undefined || user === undefined || user === self.user) return true
  return (await slack.person(user))?.bot === true
}

/** In the thread of the mention, or below it. */
async function reply(
  { slack, log }: Pick<Capabilities, 'slack' | 'log'>,
  delivered: Delivered,
  message: Message,
  alone: boolean,
): Promise<void> {
  const { channel, thread_ts: thread, ts, user = '' } = delivered.event
  const sent = alone
    ? await slack.delivery.ephemeral({ channel, thread }, user, message)
    : await slack.delivery.post({ channel, thread: thread ?? ts }, message, answerKey(delivered))
  if (!sent.ok)
    log.warn({ event: delivered.eventId, detail: sent.detail }, 'Slack did not take the answer to a mention')
}
