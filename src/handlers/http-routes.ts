import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { authorize, type Gate } from '../access/authorize.ts'
import { type HttpRoute, reply } from '../http/listener.ts'
import type { Db } from '../store/db.ts'
import { type HealthDeps, health } from './health.ts'
import { type PagerDutyDeps, pagerDutyWebhook } from './pagerduty-webhook.ts'
import { httpWays } from './routes.ts'

export interface HttpDeps extends HealthDeps {
  readonly gate: Gate
  readonly db: Db
  readonly log: Logger
  /** Bolt's receiver; undefined in Socket Mode. It checks the signature over the raw body. */
  readonly receive: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  /** Undefined: there is no secret of a webhook subscription, and no such path. */
  readonly pagerDuty?: PagerDutyDeps | undefined
  /** Seconds since 1970. */
  clock(): number
}

export function httpRoutes(deps: HttpDeps): HttpRoute[] {
  const { receive } = deps
  const routes = [way(deps, httpWays.health, (request, response) => health(deps, request, response))]
  if (receive) {
    routes.push(
      way(deps, httpWays.slack, (request, response) => {
        if (isStale(deps, request)) return reply(response, 401, 'The time stamp is not of now.')
        receive(request, response)
      }),
    )
  }
  const { pagerDuty } = deps
  if (pagerDuty) {
    const take: HttpRoute['handle'] = (request, response) => pagerDutyWebhook(pagerDuty, request, response)
    routes.push(way(deps, httpWays.pagerDuty, take))
  }
  return routes
}

function way(
  deps: HttpDeps,
  about: (typeof httpWays)[keyof typeof httpWays],
  handle: HttpRoute['handle'],
): HttpRoute {
  const [method, path] = about.name.split(' ') as ['GET' | 'POST', string]
  return {
    method,
    path,
    handle: (request, response) => {
      const decision = authorize(deps.gate, { principal: { kind: 'anonymous' }, action: about.action })
      return decision.allowed ? handle(request, response) : reply(response, 403, decision.reason)
    },
  }
}

/** S1: five minutes either way; Bolt accepts time stamps of the future. That each signature works once is app.ts's part. */
const WINDOW_S = 300

function isStale(deps: HttpDeps, request: IncomingMessage): boolean {
  const at = Number(request.headers['x-slack-request-timestamp'] ?? Number.NaN)
  return !(Math.abs(deps.clock() - at) <= WINDOW_S)
}
