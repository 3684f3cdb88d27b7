import { isOpen } from '../../escalation/escalation.ts'
import { escalationsOfProblem } from '../../escalation/escalation-store.ts'
import { offerFor, problemOf } from '../../escalation/request-escalation.ts'
import type { Run } from '../../runs/run.ts'
import type { Message } from '../../slack/message.ts'
import { alreadyEscalated, noticeMessage } from '../../slack/messages/command-answers.ts'
import { askToPage, askToResolve } from '../../slack/messages/escalation/ask-first.ts'
import type { Capabilities } from '../capabilities.ts'
import { openAbove } from '../commands/run-command.ts'
import type { SlackRequest } from '../guard.ts'

/**
 * `page` or `resolve` of a run that nobody named: the thread makes it clear, yet whom it wakes or lets off is worth one
 * look. The button is the run's own, with its confirmation, and its handler does it.
 */
export const askFirst = { page: askPage, resolve: askResolve } as const

async function askPage(bot: Capabilities, request: SlackRequest, run: Run): Promise<Message> {
  const permit = await request.permit('page', placeOf(run))
  if (!permit.allowed) return noticeMessage(permit.reason)
  const offer = offerFor(bot, run, 3)
  if (offer.state === 'not-configured' || offer.state === 'not-offered') return noticeMessage(offer.sentence)
  const found = await problemOf(bot.store, run, 3)
  if (!found.ok) return noticeMessage(found.sentence)
  const paged = (await escalationsOfProblem(bot.store, run.team, found.problemKey)).find(
    (escalation) => escalation.level === 3 && isOpen(escalation),
  )
  return paged ? noticeMessage(alreadyEscalated(paged)) : askToPage(run, offer)
}

async function askResolve(bot: Capabilities, request: SlackRequest, run: Run): Promise<Message> {
  if (run.report?.verdict === 'healthy') {
    const permit = await request.permit('escalate', placeOf(run))
    return permit.allowed ? askToResolve(run) : noticeMessage(permit.reason)
  }
  const open = await openAbove(bot, request, run, 'to resolve')
  return 'top' in open ? askToResolve(run, open.top.id) : open.none
}

const placeOf = ({ host, topic }: Run) => ({ host, topic })
