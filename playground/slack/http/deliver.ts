import { createHmac } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import type { Fields } from '../blocks/shape.ts'
import type { Acknowledged, Deliver, Delivery } from '../delivery.ts'
import { readBody } from './call.ts'

/** docs.slack.dev/authentication/verifying-requests-from-slack. */
export function signature(secret: string, seconds: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex')}`
}

/** PHP's urlencode, which Slack uses: as URLSearchParams does it, and the asterisk. */
export function formEncode(fields: Fields): string {
  const params = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
  return new URLSearchParams(params).toString().replaceAll('*', '%2A')
}

export interface HttpTarget {
  readonly url: string
  readonly signingSecret: string
  readonly ackLimitMs: number
  now(): number
}

export const deliverOverHttp =
  (target: HttpTarget): Deliver =>
  (delivery) => {
    const json = delivery.type === 'events_api'
    const body = bodyOf(delivery)
    const seconds = Math.floor(target.now() / 1000)
    const headers = {
      'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': String(seconds),
      'x-slack-signature': signature(target.signingSecret, seconds, body),
      ...(delivery.retry
        ? { 'x-slack-retry-num': String(delivery.retry), 'x-slack-retry-reason': 'http_timeout' }
        : {}),
    }
    return post(target, headers, body)
  }

function bodyOf({ type, payload }: Delivery): string {
  if (type === 'events_api') return JSON.stringify(payload)
  return formEncode(type === 'interactive' ? { payload: JSON.stringify(payload) } : payload)
}

function post(
  target: HttpTarget,
  headers: Record<string, string | number>,
  body: string,
): Promise<Acknowledged> {
  const started = performance.now()
  const since = () => performance.now() - started
  return new Promise((resolve) => {
    const fail = (error: NonNullable<Acknowledged['error']>) => resolve({ ackMs: since(), status: 0, error })
    const sent = request(target.url, { method: 'POST', headers, agent: false }, (response) => {
      const ackMs = since()
      read(response).then(
        (answer) => resolve({ ackMs, ...answer }),
        () => fail('dispatch_failed'),
      )
    })
    sent.setTimeout(target.ackLimitMs, () => {
      fail('operation_timeout')
      sent.destroy()
    })
    sent.on('error', () => fail('dispatch_failed'))
    sent.end(body)
  })
}

async function read(response: IncomingMessage): Promise<Omit<Acknowledged, 'ackMs'>> {
  const status = response.statusCode ?? 0
  const text = (await readBody(response)).toString('utf8')
  if (status !== 200) return { status, error: 'dispatch_failed' }
  if (text === '') return { status }
  const json = response.headers['content-type']?.includes('application/json')
  return { status, body: json ? JSON.parse(text) : { text } }
}
