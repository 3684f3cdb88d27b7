import type { Logger } from 'pino'
import type { Access } from '../access/authorize.ts'
import type { Runbooks } from '../engine/load-runbooks.ts'
import type { EscalationSettings } from '../escalation/open-escalation.ts'
import type { FixHosts } from '../fixes/fix-connections.ts'
import type { FleetLimits } from '../fleet/runs/fleet-limits.ts'
import type { PagerApi } from '../integrations/pagerduty/rest-api.ts'
import type { Tracker } from '../integrations/tracker.ts'
import type { Hosts } from '../inventory/host-connections.ts'
import type { Metered } from '../metrics/meter.ts'
import type { Redactor } from '../redact/redact.ts'
import type { WaitingLimits } from '../runs/queue/waiting-limits.ts'
import type { Workspace } from '../slack/workspace/workspace.ts'
import type { Store } from '../store/store.ts'
import type { WatchLimits } from '../watches/watch-limits.ts'

/**
 * What the bot can do for whoever asks in Slack; each handler names the parts that it uses. Nothing here logs in to a
 * host: handlers store what is to be done, and a job does it.
 */
export interface Capabilities extends Metered {
  readonly store: Store
  readonly slack: Workspace
  readonly access: Access
  readonly runbooks: Runbooks
  readonly hosts: Pick<Hosts, 'inventory'>
  readonly fixHosts: Pick<FixHosts, 'routes'>
  readonly escalationSettings: EscalationSettings
  /** Undefined: there is no token for PagerDuty's REST API. */
  readonly pagerApi: Pick<PagerApi, 'onCall'> | undefined
  /** Those that are configured. */
  readonly trackers: readonly Pick<Tracker, 'target'>[]
  readonly limits: WaitingLimits & WatchLimits & FleetLimits
  readonly redactor: Redactor
  readonly log: Logger
}
