import type { Logger } from 'pino'
import { type Access, authorize, type Decision } from '../access/authorize.ts'
import type { Runbooks } from '../engine/load-runbooks.ts'
import type { Hosts } from '../inventory/host-connections.ts'
import type { Host } from '../inventory/inventory.ts'
import type { Redactor } from '../redact/redact.ts'
import type { WaitingLimits } from '../runs/queue/waiting-limits.ts'
import type { AuditEntry } from '../store/audit/audit.ts'
import type { Store } from '../store/store.ts'
import { oneLine } from '../text/shorten.ts'
import type { AlertSource } from './source.ts'

/** Who takes the alerts of proven senders. */
export interface AlertTaker {
  readonly store: Store
  readonly access: Access
  readonly hosts: Pick<Hosts, 'inventory'>
  readonly runbooks: Pick<Runbooks, 'topics'>
  readonly redactor: Pick<Redactor, 'text'>
  readonly limits: WaitingLimits
  readonly slack: { readonly delivery: { isIn(channel: string): Promise<boolean> } }
  /** The Slack workspace that is served. */
  readonly team: string
  readonly log: Pick<Logger, 'info' | 'warn'>
}

export const entryOf = (source: string): string => `POST /alerts/${source}`

/** The groups of the configuration limit a sender, and so does the access policy. */
export function mayLook(
  { access }: Pick<AlertTaker, 'access'>,
  { name, hostGroups }: Pick<AlertSource, 'name' | 'hostGroups'>,
  { host, topic }: { readonly host: Host; readonly topic: string },
): Decision {
  if (hostGroups && !host.groups.some((group) => hostGroups.includes(group))) {
    const reason = `Alerts of ${name} may not diagnose on ${host.name}: it is in none of \`alerts.${name}.hostGroups\`.`
    return { allowed: false, reason }
  }
  return authorize(access, {
    principal: { kind: 'alerts', source: name },
    action: 'diagnose',
    host: host.name,
    topic,
  })
}

/** The audit's row of what a sender caused. */
export const entryFor = (
  { team }: Pick<AlertTaker, 'team'>,
  { name }: Pick<AlertSource, 'name'>,
): AuditEntry => ({
  team,
  actor: `alerts: ${name}`,
  door: entryOf(name),
  action: 'diagnose',
  decision: 'allowed',
  host: null,
  topic: null,
  target: null,
  asked: '',
  reason: null,
})

/** "HighCpuUsage (12), InstanceDown" */
export function namesOf(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return oneLine(
    [...counts].map(([name, count]) => (count > 1 ? `${name} (${count})` : name)).join(', '),
    300,
  )
}
