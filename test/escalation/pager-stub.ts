import { randomUUID } from 'node:crypto'
import type { IncidentChange, IncidentEvent } from '../../src/integrations/pagerduty/incident-event.ts'
import type { FoundIncident } from '../../src/integrations/pagerduty/incidents.ts'
import type { AlertEvent } from '../../src/integrations/pagerduty/page-event.ts'

export interface Alert {
  readonly key: string
  readonly incident: string
  readonly number: number
  readonly createdAt: Date
  state: 'triggered' | 'acknowledged' | 'resolved'
}

/** Alerts by their key, as the documents of PagerDuty's Events API say: an open one takes what comes, what is not open is dropped. */
export interface PagerStub {
  /** All there ever were: each woke somebody once. */
  readonly alerts: Alert[]
  take(event: AlertEvent): void
  /** Somebody does it at the pager. */
  act(alert: Alert, what: PersonalAct): void
  /** Every event that came, in this order. */
  readonly taken: AlertEvent[]
  /** A webhook each time that something changed; whoever delivers them takes them from here, in whatever order. */
  readonly webhooks: IncidentEvent[]
  /** As `GET /incidents?incident_key=…` tells them, but to the millisecond. */
  incidentsOf(key: string, since: Date): readonly FoundIncident[]
}

export type PersonalAct = 'acknowledged' | 'unacknowledged' | 'resolved' | 'reopened'

const becomes = {
  acknowledged: 'acknowledged',
  unacknowledged: 'triggered',
  resolved: 'resolved',
  reopened: 'triggered',
} as const

export function makePagerStub(): PagerStub {
  const alerts: Alert[] = []
  const taken: AlertEvent[] = []
  const webhooks: IncidentEvent[] = []
  const tell = (kind: IncidentChange, alert: Alert): void => void webhooks.push(eventOf(kind, alert))
  const act = (alert: Alert, what: PersonalAct): void => {
    alert.state = becomes[what]
    tell(what, alert)
  }
  return {
    alerts,
    taken,
    webhooks,
    act,
    take(event) {
      taken.push(event)
      const { event_action, dedup_key: key } = event
      const open = alerts.find((alert) => alert.key === key && alert.state !== 'resolved')
      if (event_action !== 'trigger') {
        if (open) act(open, event_action === 'acknowledge' ? 'acknowledged' : 'resolved')
      } else if (!open) {
        const number = alerts.length + 1
        const alert: Alert = {
          key,
          incident: randomUUID(),
          number,
          createdAt: new Date(),
          state: 'triggered',
        }
        alerts.push(alert)
        tell('triggered', alert)
      }
    },
    incidentsOf: (key, since) =>
      alerts
        .filter((alert) => alert.key === key && alert.createdAt >= since)
        .map(({ incident, number, createdAt, state }) => ({
          ...{ id: incident, number: String(number), url: null, status: state, by: 'Carla Night' },
          ...{ createdAt, assignees: [], priority: null, title: null, service: null },
        }))
        .reverse(),
  }
}

let last = 0
/** No two things happen at the same time, as far as the pager tells. */
const tick = (): Date => {
  last = Math.max(last + 1, Date.now())
  return new Date(last)
}

/** Its webhook, as if it happened now. */
export const eventOf = (kind: IncidentChange, alert: Alert): IncidentEvent => ({
  id: randomUUID(),
  kind,
  at: tick(),
  by: 'Carla Night',
  incident: {
    ...{ id: alert.incident, number: String(alert.number), key: alert.key, createdAt: alert.createdAt },
    ...{ url: null, assignees: [], priority: null, title: null, service: null },
  },
})
