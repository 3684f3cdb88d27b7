import type { Clock } from '../../async/clock.ts'
import { serializeByKey } from '../../async/serialize-by-key.ts'

/** Slack takes about one message a second and channel, and a short burst. */
const PER_MESSAGE_MS = 1_000
const BURST = 4

export interface ChannelPace {
  /** Runs `work` after all earlier work of that channel, not faster than Slack takes messages. */
  run<T>(channel: string, work: () => Promise<T>): Promise<T>
  /** Resolves when no channel has work left. */
  idle(): Promise<void>
}

export function makeChannelPace(clock: Clock): ChannelPace {
  const queue = serializeByKey()
  /** Of each channel, when its burst will be whole again. */
  const wholeAt = new Map<string, number>()

  async function paced<T>(channel: string, work: () => Promise<T>): Promise<T> {
    const wait = (wholeAt.get(channel) ?? 0) - (BURST - 1) * PER_MESSAGE_MS - clock.elapsed()
    if (wait > 0) await clock.sleep(wait)
    forgetQuiet()
    wholeAt.set(channel, (wholeAt.get(channel) ?? clock.elapsed()) + PER_MESSAGE_MS)
    return work()
  }

  function forgetQuiet(): void {
    for (const [channel, at] of wholeAt) if (at <= clock.elapsed()) wholeAt.delete(channel)
  }

  return { run: (channel, work) => queue.run(channel, () => paced(channel, work)), idle: queue.idle }
}
