import { type Clock, systemClock } from '../../src/async/clock.ts'

export interface TestClock extends Clock {
  /** Lets `ms` pass; whoever sleeps wakes in order, and what they start is awaited before the next wakes. */
  advance(ms: number): Promise<void>
  /** How many sleep. */
  sleepers(): number
}

/** Time that stands still until it is told to pass. */
export function standingClock(start = Date.UTC(2026, 10, 5, 14, 2)): TestClock {
  let now = start
  const sleeping = new Set<{ until: number; wake: () => void }>()
  return {
    now: () => now,
    elapsed: () => now,
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const sleeper = { until: now + ms, wake: resolve }
        sleeping.add(sleeper)
        signal?.addEventListener('abort', () => {
          sleeping.delete(sleeper)
          resolve()
        })
      })
    },
    async advance(ms) {
      const end = now + ms
      await settled()
      for (let next = earliest(sleeping, end); next; next = earliest(sleeping, end)) {
        now = Math.max(now, next.until)
        sleeping.delete(next)
        next.wake()
        await settled()
      }
      now = end
    },
    sleepers: () => sleeping.size,
  }
}

/** As one that stands still, but somebody may set what it says of the day, as NTP does after a boot. */
export function settableClock(): TestClock & { set(now: number): void } {
  const clock = standingClock(0)
  let ahead = 0
  return {
    ...clock,
    now: () => clock.elapsed() + ahead,
    set(now) {
      ahead = now - clock.elapsed()
    },
  }
}

function earliest<T extends { until: number }>(sleeping: ReadonlySet<T>, end: number): T | undefined {
  return [...sleeping].filter((s) => s.until <= end).sort((a, b) => a.until - b.until)[0]
}

/** Every promise that can go on without time or network has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Time that passes as fast as it is asked to: for tests over real sockets. */
export function hurriedClock(start = Date.UTC(2026, 10, 5, 14, 2)): Clock & { readonly slept: number[] } {
  let now = start
  const slept: number[] = []
  return {
    slept,
    now: () => now,
    elapsed: () => now,
    async sleep(ms, signal) {
      await settled()
      if (signal?.aborted) return
      slept.push(ms)
      now += ms
    },
  }
}

/** Real time, but `times` as fast: whoever waits waits that much less, and wakes in the same order. For a whole bot over real sockets. */
export function fastClock(times: number, start = Date.now()): Clock {
  return {
    now: () => start + (systemClock.now() - start) * times,
    elapsed: () => systemClock.elapsed() * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  }
}
