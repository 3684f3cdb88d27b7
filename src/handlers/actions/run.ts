import type { Action } from '../../access/authorize.ts'
import type { Level } from '../../escalation/escalation.ts'
import { askEscalation, offerFor, problemOf } from '../../escalation/request-escalation.ts'
import { cancelUnderWay } from '../../runs/requests/cancel-run.ts'
import type { Message } from '../../slack/message.ts'
import { alreadyEscalated, noticeMessage, tooLateMessage } from '../../slack/messages/command-answers.ts'
import type { Capabilities } from '../capabilities.ts'
import { runOf } from '../find-run.ts'
import type { SlackRequest } from '../guard.ts'
import { type DiagnosisCapabilities, startDiagnosis } from '../start-diagnosis.ts'
import { openOverride, type PageCapabilities } from './page-outside-production.ts'

const GONE =
  'This message is older than what the bot keeps, or not its own: nothing was done. Start a new run.'

/** *Check again*: a new run of the same topic and host, in the thread of the run whose message was clicked. */
export async function checkAgain(
  bot: DiagnosisCapabilities,
  request: SlackRequest,
): Promise<Message | undefined> {
  const run = await runOf(bot.store, request)
  if (!run) return gone(request, 'diagnose')
  const { topic, host } = run
  return startDiagnosis(bot, request, { topic, host, parent: run })
}

/** *Cancel*: for whoever asked for the run, and for those who may diagnose its host. */
export async function cancelButton(
  { store, meter }: Pick<Capabilities, 'store' | 'meter'>,
  request: SlackRequest,
): Promise<Message | undefined> {
  const run = await runOf(store, request)
  if (!run) return gone(request, 'diagnose')
  const { host, topic, actor, code } = run
  const asked = actor.kind === 'user' && actor.id === request.user
  const permit = await request.permit(asked ? 'ask' : 'diagnose', { host, topic })
  if (!permit.allowed) return noticeMessage(permit.reason)
  if (run.afterFix && !run.endedAt)
    return noticeMessage(
      `Run ${code} is checking whether a fix worked, so it cannot be cancelled; it ends by itself within minutes.`,
    )
  const { run: now, cancelled } = await cancelUnderWay(store, run, request.user, permit.audit)
  if (cancelled) meter?.add('debvisor_runs_total', { topic, verdict: 'cancelled' })
  if (cancelled) return undefined
  await store.tx((tx) => store.queue.send(tx, { kind: 'redraw', runId: run.id }))
  return tooLateMessage(now)
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
      // Before the form, so that nobody writes a reason for nothing.
      const found = await problemOf(store, run, level)
      if (!found.ok) return noticeMessage(found.sentence)
      await store.tx((tx) => permit.audit(tx))
      return openOverride(bot, request, run, offer.sentence)
    }
    const asked = await askEscalation(bot, { run, level, by: request.user, audit: permit.audit })
    if (!asked.ok) return noticeMessage(asked.sentence)
    if (asked.created) return undefined
    await store.tx((tx) => store.queue.send(tx, { kind: 'redraw', runId: run.id }))
    return noticeMessage(alreadyEscalated(asked.escalation))
  }
