import type { Escalation } from '../escalation/escalation.ts'
import type { Message } from '../slack/message.ts'
import { overdueMessage, unreachedMessage } from '../slack/messages/escalation/alarms.ts'
import { type EscalationsView, escalationMessage } from '../slack/messages/escalation/escalation-message.ts'
import type { RunView } from '../slack/messages/run/run-view.ts'
import { escalationsView, escalationView } from './views/escalation-view.ts'
import type { Thread } from './views/read-thread.ts'

interface Keyed {
  readonly key: string
  readonly message: Message
}

/**
 * In the run's thread, once somebody above the ticket was asked: how each level stands, and the alarm when the lead let
 * the time pass.
 */
export function escalationMessages(view: RunView, thread: Thread): readonly Keyed[] {
  const { escalations, ancestors, run } = thread
  if (!escalations.some(({ level }) => level > 1)) return []
  const levels = escalationsView(view, thread)
  // The same problem is escalated once in a thread: below the first run which found it there.
  const shownAbove = ancestors.some(({ problemKeys }) => problemKeys[0] === run.problemKeys[0])
  return [
    ...(shownAbove ? [] : [{ key: 'ladder', message: escalationMessage(levels) }]),
    ...escalations
      .filter(({ runId }) => runId === run.id)
      .flatMap((escalation) => alarms(levels, escalation)),
  ]
}

/** The alarms of one escalation, also of one that another has followed: its buttons go then. */
function alarms(levels: EscalationsView, escalation: Escalation): readonly Keyed[] {
  const view = escalationView(escalation)
  // Somebody who is asked a second time may let the time pass a second time, and that notifies, too.
  const overdue = escalation.level === 2 ? overdueMessage(levels, view) : null
  const unreached = unreachedMessage(levels, view)
  return [
    ...(overdue
      ? [{ key: `overdue:${escalation.id}:${escalation.overdueAt?.getTime()}`, message: overdue }]
      : []),
    ...(unreached ? [{ key: `unreached:${escalation.id}`, message: unreached }] : []),
  ]
}
