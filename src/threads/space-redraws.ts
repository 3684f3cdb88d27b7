import type { Clock } from '../async/clock.ts'

/** As often as anyone reads: the same as of progress. */
const SPACING_MS = 3_000

interface Drawn {
  /** No redraw before that: 3 s after the newest draw ended, or begins if it is under way. */
  notBefore: number
  /** A redraw is to come, and whatever is stored before it begins is in it. */
  isWaiting: boolean
}

export interface SpacedDraws {
  /** At once, for a job that tells what it has just done. */
  draw(runId: string): Promise<void>
  /** For a job that follows a change. */
  redraw(runId: string, signal: AbortSignal): Promise<void>
}

/**
 * A change of a ticket, each step of its mirrors and each move of an escalation asks for the threads to be drawn. The
 * first is drawn at once. Those that follow within 3 s are drawn together: one job waits, and the others end, because what
 * they were sent for is stored by now. If this process dies, the queue gives the job that waited to another one. Other
 * replicas space their own jobs.
 */
export function spaceRedraws(
  clock: Pick<Clock, 'elapsed' | 'sleep'>,
  drawNow: (runId: string) => Promise<void>,
): SpacedDraws {
  const byRun = new Map<string, Drawn>()

  function drawnOf(runId: string): Drawn {
    for (const [id, { notBefore, isWaiting }] of byRun)
      if (!isWaiting && notBefore <= clock.elapsed()) byRun.delete(id)
    const known = byRun.get(runId) ?? { notBefore: Number.NEGATIVE_INFINITY, isWaiting: false }
    byRun.set(runId, known)
    return known
  }

  async function draw(runId: string): Promise<void> {
    drawnOf(runId).notBefore = clock.elapsed() + SPACING_MS
    try {
      await drawNow(runId)
    } finally {
      drawnOf(runId).notBefore = clock.elapsed() + SPACING_MS
    }
  }

  async function wait(drawn: Drawn, signal: AbortSignal): Promise<void> {
    for (let ms = left(drawn); ms > 0 && !signal.aborted; ms = left(drawn)) await clock.sleep(ms, signal)
    if (signal.aborted) throw new Error('the queue stopped before the thread was drawn')
  }

  const left = ({ notBefore }: Drawn): number => notBefore - clock.elapsed()

  return {
    draw,
    async redraw(runId, signal) {
      const drawn = drawnOf(runId)
      if (drawn.isWaiting) return
      drawn.isWaiting = true
      await wait(drawn, signal).finally(() => {
        drawn.isWaiting = false
      })
      await draw(runId)
    },
  }
}
