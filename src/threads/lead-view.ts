import type { Escalation } from '../escalation/escalation.ts'
import type { Run } from '../runs/run.ts'
import type { LeadView } from '../slack/messages/escalation/lead-message.ts'
import { escalationView } from './escalation-view.ts'
import { runView } from './run-view.ts'
import type { ThreadDrawer } from './thread-drawer.ts'

/** What the direct message to the lead shows. */
export const leadView = (
  { reachable }: Pick<ThreadDrawer, 'reachable'>,
  run: Run,
  escalation: Escalation,
  to: string,
  threadUrl: string | undefined,
): LeadView => ({
  run: runView(run, undefined, reachable, [], []),
  escalation: escalationView(escalation),
  to,
  threadUrl,
})
