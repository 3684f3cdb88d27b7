import type { Clock } from '../../async/clock.ts'
import { serializeByKey } from '../../async/serialize-by-key.ts'
import type { Message } from '../message.ts'
import type { IsWanted } from './destination.ts'
import type { CallResult } from './retry-call.ts'

/** Slack allows chat.update 50 times a minute in all; once in 3 s is as much as anyone reads. */
const SPACING_MS = 3_000
const SHARE_MS = 1_500

/** The message as it is at the moment of sending; undefined: there is nothing to say any more. */
export type Draw = () => Message | undefined | Promise<Message | undefined>

export interface Updates {
  /**
   * Progress: the latest wins, one in 3 s at most (fewer where many runs share the limit), lost where Slack
   * is down.
   */
  soon(channel: string, ts: string, make: Draw): void
  /** The message as it is to stay: sent at once and in order, never dropped; progress that still waits is. */
  final(channel: string, ts: string, message: Message, isWanted?: IsWanted): Promise<CallResult<string>>
  /** Resolves when nothing is under way; progress that waits is dropped. */
  idle(): Promise<void>
}

export interface Sending {
  /** Not progress, which is followed by more. */
  readonly urgent: boolean
  readonly isWanted?: IsWanted | undefined
}

export type Send = (
  channel: string,
  ts: string,
  message: Message,
  how: Sending,
) => Promise<CallResult<string>>

interface Progress {
  latest: Draw | undefined
  sentAt: number
  /** Ends the pause between two progress reports. */
  pause: AbortController
  reporting: boolean
}

/** After a minute without progress a message is forgotten. */
const FORGOTTEN_MS = 60_000

/**
 * `broken` hears of a `make` that threw: a bug of ours, which costs one progress report and not the process.
 */
export function makeUpdates(clock: Clock, send: Send, broken: (error: unknown) => void): Updates {
  const queue = serializeByKey()
  const byMessage = new Map<string, Progress>()

  function progressOf(key: string): Progress {
    const known = byMessage.get(key)
    if (known) return known
    forgetQuiet()
    const fresh: Progress = {
      latest: undefined,
      sentAt: Number.NEGATIVE_INFINITY,
      pause: new AbortController(),
      reporting: false,
    }
    byMessage.set(key, fresh)
    return fresh
  }

  function forgetQuiet(): void {
    for (const [key, { reporting, sentAt }] of byMessage) {
      if (!reporting && sentAt + FORGOTTEN_MS < clock.elapsed()) byMessage.delete(key)
    }
  }

  async function report(channel: string, ts: string, progress: Progress): Promise<void> {
    progress.reporting = true
    while (progress.latest) {
      const wait = progress.sentAt + spacing() - clock.elapsed()
      if (wait > 0) {
        await clock.sleep(wait, progress.pause.signal)
        continue
      }
      const make = progress.latest
      progress.latest = undefined
      await queue.run(keyOf(channel, ts), () => sendProgress(channel, ts, make))
      // Counted from Slack's answer: a report that was long on its way is not followed at its heels.
      progress.sentAt = clock.elapsed()
    }
    progress.reporting = false
  }

  const spacing = (): number =>
    Math.max(SPACING_MS, SHARE_MS * [...byMessage.values()].filter(({ reporting }) => reporting).length)

  async function sendProgress(channel: string, ts: string, make: Draw): Promise<void> {
    try {
      const message = await make()
      if (message) await send(channel, ts, message, { urgent: false })
    } catch (error) {
      broken(error)
    }
  }

  return {
    soon(channel, ts, make) {
      const progress = progressOf(keyOf(channel, ts))
      progress.latest = make
      if (!progress.reporting) void report(channel, ts, progress)
    },
    final(channel, ts, message, isWanted) {
      const key = keyOf(channel, ts)
      drop(byMessage.get(key))
      return queue.run(key, async () => {
        const sent = await send(channel, ts, message, { urgent: true, isWanted })
        // Progress may follow it, where it says that a run waits.
        progressOf(key).sentAt = clock.elapsed()
        return sent
      })
    },
    async idle() {
      for (const progress of byMessage.values()) drop(progress)
      await queue.idle()
    },
  }
}

const keyOf = (channel: string, ts: string): string => `${channel}:${ts}`

/** Progress that still waits is out of date. */
function drop(progress: Progress | undefined): void {
  if (!progress) return
  progress.latest = undefined
  progress.pause.abort()
  progress.pause = new AbortController()
}
