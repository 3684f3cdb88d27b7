import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'

/** Work that nobody waits for. */
export interface Background {
  /** `key`: while work with it is under way, more of the same is left out. Never throws. */
  start(work: () => Promise<unknown>, key?: string): void
  /** Waits up to `graceMs` for what is under way. */
  settle(graceMs: number): Promise<void>
}

export function inBackground(log: Pick<Logger, 'warn'>): Background {
  const underWay = new Set<Promise<unknown>>()
  const keys = new Set<string>()
  return {
    start(work, key) {
      if (key !== undefined && keys.has(key)) return
      if (key !== undefined) keys.add(key)
      const done: Promise<unknown> = work()
        .catch((error: unknown) =>
          log.warn({ err: error }, 'a thread was not drawn; it is drawn again later'),
        )
        .finally(() => {
          underWay.delete(done)
          if (key !== undefined) keys.delete(key)
        })
      underWay.add(done)
    },
    async settle(graceMs) {
      const grace = new AbortController()
      const over = delay(graceMs, true, { signal: grace.signal }).catch(() => true)
      while (underWay.size > 0) if ((await Promise.race([Promise.all(underWay), over])) === true) return
      grace.abort()
    },
  }
}
