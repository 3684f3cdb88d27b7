import type { Clock } from '../../async/clock.ts'
import type { Message } from '../message.ts'
import type { Called } from './calls.ts'

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
  final(channel: string, ts: string, message: Message): Promise<Called<string>>
  /** Resolves when nothing is under way; progress that waits is dropped. */
  idle(): Promise<void>
}

export type Send = (channel: string, ts: string, message: Message, urgent: boolean) => Promise<Called<string>>

interface Updated {
  latest: Draw | undefined
  sentAt: number
  /** Ends the pause between two progress reports. */
  pause: AbortController
  /** What is being sent, after all that was sent before. */
  tail: Promise<unknown>
  looping: boolean
  /** Last words under way. */
  finals: number
}

/** A message whose progress stopped without a last word is forgotten after a minute. */
const FORGOTTEN_MS = 60_000

/**
 * `broken` hears of a `make` that threw: a bug of ours, which costs one progress report and not the process.
 */
export function makeUpdates(clock: Clock, send: Send, broken: (error: unknown) => void): Updates {
  const open = new Map<string, Updated>()

  function updatedOf(key: string): Updated {
    const known = open.get(key)
    if (known) return known
    forgetAbandoned()
    const fresh: Updated = {
      latest: undefined,
      sentAt: Number.NEGATIVE_INFINITY,
      pause: new AbortController(),
      tail: Promise.resolve(),
      looping: false,
      finals: 0,
    }
    open.set(key, fresh)
    return fresh
  }

  function forgetAbandoned(): void {
    for (const [key, { looping, finals, sentAt }] of open) {
      if (!looping && finals === 0 && sentAt + FORGOTTEN_MS < clock.now()) open.delete(key)
    }
  }

  async function report(channel: string, ts: string, updated: Updated): Promise<void> {
    updated.looping = true
    while (updated.latest) {
      const wait = updated.sentAt + spacing() - clock.now()
      if (wait > 0) {
        await clock.sleep(wait, updated.pause.signal)
        continue
      }
      const make = updated.latest
      updated.latest = undefined
      updated.sentAt = clock.now()
      updated.tail = updated.tail.then(() => progress(channel, ts, make))
      await updated.tail
    }
    updated.looping = false
  }

  const spacing = (): number =>
    Math.max(SPACING_MS, SHARE_MS * [...open.values()].filter((updated) => updated.looping).length)

  async function progress(channel: string, ts: string, make: Draw): Promise<void> {
    try {
      const message = await make()
      if (message) await send(channel, ts, message, false)
    } catch (error) {
      broken(error)
    }
  }

  return {
    soon(channel, ts, make) {
      const key = `${channel}:${ts}`
      const updated = updatedOf(key)
      updated.latest = make
      if (!updated.looping) void report(channel, ts, updated)
    },
    async final(channel, ts, message) {
      const key = `${channel}:${ts}`
      const updated = updatedOf(key)
      drop(updated)
      updated.finals++
      const sent = updated.tail.then(() => send(channel, ts, message, true))
      updated.tail = sent
      const result = await sent
      updated.finals--
      if (updated.tail === sent && !updated.looping) open.delete(key)
      return result
    },
    async idle() {
      for (const updated of open.values()) drop(updated)
      await Promise.all([...open.values()].map((updated) => updated.tail))
    },
  }
}

/** Progress that still waits is out of date. */
function drop(updated: Updated): void {
  updated.latest = undefined
  updated.pause.abort()
  updated.pause = new AbortController()
}
