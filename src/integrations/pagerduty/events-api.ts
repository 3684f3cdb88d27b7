import { oneLine } from '../../text/shorten.ts'
import { isLoopback } from '../loopback.ts'
import type { ChangeEvent } from './change-event.ts'
import type { AlertEvent } from './page-event.ts'

/**
 * PagerDuty's Events API v2 (developer.pagerduty.com/docs/events-api-v2-overview): 202 accepts; 429, 5xx and network
 * errors are to be tried again; 400 never. Trying again is safe: an open alert with the same `dedup_key` is joined, not
 * doubled.
 */
export type PageResult =
  | { readonly outcome: 'accepted'; readonly dedupKey: string }
  /** `afterMs`: what Retry-After asked for. */
  | { readonly outcome: 'retry-later'; readonly reason: string; readonly afterMs?: number }
  | { readonly outcome: 'rejected'; readonly reason: string }

export type ChangeResult =
  | { readonly outcome: 'accepted' }
  | Exclude<PageResult, { readonly outcome: 'accepted' }>

export interface Pager {
  /** Triggers, acknowledges or resolves the alert of its key. */
  send(event: AlertEvent): Promise<PageResult>
  /** Notes a change beside the alerts. It has no key: after a lost answer a second try may note it twice. */
  change(event: ChangeEvent): Promise<ChangeResult>
  /** Checks what can be checked without paging anybody: the key's shape and that the host answers. */
  verify(): Promise<
    { readonly ok: true; readonly note: string } | { readonly ok: false; readonly reason: string }
  >
}

export interface PagerOptions {
  /** https://events.pagerduty.com/v2/enqueue, or the EU's, or an emulator on this machine. */
  readonly eventsUrl: string
  readonly routingKey: string
  readonly timeoutMs: number
  readonly fetch?: typeof fetch
}

export function makePager({
  eventsUrl,
  routingKey,
  timeoutMs,
  fetch = globalThis.fetch,
}: PagerOptions): Pager {
  const problem = eventsUrlProblem(eventsUrl) ?? routingKeyProblem(routingKey)
  const secretless = (text: string) => (routingKey ? text.replaceAll(routingKey, '[routing key]') : text)
  // Nothing of ours is sent on to where a redirect points (S22).
  const ask = (url: string, init: RequestInit) =>
    fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })

  async function enqueue(url: string, event: AlertEvent | ChangeEvent): Promise<ChangeResult> {
    if (problem) return { outcome: 'rejected', reason: problem }
    try {
      const response = await ask(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ routing_key: routingKey, ...event }),
      })
      return await read(response, secretless)
    } catch (error) {
      return { outcome: 'retry-later', reason: `PagerDuty could not be reached: ${why(error, timeoutMs)}.` }
    }
  }

  async function send(event: AlertEvent): Promise<PageResult> {
    const result = await enqueue(eventsUrl, event)
    return result.outcome === 'accepted' ? { ...result, dedupKey: event.dedup_key } : result
  }

  async function verify(): ReturnType<Pager['verify']> {
    if (problem) return { ok: false, reason: problem }
    try {
      // Events are made by POST only.
      const response = await ask(eventsUrl, { method: 'GET' })
      await response.body?.cancel()
      if (response.status >= 500) return { ok: false, reason: `PagerDuty answers ${response.status}.` }
      if (isRedirect(response)) return { ok: false, reason: redirected }
    } catch (error) {
      return { ok: false, reason: `PagerDuty could not be reached: ${why(error, timeoutMs)}.` }
    }
    return {
      ok: true,
      note: 'The host answers and the key has the right form; only a page can prove the key.',
    }
  }

  return { send, change: (event) => enqueue(changesUrl(eventsUrl), event), verify }
}

/** On the same host: https://events.pagerduty.com/v2/change/enqueue. */
const changesUrl = (eventsUrl: string): string => new URL('/v2/change/enqueue', eventsUrl).href

async function read(response: Response, secretless: (text: string) => string): Promise<ChangeResult> {
  const { status } = response
  if (status === 202) {
    await response.body?.cancel()
    return { outcome: 'accepted' }
  }
  if (isRedirect(response)) return { outcome: 'rejected', reason: redirected }
  const said = message(secretless(await beginning(response)))
  if (status === 429 || status >= 500) {
    const afterMs = retryAfter(response.headers)
    const reason = `PagerDuty answered ${status}${said}.`
    return { outcome: 'retry-later', reason, ...(afterMs === undefined ? {} : { afterMs }) }
  }
  return { outcome: 'rejected', reason: `PagerDuty did not accept the event: ${status}${said}.` }
}

const isRedirect = ({ status }: Response): boolean => status >= 300 && status < 400
const redirected = 'PagerDuty answered with a redirect, which is not followed; check `pagerduty.eventsUrl`.'

/** The documented error body: `{ status, message, errors: [string] }`. */
function message(text: string): string {
  try {
    const { message, errors } = JSON.parse(text) as { message?: unknown; errors?: unknown }
    const parts = [message, ...(Array.isArray(errors) ? errors : [])].filter(
      (part) => typeof part === 'string',
    )
    return parts.length > 0 ? `: ${oneLine(parts.join('; '), 500)}` : ''
  } catch {
    return text === '' ? '' : `: ${oneLine(text, 200)}`
  }
}

/** At most the first 10,000 characters of a body. */
export async function beginning({ body }: Response): Promise<string> {
  if (!body) return ''
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (text.length > 10_000) break
  }
  return text
}

/** Seconds or a date (RFC 9110 10.2.3), the date against the answer's own clock; an hour at most. */
export function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after') ?? ''
  const ms = /^\d+$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - Date.parse(headers.get('date') ?? '')
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 3_600_000)
}

export function why(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'unknown error'
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`
  const cause = error.cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return code || oneLine(error.message, 200)
}

/** A sentence where no page may go there (S22), else undefined. */
export function eventsUrlProblem(eventsUrl: string): string | undefined {
  if (!URL.canParse(eventsUrl)) return '`pagerduty.eventsUrl` is not a URL.'
  const { protocol, hostname, username, password } = new URL(eventsUrl)
  if (username || password) return '`pagerduty.eventsUrl` must not hold a user or a password.'
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return undefined
  return '`pagerduty.eventsUrl` must be https, or http to this machine.'
}

/** "The 32 character Integration Key"; PagerDuty refuses other characters than letters and digits. */
export function routingKeyProblem(routingKey: string): string | undefined {
  if (/^[A-Za-z0-9]{32}$/.test(routingKey)) return undefined
  return 'PAGERDUTY_ROUTING_KEY must be the 32 letters and digits of an Events API v2 integration key.'
}
