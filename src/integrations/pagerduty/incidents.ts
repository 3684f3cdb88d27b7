import { oneLine } from '../../text/shorten.ts'

/** An incident as `GET /incidents` lists it (developer.pagerduty.com/api-reference), of what we read. */
export interface FoundIncident {
  readonly id: string
  readonly number: string | null
  readonly url: string | null
  readonly status: 'triggered' | 'acknowledged' | 'resolved'
  /** Who changed its status last, as PagerDuty names them. */
  readonly by: string
  readonly createdAt: Date
  readonly assignees: readonly string[]
  readonly priority: string | null
}

/** PagerDuty gives the time of an incident in whole seconds. */
export const wholeSecond = (at: Date): Date => new Date(Math.floor(at.getTime() / 1000) * 1000)

/**
 * Those that were made in the second of `from` or later, the newest first; what is not an incident is left out. Null:
 * it is no list of incidents.
 */
export function readIncidents(answer: unknown, from: Date): readonly FoundIncident[] | null {
  const { incidents } = answer as { incidents?: unknown }
  if (!Array.isArray(incidents)) return null
  const since = wholeSecond(from)
  return (incidents as Listed[])
    .flatMap((one) => readIncident(one) ?? [])
    .filter(({ createdAt }) => createdAt >= since)
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
}

interface Named {
  readonly summary?: unknown
}

interface Listed {
  readonly id?: unknown
  readonly incident_number?: unknown
  readonly html_url?: unknown
  readonly status?: unknown
  readonly created_at?: unknown
  readonly last_status_change_by?: Named | null
  readonly assignments?: readonly { readonly assignee?: Named | null }[] | null
  readonly priority?: Named | null
}

function readIncident(one: Listed | null): FoundIncident | null {
  const createdAt = new Date(typeof one?.created_at === 'string' ? one.created_at : '')
  const status = statuses.find((each) => each === one?.status)
  if (!one || typeof one.id !== 'string' || !status || Number.isNaN(createdAt.getTime())) return null
  const { id, incident_number: number, html_url: url, last_status_change_by, assignments, priority } = one
  return {
    id,
    number: typeof number === 'number' ? String(number) : null,
    url: typeof url === 'string' && /^https:\/\//.test(url) && url.length <= 500 ? url : null,
    status,
    by: nameOf(last_status_change_by) ?? 'PagerDuty',
    createdAt,
    assignees: (Array.isArray(assignments) ? assignments : [])
      .slice(0, 5)
      .flatMap((each) => nameOf(each?.assignee) ?? []),
    priority: nameOf(priority),
  }
}

const statuses = ['triggered', 'acknowledged', 'resolved'] as const

const nameOf = (one: Named | null | undefined): string | null =>
  typeof one?.summary === 'string' && one.summary.trim() !== '' ? oneLine(one.summary, 100) : null
