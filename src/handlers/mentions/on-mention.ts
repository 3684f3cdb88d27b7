import type { App } from '@slack/bolt'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import type { BotIdentity } from '../../slack/workspace/sign-in.ts'
import type { Queryable } from '../../store/db.ts'
import { finishDelivery, firstDelivery, type Hold, takeDelivery } from '../../store/seen-deliveries.ts'
import type { Capabilities } from '../capabilities.ts'
import { type Caller, guard } from '../guard.ts'
import { mentionEntry } from '../routes.ts'
import { answerMention } from './answer-mention.ts'
import { type Mention, readMention } from './parse-mention.ts'

/** Of Slack's app_mention, what is read: docs.slack.dev/reference/events/app_mention. */
interface MentionEvent {
  readonly user?: string
  readonly bot_id?: string
  readonly text?: string
  readonly channel: string
  readonly ts: string
  readonly thread_ts?: string
  readonly edited?: object
  /** The workspace of whoever wrote it, where several share a channel. */
  readonly team?: string
  readonly user_team?: string
  readonly source_team?: string
}

interface Delivered {
  readonly event: MentionEvent
  readonly team: string
  readonly eventId: string
}

type Acknowledge = () => Promise<void>

export function isMention(body: object): boolean {
  const { type, event } = body as { type?: unknown; event?: { type?: unknown } | null }
  return type === 'event_callback' && event?.type === 'app_mention'
}

/** Slack's acknowledgement of a mention; undefined for anything else, which is acknowledged elsewhere. */
const acknowledgement = (context: object): Acknowledge | undefined =>
  (context as { acknowledge?: Acknowledge }).acknowledge

export function onMention(app: App, bot: Capabilities, self: BotIdentity): void {
  app.event('app_mention', async ({ event, body, context }) => {
    const delivered = { event: event as MentionEvent, team: body.team_id, eventId: body.event_id }
    await takeMention(bot, self, delivered, async () => {
      // Over HTTP nobody may be waiting for it any more. Slack sends it again, and finds it finished.
      await acknowledgement(context)?.().catch((error: unknown) =>
        bot.log.warn({ err: error }, 'a mention was acknowledged too late'),
      )
    })
  })
}

/**
 * Takes a mention once, however often Slack sends it and to whichever replica, and acknowledges it when what it starts is
 * stored. One that is not acknowledged comes again, to whoever lives then. An error leaves here only where the store
 * fails.
 */
export async function takeMention(
  bot: Capabilities,
  self: Pick<BotIdentity, 'user'>,
  delivered: Delivered,
  acknowledge: Acknowledge,
): Promise<void> {
  const { event, team, eventId } = delivered
  const taken = await takeDelivery(bot.store, `event:${team}:${eventId}`)
  if (taken.state !== 'ours') {
    bot.log.info({ event: eventId, taken: taken.state }, 'a mention was sent again')
    return taken.state === 'finished' ? acknowledge() : undefined
  }
  let alone = false
  const finish = finishOnce(taken.hold)
  const claim = async (tx: Queryable): Promise<void> => {
    if (!(await finish(tx))) throw new Error('another replica has taken this mention over')
  }
  const caller = { ...callerOf(bot, delivered), claim }
  const answer = await guard(bot, mentionEntry, caller, async (request) => {
    const isNew = await firstDelivery(bot.store, `mention:${team}:${event.channel}:${event.ts}`)
    const read = readable(event, self, isNew)
    if ('refusal' in read) {
      await request.refuse('ask', {}, read.refusal)
      return read.told ? noticeMessage(read.refusal) : undefined
    }
    const answered = await answerMention(bot, request, { ...read, inThread: isInThread(event) })
    alone = answered?.alone ?? false
    return answered?.message
  })
  // Where we stood still for too long, another answers.
  if (!(await finish(bot.store))) return
  await acknowledge()
  if (answer && !(await isBot(bot, event, self))) await reply(bot, delivered, answer, alone)
}

/**
 * Finishes a delivery with the first transaction that writes down what it did, so that no other replica does it again.
 * False: another has it.
 */
function finishOnce(hold: Hold): (db: Queryable) => Promise<boolean> {
  let finished = false
  return async (db) => {
    finished = (await finishDelivery(db, hold)) || finished
    return finished
  }
}

/** Whoever is of another workspace in anything that Slack says is of another workspace. */
function callerOf({ access }: Pick<Capabilities, 'access'>, { event, team, eventId }: Delivered): Caller {
  const teams = [team, event.team, event.user_team, event.source_team]
  const foreign = teams.find((each) => each !== undefined && each !== access.homeTeam)
  return {
    team: foreign ?? access.homeTeam,
    user: event.user ?? event.bot_id ?? '',
    channel: event.channel,
    thread: event.thread_ts ?? event.ts,
    responseUrl: null,
    trigger: eventId,
    opensForms: false,
    text: event.text ?? '',
  }
}

/** `told`: whoever wrote it waits for an answer. */
type Refusal = { readonly refusal: string; readonly told: boolean }

/** `isNew`: the message mentioned nobody before. Slack sends a mention anew each time that its author edits it. */
function readable(event: MentionEvent, self: Pick<BotIdentity, 'user'>, isNew: boolean): Mention | Refusal {
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

const isInThread = ({ thread_ts: thread, ts }: MentionEvent): boolean => thread !== undefined && thread !== ts

/** No bot is answered: two that answer each other never end. */
async function isBot(
  { slack }: Pick<Capabilities, 'slack'>,
  { user, bot_id: bot }: MentionEvent,
  self: Pick<BotIdentity, 'user'>,
): Promise<boolean> {
  if (bot !== undefined || user === undefined || user === self.user) return true
  return (await slack.person(user))?.bot === true
}

/** In the thread of the mention, or below it. */
async function reply(
  { slack, log }: Pick<Capabilities, 'slack' | 'log'>,
  { event, eventId }: Delivered,
  message: Message,
  alone: boolean,
): Promise<void> {
  const { channel, thread_ts: thread, ts, user = '' } = event
  const sent = alone
    ? await slack.delivery.ephemeral({ channel, thread }, user, message)
    : await slack.delivery.post({ channel, thread: thread ?? ts }, message, {
        run: eventId,
        key: 'answer',
        since: new Date(Number(ts) * 1000),
      })
  if (!sent.ok)
    log.warn({ event: eventId, detail: sent.detail }, 'Slack did not take the answer to a mention')
}
