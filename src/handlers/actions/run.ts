import type { Action } from '../../access/authorize.ts'
import type { Level } from '../../escalation/escalation.ts'
import { askEscalation, offerFor } from '../../escalation/request-escalation.ts'
import type { Message } from '../../slack/message.ts'
import { alreadyEscalated, noticeMessage } from '../../slack/messages/command-answers.ts'
import type { Capabilities } from '../capabilities.ts'
import { startDiagnosis } from '../commands/slash.ts'
import { runOf } from '../find-run.ts'
import type { SlackRequest } from '../guard.ts'
import { openOverride, type PageCapabilities } from './page-outside-production.ts'

const GONE =
  'This message is older than what the bot keeps, or not its own: nothing was done. Start a new run.'

/** *Check again*: a new run of the same topic and host, in the same channel. */
export async function checkAgain(
  bot: Pick<Capabilities, 'store' | 'hosts'>,
  request: SlackRequest,
): Promise<Message | undefined> {
  const run = await runOf(bot.store, request)
  return run ? startDiagnosis(bot, request, run) : gone(request, 'diagnose')
}

/** Old or forged: the audit has it as refused. */
async function gone(request: SlackRequest, action: Action): Promise<Message> {
  await request.refuse(action, {}, GONE)
  return noticeMessage(GONE)
}

export const escalateButton =
  (level: Level) =>
  async (bot: PageCapabilities, request: SlackRequest): Promise<Message | undefined> => {
    const { store } = bot
    const run = await runOf(store, request)
    const action = level === 3 ? 'page' : 'escalate'
    if (!run) return gone(request, action)
    const permit = await request.permit(action, { host: run.host, topic: run.topic })
    if (!permit.allowed) return noticeMessage(permit.reason)
    const offer = offerFor(bot, run, level)
    if (offer.state === 'guarded') {
      await store.tx((tx) => permit.audit(tx))
      return openOverride(bot, request, run, offer.sentence)
    }
    const asked = await askEscalation(bot, { run, level, by: request.user, audit: permit.audit })
    if (!asked.ok) return noticeMessage(asked.sentence)
    if (asked.created) return undefined
    await store.tx((tx) => store.queue.send(tx, { kind: 'redraw', runId: run.id }))
    return noticeMessage(alreadyEscalated(asked.escalation))
  }
