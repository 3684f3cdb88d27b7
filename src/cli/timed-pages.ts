import { timeLimit } from '../escalation/time-limit.ts'
import type { Severity } from '../findings/finding.ts'
import type { SetUp } from './set-up.ts'

const severities = ['critical', 'warning', 'info'] as const satisfies readonly Severity[]

/**
 * A sentence, if a time limit may page for this host. Somebody who may not page can then cause a page, by asking for
 * Level 2 and waiting. The operator decides so in `escalation.acknowledgeWithin`, and it is said where rights are
 * explained. Undefined: time alone pages nobody for this host.
 */
export function timedPages(
  { config, inventory }: Pick<SetUp, 'config' | 'inventory'>,
  name: string,
): string | undefined {
  const host = inventory.hosts.get(name)
  const { acknowledgeWithin, pagerduty } = config.escalation
  if (!host?.production || !pagerduty) return undefined
  const pages = severities.flatMap((severity) => {
    const { minutes, take } = timeLimit(acknowledgeWithin, { groups: host.groups, severity })
    return take === 'page' ? [`${severity} after ${minutes} min`] : []
  })
  if (pages.length === 0) return undefined
  return `by time alone: escalation.acknowledgeWithin pages for ${name} when nobody acknowledges Level 2 (${pages.join(', ')}), whoever may escalate and asked for it`
}
