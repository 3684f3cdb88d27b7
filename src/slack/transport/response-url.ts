import type { Message } from '../message.ts'
import { type FailedTry, type Failure, readError, unavailable } from './slack-failure.ts'

const TIMEOUT_MS = 10_000

/** Where a response_url may point (S22): Slack's own, or the emulator that stands in for it. */
export function responseOrigins(apiUrl: string): readonly string[] {
  const { origin } = new URL(apiUrl)
  return origin === 'https://slack.com' ? ['https://hooks.slack.com'] : [origin]
}

/** The answer of a response_url that is not 200. */
class ResponseRefused extends Error {
  override readonly name = 'ResponseRefused'
  readonly status: number
  readonly retryAfter: number | undefined
  constructor(status: number, body: string, retryAfter: number | undefined) {
    super(`HTTP ${status}${body ? `: ${body}` : ''}`)
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** Posts to a response_url once: only its user reads it. Throws what readResponseError() reads. */
export async function postResponse(
  fetch: typeof globalThis.fetch,
  url: string,
  message: Message,
): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      response_type: 'ephemeral',
      replace_original: false,
      text: message.text,
      ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const body = (await response.text()).slice(0, 300)
  if (response.ok) return body
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  throw new ResponseRefused(response.status, body, Number.isFinite(retryAfter) ? retryAfter : undefined)
}

export function readResponseError(error: unknown): FailedTry {
  if (!(error instanceof ResponseRefused)) return readError(error)
  if (error.status >= 500) return unavailable(error.message, true)
  if (error.status === 429) {
    const waitMs = (error.retryAfter ?? 1) * 1000
    return {
      failure: { ok: false, reason: 'rate-limited', detail: error.message },
      again: true,
      waitMs,
      lost: false,
    }
  }
  const reason = /invalid_blocks|too_long/.test(error.message) ? 'invalid-blocks' : 'refused'
  return { failure: { ok: false, reason, detail: error.message }, again: false, lost: false }
}

/** A URL that is not Slack's is never called. */
export const foreignUrl = (url: string, origins: readonly string[]): Failure | undefined =>
  URL.canParse(url) && origins.includes(new URL(url).origin)
    ? undefined
    : { ok: false, reason: 'refused', detail: 'the response_url is not one of Slack' }
