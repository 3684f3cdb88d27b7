import type { Escalation } from '../escalation/escalation.ts'
import { askerOf, channelNames } from '../escalation/open-escalation.ts'
import type { Sending } from '../escalation/outbox/outbox-store.ts'
import type { EscalationsView } from '../slack/messages/escalation/escalation-message.ts'
import type { EscalationView } from '../slack/messages/escalation/escalation-view.ts'
import type { RunView } from '../slack/messages/run/run-view.ts'
import { channelsReached } from './channels-reached.ts'
import type { Places } from './other-threads.ts'

export function escalationView(
  escalation: Escalation,
  sendings: readonly Sending[] = [],
  places: Places = new Map(),
): EscalationView {
  const { external } = escalation
  const own = sendings.filter(({ escalationId }) => escalationId === escalation.id)
  return {
    ...escalation,
    ...askerOf(escalation),
    at: escalation.createdAt,
    reached: channelsReached(escalation),
    waiting: own
      .filter(({ state, reason }) => state === 'waiting' && reason)
      .map(({ channel, act, reason, nextAt }) => ({
        what: act === 'open' ? channelNames[channel] : `the page's ${act}`,
        reason: reason ?? '',
        nextAt,
      })),
    untold: own
      .filter(({ state, act }) => state === 'failed' && act !== 'open')
      .map(({ act, reason }) => ({ act, reason: reason ?? '' })),
    incident: {
      number: external.incidentNumber ?? null,
      url: external.incidentUrl ?? null,
      priority: external.priority ?? null,
      assignees: external.assignees ?? null,
    },
    handedBack: Boolean(external.handedBack),
    otherThread: places.get(escalation.runId) ?? null,
  }
}

/** Of each level the newest: what is shown is how each level stands, not all that ever was. */
export function escalationsView(
  run: RunView,
  escalations: readonly Escalation[],
  sendings: readonly Sending[],
  places: Places,
): EscalationsView {
  const newest = new Map(escalations.map((escalation) => [escalation.level, escalation]))
  const shown = [...newest.values()].sort((a, b) => a.level - b.level)
  return { run, levels: shown.map((escalation) => escalationView(escalation, sendings, places)) }
}
