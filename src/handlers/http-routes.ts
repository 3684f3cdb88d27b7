import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Access, authorize } from '../access/authorize.ts'
import type { Clock } from '../async/clock.ts'
import { type HttpRoute, reply } from '../http/listener.ts'
import { type HealthSources, health } from './health.ts'
import { type PagerDutyReceiver, pagerDutyWebhook } from './pagerduty-webhook.ts'
import { httpEntryPoints } from './routes.ts'

/** What the HTTP listener's routes serve. */
export interface HttpEndpoints extends HealthSources {
  readonly access: Access
  readonly clock: Pick<Clock, 'now'>
  /** Bolt's receiver; undefined in Socket Mode. It checks the signature over the raw body. */
  readonly receive: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  /** Undefined: there is no secret of a webhook subscription, and no such path. */
  readonly pagerDuty?: PagerDutyReceiver | undefined
}

export function httpRoutes(endpoints: HttpEndpoints): HttpRoute[] {
  const { receive, pagerDuty } = endpoints
  const routes = [
    routeTo(endpoints, httpEntryPoints.health, (request, response) => health(endpoints, request, response)),
  ]
  if (receive) {
    routes.push(
      routeTo(endpoints, httpEntryPoints.slack, (request, response) => {
        if (isStale(endpoints, request)) return reply(response, 401, 'The time stamp is not of now.')
        receive(request, response)
      }),
    )
  }
  if (pagerDuty) {
    const take: HttpRoute['handle'] = (request, response) => pagerDutyWebhook(pagerDuty, request, response)
    routes.push(routeTo(endpoints, httpEntryPoints.pagerDuty, take))
  }
  return routes
}

function routeTo(
  endpoints: HttpEndpoints,
  entry: (typeof httpEntryPoints)[keyof typeof httpEntryPoints],
  handle: HttpRoute['handle'],
): HttpRoute {
  const [method, path] = entry.name.split(' ') as ['GET' | 'POST', string]
  return {
    method,
    path,
    handle: (request, response) => {
      const decision = authorize(endpoints.access, { principal: { kind: 'anonymous' }, action: entry.action })
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
