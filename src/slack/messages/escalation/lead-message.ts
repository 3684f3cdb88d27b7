import type { RichTextElement } from '@slack/types'
import { isOpen } from '../../../escalation/escalation.ts'
import type { MessageBlock } from '../../blocks.ts'
import { type Message, makeMessage } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { context, lines, mention, mentionText, moment, paragraph, spoken, text } from '../rich-text.ts'
import { footer, type RunView, spokenVerdict } from '../run/run-view.ts'
import { solvedHeadline } from '../run/solved.ts'
import { conclusion, smallPrint } from '../run/verdict-message.ts'
import { acknowledgeButton } from './escalation-message.ts'
import type { EscalationView } from './escalation-view.ts'

export interface LeadView {
  readonly run: RunView
  readonly escalation: EscalationView
  /** Whose message it is. */
  readonly to: string
  /** Undefined: Slack did not say it. */
  readonly threadUrl: string | undefined
}

/**
 * The direct message to the DevOps lead (level 2): it changes with the escalation, and its buttons go when they are
 * used.
 */
export function leadMessage({ run, escalation, to, threadUrl }: LeadView): Message {
  const thread: RichTextElement[] = threadUrl
    ? [...text(' · '), { type: 'link', url: threadUrl, text: 'Open the thread' }]
    : []
  const theirs = escalation.assignee === to && isOpen(escalation)
  const waits = theirs && escalation.state !== 'acknowledged'
  const blocks: MessageBlock[] = [
    paragraph(...mention(escalation.by), ...text(` asks for your help${again(escalation)}`), ...thread),
    ...conclusion(run),
    lines(statusLine(escalation, to)),
  ]
  if (waits) {
    const elements = [acknowledgeButton(escalation), button(actionIds.reassign, 'Reassign', escalation.id)]
    blocks.push({ type: 'actions', block_id: `lead_${escalation.id}`, elements })
  }
  const message = makeMessage(spokenVerdict(run.run), [...blocks, context(footer(run), ...smallPrint(run))])
  if (run.solved) return { ...message, text: spoken(solvedHeadline(run.run, run.solved)) }
  return waits ? { ...message, text: `${call(escalation)}: ${message.text}. Please acknowledge` } : message
}

/** That the reader is wanted, first: a lock screen has room for the verdict and little more. */
const call = ({ by, handedBack }: EscalationView): string =>
  `${mentionText(by)} asks for your help${handedBack ? ' again' : ''}`

const again = ({ handedBack }: EscalationView): string =>
  handedBack ? '; the on-call was paged, and handed it back to you' : ''

function statusLine(escalation: EscalationView, to: string): readonly RichTextElement[] {
  if (escalation.closedAt) {
    const how = escalation.state === 'de-escalated' ? 'De-escalated to a ticket by ' : 'Resolved by '
    return [
      ...text(`☑️ ${how}`),
      ...mention(escalation.closedBy ?? 'somebody'),
      ...text(' · '),
      ...moment(escalation.closedAt),
    ]
  }
  if (escalation.assignee && escalation.assignee !== to)
    return [...text('➡️ Reassigned to '), ...mention(escalation.assignee)]
  if (escalation.acknowledgedAt) {
    const by = mention(escalation.acknowledgedBy ?? 'somebody')
    return [...text('✅ Acknowledged by '), ...by, ...text(' · '), ...moment(escalation.acknowledgedAt)]
  }
  if (escalation.dueAt) {
    const by = [...text('Please acknowledge by '), ...moment(escalation.dueAt)]
    return escalation.dueThen === 'page'
      ? [...by, ...text(', or the on-call is paged')]
      : [...by, ...text(', or '), ...mention(escalation.by), ...text(' is asked whether to page the on-call')]
  }
  return text('Please acknowledge')
}
