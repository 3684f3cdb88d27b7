import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Principal } from '../../access/authorize.ts'
import { provenByHeaders } from '../../alerts/prove-sender.ts'

export interface MetricsReader {
  /** In the text format of Prometheus. */
  scrape(): Promise<string>
  /** Undefined: whoever reaches the listener may read them. */
  readonly token: string | undefined
}

/** Whoever asks for metrics: a scraper where it has the token, or where there is none. */
export function scraperOf({ token }: MetricsReader, request: IncomingMessage): Principal {
  const isProven =
    token === undefined || provenByHeaders({ way: 'bearer', secrets: [token] }, request.headers) === true
  return { kind: isProven ? 'scraper' : 'anonymous' }
}

/** `GET /metrics`. */
export async function readMetrics({ scrape }: MetricsReader, response: ServerResponse): Promise<void> {
  const text = await scrape()
  response.writeHead(200, {
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(text)
}
