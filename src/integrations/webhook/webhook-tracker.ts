import { createHmac } from 'node:crypto'
import {
  good,
  type Item,
  type Note,
  type TrackedTicket,
  type Tracker,
  type TrackerAnswer,
} from '../tracker.ts'
import { trackerHttp } from '../tracker-http.ts'

/**
 * One signed POST for each thing that happens to a ticket: docs/webhook.md says what is in it and how it is checked.
 */
export interface WebhookOptions {
  readonly url: string
  readonly secret: string
  /** Milliseconds since 1970. */
  now(): number
  readonly timeoutMs?: number
  readonly fetch?: typeof fetch
}

/** Hex HMAC-SHA256 over `timestamp.body`; the time is in it, so that an old delivery cannot be sent again. */
export const signatureOf = (secret: string, timestamp: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`

export function makeWebhook({ url, secret, now, timeoutMs, fetch }: WebhookOptions): Tracker {
  const http = trackerHttp({
    name: 'The webhook',
    base: url,
    secrets: [secret],
    timeoutMs,
    fetch,
    headers: (body) => {
      const timestamp = String(Math.floor(now() / 1000))
      return {
        'user-agent': 'debvisor',
        'x-debvisor-timestamp': timestamp,
        'x-debvisor-signature': signatureOf(secret, timestamp, body),
      }
    },
  })
  /** Its answer means nothing but that it came; an `id` that was seen before is a delivery whose answer was lost. */
  const send = async (body: unknown): Promise<TrackerAnswer<null>> => {
    const answer = await http.call('POST', '', body)
    return answer.ok || answer.reason.includes('something else than JSON') ? good(null) : answer
  }

  return {
    target: 'webhook',
    async create(ticket) {
      const body = { version: 1, id: ticket.id, event: 'ticket.opened', at: ticket.createdAt, ticket }
      const sent = await send(body)
      return sent.ok ? good<Item>({ externalId: 'delivered', url: null }) : sent
    },
    note: (_item, ticket, note) => send(noteEvent(ticket, note)),
    async verify() {
      const sent = await send({ version: 1, id: `ping-${now()}`, event: 'ping', at: new Date(now()) })
      return sent.ok ? { ok: true, note: 'it took a signed ping' } : { ok: false, reason: sent.reason }
    },
  }
}

const noteEvent = (ticket: TrackedTicket, { key, kind, at, by, text }: Note) => ({
  version: 1,
  id: `${ticket.id}-${key}`,
  event: `ticket.${kind}`,
  at,
  by,
  text,
  ticket,
})
