import type { Rung } from '../escalation/ladder-store.ts'
import type { Message } from '../slack/message.ts'
import { overdueMessage, unreachedMessage } from '../slack/messages/escalation/alarms.ts'
import { type LadderView, ladderMessage } from '../slack/messages/escalation/escalation-message.ts'
import type { RunView } from '../slack/messages/run/run-view.ts'
import { ladderView, rungView } from './escalation-view.ts'
import type { Thread } from './read-thread.ts'

interface Keyed {
  readonly key: string
  readonly message: Message
}

/**
 * The ladder in the run's thread, once somebody above the ticket was asked; the alarm when the lead let the time pass.
 */
export function escalationMessages(view: RunView, thread: Thread): readonly Keyed[] {
  const { escalations: rungs, sendings, places, ancestors, run } = thread
  if (!rungs.some(({ level }) => level > 1)) return []
  const ladder = ladderView(view, rungs, sendings, places)
  // The same problem has one ladder in a thread: that of the first run which found it there.
  const shownAbove = ancestors.some(({ problemKeys }) => problemKeys[0] === run.problemKeys[0])
  return [
    ...(shownAbove ? [] : [{ key: 'ladder', message: ladderMessage(ladder) }]),
    ...rungs.filter(({ runId }) => runId === run.id).flatMap((rung) => alarms(ladder, rung)),
  ]
}

/** Of those that others have followed too: their buttons go. */
function alarms(ladder: LadderView, rung: Rung): readonly Keyed[] {
  const view = rungView(rung, ladder.run.run)
  // Who was asked a second time may let it pass a second time: that notifies, too.
  const overdue = rung.level === 2 ? overdueMessage(ladder, view) : null
  const unreached = unreachedMessage(ladder, view)
  return [
    ...(overdue ? [{ key: `overdue:${rung.id}:${rung.overdueAt?.getTime()}`, message: overdue }] : []),
    ...(unreached ? [{ key: `unreached:${rung.id}`, message: unreached }] : []),
  ]
}
