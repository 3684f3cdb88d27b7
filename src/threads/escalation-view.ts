import type { Configured } from '../escalation/levels.ts'
import type { Rung } from '../escalation/move-escalation.ts'
import { askerOf, channelNames } from '../escalation/open-escalation.ts'
import type { Sending } from '../escalation/outbox/outbox-store.ts'
import type { Run } from '../runs/run.ts'
import type { LadderView, RungView } from '../slack/messages/escalation/escalation-message.ts'
import type { LeadView } from '../slack/messages/escalation/lead-message.ts'
import type { RunView } from '../slack/messages/run/run-view.ts'
import { waysOf } from './channels-reached.ts'
import type { Places } from './other-threads.ts'
import { runView } from './run-view.ts'

export function rungView(
  rung: Rung,
  run: Run,
  sendings: readonly Sending[] = [],
  places: Places = new Map(),
): RungView {
  const { external } = rung
  const own = sendings.filter(({ escalationId }) => escalationId === rung.id)
  return {
    ...rung,
    ...askerOf(rung),
    at: rung.createdAt,
    ways: waysOf(rung),
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
    own: rung.runId === run.id,
    handedBack: Boolean(external.handedBack),
    elsewhere: places.get(rung.runId) ?? null,
  }
}

/** Of each level the newest: what is shown is where the ladder stands, not all that ever was. */
export function ladderView(
  view: RunView,
  rungs: readonly Rung[],
  sendings: readonly Sending[],
  places: Places,
): LadderView {
  const newest = new Map(rungs.map((rung) => [rung.level, rung]))
  const shown = [...newest.values()].sort((a, b) => a.level - b.level)
  return { run: view, rungs: shown.map((rung) => rungView(rung, view.run, sendings, places)) }
}

export const leadView = (
  deps: { readonly configured: Configured },
  run: Run,
  rung: Rung,
  to: string,
  threadUrl: string | undefined,
): LeadView => ({
  run: runView(run, undefined, deps.configured, [], []),
  rung: rungView(rung, run),
  to,
  threadUrl,
})
