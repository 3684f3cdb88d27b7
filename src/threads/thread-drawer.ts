import type { Runbooks } from '../engine/load-runbooks.ts'
import type { Channel } from '../escalation/channels.ts'
import type { Fixable } from './views/fixes-view.ts'
import type { ThreadWriter } from './write-message.ts'

/** Who draws in Slack what is stored of a run. */
export interface ThreadDrawer extends ThreadWriter {
  readonly runbooks: Runbooks
  /** The channels that are configured. */
  readonly reachable: readonly Channel[]
  readonly fixable: Fixable
}
