import type { Runbooks } from '../engine/load.ts'
import type { Configured } from '../escalation/levels.ts'
import type { Fixable } from './fixes-view.ts'
import type { WriteDeps } from './write-message.ts'

/** What showing a run in Slack needs. */
export interface ShowDeps extends WriteDeps {
  readonly runbooks: Runbooks
  readonly configured: Configured
  readonly fixable: Fixable
}
