import type { Escalation } from '../escalation/escalation.ts'
import type { Run } from '../runs/run.ts'
import type { LeadView } from '../slack/messages/escalation/lead-message.ts'
import type { ShowDeps } from './dependencies.ts'
import { escalationView } from './escalation-view.ts'
import { runView } from './run-view.ts'

/** What the direct message to the lead shows. */
export const leadView = (
  deps: Pick<ShowDeps, 'reachable'>,
  run: Run,
  escalation: Escalation,
  to: string,
  threadUrl: string | undefined,
): LeadView => ({
  run: runView(run, undefined, deps.reachable, [], []),
  escalation: escalationView(escalation),
  to,
  threadUrl,
})
