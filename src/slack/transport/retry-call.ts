import type { Clock } from '../../async/clock.ts'
import { type FailedTry, type Failure, readError } from './slack-failure.ts'

export type CallResult<T> = { readonly ok: true; readonly value: T } | Failure

const MOST_TRIES = 6
const FIRST_BACKOFF_MS = 500
/** A longer wait is better spent in the durable queue. */
const LONGEST_WAIT_MS = 60_000

const stopped: Failure = { ok: false, reason: 'unavailable', detail: 'the bot is stopping' }

export interface Call<T> {
  /** What a 429 stops for a while: the method, with the channel where Slack counts by channel. */
  readonly rateLimitKey: string
  once(): Promise<T>
  readonly tries?: number
  /** After an answer that was lost: what Slack has already done, if it did it. Throws where Slack does not say. */
  alreadyDone?(): Promise<T | undefined>
}

/** What Slack has done already, if anything; `known` false: it does not say. */
interface Done<T> {
  readonly known: boolean
  readonly value?: T | undefined
}

const backoff = (tried: number): number => FIRST_BACKOFF_MS * 2 ** (tried - 1)

export interface SlackCaller {
  call<T>(call: Call<T>): Promise<CallResult<T>>
  /** No further try, no further wait. */
  stop(): void
}

/**
 * One call with its retries: Retry-After is obeyed for that key alone, 5xx and lost answers are tried again
 * after a growing pause, refusals never. Resolves in any case.
 */
export function makeSlackCaller(clock: Clock, read: (error: unknown) => FailedTry = readError): SlackCaller {
  const limitedUntil = new Map<string, number>()
  const stopping = new AbortController()

  async function waitForRateLimit(key: string): Promise<void> {
    for (let wait = left(key); wait > 0 && !stopping.signal.aborted; wait = left(key)) {
      await clock.sleep(wait, stopping.signal)
    }
    limitedUntil.delete(key)
  }

  const left = (key: string): number => (limitedUntil.get(key) ?? 0) - clock.elapsed()

  async function tryOnce<T>(call: Call<T>): Promise<CallResult<T> | FailedTry> {
    await waitForRateLimit(call.rateLimitKey)
    if (stopping.signal.aborted) return stopped
    try {
      return { ok: true, value: await call.once() }
    } catch (error) {
      return read(error)
    }
  }

  /** Slack may still be at it when we give up waiting for its answer: look after the pause, not before. */
  async function pause<T>(
    failed: FailedTry,
    tried: number,
    alreadyDone: Call<T>['alreadyDone'],
  ): Promise<Done<T>> {
    if (failed.waitMs !== undefined) return { known: true }
    await clock.sleep(backoff(tried), stopping.signal)
    return failed.lost && alreadyDone ? lookUp(alreadyDone) : { known: true }
  }

  /** A look-up that fails says nothing: whoever took it for “not there” would do it a second time. */
  async function lookUp<T>(look: () => Promise<T | undefined>): Promise<Done<T>> {
    for (let looked = 1; looked <= MOST_TRIES; looked++) {
      try {
        return { known: true, value: await look() }
      } catch (error) {
        const { again, waitMs = backoff(looked) } = read(error)
        // It may not look, and never will.
        if (!again) return { known: true }
        if (waitMs > LONGEST_WAIT_MS || stopping.signal.aborted) break
        await clock.sleep(waitMs, stopping.signal)
      }
    }
    return { known: false }
  }

  async function call<T>(wanted: Call<T>): Promise<CallResult<T>> {
    const { rateLimitKey, tries = MOST_TRIES, alreadyDone } = wanted
    for (let tried = 1; ; tried++) {
      const result = await tryOnce(wanted)
      if ('ok' in result) return result
      const { failure, again, waitMs } = result
      if (waitMs !== undefined) limitedUntil.set(rateLimitKey, clock.elapsed() + waitMs)
      if (!again || (waitMs !== undefined && waitMs > LONGEST_WAIT_MS)) return failure
      const done: Done<T> =
        tried < tries || alreadyDone ? await pause(result, tried, alreadyDone) : { known: true }
      if (done.value !== undefined) return { ok: true, value: done.value }
      if (tried >= tries || !done.known || stopping.signal.aborted) return failure
    }
  }

  return { call, stop: () => stopping.abort() }
}

/** An answer that says ok and leaves out what was asked for is no answer. */
export function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Slack answered ok without what was asked for')
  return value
}
