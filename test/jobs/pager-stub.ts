import { randomUUID } from 'node:crypto'
import type { AlertEvent } from '../../src/escalation/page.ts'
import { type FoundIncident, wholeSecond } from '../../src/escalation/pager-incidents.ts'

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
  /** Every event that came, in this order. */
  readonly taken: AlertEvent[]
  /** As `GET /incidents?incident_key=…` tells them. */
  incidentsOf(key: string, since: Date): readonly FoundIncident[]
}

export function makePagerStub(): PagerStub {
  const alerts: Alert[] = []
  const taken: AlertEvent[] = []
  return {
    alerts,
    taken,
    take(event) {
      taken.push(event)
      const { event_action, dedup_key: key } = event
      const open = alerts.find((alert) => alert.key === key && alert.state !== 'resolved')
      if (event_action === 'trigger') {
        if (!open) {
          const number = alerts.length + 1
          alerts.push({
            key,
            incident: randomUUID(),
            number,
            createdAt: wholeSecond(new Date()),
            state: 'triggered',
          })
        }
      } else if (open) open.state = event_action === 'acknowledge' ? 'acknowledged' : 'resolved'
    },
    incidentsOf: (key, since) =>
      alerts
        .filter((alert) => alert.key === key && alert.createdAt >= wholeSecond(since))
        .map(({ incident, number, createdAt, state }) => ({
          ...{ id: incident, number: String(number), url: null, status: state, by: 'Carla Night' },
          ...{ createdAt, assignees: [], priority: null },
        }))
        .reverse(),
  }
}
