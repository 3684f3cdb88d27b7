export type Reached = 'deadline' | 'aborted'

/**
 * A bound on waiting: after so many milliseconds, or when the signal aborts. `clear` when nothing waits any
 * more.
 */
export interface Limit {
  readonly reached: Promise<Reached>
  clear(): void
}

// A timer of our own: in Node 20, AbortSignal.any over AbortSignal.timeout is collected and then never fires.
export function createLimit(ms: number, signal?: AbortSignal): Limit {
  let clear = (): void => {}
  const reached = new Promise<Reached>((resolve) => {
    const timer = setTimeout(() => resolve('deadline'), ms)
    const abort = (): void => resolve('aborted')
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
    clear = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  })
  return { reached, clear: () => clear() }
}
