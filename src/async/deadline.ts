export type DeadlineEnd = 'deadline' | 'aborted'

/** A bound on waiting: it is reached after so many milliseconds, or when the caller's signal aborts. */
export interface Deadline {
  /** Aborts when the deadline is reached. */
  readonly signal: AbortSignal
  /** Resolves when the deadline is reached, with what came first; never rejects. */
  readonly reached: Promise<DeadlineEnd>
  /** Stops the timer. Call it when nothing waits any more. */
  clear(): void
}

/**
 * Starts a deadline of `ms` milliseconds. It has a timer of its own, because Node 20 may collect AbortSignal.any() over
 * AbortSignal.timeout() before that fires.
 */
export function startDeadline(ms: number, cancel?: AbortSignal): Deadline {
  const controller = new AbortController()
  let end = (_why: DeadlineEnd): void => {}
  const reached = new Promise<DeadlineEnd>((resolve) => {
    end = (why) => {
      resolve(why)
      controller.abort()
    }
  })
  const timer = setTimeout(() => end('deadline'), ms)
  const abort = (): void => end('aborted')
  cancel?.addEventListener('abort', abort, { once: true })
  if (cancel?.aborted) abort()
  return {
    signal: controller.signal,
    reached,
    clear: () => {
      clearTimeout(timer)
      cancel?.removeEventListener('abort', abort)
    },
  }
}
