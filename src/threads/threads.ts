import { type Clock, systemClock } from '../async/clock.ts'
import type { DirectMessages } from '../escalation/outbox/direct-message-channel.ts'
import { threadUrl } from '../runs/load-bundle.ts'
import type { Progress, Threads } from '../runs/threads.ts'
import { drawDirectMessage } from './draw-direct-messages.ts'
import { drawPlace } from './draw-place.ts'
import { drawProgress } from './draw-progress.ts'
import { drawThread } from './draw-thread.ts'
import { inBackground } from './in-background.ts'
import { SlackFailed } from './slack-failed.ts'
import { spaceRedraws } from './space-redraws.ts'
import type { ThreadDrawer } from './thread-drawer.ts'

export interface DrawnThreads extends Threads, DirectMessages {
  /** Waits up to `graceMs` for what is drawn in the background. */
  settle(graceMs: number): Promise<void>
}

const unseen: Progress = { widened() {}, started() {}, recorded() {} }

/** Everything of ours that stands in Slack, drawn from what is stored. */
export function makeThreads(drawer: ThreadDrawer, clock: Clock = systemClock): DrawnThreads {
  const background = inBackground(drawer.log)
  /** The first message of each run that this process has under way. */
  const posts = new Map<string, Promise<void>>()
  return {
    ...spaceRedraws(clock, (runId) => drawThread(drawer, runId)),
    drawAnew: (runId) => drawThread(drawer, runId, { lookForCopies: true }),
    drawProgress(run, runbook) {
      if (run.isQuiet) return unseen
      const { progress, posted } = drawProgress(drawer, run, runbook)
      posts.set(run.id, posted)
      background.start(() => posted.finally(() => posts.get(run.id) === posted && posts.delete(run.id)))
      return progress
    },
    drawAfterProgress: ([runId, ...above], drawn) =>
      background.start(async () => {
        if (runId === undefined) return
        await posts.get(runId)
        await drawThread(drawer, runId, { afterProgress: true }).finally(drawn)
        for (const id of above) await drawThread(drawer, id)
      }),
    drawPlace: (runId) => background.start(() => drawPlace(drawer, runId), runId),
    settle: background.settle,
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
  }
}
