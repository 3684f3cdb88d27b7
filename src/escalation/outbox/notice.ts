import type { Notice } from '../../integrations/channel-adapter.ts'
import type { Hosts } from '../../inventory/host-connections.ts'
import { type BundleSources, bundleOf } from '../../runs/load-bundle.ts'
import type { Run } from '../../runs/run.ts'
import type { Channel, KeptOf } from '../channels.ts'
import type { Escalation } from '../escalation.ts'
import { escalationsOfProblem } from '../escalation-store.ts'
import { type HistorySources, historyOf } from '../history-for-page.ts'
import { leadLetter } from '../lead-letter.ts'
import { askerOf } from '../open-escalation.ts'
import { withSlackDeadline } from '../slack-within-deadline.ts'
import type { OutboxEntry } from './outbox-store.ts'

/** Where what is told comes from. */
export interface NoticeSources extends BundleSources, HistorySources {
  readonly hosts: Pick<Hosts, 'inventory'>
}

/** What a channel is given of an entry. Slack's deadline counts from here, for all that the channel asks for. */
export function noticeOf<C extends Channel>(
  sources: NoticeSources,
  channel: C,
  entry: OutboxEntry,
  about: { readonly escalation: Escalation; readonly run: Run },
): Notice<KeptOf<C>> {
  const { escalation, run } = about
  const { id, team, problemKey, assignee, handedBack, reason, createdAt } = escalation
  const soon = { ...sources, slack: withSlackDeadline(sources.slack) }
  const asker = askerOf(escalation)
  const by = () => soon.slack.displayName(asker.by)
  const bundle = () => bundleOf(soon, run)
  return {
    ...{ escalationId: id, problemKey, assignee, handedBack, reason, createdAt, run, bundle },
    act: entry.act,
    tries: entry.tries,
    group: sources.hosts.inventory.hosts.get(run.host)?.groups[0],
    asker: async () => ({ by: await by(), byTime: asker.byTime }),
    letter: async () => leadLetter({ by: await by(), bundle: await bundle(), limit: limitOf(escalation) }),
    history: () => historyOf(soon, escalation),
    async others() {
      const all = await escalationsOfProblem(sources.store, team, problemKey)
      return all.flatMap(({ id: other, records }) => (other === id ? [] : (records[channel] ?? [])))
    },
  }
}

const limitOf = ({ dueAt, dueThen }: Escalation) =>
  dueAt && dueThen ? { until: dueAt, take: dueThen } : null
