import type { IncomingMessage, ServerResponse } from 'node:http'
import { startDeadline } from '../async/deadline.ts'
import { reply } from '../http/listener.ts'
import type { Queryable } from '../store/db.ts'

export interface HealthSources {
  readonly store: Queryable
  /** This process looks for jobs, and the database answers it. */
  queueReady(): boolean
  /** Slack's socket, or the HTTP receiver, takes requests. */
  slackReady(): boolean
}

/** A store that takes longer keeps commands waiting. */
const STORE_MS = 2_000

/**
 * `GET /health`: 200 when the store answers, runs are taken from the queue and Slack can reach us, else 503. Says nothing
 * that a stranger could use.
 */
export async function health(
  sources: HealthSources,
  _request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts = {
    store: await answers(sources.store),
    queue: sources.queueReady(),
    slack: sources.slackReady(),
  }
  const said = Object.entries(parts).map(([part, ok]) => [part, ok ? 'ok' : 'down'])
  reply(response, Object.values(parts).every(Boolean) ? 200 : 503, Object.fromEntries(said))
}

async function answers(store: Queryable): Promise<boolean> {
  const deadline = startDeadline(STORE_MS)
  const asked = store.query('select 1').then(
    () => true,
    () => false,
  )
  const answered = await Promise.race([asked, deadline.reached.then(() => false)])
  deadline.clear()
  return answered
}
