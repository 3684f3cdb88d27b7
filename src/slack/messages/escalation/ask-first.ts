import type { Button } from '@slack/types'
import type { Offer } from '../../../escalation/levels.ts'
import type { Run } from '../../../runs/run.ts'
import { type Message, makeMessage } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { paragraph, text } from '../rich-text.ts'
import { levelButton } from './buttons.ts'
import { confirmResolve } from './escalation-message.ts'

/** Of a run that a thread makes clear: its own button, before anybody is woken. */
export const askToPage = (run: Run, offer: Offer): Message =>
  ask(
    `Page the on-call about ${run.topic} on ${run.host}, as run ${run.code} found it?`,
    levelButton(offer, run.id),
  )

/** `escalation`: the id of the highest that is open; undefined: of a run that found the host healthy. */
export function askToResolve(run: Run, escalation?: string): Message {
  const [action, value] =
    escalation === undefined ? [actionIds.resolveAll, run.id] : [actionIds.resolve, escalation]
  return ask(`Resolve all that is open for ${run.topic} on ${run.host}, run ${run.code}?`, {
    ...button(action, 'Resolve', value),
    style: 'primary',
    confirm: confirmResolve,
  })
}

const ask = (question: string, answer: Button): Message =>
  makeMessage(question, [paragraph(...text(question)), { type: 'actions', elements: [answer] }])
