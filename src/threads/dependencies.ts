import type { Runbooks } from '../engine/load-runbooks.ts'
import type { Channel } from '../escalation/channels.ts'
import type { Fixable } from './fixes-view.ts'
import type { ThreadWriter } from './write-message.ts'

/** What showing a run in Slack needs. */
export interface ShowDeps extends ThreadWriter {
  readonly runbooks: Runbooks
  readonly reachable: readonly Channel[]
  readonly fixable: Fixable
}
