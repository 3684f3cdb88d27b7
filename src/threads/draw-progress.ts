import type { Runbook } from '../engine/load-runbooks.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import type { Progress } from '../runs/threads.ts'
import type { Message } from '../slack/message.ts'
import { runningMessage } from '../slack/messages/run/progress-message.ts'
import { ancestorsOf, threadOf } from './other-threads.ts'
import { redrawOf, withPostLock } from './post-lock.ts'
import type { ThreadDrawer } from './thread-drawer.ts'
import { runView, shownProbes } from './views/run-view.ts'
import { writeMain } from './write-message.ts'

/**
 * Says that the run is under way and ticks its probes off, for as long as it is this worker's: the store is asked right
 * before each update. The first post is made under the post lock. The ticks take none, so that a worker that stands
 * still holds up no verdict; whoever drew progress draws the thread `afterProgress`. Slack being down or slow does not
 * hold up a diagnosis. `posted`: the first message is there, or will not be.
 */
export function drawProgress(
  drawer: ThreadDrawer,
  run: Run,
  runbook: Runbook,
): { readonly progress: Progress; readonly posted: Promise<void> } {
  const records = new Map<string, ProbeRecord>()
  const running = new Set<string>()
  let asked = runbook
  const message = (): Message =>
    runningMessage(runView(run, drawer.reachable, { runbook, probes: shownProbes(asked, records, running) }))
  let ts: string | null = null
  let changed = false
  const newest = async (): Promise<Message | undefined> =>
    (await isStillOurs(drawer, run)) ? message() : undefined
  const redraw = (): void => {
    changed = true
    if (ts) drawer.slack.delivery.updateSoon(run.channel, ts, newest)
  }
  const posted = postRunning(drawer, run, message).then(
    (shown) => {
      ts = shown.ts
      if (changed || shown.isOlder) redraw()
    },
    (error: unknown) =>
      drawer.log.warn({ err: error, run: run.code }, 'Slack did not take the first message; the run goes on'),
  )
  const progress: Progress = {
    widened: (wider) => {
      asked = wider
      redraw()
    },
    started: (probes) => {
      for (const id of probes) running.add(id)
      redraw()
    },
    recorded: (record) => {
      records.set(record.id, record)
      redraw()
    },
  }
  return { progress, posted }
}

interface Shown {
  /** Null: there is no message to update. */
  readonly ts: string | null
  /** It was there before, and says that the run waits, or what an earlier worker saw. */
  readonly isOlder?: boolean
}

async function postRunning(drawer: ThreadDrawer, run: Run, message: () => Message): Promise<Shown> {
  const { store } = drawer
  const thread = await threadOf(store, run, await ancestorsOf(store, run))
  const main = { runId: run.id, key: 'main', channel: run.channel, redraw: redrawOf(run.id) }
  return withPostLock(store, main, async (lock) => {
    if (!(await isStillOurs(drawer, run))) return { ts: null }
    if (lock.row?.ts) return { ts: lock.row.ts, isOlder: true }
    const streamed = thread !== undefined && isDirect(run.channel)
    return writeMain(drawer, run, { thread, streamed, inDoubt: lock.lostBefore, lock }, message())
  })
}

/** Threads in direct messages are those of the bot's panel. */
const isDirect = (channel: string): boolean => channel.startsWith('D')

async function isStillOurs({ store }: ThreadDrawer, { id, epoch }: Run): Promise<boolean> {
  const now = await getRun(store, id)
  return now?.state === 'running' && now.epoch === epoch
}
