import { getRun } from '../runs/run-store.ts'
import { drawDirectMessages } from './draw-direct-messages.ts'
import { mainMessage, messagesBelow } from './messages-of-thread.ts'
import { type PostLock, redrawOf, withPostLock } from './post-lock.ts'
import { SlackFailed } from './slack-failed.ts'
import { tellWatchers } from './tell-watchers.ts'
import type { ThreadDrawer } from './thread-drawer.ts'
import { readThread, type Thread } from './views/read-thread.ts'
import { type MainWritten, writeBelow, writeFile, writeMain } from './write-message.ts'

/** What Slack shows may be something else than is thought. */
interface Doubts {
  readonly afterProgress?: boolean
  readonly lookForCopies?: boolean
}

/**
 * Makes Slack show what the store says of a run: its message, its thread, its tickets, its file, and the direct
 * messages about it. Drawing twice is harmless. Throws when Slack cannot be reached: the job comes again.
 * `afterProgress`: this process drew progress on the run's message, which may have arrived after what another process
 * drew, so that message is sent whatever its hash says. `lookForCopies`: somebody may have posted after another took over
 * from them, so all is sent, and what stands there twice is taken away.
 */
export async function drawThread(
  drawer: ThreadDrawer,
  runId: string,
  { afterProgress = false, lookForCopies = false }: Doubts = {},
): Promise<void> {
  const run = await getRun(drawer.store, runId)
  if (!run || run.isQuiet) return
  const unreached = await withPostLock(
    drawer.store,
    { runId, key: 'main', channel: run.channel, redraw: redrawOf(runId), lookForCopies },
    async (lock) => {
      const thread = await readThread(drawer, runId)
      if (!thread) return undefined
      const main = await writeThread(drawer, thread, lock, { afterProgress, lookForCopies })
      if (main.ts !== null) return undefined
      return (await tellWatchers(drawer, thread, mainMessage(thread, drawer.reachable))) ?? main.unreached
    },
  )
  await drawDirectMessages(drawer, run, { lookForCopies })
  if (unreached) throw new SlackFailed(unreached)
}

/** Whoever has the lock of the run's message writes the whole thread. */
async function writeThread(
  drawer: ThreadDrawer,
  thread: Thread,
  lock: PostLock,
  { afterProgress = false, lookForCopies = false }: Doubts,
): Promise<MainWritten> {
  const { run, posted, parentThread } = thread
  const inDoubt = lock.lostBefore || lookForCopies
  const main = await writeMain(
    drawer,
    run,
    { thread: parentThread, inDoubt: inDoubt || afterProgress, lookForCopies, lock },
    mainMessage(thread, drawer.reachable),
  )
  if (main.ts === null) return main
  const to = { channel: run.channel, thread: parentThread ?? main.ts }
  for (const drawn of messagesBelow(thread, drawer.reachable)) {
    const { key } = drawn
    const target = {
      runId: run.id,
      key,
      since: run.createdAt,
      to,
      row: posted.get(key),
      inDoubt,
      lookForCopies,
      lock,
    }
    if ('file' in drawn) {
      await writeFile(drawer, target, drawn.file)
      continue
    }
    const written = await writeBelow(drawer, target, main.ts, drawn.message)
    if (written && !written.ok) throw new SlackFailed(written)
  }
  return main
}
