import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readBody } from '../../../playground/slack/http/call.ts'

export interface Delivered {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface HttpEnd {
  readonly url: string
  readonly got: Delivered[]
  close(): Promise<void>
}

/**
 * A bot that is no more than an HTTP server: it keeps what Slack delivers; `answer` undefined never answers.
 */
export async function httpEnd(
  answer: () => { status?: number; body?: string; type?: string } | undefined = () => ({}),
): Promise<HttpEnd> {
  const got: Delivered[] = []
  const server = createServer(async (request, response) => {
    got.push({ headers: request.headers, body: (await readBody(request)).toString('utf8') })
    const reply = answer()
    if (!reply) return
    response.writeHead(reply.status ?? 200, { 'content-type': reply.type ?? 'text/plain' })
    response.end(reply.body ?? '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`,
    got,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
