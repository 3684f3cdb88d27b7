import type { Logger } from 'pino'
import type { Runbooks } from '../engine/load-runbooks.ts'
import type { Channel } from '../escalation/channels.ts'
import type { Workspace } from '../slack/workspace/workspace.ts'
import type { Store } from '../store/store.ts'
import type { Fixable } from './views/fixes-view.ts'

/** Who writes a thread: the store that knows what was posted, and the way to Slack. */
export interface ThreadWriter {
  readonly store: Store
  readonly slack: Pick<Workspace, 'delivery'>
  readonly log: Logger
}

/** Who draws in Slack what is stored of a run. */
export interface ThreadDrawer extends ThreadWriter {
  readonly runbooks: Runbooks
  /** The channels that are configured. */
  readonly reachable: readonly Channel[]
  readonly fixable: Fixable
}
