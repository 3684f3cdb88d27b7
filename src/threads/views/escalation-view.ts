import { channels, channelsReached } from '../../escalation/channels.ts'
import type { Escalation } from '../../escalation/escalation.ts'
import { askerOf } from '../../escalation/open-escalation.ts'
import type { EscalationsView } from '../../slack/messages/escalation/escalation-message.ts'
import type { EscalationView } from '../../slack/messages/escalation/escalation-view.ts'
import type { RunView } from '../../slack/messages/run/run-view.ts'
import type { Thread } from './read-thread.ts'

/** Of the thread that shows it. What is left out is not shown. */
type Surroundings = Partial<Pick<Thread, 'outbox' | 'otherThreads'>>

export function escalationView(
  escalation: Escalation,
  { outbox = [], otherThreads }: Surroundings = {},
): EscalationView {
  const { lastFailure, records } = escalation
  const own = outbox.filter(({ escalationId }) => escalationId === escalation.id)
  return {
    ...escalation,
    ...askerOf(escalation),
    at: escalation.createdAt,
    reached: [...channelsReached(escalation), ...(lastFailure ? [`not by ${lastFailure}`] : [])],
    waiting: own
      .filter(({ state, reason }) => state === 'waiting' && reason)
      .map(({ channel, act, reason, nextAt }) => ({
        what: act === 'open' ? channels[channel].label : `the ${channels[channel].label}'s ${act}`,
        reason: reason ?? '',
        nextAt,
      })),
    untold: own
      .filter(({ state, act }) => state === 'failed' && act !== 'open')
      .map(({ act, reason }) => ({ act, reason: reason ?? '' })),
    incident: records.page?.incident ?? null,
    handedBack: escalation.handedBack > 0,
    otherThread: otherThreads?.get(escalation.runId) ?? null,
  }
}

/** Of each level the newest: what is shown is how each level stands, not all that ever was. */
export function escalationsView(
  run: RunView,
  thread: Pick<Thread, 'escalations' | 'outbox' | 'otherThreads'>,
): EscalationsView {
  const newest = new Map(thread.escalations.map((escalation) => [escalation.level, escalation]))
  const shown = [...newest.values()].sort((a, b) => a.level - b.level)
  return { run, levels: shown.map((escalation) => escalationView(escalation, thread)) }
}
