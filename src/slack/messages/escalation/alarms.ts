import { isOpen } from '../../../escalation/escalation.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { type Message, makeMessage } from '../../message.ts'
import { bold, inline, lines, mention, moment, text } from '../rich-text.ts'
import { about } from '../run/run-view.ts'
import { pageButton } from './buttons.ts'
import {
  acknowledgeButton,
  actions,
  type EscalationsView,
  isOffered,
  isOverdue,
  type Line,
} from './escalation-message.ts'
import type { EscalationView } from './escalation-view.ts'

/**
 * Alarms are messages of their own in the thread, because a changed message notifies nobody. Their buttons go once they
 * were used or are not needed any more.
 */

/** The lead let the time pass, or could not be reached. */
export function overdueMessage(view: EscalationsView, escalation: EscalationView): Message | null {
  if (!escalation.overdueAt || !escalation.overdueTook) return null
  const failed = escalation.state === 'failed'
  const what = failed ? 'the DevOps lead could not be reached' : 'the DevOps lead has not acknowledged'
  const first: Line = [
    ...text('⏰ '),
    ...mention(escalation.by),
    ...text(': '),
    ...bold(what),
    ...text(escalation.overdueTook === 'page' ? `, ${pageClause(view)} · ` : ' · '),
    ...moment(escalation.overdueAt),
  ]
  const offered = isOverdue(escalation) && isOffered(view.levels) && !view.run.solved
  const blocks: MessageBlock[] = [lines(first, ...(offered ? [question(escalation)] : []))]
  const elements = offered
    ? [...pageButton(view.run), ...(isOpen(escalation) ? [acknowledgeButton(escalation)] : [])]
    : []
  if (elements.length > 0) blocks.push(actions(`overdue_${escalation.id}`, elements))
  const then =
    escalation.overdueTook === 'page' ? `, ${pageClause(view)}` : offered ? '. Page the on-call?' : ''
  return makeMessage(`⏰ ${about(view.run.run)}: ${what}${then}`, blocks)
}

/** What became of the page that the time limit asked for. */
function pageClause({ levels }: EscalationsView): string {
  const page = levels.findLast(({ level }) => level === 3)
  if (page?.state === 'failed') return 'and the on-call could not be paged either'
  return page?.state === 'requested' ? 'so the on-call is being paged' : 'so the on-call was paged'
}

const question = ({ overdueNote }: EscalationView): Line =>
  inline(overdueNote ? `Nobody was paged: ${overdueNote}. Page the on-call?` : 'Page the on-call?')

/** Nobody was woken, and whoever asked believes that somebody was. Another page that followed takes its button. */
export function unreachedMessage(view: EscalationsView, escalation: EscalationView): Message | null {
  if (escalation.level !== 3 || escalation.state !== 'failed') return null
  const first: Line = [...text('❌ '), ...mention(escalation.by), ...text(': '), ...bold('nobody was paged')]
  const blocks: MessageBlock[] = [
    lines(
      first,
      text(oneLine(escalation.error ?? '', 500)),
      text('Reach the on-call another way; page again once this is fixed.'),
    ),
  ]
  const elements = view.levels.some(({ id }) => id === escalation.id) ? pageButton(view.run) : []
  if (elements.length > 0) blocks.push(actions(`unreached_${escalation.id}`, elements))
  return makeMessage(`❌ ${about(view.run.run)}: nobody was paged. Reach the on-call another way`, blocks)
}
