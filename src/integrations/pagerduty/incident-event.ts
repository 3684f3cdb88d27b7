import { oneLine } from '../../text/shorten.ts'

/**
 * What a V3 webhook of PagerDuty tells of an incident (developer.pagerduty.com/docs/webhooks-overview), of what we
 * read. There is one event in a request.
 */
export interface IncidentEvent {
  readonly id: string
  readonly kind: IncidentChange
  readonly at: Date
  /** Who did it, as PagerDuty names them. */
  readonly by: string
  readonly incident: {
    readonly id: string
    readonly number: string | null
    readonly url: string | null
    /** Of an incident that an event of ours opened, our dedup_key; some services leave it empty. */
    readonly key: string | null
    readonly createdAt: Date | null
    readonly assignees: readonly string[]
    readonly priority: string | null
    /** What it is called, in one line. */
    readonly title: string | null
    /** The service that it belongs to, by its name. */
    readonly service: string | null
  }
}

const changes = {
  'incident.triggered': 'triggered',
  'incident.acknowledged': 'acknowledged',
  'incident.unacknowledged': 'unacknowledged',
  'incident.resolved': 'resolved',
  'incident.reopened': 'reopened',
  'incident.reassigned': 'reassigned',
  'incident.escalated': 'reassigned',
  'incident.delegated': 'reassigned',
  'incident.priority_updated': 'priority',
} as const

export type IncidentChange = (typeof changes)[keyof typeof changes]

export type ReadEvent =
  | { readonly kind: 'incident'; readonly event: IncidentEvent }
  /** A ping, or an event that concerns nothing of ours. */
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed'; readonly reason: string }

/** Reads the body of a webhook whose signature was checked. Never throws. */
export function readEvent(body: Buffer): ReadEvent {
  const event = fields(fields(parsed(body))?.event)
  const id = text(event?.id)
  const type = text(event?.event_type)
  const at = new Date(text(event?.occurred_at) ?? '')
  if (!event || !id || !type || Number.isNaN(at.getTime())) {
    return { kind: 'malformed', reason: 'event needs id, event_type and occurred_at' }
  }
  const kind = Object.hasOwn(changes, type) ? changes[type as keyof typeof changes] : undefined
  const data = fields(event.data)
  const incidentId = text(data?.id)
  if (!kind) return { kind: 'other' }
  if (!data || !incidentId) return { kind: 'malformed', reason: `${kind} needs data.id` }
  const by = summary(event.agent) ?? 'PagerDuty'
  return { kind: 'incident', event: { id, kind, at, by, incident: readIncident(incidentId, data) } }
}

function readIncident(id: string, data: Fields): IncidentEvent['incident'] {
  const url = text(data.html_url)
  return {
    id,
    number: typeof data.number === 'number' ? String(data.number) : null,
    url: url && /^https:\/\//.test(url) && url.length <= 500 ? url : null,
    key: text(data.incident_key) ?? null,
    createdAt: dateOf(text(data.created_at)),
    assignees: (Array.isArray(data.assignees) ? data.assignees : [])
      .slice(0, 5)
      .flatMap((one) => summary(one) ?? []),
    priority: summary(data.priority) ?? null,
    title: titleOf(data.title),
    service: summary(data.service) ?? null,
  }
}

type Fields = Readonly<Record<string, unknown>>
const fields = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 500 ? value : undefined
const dateOf = (value: string | undefined): Date | null => {
  const date = new Date(value ?? '')
  return Number.isNaN(date.getTime()) ? null : date
}
/** PagerDuty takes 1,024 characters. */
const titleOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? oneLine(value, 1_024) : null
/** The name of a reference, in one line. */
const summary = (value: unknown): string | undefined => {
  const name = fields(value)?.summary
  return typeof name === 'string' && name.trim() !== '' ? oneLine(name, 100) : undefined
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
