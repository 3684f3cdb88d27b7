import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A receiver as docs/webhook.md tells one to be: it checks signature and time, and takes each id once. */
export interface WebhookReceiver {
  readonly url: string
  /** In the order in which they came, each id once. */
  readonly events: readonly Record<string, unknown>[]
  close(): Promise<void>
}

export async function startReceiver(secret: string, now = Date.now): Promise<WebhookReceiver> {
  const events: Record<string, unknown>[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      const timestamp = String(request.headers['x-debvisor-timestamp'])
      const given = Buffer.from(String(request.headers['x-debvisor-signature']))
      const wanted = Buffer.from(
        `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
      )
      const isSigned = given.length === wanted.length && timingSafeEqual(given, wanted)
      if (!isSigned || Math.abs(now() / 1000 - Number(timestamp)) > 300) {
        response.writeHead(401).end()
        return
      }
      const event = JSON.parse(body) as Record<string, unknown>
      if (!events.some(({ id }) => id === event.id)) events.push(event)
      response.writeHead(202).end('thank you')
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    events,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
