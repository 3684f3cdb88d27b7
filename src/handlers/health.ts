import type { IncomingMessage, ServerResponse } from 'node:http'
import { reply } from '../http/listener.ts'
import type { Queryable } from '../store/db.ts'

export interface HealthSources {
  readonly store: Queryable
  /** Slack's socket, or the HTTP receiver, takes requests. */
  slackReady(): boolean
}

/**
 * `GET /health`: 200 when the store answers and Slack can reach us, else 503. Says nothing that a stranger could use.
 */
export async function health(
  sources: HealthSources,
  _request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const store = await sources.store.query('select 1').then(
    () => true,
    () => false,
  )
  const slack = sources.slackReady()
  reply(response, store && slack ? 200 : 503, { store: store ? 'ok' : 'down', slack: slack ? 'ok' : 'down' })
}
