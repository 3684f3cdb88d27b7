import { randomUUID } from 'node:crypto'
import type { AlertEvent } from '../../src/escalation/page.ts'

export interface Alert {
  readonly key: string
  readonly incident: string
  state: 'triggered' | 'acknowledged' | 'resolved'
}

/** Alerts by their key, as the documents of PagerDuty's Events API say: an open one takes what comes, what is not open is dropped. */
export interface PagerStub {
  /** All there ever were: each woke somebody once. */
  readonly alerts: Alert[]
  take(event: AlertEvent): void
}

export function makePagerStub(): PagerStub {
  const alerts: Alert[] = []
  return {
    alerts,
    take({ event_action, dedup_key: key }) {
      const open = alerts.find((alert) => alert.key === key && alert.state !== 'resolved')
      if (event_action === 'trigger') {
        if (!open) alerts.push({ key, incident: randomUUID(), state: 'triggered' })
      } else if (open) open.state = event_action === 'acknowledge' ? 'acknowledged' : 'resolved'
    },
  }
}
