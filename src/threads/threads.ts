import { type Clock, systemClock } from '../async/clock.ts'
import type { DirectMessages } from '../escalation/outbox/direct-message-channel.ts'
import { threadUrl } from '../runs/load-bundle.ts'
import type { Threads } from '../runs/threads.ts'
import { drawDirectMessage } from './draw-direct-messages.ts'
import { drawProgress } from './draw-progress.ts'
import { drawThread } from './draw-thread.ts'
import { SlackFailed } from './slack-failed.ts'
import { spaceRedraws } from './space-redraws.ts'
import type { ThreadDrawer } from './thread-drawer.ts'

/** Everything of ours that stands in Slack, drawn from what is stored. */
export const makeThreads = (drawer: ThreadDrawer, clock: Clock = systemClock): Threads & DirectMessages => ({
  ...spaceRedraws(clock, (runId) => drawThread(drawer, runId)),
  drawAfterProgress: (runId) => drawThread(drawer, runId, { afterProgress: true }),
  drawProgress: (run, runbook) => drawProgress(drawer, run, runbook),
  async bringTo(user, { run, escalationId, key }) {
    const opened = await drawer.slack.delivery.openDm(user)
    if (!opened.ok) return opened
    const { channel } = opened
    try {
      const url = await threadUrl(drawer, run)
      return await drawDirectMessage(drawer, { run, escalationId, user, channel, key, threadUrl: url })
    } catch (error) {
      if (error instanceof SlackFailed) return error.failed
      throw error
    }
  },
})
