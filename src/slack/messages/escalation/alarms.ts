import type { KnownBlock } from '@slack/types'
import { isOpen } from '../../../escalation/moves.ts'
import { oneLine } from '../../../text/document.ts'
import { type Message, makeMessage } from '../../message.ts'
import { bold, inline, lines, mention, moment, text } from '../rich-text.ts'
import { about } from '../run/run-view.ts'
import { pageButton } from './buttons.ts'
import {
  acknowledgeButton,
  actions,
  isOffered,
  isOverdue,
  type LadderView,
  type Line,
  type RungView,
} from './escalation-message.ts'

/** Messages of their own in the thread, because a changed message notifies nobody. Their buttons go when they were used, or are not needed any more. */

/** The lead let the time pass, or could not be reached. */
export function overdueMessage(view: LadderView, rung: RungView): Message | null {
  if (!rung.overdueAt || !rung.overdueTook) return null
  const failed = rung.state === 'failed'
  const what = failed ? 'the DevOps lead could not be reached' : 'the DevOps lead has not acknowledged'
  const first: Line = [
    ...text('⏰ '),
    ...mention(rung.by),
    ...text(': '),
    ...bold(what),
    ...text(rung.overdueTook === 'page' ? `, ${pageClause(view)} · ` : ' · '),
    ...moment(rung.overdueAt),
  ]
  const offered = isOverdue(rung) && isOffered(view.rungs)
  const blocks: KnownBlock[] = [lines(first, ...(offered ? [question(rung)] : []))]
  const elements = offered
    ? [...pageButton(view.run), ...(isOpen(rung.state) ? [acknowledgeButton(rung)] : [])]
    : []
  if (elements.length > 0) blocks.push(actions(`overdue_${rung.id}`, elements))
  return makeMessage(`⏰ ${about(view.run.run)}: ${what}`, blocks)
}

/** What became of the page that the time limit asked for. */
function pageClause({ rungs }: LadderView): string {
  const page = rungs.findLast(({ level }) => level === 3)
  if (page?.state === 'failed') return 'and the on-call could not be paged either'
  return page?.state === 'requested' ? 'so the on-call is being paged' : 'so the on-call was paged'
}

const question = ({ overdueNote }: RungView): Line =>
  inline(overdueNote ? `Nobody was paged: ${overdueNote}. Page the on-call?` : 'Page the on-call?')

/** Nobody was woken, and whoever asked believes that somebody was. Another page that followed takes its button. */
export function unreachedMessage(view: LadderView, rung: RungView): Message | null {
  if (rung.level !== 3 || rung.state !== 'failed') return null
  const first: Line = [...text('❌ '), ...mention(rung.by), ...text(': '), ...bold('nobody was paged')]
  const blocks: KnownBlock[] = [
    lines(
      first,
      text(oneLine(rung.error ?? '', 500)),
      text('Call the on-call another way; when this is mended, page again.'),
    ),
  ]
  const elements = view.rungs.some(({ id }) => id === rung.id) ? pageButton(view.run) : []
  if (elements.length > 0) blocks.push(actions(`unreached_${rung.id}`, elements))
  return makeMessage(`❌ ${about(view.run.run)}: nobody was paged`, blocks)
}
