import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api'

/**
 * Why Slack did not do what was asked. `unavailable`: 5xx or no answer, after all tries. `rate-limited`: it
 * asks for a longer wait than a call may take. `refused`: trying again would not help.
 */
export interface Failure {
  readonly ok: false
  readonly reason:
    | 'not-in-channel'
    | 'invalid-blocks'
    | 'too-long'
    | 'rate-limited'
    | 'unavailable'
    | 'refused'
  /** Slack's word and its reasons, for the log. */
  readonly detail: string
  /** Slack's reasons one by one, with pointers into the blocks. */
  readonly reasons?: readonly string[]
}

/**
 * One try that failed: is it worth another one, and after how long? `lost`: Slack may have done it all the
 * same.
 */
export interface FailedTry {
  readonly failure: Failure
  readonly again: boolean
  readonly waitMs?: number
  readonly lost: boolean
}

const notInChannel = new Set(['not_in_channel', 'channel_not_found', 'is_archived'])
const badBlocks = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long'])
/** Slack's own trouble, said with status 200. */
const passing = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'])

/** Whoever wanted it sent does not want it any more: nothing was sent. */
export class NoLongerWanted extends Error {
  override readonly name = 'NoLongerWanted'
}

/** What the Slack client threw, read. */
export function readError(error: unknown): FailedTry {
  if (error instanceof NoLongerWanted)
    return {
      failure: { ok: false, reason: 'refused', detail: 'no longer wanted' },
      ...{ again: false, lost: false },
    }
  if (error instanceof WebAPIRateLimitedError) return rateLimited(error.retryAfter)
  if (error instanceof WebAPIPlatformError) return platform(error.data)
  if (error instanceof WebAPIHTTPError)
    return unavailable(`HTTP ${error.statusCode}`, error.statusCode >= 500)
  if (error instanceof WebAPIRequestError) return unavailable(error.original.message, true)
  // The client throws a bare Error for an upload that was refused and for a 429 without Retry-After.
  return unavailable(error instanceof Error ? error.message : String(error), true)
}

const rateLimited = (seconds: number): FailedTry => ({
  failure: { ok: false, reason: 'rate-limited', detail: `Slack asks to wait ${seconds} s` },
  again: true,
  waitMs: seconds * 1000,
  lost: false,
})

export const unavailable = (detail: string, again: boolean): FailedTry => ({
  failure: { ok: false, reason: again ? 'unavailable' : 'refused', detail },
  again,
  lost: again,
})

interface Refusal {
  readonly error: string
  readonly response_metadata?: { readonly messages?: readonly string[] }
}

function platform(data: Refusal): FailedTry {
  const { error } = data
  // Where a message channel is busy, Slack says so with status 200.
  if (error === 'ratelimited' || error === 'rate_limited') return rateLimited(1)
  if (passing.has(error)) return unavailable(error, true)
  const reasons = data.response_metadata?.messages ?? []
  const detail = [error, ...reasons].join('; ')
  return { failure: { ok: false, reason: reasonOf(error), detail, reasons }, again: false, lost: false }
}

function reasonOf(error: string): Failure['reason'] {
  if (notInChannel.has(error)) return 'not-in-channel'
  if (badBlocks.has(error)) return 'invalid-blocks'
  return error === 'msg_too_long' ? 'too-long' : 'refused'
}
