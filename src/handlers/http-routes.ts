import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { type Access, authorize, type Principal } from '../access/authorize.ts'
import type { Clock } from '../async/clock.ts'
import { type HttpRoute, readRawBody, reply } from '../http/listener.ts'
import { type AlertsReceiver, alertsWebhook, LARGEST_NOTICE } from './alerts-webhook.ts'
import { alive, health, type ReadySources, ready } from './monitoring/health.ts'
import { type MetricsReader, readMetrics, scraperOf } from './monitoring/read-metrics.ts'
import { type PagerDutyReceiver, pagerDutyWebhook } from './pagerduty-webhook.ts'
import { httpEntryPoints } from './routes.ts'

/** What the HTTP listener's routes serve. */
export interface HttpEndpoints extends ReadySources {
  readonly access: Access
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Logger, 'warn'>
  /** Bolt's receiver; undefined in Socket Mode. It checks the signature over the raw body. */
  readonly receive: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  /** Undefined: metrics are not configured, or have a listener of their own, and there is no such path. */
  readonly metrics?: MetricsReader | undefined
  /** Undefined: there is no secret of a webhook subscription, and no such path. */
  readonly pagerDuty?: PagerDutyReceiver | undefined
  /** Undefined: no sender of alerts is configured, and there is no such path. */
  readonly alerts?: AlertsReceiver | undefined
}

export function httpRoutes(endpoints: HttpEndpoints): HttpRoute[] {
  const { receive, pagerDuty, alerts, metrics } = endpoints
  const routes = [
    routeTo(endpoints, httpEntryPoints.health, (request, response) => health(endpoints, request, response)),
    ...healthRoutes(endpoints),
  ]
  if (metrics) routes.push(metricsRoute(endpoints, metrics))
  if (receive) {
    routes.push(
      routeTo(endpoints, httpEntryPoints.slack, (request, response) =>
        fromSlack({ ...endpoints, receive }, request, response),
      ),
    )
  }
  if (pagerDuty) {
    const take: HttpRoute['handle'] = (request, response) => pagerDutyWebhook(pagerDuty, request, response)
    routes.push(routeTo(endpoints, httpEntryPoints.pagerDuty, take))
  }
  if (alerts) {
    const take = alertsWebhook(alerts)
    routes.push({ ...routeTo(endpoints, httpEntryPoints.alerts, take), largestBody: LARGEST_NOTICE })
  }
  return routes
}

/** For whoever starts and restarts the bot: answered until it has stopped. */
const healthRoutes = (endpoints: HttpEndpoints): HttpRoute[] => [
  { ...routeTo(endpoints, httpEntryPoints.alive, alive), untilTheEnd: true },
  {
    ...routeTo(endpoints, httpEntryPoints.ready, (request, response) => ready(endpoints, request, response)),
    untilTheEnd: true,
  },
]

export function metricsRoute(endpoints: Pick<HttpEndpoints, 'access'>, metrics: MetricsReader): HttpRoute {
  const principalOf = (request: IncomingMessage) => scraperOf(metrics, request)
  const read: HttpRoute['handle'] = (_request, response) => readMetrics(metrics, response)
  return { ...routeTo(endpoints, httpEntryPoints.metrics, read, principalOf), untilTheEnd: true }
}

type Receive = NonNullable<HttpEndpoints['receive']>

/** What Bolt could not answer never reaches it: it would leave the request without any answer. */
async function fromSlack(
  endpoints: HttpEndpoints & { readonly receive: Receive },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, sentence: string): void => {
    endpoints.log.warn(
      { from: request.socket.remoteAddress, status },
      `Slack's request was refused: ${sentence}`,
    )
    reply(response, status, sentence)
  }
  if (isStale(endpoints, request)) return refuse(401, 'The time stamp is not of now.')
  const body = await readRawBody(request)
  if (!body) return refuse(413, 'Too large.')
  if (!holdsFields(body, request.headers['content-type'])) return refuse(400, 'The payload is not an object.')
  // Bolt takes a body that was read before from here, and checks the signature over it.
  endpoints.receive(Object.assign(request, { rawBody: body }), response)
}

/** A command is a form. A click, a submission or an event is an object in JSON: a form's `payload`, or the body. */
function holdsFields(body: Buffer, contentType: string | undefined): boolean {
  const form = contentType === 'application/x-www-form-urlencoded'
  const json = form ? new URLSearchParams(body.toString('utf8')).get('payload') : body.toString('utf8')
  if (json === null) return true
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

function routeTo(
  endpoints: Pick<HttpEndpoints, 'access'>,
  entry: (typeof httpEntryPoints)[keyof typeof httpEntryPoints],
  handle: HttpRoute['handle'],
  principalOf: (request: IncomingMessage) => Principal = () => ({ kind: 'anonymous' }),
): HttpRoute {
  const [method, path] = entry.name.split(' ') as ['GET' | 'POST', string]
  return {
    method,
    path,
    handle: (request, response) => {
      const decision = authorize(endpoints.access, { principal: principalOf(request), action: entry.action })
      return decision.allowed ? handle(request, response) : reply(response, 403, decision.reason)
    },
  }
}

/**
 * S1: five minutes in either direction, since Bolt accepts time stamps of the future. slack-app.ts sees to it that each
 * signature works once.
 */
const WINDOW_MS = 300_000

function isStale({ clock }: HttpEndpoints, request: IncomingMessage): boolean {
  const seconds = Number(request.headers['x-slack-request-timestamp'] ?? Number.NaN)
  return !(Math.abs(clock.now() - seconds * 1_000) <= WINDOW_MS)
}
