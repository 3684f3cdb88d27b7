import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Stands in front of a tracker and fails on demand. `lost-answer`: the request goes through and the connection breaks before the answer. `down`: until
 * `up()`, every request gets 503.
 */
export interface FaultyHttp {
  readonly url: string
  /** "POST /repos/…", the refused ones too, with their answers' status; 0 for none. */
  readonly requests: readonly { readonly what: string; readonly status: number; readonly body: string }[]
  /** Each fault meets one request of that method, in this order. */
  fail(method: string, ...faults: readonly Fault[]): void
  down(): void
  up(): void
  close(): Promise<void>
}

export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: 'lost-answer' | 'reset' }

export async function startFaultyHttp(target: string): Promise<FaultyHttp> {
  const requests: { what: string; status: number; body: string }[] = []
  const faults: { method: string; fault: Fault }[] = []
  let isDown = false

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const method = request.method ?? 'GET'
    const note = (status: number) =>
      void requests.push({ what: `${method} ${request.url}`, status, body: body.toString() })
    const at = isDown ? -1 : faults.findIndex((each) => each.method === method)
    const [struck] = at === -1 ? [] : faults.splice(at, 1)
    const fault: Fault | undefined = isDown ? { kind: 'status', status: 503 } : struck?.fault
    if (fault?.kind === 'status') {
      note(fault.status)
      response.writeHead(fault.status, fault.headers).end('{"message":"not now"}')
      return
    }
    if (fault?.kind === 'reset') {
      note(0)
      response.socket?.resetAndDestroy()
      return
    }
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
    const answer = await fetch(target + request.url, {
      method,
      headers: headers as Record<string, string>,
      ...(body.length > 0 ? { body } : {}),
      redirect: 'manual',
    })
    const text = await answer.text()
    note(fault ? 0 : answer.status)
    if (fault) response.socket?.resetAndDestroy()
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  }

  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail: (method, ...more) => void faults.push(...more.map((fault) => ({ method, fault }))),
    down: () => {
      isDown = true
    },
    up: () => {
      isDown = false
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
