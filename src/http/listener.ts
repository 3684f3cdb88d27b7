import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'

export interface HttpRoute {
  readonly method: 'GET' | 'POST'
  /** One that ends in `/` is for all paths below it. */
  readonly path: string
  /** Still answered by a bot that stops. */
  readonly untilTheEnd?: boolean
  /** In bytes; default: LARGEST_BODY. */
  readonly largestBody?: number
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void
}

export interface Listener {
  readonly url: string
  /**
   * Takes no more requests, those apart that are answered until the end. Waits for the others, up to `graceMs`.
   */
  drain(graceMs: number): Promise<void>
  close(): Promise<void>
}

/** S2. Slack's own bodies stay far below. */
export const LARGEST_BODY = 1024 * 1024

/** The one listener of the bot; port 0 takes a free one. Rejects, with one sentence, where it cannot listen there. */
export function startListener(
  at: { host: string; port: number },
  routes: readonly HttpRoute[],
  log: Logger,
): Promise<Listener> {
  const underWay = new Set<Promise<void>>()
  let draining = false
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    const route = routeOf(routes, request, response)
    if (!route) return
    if (draining && !route.untilTheEnd) {
      response.setHeader('connection', 'close')
      return reply(response, 503, 'The bot is stopping.')
    }
    if (!route.untilTheEnd) {
      const over = new Promise<void>((resolve) => response.once('close', resolve))
      underWay.add(over)
      void over.then(() => underWay.delete(over))
    }
    void answer(route, request, response).catch((error: unknown) => {
      log.error({ err: error, path: route.path }, 'an HTTP request failed')
      if (!response.headersSent) reply(response, 500, 'It failed; the log says why.')
    })
  })
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(cannotListen(at, error))))
    server.listen(at.port, at.host, () => {
      server.removeAllListeners('error')
      const bound = server.address() as AddressInfo
      resolve({
        url: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
        drain: async (graceMs) => {
          draining = true
          const grace = new AbortController()
          const over = delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)
          await Promise.race([Promise.all(underWay), over])
          grace.abort()
        },
        close: () =>
          new Promise((done) => {
            server.close(() => done())
            // What is open by now waits for nothing that anybody needs, or for nothing at all: what is under way ends in drain().
            if (draining || underWay.size === 0) server.closeAllConnections()
            server.closeIdleConnections()
          }),
      })
    })
  })
}

function cannotListen({ host, port }: { host: string; port: number }, error: NodeJS.ErrnoException): string {
  const why: Record<string, string> = {
    EADDRINUSE: 'another process, perhaps another bot, has it',
    EADDRNOTAVAIL: 'this machine has no such address',
    EACCES: 'this user may not open it',
  }
  return `Cannot listen on ${host}:${port}: ${why[error.code ?? ''] ?? error.message}. Set \`http.listen\` in debvisor.yml.`
}

/** Undefined: there is none, as the answer says. */
function routeOf(
  routes: readonly HttpRoute[],
  request: IncomingMessage,
  response: ServerResponse,
): HttpRoute | undefined {
  const path = URL.parse(request.url ?? '/', 'http://localhost')?.pathname
  const isBelow = (route: HttpRoute) => route.path.endsWith('/') && path?.startsWith(route.path)
  const here = routes.filter((route) => route.path === path || isBelow(route))
  if (here.length === 0) return void reply(response, 404, 'There is nothing here.')
  const route = here.find((r) => r.method === request.method)
  if (!route) return void reply(response, 405, `Only ${here.map((r) => r.method).join(', ')} here.`)
  return route
}

async function answer(route: HttpRoute, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { largestBody = LARGEST_BODY } = route
  if (Number(request.headers['content-length'] ?? 0) > largestBody) return reply(response, 413, 'Too large.')
  await route.handle(request, response)
}

/**
 * The whole body. Undefined: it is longer than `most` bytes. Bytes are counted as they come, whatever the header
 * claims.
 */
export async function readRawBody(
  request: IncomingMessage,
  most: number = LARGEST_BODY,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  // The connection is kept for the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > most) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export function reply(response: ServerResponse, status: number, body: string | object): void {
  const json = typeof body !== 'string'
  response.writeHead(status, {
    'content-type': json ? 'application/json' : 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(json ? JSON.stringify(body) : `${body}\n`)
}
