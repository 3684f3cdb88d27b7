import type { Clock } from '../async/clock.ts'

/** As often as anyone reads: the same as of progress. */
const SPACING_MS = 3_000

interface Redraws {
  /** When the newest draw began to read what is stored. */
  begunAt: number
  /** A draw is to come, and whatever is stored before it begins is in it. */
  isWaiting: boolean
}

/**
 * A change of a ticket, each step of its mirrors and each move of an escalation asks for the threads to be drawn. The
 * first is drawn at once. Those that follow within 3 s are drawn together: one job waits, and the others end, because what
 * they were sent for is stored by now. If this process dies, the queue gives the job that waited to another one. Other
 * replicas space their own jobs.
 */
export function spaceRedraws(
  clock: Pick<Clock, 'now' | 'sleep'>,
  draw: (runId: string) => Promise<void>,
): (runId: string, signal: AbortSignal) => Promise<void> {
  const byRun = new Map<string, Redraws>()

  function redrawsOf(runId: string): Redraws {
    for (const [id, { begunAt, isWaiting }] of byRun)
      if (!isWaiting && begunAt + SPACING_MS <= clock.now()) byRun.delete(id)
    const known = byRun.get(runId) ?? { begunAt: Number.NEGATIVE_INFINITY, isWaiting: false }
    byRun.set(runId, known)
    return known
  }

  return async (runId, signal) => {
    const redraws = redrawsOf(runId)
    if (redraws.isWaiting) return
    redraws.isWaiting = true
    try {
      const wait = redraws.begunAt + SPACING_MS - clock.now()
      if (wait > 0) await clock.sleep(wait, signal)
      if (signal.aborted) throw new Error('the queue stopped before the thread was drawn')
    } finally {
      redraws.isWaiting = false
    }
    redraws.begunAt = clock.now()
    await draw(runId)
  }
}
