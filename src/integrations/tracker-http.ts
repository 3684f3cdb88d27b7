import { oneLine } from '../text/shorten.ts'
import { isLoopback } from './loopback.ts'
import { good, type Miss, never, type TrackerAnswer } from './tracker.ts'

/** JSON over HTTP to one tracker. */
export interface TrackerHttp {
  /** `path` is put behind the base URL. Resolves with the answer's JSON, null where it has none. */
  call(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<TrackerAnswer<unknown>>
}

export interface TrackerHttpOptions {
  /** What it is called in sentences: "GitHub". */
  readonly name: string
  /** https, or http to this machine; no other origin is ever asked. */
  readonly base: string
  readonly headers: (body: string) => Readonly<Record<string, string>>
  /** Taken out of whatever the tracker says. */
  readonly secrets: readonly string[]
  readonly timeoutMs?: number | undefined
  readonly fetch?: typeof fetch | undefined
}

/** A page of fifty issues, each as long as an issue may be. */
const LARGEST = 8 * 1024 * 1024

export function trackerHttp(options: TrackerHttpOptions): TrackerHttp {
  const { name, base, headers, secrets, timeoutMs = 10_000, fetch = globalThis.fetch } = options
  const secretless = (text: string) => secrets.reduce((rest, s) => rest.replaceAll(s, '[secret]'), text)

  async function call(method: string, path: string, body?: unknown): Promise<TrackerAnswer<unknown>> {
    const url = `${base}${path}`
    if (!isOurs(url, base)) return never(`${name} is not asked at another address than its own.`)
    const text = body === undefined ? '' : JSON.stringify(body)
    try {
      const response = await fetch(url, {
        method,
        headers: { ...(text ? { 'content-type': 'application/json' } : {}), ...headers(text) },
        ...(text ? { body: text } : {}),
        // A token is never sent on to where a redirect points (S22).
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      const said = await beginning(response)
      return response.ok ? readJson(name, said) : refusal(name, response, secretless(said))
    } catch (error) {
      return { ok: false, retry: true, reason: `${name} could not be reached: ${why(error, timeoutMs)}` }
    }
  }
  return { call }
}

/** S22: the origin that was configured, and nothing that a path could turn it into. */
function isOurs(url: string, base: string): boolean {
  if (!URL.canParse(url) || !URL.canParse(base)) return false
  const { origin, protocol, hostname } = new URL(url)
  const safe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
  return safe && origin === new URL(base).origin
}

function readJson(name: string, said: string): TrackerAnswer<unknown> {
  if (said.trim() === '') return good(null)
  try {
    return good(JSON.parse(said) as unknown)
  } catch {
    return never(`${name} answered with something else than JSON; check its URL`)
  }
}

/**
 * Says to try again after 429, 5xx and a used-up rate limit, which may pass. Any other answer would be the same again.
 */
function refusal(name: string, response: Response, said: string): Miss {
  const { status, headers } = response
  if (status >= 300 && status < 400)
    return never(`${name} answered with a redirect, which is not followed; check its URL`)
  const reason = `${name} answered ${status}${message(said)}`
  const limited =
    status === 429 ||
    (status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0'))
  if (!limited && status < 500 && status !== 408) return never(reason)
  const afterMs = waitOf(headers)
  return { ok: false, retry: true, reason, ...(afterMs === undefined ? {} : { afterMs }) }
}

const LONGEST_WAIT_MS = 3_600_000

/**
 * Retry-After in seconds or as a date (RFC 9110 10.2.3), else GitHub's X-RateLimit-Reset; against the answer's own
 * clock.
 */
function waitOf(headers: Headers): number | undefined {
  const now = Date.parse(headers.get('date') ?? '')
  const after = headers.get('retry-after') ?? ''
  const reset = headers.get('x-ratelimit-remaining') === '0' ? headers.get('x-ratelimit-reset') : null
  const ms = /^\d+$/.test(after)
    ? Number(after) * 1000
    : after !== ''
      ? Date.parse(after) - now
      : reset !== null
        ? Number(reset) * 1000 - now
        : Number.NaN
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS)
}

/** GitHub says `{ message }`, Jira `{ errorMessages: [], errors: { field: text } }`. */
function message(said: string): string {
  try {
    const { message, errorMessages, errors } = JSON.parse(said) as Record<string, unknown>
    const listed = Array.isArray(errorMessages) ? errorMessages : []
    const byField =
      errors && typeof errors === 'object' && !Array.isArray(errors) ? Object.values(errors) : []
    const parts = [message, ...listed, ...byField].filter((part) => typeof part === 'string' && part !== '')
    return parts.length > 0 ? `: ${oneLine(parts.join('; '), 300)}` : ''
  } catch {
    return said === '' ? '' : `: ${oneLine(said, 150)}`
  }
}

async function beginning({ body }: Response): Promise<string> {
  if (!body) return ''
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (text.length > LARGEST) break
  }
  return text
}

function why(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'unknown error'
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`
  const { cause } = error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return code || oneLine(error.message, 200)
}
