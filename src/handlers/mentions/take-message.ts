import type { Message } from '../../slack/message.ts'
import type { Queryable } from '../../store/db.ts'
import { finishDelivery, type Hold, takeDelivery } from '../../store/seen-deliveries.ts'
import type { Capabilities } from '../capabilities.ts'
import { type Caller, type EntryPoint, guard, type SlackRequest } from '../guard.ts'

/** Of a message that Slack tells of, what is read: docs.slack.dev/reference/events. */
export interface WrittenMessage {
  readonly user?: string
  readonly bot_id?: string
  readonly subtype?: string
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

export interface Delivered {
  readonly event: WrittenMessage
  readonly team: string
  readonly eventId: string
}

export type Acknowledge = () => Promise<void>

/** A way to write to the bot: what whoever takes it is answered, and where. */
export interface WayOfMessage {
  readonly entry: EntryPoint
  answer(request: SlackRequest): Promise<Message | undefined>
  reply(answer: Message): Promise<void>
}

/**
 * Takes a message once, however often Slack sends it and to whichever replica, and acknowledges it when what it starts is
 * stored. One that is not acknowledged comes again, to whoever lives then. An error leaves here only where the store
 * fails.
 */
export async function takeMessage(
  bot: Capabilities,
  delivered: Delivered,
  acknowledge: Acknowledge,
  way: WayOfMessage,
): Promise<void> {
  const { team, eventId } = delivered
  const taken = await takeDelivery(bot.store, `event:${team}:${eventId}`)
  if (taken.state !== 'ours') {
    bot.log.info({ event: eventId, taken: taken.state }, 'a message was sent again')
    return taken.state === 'finished' ? acknowledge() : undefined
  }
  const finish = finishOnce(taken.hold)
  const claim = async (tx: Queryable): Promise<void> => {
    if (!(await finish(tx))) throw new Error('another replica has taken this message over')
  }
  const caller = { ...callerOf(bot, delivered), claim }
  const answer = await guard(bot, way.entry, caller, way.answer)
  // Where we stood still for too long, another answers.
  if (!(await finish(bot.store))) return
  await acknowledge()
  if (answer) await way.reply(answer)
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

/** In a thread that something else began. */
export const isInThread = ({ thread_ts: thread, ts }: WrittenMessage): boolean =>
  thread !== undefined && thread !== ts

/** What is posted as the answer to it: once, however often it is tried. */
export const answerKey = ({ event, eventId }: Delivered) => ({
  run: eventId,
  key: 'answer',
  since: new Date(Number(event.ts) * 1000),
})
