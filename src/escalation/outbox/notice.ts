import type { Notice } from '../../integrations/channel-adapter.ts'
import { type BundleSources, bundleOf } from '../../runs/load-bundle.ts'
import type { Run } from '../../runs/run.ts'
import type { Channel, KeptOf } from '../channels.ts'
import type { Escalation } from '../escalation.ts'
import { escalationsOfProblem } from '../escalation-store.ts'
import { type HistoryDeps, historyOf } from '../history.ts'
import { leadLetter } from '../lead-letter.ts'
import { askerOf, type EscalationDeps } from '../open-escalation.ts'
import { withSlackDeadline } from '../slack-within-deadline.ts'
import type { OutboxEntry } from './outbox-store.ts'

/** What a channel is given of an entry. Slack's deadline counts from here, for all that the channel asks for. */
export function noticeOf<C extends Channel>(
  deps: BundleSources & HistoryDeps & Pick<EscalationDeps, 'inventory'>,
  channel: C,
  entry: OutboxEntry,
  about: { readonly escalation: Escalation; readonly run: Run },
): Notice<KeptOf<C>> {
  const { escalation, run } = about
  const { id, team, problemKey, assignee, handedBack, reason, createdAt } = escalation
  const soon = withSlackDeadline(deps)
  const asker = askerOf(escalation)
  const by = () => soon.displayName(asker.by)
  const bundle = () => bundleOf(soon, run)
  return {
    ...{ escalationId: id, problemKey, assignee, handedBack, reason, createdAt, run, bundle },
    act: entry.act,
    tries: entry.tries,
    group: deps.inventory.hosts.get(run.host)?.groups[0],
    asker: async () => ({ by: await by(), byTime: asker.byTime }),
    letter: async () => leadLetter({ by: await by(), bundle: await bundle(), limit: limitOf(escalation) }),
    history: () => historyOf(soon, team, problemKey, escalation),
    async others() {
      const all = await escalationsOfProblem(deps.db, team, problemKey)
      return all.flatMap(({ id: other, records }) => (other === id ? [] : (records[channel] ?? [])))
    },
  }
}

const limitOf = ({ dueAt, dueThen }: Escalation) =>
  dueAt && dueThen ? { until: dueAt, take: dueThen } : null
