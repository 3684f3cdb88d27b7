import { notePlaceShown } from '../runs/queue/place.ts'
import { drawThread } from './draw-thread.ts'
import { mainMessage } from './messages-of-thread.ts'
import { redrawOf, withPostLock } from './post-lock.ts'
import type { ThreadDrawer } from './thread-drawer.ts'
import { readThread } from './views/read-thread.ts'
import { writeMain } from './write-message.ts'

/** Says of a run that waits how many are before it. Once it is taken, its worker says more. */
export async function drawPlace(drawer: ThreadDrawer, runId: string): Promise<void> {
  const asked = await readThread(drawer, runId)
  if (asked?.run.state !== 'queued' || asked.run.isQuiet) return
  const { channel } = asked.run
  const main = { runId, key: 'main', channel, redraw: redrawOf(runId) }
  const isOutOfDate = await withPostLock(drawer.store, main, async (lock) => {
    const thread = await readThread(drawer, runId)
    // What this one sent before may have come after what its worker said.
    if (thread?.run.state !== 'queued') return lock.lostBefore
    const place = { thread: thread.parentThread, inDoubt: lock.lostBefore, lock }
    await writeMain(drawer, thread.run, place, mainMessage(thread, drawer.reachable))
    if (thread.before !== undefined) await notePlaceShown(drawer.store, runId, thread.before)
    return false
  })
  if (isOutOfDate) await drawThread(drawer, runId)
}
