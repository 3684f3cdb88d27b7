import type { Action } from '../../access/authorize.ts'
import { askEscalation, type EscalateDeps, offerFor } from '../../escalation/escalate.ts'
import type { Level } from '../../escalation/escalation.ts'
import type { Message } from '../../slack/message.ts'
import { alreadyEscalated, noticeMessage } from '../../slack/messages/answers.ts'
import { type SlashDeps, startDiagnosis } from '../commands/slash.ts'
import { runOf } from '../find-run.ts'
import type { Ask } from '../guard.ts'
import { openOverride } from './page-outside-production.ts'

const GONE =
  'This message is older than what the bot keeps, or not its own: nothing was done. Start a new run.'

/** *Check again*: a new run of the same topic and host, in the same channel. */
export async function checkAgain(deps: SlashDeps, ask: Ask): Promise<Message | undefined> {
  const run = await runOf(deps.db, ask)
  return run ? startDiagnosis(deps, ask, run.topic, run.host, run.reason) : gone(ask, 'diagnose')
}

/** Old or forged: the audit has it as refused. */
async function gone(ask: Ask, action: Action): Promise<Message> {
  await ask.refuse(action, {}, GONE)
  return noticeMessage(GONE)
}

export const escalateButton =
  (level: Level) =>
  async (deps: EscalateDeps & Pick<SlashDeps, 'queue'>, ask: Ask): Promise<Message | undefined> => {
    const run = await runOf(deps.db, ask)
    const action = level === 3 ? 'page' : 'escalate'
    if (!run) return gone(ask, action)
    const permit = await ask.permit(action, { host: run.host, topic: run.topic })
    if (!permit.allowed) return noticeMessage(permit.reason)
    const offer = offerFor(deps, run, level)
    if (offer.state === 'guarded') {
      await deps.db.tx((tx) => permit.audit(tx))
      return openOverride(deps, ask, run, offer.sentence)
    }
    const asked = await askEscalation(deps, run, level, ask.user, permit.audit)
    if (!asked.ok) return noticeMessage(asked.sentence)
    if (asked.created) return undefined
    await deps.db.tx((tx) => deps.queue.send(tx, { kind: 'redraw', runId: run.id }))
    return noticeMessage(alreadyEscalated(asked.escalation))
  }
