import { getEscalation } from '../escalation/escalation-store.ts'
import type { DirectMessages } from '../escalation/outbox/direct-messages.ts'
import { threadUrl } from '../runs/load-bundle.ts'
import { getRun } from '../runs/run-store.ts'
import type { Threads } from '../runs/threads.ts'
import { leadMessage } from '../slack/messages/escalation/lead-message.ts'
import type { ShowDeps } from './dependencies.ts'
import { leadView } from './draw-escalations.ts'
import { showAnew, showProgress, showRun } from './draw-run.ts'
import { postDirect, SlackFailed } from './post.ts'

/** Everything of ours that stands in Slack, drawn from what is stored. */
export const makeThreads = (deps: ShowDeps): Threads & DirectMessages => ({
  async draw(runId) {
    const run = await getRun(deps.db, runId)
    if (run) await showRun(deps, run)
  },
  drawAnew: (runId) => showAnew(deps, runId),
  showProgress: (run, runbook) => showProgress(deps, run, runbook),
  async bringTo(user, { run, escalationId, key }) {
    const opened = await deps.delivery.openDm(user)
    if (!opened.ok) return opened
    const { channel } = opened
    const escalation = await getEscalation(deps.db, escalationId)
    if (!escalation) return { ok: false, reason: 'refused', detail: 'the escalation is gone' }
    const message = leadMessage(leadView(deps, run, escalation, user, await threadUrl(deps, run)))
    try {
      return { ok: true, channel, ts: await postDirect(deps, run, channel, key, message) }
    } catch (error) {
      if (error instanceof SlackFailed) return error.failed
      throw error
    }
  },
})
