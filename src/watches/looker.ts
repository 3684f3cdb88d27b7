import type { Logger } from 'pino'
import type { Runbooks } from '../engine/load-runbooks.ts'
import type { Hosts } from '../inventory/host-connections.ts'
import type { WaitingLimits } from '../runs/queue/waiting-limits.ts'
import type { Directory } from '../slack/workspace/who-is.ts'
import type { Store } from '../store/store.ts'

/** Who looks for watches and schedules. */
export interface Looker extends Directory {
  readonly store: Store
  readonly hosts: Pick<Hosts, 'inventory'>
  readonly runbooks: Pick<Runbooks, 'topics'>
  readonly limits: WaitingLimits
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}
