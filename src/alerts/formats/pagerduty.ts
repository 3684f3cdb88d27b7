import { readEvent } from '../../integrations/pagerduty/incident-event.ts'
import { fingerprintOf, type ReadAlerts } from './alert.ts'

/** Begins the key of every incident that the bot opened itself: those it has looked into. */
const OURS = 'debvisor-'

/**
 * Of an incident PagerDuty tells a title and a service: which alert and which host that is about is found in their
 * words.
 */
export function readPagerDutyAlerts(body: Buffer): ReadAlerts {
  const read = readEvent(body)
  if (read.kind === 'malformed') return { ok: false, reason: read.reason }
  const nothing = { ok: true, alerts: [], leftOut: 0 } as const
  if (read.kind === 'other') return nothing
  const { kind, at, incident } = read.event
  const isNews = kind === 'triggered' || kind === 'reopened' || kind === 'resolved'
  if (!isNews || incident.key?.startsWith(OURS)) return nothing
  const title = incident.title ?? ''
  return {
    ok: true,
    leftOut: 0,
    alerts: [
      {
        fingerprint: fingerprintOf('incident', incident.id),
        state: kind === 'resolved' ? 'resolved' : 'firing',
        name: title || `incident ${incident.number ?? incident.id}`,
        labels: { alertname: title, ...(incident.service === null ? {} : { service: incident.service }) },
        startsAt: kind === 'triggered' ? (incident.createdAt ?? at) : at,
      },
    ],
  }
}
