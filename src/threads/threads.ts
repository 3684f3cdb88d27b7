import type { DirectMessages } from '../escalation/outbox/direct-messages.ts'
import { threadUrl } from '../runs/load-bundle.ts'
import type { Threads } from '../runs/threads.ts'
import type { ShowDeps } from './dependencies.ts'
import { drawDirectMessage } from './draw-direct-messages.ts'
import { drawProgress } from './draw-progress.ts'
import { drawThread } from './draw-thread.ts'
import { SlackFailed } from './slack-failed.ts'

/** Everything of ours that stands in Slack, drawn from what is stored. */
export const makeThreads = (deps: ShowDeps): Threads & DirectMessages => ({
  draw: (runId) => drawThread(deps, runId),
  drawAfterProgress: (runId) => drawThread(deps, runId, { afterProgress: true }),
  drawProgress: (run, runbook) => drawProgress(deps, run, runbook),
  async bringTo(user, { run, escalationId, key }) {
    const opened = await deps.delivery.openDm(user)
    if (!opened.ok) return opened
    const { channel } = opened
    try {
      const url = await threadUrl(deps, run)
      return await drawDirectMessage(deps, { run, escalationId, user, channel, key, threadUrl: url })
    } catch (error) {
      if (error instanceof SlackFailed) return error.failed
      throw error
    }
  },
})
