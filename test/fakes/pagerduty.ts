import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type OnCallEntry, serveRest } from './pagerduty-rest.ts'
import { type Incident, type Incidents, openIncidents } from './pagerduty-webhooks.ts'

/**
 * PagerDuty over a real socket: the Events API v2 for alerts and changes, the REST API's `oncalls` and an incident's alerts
 * (pagerduty-rest.ts), and signed V3 webhooks (pagerduty-webhooks.ts). It refuses what its documents refuse (developer.pagerduty.com:
 * "Events API v2 Overview", "Send an Alert Event", reference/events-v2/openapiv3.json) with their bodies, keeps alerts by
 * routing key and `dedup_key` as they say, and fails on demand.
 */
export interface FakePagerDuty {
  /** The `eventsUrl`. */
  readonly url: string
  /** All alerts, open and resolved, oldest first. */
  readonly alerts: readonly Alert[]
  /** All change events. */
  readonly changes: readonly Record<string, unknown>[]
  /** The `apiUrl`. */
  readonly apiUrl: string
  /** People at PagerDuty, and the webhooks that follow from what they and our events do. */
  readonly incidents: Incidents
  /** Every request, refused ones too. */
  readonly requests: readonly Received[]
  /** Each fault meets one request, in this order; then all is well again. */
  fail(...faults: readonly Fault[]): void
  close(): Promise<void>
}

export interface Alert {
  readonly routingKey: string
  readonly dedupKey: string
  state: 'triggered' | 'acknowledged' | 'resolved'
  /** Every trigger event that was applied to it; the first one opened it. */
  readonly triggers: Record<string, unknown>[]
  /** The incident that it opened. */
  readonly incident: Incident
}

export interface Received {
  readonly method: string
  readonly contentType: string
  readonly bytes: number
  /** What was or would have been answered; 0 for none. */
  readonly status: number
}

/**
 * `lost-answer`: the event is applied, `meanwhile` happens, and the connection breaks before the answer. `slow`: it is answered as ever, but
 * not before `until`. `hang`: no answer at all.
 */
export type Fault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: string
    }
  | { readonly kind: 'hang' | 'reset' }
  | { readonly kind: 'lost-answer'; readonly meanwhile?: () => void }
  | { readonly kind: 'slow'; readonly until: Promise<void> }

const PATH = '/v2/enqueue'
const CHANGES = '/v2/change/enqueue'
const LARGEST = 512 * 1024

export interface PagerDutyOptions {
  readonly routingKeys?: readonly string[]
  /** Of the REST API; without one nobody gets in. */
  readonly apiToken?: string
  /** Of `GET /oncalls`. */
  readonly onCalls?: readonly OnCallEntry[]
  /** As with some services, whose incidents do not show the dedup_key. */
  readonly withoutIncidentKey?: boolean
}

export async function startPagerDuty(options: PagerDutyOptions = {}): Promise<FakePagerDuty> {
  const alerts: Alert[] = []
  const changes: Record<string, unknown>[] = []
  const incidents = openIncidents(alerts, options.withoutIncidentKey ?? false)
  const requests: Received[] = []
  const faults: Fault[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      const fault = faults.shift()
      const answer =
        fault && fault.kind !== 'lost-answer' && fault.kind !== 'slow'
          ? undefined
          : request.url?.startsWith('/v2/')
            ? serve(request, body, { alerts, changes, incidents, routingKeys: options.routingKeys })
            : serveRest(request, options, alerts)
      const status = answer?.status ?? (fault?.kind === 'status' ? fault.status : 0)
      const contentType = request.headers['content-type'] ?? ''
      requests.push({ method: request.method ?? '', contentType, bytes: body.length, status })
      if (fault?.kind === 'lost-answer') fault.meanwhile?.()
      if (fault?.kind === 'slow') await fault.until
      else if (fault) return strike(fault, response)
      if (answer) send(response, answer)
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${origin}${PATH}`,
    apiUrl: origin,
    alerts,
    changes,
    incidents,
    requests,
    fail: (...more) => faults.push(...more),
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function strike(fault: Fault, response: ServerResponse): void {
  if (fault.kind === 'status') response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
  else if (fault.kind !== 'hang') response.socket?.resetAndDestroy()
}

export interface Answer {
  readonly status: number
  readonly body: object
}

interface Events {
  readonly alerts: Alert[]
  readonly changes: Record<string, unknown>[]
  readonly incidents: Incidents
  readonly routingKeys: readonly string[] | undefined
}

function serve(
  request: IncomingMessage,
  body: Buffer,
  { alerts, changes, incidents, routingKeys }: Events,
): Answer {
  if (request.url !== PATH && request.url !== CHANGES)
    return { status: 404, body: { status: 'not found', message: 'Not Found' } }
  if (request.method !== 'POST')
    return { status: 405, body: { status: 'invalid', message: 'Method Not Allowed' } }
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json(;|$)/.test(type))
    return invalid([`Content-Type '${type}' is not application/json`])
  if (body.length > LARGEST) return invalid(['Event is larger than 512 KB'])
  const event = parse(body)
  if (!event) {
    const errors = ['JSON parse error']
    return {
      status: 400,
      body: { status: 'Unrecognized object', message: 'Event object format is unrecognized', errors },
    }
  }
  const errors = request.url === CHANGES ? changeProblems(event) : problems(event)
  if (errors.length > 0) return invalid(errors)
  const routingKey = String(event.routing_key)
  if (routingKeys && !routingKeys.includes(routingKey)) return invalid(['Invalid routing key'])
  if (request.url === CHANGES) {
    changes.push(event)
    return { status: 202, body: { status: 'success', message: 'Change event processed' } }
  }
  const dedupKey = typeof event.dedup_key === 'string' ? event.dedup_key : crypto.randomUUID()
  apply(alerts, incidents, routingKey, dedupKey, event)
  return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: dedupKey } }
}

const invalid = (errors: readonly string[]): Answer => ({
  status: 400,
  body: { status: 'invalid event', message: 'Event object is invalid', errors },
})

/** An open alert takes further events of its key; acknowledging or resolving what is not open is dropped. */
function apply(
  alerts: Alert[],
  incidents: Incidents,
  routingKey: string,
  dedupKey: string,
  event: Record<string, unknown>,
): void {
  const open = alerts.find(
    (alert) => alert.routingKey === routingKey && alert.dedupKey === dedupKey && alert.state !== 'resolved',
  )
  if (event.event_action === 'trigger') {
    if (open) open.triggers.push(event)
    else {
      const incident = incidents.open(dedupKey)
      alerts.push({ routingKey, dedupKey, state: 'triggered', triggers: [event], incident })
      incidents.tell(incident, 'incident.triggered', null)
    }
    return
  }
  if (!open) return
  open.state = event.event_action === 'acknowledge' ? 'acknowledged' : 'resolved'
  incidents.tell(open.incident, `incident.${open.state}`, null)
}

/** "Send a Change Event". */
function changeProblems({ routing_key, payload, links }: Record<string, unknown>): string[] {
  const { summary, source, timestamp, custom_details } = isObject(payload) ? payload : {}
  const found = [
    (typeof routing_key === 'string' && /^[A-Za-z0-9]{32}$/.test(routing_key)) ||
      "Length of 'routing_key' is incorrect (should be 32 characters)",
    isText(summary, 1024) || "'payload.summary' is missing or longer than 1024 characters",
    source === undefined || typeof source === 'string' || "'payload.source' must be a string",
    timestamp === undefined || isTime(timestamp) || "'payload.timestamp' is not ISO 8601",
    custom_details === undefined || isObject(custom_details) || "'payload.custom_details' must be an object",
    links === undefined ||
      isListOf(links, (link) => isUrl(link.href)) ||
      "'links' must be objects with 'href'",
  ]
  return found.filter((problem) => typeof problem === 'string')
}

function problems(event: Record<string, unknown>): string[] {
  const { routing_key, event_action, dedup_key, payload, links, images, client, client_url } = event
  const key = typeof routing_key === 'string' ? routing_key : ''
  const found = [
    key.length === 32 || "Length of 'routing_key' is incorrect (should be 32 characters)",
    /^[A-Za-z0-9]*$/.test(key) || "'routing_key' cannot contain non-alphanumeric characters.",
    ['trigger', 'acknowledge', 'resolve'].includes(String(event_action)) || "'event_action' is invalid",
    dedup_key === undefined ||
      isText(dedup_key, 255) ||
      "'dedup_key' must be a string of at most 255 characters",
    event_action === 'trigger' || dedup_key !== undefined || "'dedup_key' is missing or blank",
    client === undefined || typeof client === 'string' || "'client' must be a string",
    client_url === undefined || isUrl(client_url) || "'client_url' must be a URL",
    links === undefined ||
      isListOf(links, (link) => isUrl(link.href)) ||
      "'links' must be objects with 'href'",
    images === undefined ||
      isListOf(images, (image) => isUrl(image.src)) ||
      "'images' must be objects with 'src'",
    ...(event_action === 'trigger' ? payloadProblems(payload) : []),
  ]
  return found.filter((problem) => typeof problem === 'string')
}

function payloadProblems(payload: unknown): (true | string)[] {
  if (!isObject(payload)) return ["'payload' is missing or blank"]
  const { summary, source, severity, timestamp, component, group, custom_details } = payload
  return [
    isText(summary, 1024) || "'payload.summary' is missing or longer than 1024 characters",
    isText(source, Number.POSITIVE_INFINITY) || "'payload.source' is missing or blank",
    ['critical', 'error', 'warning', 'info'].includes(String(severity)) || "'payload.severity' is invalid",
    timestamp === undefined || isTime(timestamp) || "'payload.timestamp' is not ISO 8601",
    [component, group, payload.class].every((text) => text === undefined || typeof text === 'string') ||
      "'payload.component', 'group' and 'class' must be strings",
    custom_details === undefined || isObject(custom_details) || "'payload.custom_details' must be an object",
  ]
}

const isTime = (value: unknown): boolean =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/.test(value)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown, max: number): boolean =>
  typeof value === 'string' && value.trim() !== '' && value.length <= max
const isUrl = (value: unknown): boolean => typeof value === 'string' && URL.canParse(value)
const isListOf = (value: unknown, ok: (entry: Record<string, unknown>) => boolean): boolean =>
  Array.isArray(value) && value.every((entry) => isObject(entry) && ok(entry))

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
