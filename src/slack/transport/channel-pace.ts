import type { Clock } from '../../async/clock.ts'

/** Slack takes about one message a second and channel, and a short burst. */
const PER_MESSAGE_MS = 1_000
const BURST = 4

export interface Lanes {
  /** Runs `work` after all earlier work of that channel, not faster than Slack takes messages. */
  enter<T>(channel: string, work: () => Promise<T>): Promise<T>
  /** Resolves when every lane is empty. */
  idle(): Promise<void>
}

interface Lane {
  tail: Promise<unknown>
  waiting: number
  /** When the burst's allowance will be whole again. */
  wholeAt: number
}

export function makeLanes(clock: Clock): Lanes {
  const lanes = new Map<string, Lane>()

  const laneOf = (channel: string): Lane => {
    const lane = lanes.get(channel) ?? { tail: Promise.resolve(), waiting: 0, wholeAt: 0 }
    lanes.set(channel, lane)
    return lane
  }

  async function paced<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    const wait = lane.wholeAt - (BURST - 1) * PER_MESSAGE_MS - clock.now()
    if (wait > 0) await clock.sleep(wait)
    lane.wholeAt = Math.max(lane.wholeAt, clock.now()) + PER_MESSAGE_MS
    return work()
  }

  function forgetIdle(): void {
    for (const [channel, lane] of lanes) {
      if (lane.waiting === 0 && lane.wholeAt <= clock.now()) lanes.delete(channel)
    }
  }

  return {
    enter(channel, work) {
      forgetIdle()
      const lane = laneOf(channel)
      lane.waiting++
      const done = lane.tail.then(() => paced(lane, work)).finally(() => lane.waiting--)
      lane.tail = done.catch(() => {})
      return done
    },
    async idle() {
      await Promise.all([...lanes.values()].map((lane) => lane.tail))
    },
  }
}
