import type { KnownBlock, RichTextElement } from '@slack/types'
import { isOpen } from '../../../escalation/moves.ts'
import { type Message, makeMessage } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { context, lines, mention, moment, paragraph, text } from '../rich-text.ts'
import { footer, headline, type RunView } from '../run/run-view.ts'
import { conclusion } from '../run/verdict.ts'
import { acknowledgeButton, type RungView } from './escalation-message.ts'

export interface LeadView {
  readonly run: RunView
  readonly rung: RungView
  /** Whose message it is. */
  readonly to: string
  /** Undefined: Slack did not say it. */
  readonly threadUrl: string | undefined
}

/** The direct message to the DevOps lead (level 2): it changes with the ladder, and its buttons go when they are used. */
export function leadMessage({ run, rung, to, threadUrl }: LeadView): Message {
  const thread: RichTextElement[] = threadUrl
    ? [...text(' · '), { type: 'link', url: threadUrl, text: 'Open the thread' }]
    : []
  const theirs = rung.assignee === to && rung.closedAt === null && isOpen(rung.state)
  const waits = theirs && rung.state !== 'acknowledged'
  const blocks: KnownBlock[] = [
    conclusion(run),
    paragraph(...mention(rung.by), ...text(` asks for your help${again(rung)}`), ...thread),
    lines(statusLine(rung, to)),
  ]
  if (waits) {
    const elements = [acknowledgeButton(rung), button(actionIds.reassign, 'Reassign', rung.id)]
    blocks.push({ type: 'actions', block_id: `lead_${rung.id}`, elements })
  }
  return makeMessage(headline(run.run), [...blocks, context(footer(run))])
}

const again = ({ handedBack }: RungView): string =>
  handedBack ? '; the on-call was paged, and handed it back to you' : ''

function statusLine(rung: RungView, to: string): readonly RichTextElement[] {
  if (rung.closedAt) {
    const how = rung.state === 'de-escalated' ? 'De-escalated to a ticket by ' : 'Resolved by '
    return [
      ...text(`☑️ ${how}`),
      ...mention(rung.closedBy ?? 'somebody'),
      ...text(' · '),
      ...moment(rung.closedAt),
    ]
  }
  if (rung.assignee && rung.assignee !== to) return [...text('➡️ Reassigned to '), ...mention(rung.assignee)]
  if (rung.acknowledgedAt) {
    const by = mention(rung.acknowledgedBy ?? 'somebody')
    return [...text('✅ Acknowledged by '), ...by, ...text(' · '), ...moment(rung.acknowledgedAt)]
  }
  if (rung.dueAt) {
    const then = rung.dueThen === 'page' ? ', or the on-call is paged' : ', or Level 3 is offered'
    return [...text('Please acknowledge by '), ...moment(rung.dueAt), ...text(then)]
  }
  return text('Please acknowledge')
}
