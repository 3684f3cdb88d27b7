import type { IncomingMessage } from 'node:http'
import type { Alert, Answer, PagerDutyOptions } from './pagerduty.ts'

/** Of PagerDuty's REST API v2 (developer.pagerduty.com/api-reference): `GET /oncalls`, `GET /incidents` and `GET /incidents/{id}/alerts`. */
export interface OnCallEntry {
  readonly user: string
  readonly level: number
  readonly policy: { readonly id: string; readonly name: string }
  readonly schedule?: { readonly id: string; readonly name: string }
  /** ISO 8601. */
  readonly end?: string
}

export function serveRest(
  request: IncomingMessage,
  options: PagerDutyOptions,
  alerts: readonly Alert[],
): Answer {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (request.method !== 'GET') return refuse(405, 2001, 'Method Not Allowed')
  if (request.headers.accept !== 'application/vnd.pagerduty+json;version=2')
    return refuse(406, 2006, 'Accept header must name version 2')
  const token = /^Token token=(\S+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (!token || token !== options.apiToken) return refuse(401, 2006, 'Unauthorized')
  const limit = Number(url.searchParams.get('limit') ?? 25)
  if (!(limit >= 1 && limit <= 100))
    return refuse(400, 2001, 'Invalid Input Provided', ['Limit must be 1 to 100'])
  if (url.pathname === '/oncalls') return onCalls(url.searchParams, options.onCalls ?? [], limit)
  if (url.pathname === '/incidents') return listIncidents(url.searchParams, alerts, limit)
  const incident = /^\/incidents\/([A-Z0-9]+)\/alerts$/.exec(url.pathname)?.[1]
  const held = alerts.filter((alert) => alert.incident.id === incident)
  if (held.length === 0) return refuse(404, 2100, 'Not Found')
  const shown = held.map(({ dedupKey, state }) => ({ type: 'alert', status: state, alert_key: dedupKey }))
  return { status: 200, body: { alerts: shown, limit, offset: 0, more: false, total: null } }
}

const MONTH_MS = 30 * 86_400_000

/** Without `since`, those of the last month; with `incident_key`, those whose alerts have that key. */
function listIncidents(query: URLSearchParams, alerts: readonly Alert[], limit: number): Answer {
  const known = ['limit', 'offset', 'incident_key', 'since', 'until', 'date_range', 'statuses[]', 'sort_by']
  const unknown = [...query.keys()].filter((key) => !known.includes(key))
  if (unknown.length > 0) return refuse(400, 2001, 'Invalid Input Provided', [`${unknown[0]} is not known`])
  const since = new Date(query.get('since') ?? Date.now() - MONTH_MS)
  if (Number.isNaN(since.getTime())) return refuse(400, 2001, 'Invalid Input Provided', ['Since is invalid'])
  const key = query.get('incident_key')
  const fits = ({ dedupKey, incident }: Alert) =>
    (key === null || dedupKey === key) && new Date(incident.createdAt) >= since
  const incidents = alerts.filter(fits).slice(0, limit).map(listed)
  return { status: 200, body: { incidents, limit, offset: 0, more: false, total: null } }
}

const listed = ({ state, incident: { id, number, key, createdAt, by } }: Alert) => ({
  id,
  type: 'incident',
  incident_number: number,
  incident_key: key,
  created_at: createdAt,
  html_url: `https://example.pagerduty.com/incidents/${id}`,
  status: state,
  last_status_change_by: { id: 'PUSER01', type: 'user_reference', summary: by ?? 'Events API v2' },
  assignments:
    state === 'resolved' ? [] : [{ at: createdAt, assignee: { id: 'PUSER01', summary: 'Carla Night' } }],
  priority: null,
})

function onCalls(query: URLSearchParams, all: readonly OnCallEntry[], limit: number): Answer {
  const known = [
    'limit',
    'offset',
    'earliest',
    'schedule_ids[]',
    'escalation_policy_ids[]',
    'user_ids[]',
    'include[]',
  ]
  const unknown = [...query.keys()].filter((key) => !known.includes(key))
  if (unknown.length > 0) return refuse(400, 2001, 'Invalid Input Provided', [`${unknown[0]} is not known`])
  const schedules = query.getAll('schedule_ids[]')
  const policies = query.getAll('escalation_policy_ids[]')
  const fits = ({ schedule, policy }: OnCallEntry): boolean =>
    (schedules.length === 0 || (schedule !== undefined && schedules.includes(schedule.id))) &&
    (policies.length === 0 || policies.includes(policy.id))
  const fitting = all.filter(fits)
  const oncalls = fitting.slice(0, limit).map(({ user, level, policy, schedule, end }) => ({
    user: { id: 'PUSER01', type: 'user_reference', summary: user },
    escalation_level: level,
    escalation_policy: { id: policy.id, type: 'escalation_policy_reference', summary: policy.name },
    schedule: schedule ? { id: schedule.id, type: 'schedule_reference', summary: schedule.name } : null,
    start: end ? '2026-11-05T08:00:00Z' : null,
    end: end ?? null,
  }))
  return { status: 200, body: { oncalls, limit, offset: 0, more: fitting.length > limit, total: null } }
}

const refuse = (status: number, code: number, message: string, errors: readonly string[] = []): Answer => ({
  status,
  body: { error: { code, message, ...(errors.length > 0 ? { errors } : {}) } },
})
