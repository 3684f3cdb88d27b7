import { createHmac, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Alert } from './pagerduty.ts'

/** An incident as the V3 webhooks show it (developer.pagerduty.com/docs/webhooks-overview). */
export interface Incident {
  readonly id: string
  readonly number: number
  readonly key: string | null
  /** ISO 8601, in whole seconds, as PagerDuty tells it. */
  readonly createdAt: string
  /** Who changed it last; null: an event did. */
  by: string | null
}

export interface Sent {
  readonly type: string
  readonly body: string
  readonly signature: string
  /** Of the bot's answer; 0: there was none. */
  readonly status: number
  readonly answer: string
}

export interface Incidents {
  open(dedupKey: string): Incident
  /** From now on webhooks go there, signed with each of these secrets. */
  subscribe(url: string, secrets: readonly string[]): void
  /** A person does something at PagerDuty: the alert changes, and its webhook is sent. Resolves with the delivery. */
  act(dedupKey: string, what: PersonalAct, by: string, more?: Record<string, unknown>): Promise<Sent>
  /** The same, and its webhook is lost. */
  actUnheard(dedupKey: string, what: PersonalAct, by: string): void
  tell(
    incident: Incident,
    type: string,
    by: string | null,
    more?: Record<string, unknown>,
  ): Promise<Sent> | undefined
  /** As it was, signature and all: a replay. */
  again(sent: Sent): Promise<Sent>
  readonly sent: readonly Sent[]
}

export type PersonalAct =
  | 'acknowledged'
  | 'unacknowledged'
  | 'resolved'
  | 'reassigned'
  | 'priority_updated'
  | 'reopened'

const states: Readonly<Partial<Record<PersonalAct, Alert['state']>>> = {
  acknowledged: 'acknowledged',
  unacknowledged: 'triggered',
  resolved: 'resolved',
  reopened: 'triggered',
}

export const signed = (body: string, secrets: readonly string[]): string =>
  secrets.map((secret) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`).join(',')

/** PagerDuty delivers again what got no answer or a 5xx; less patiently here than there. */
const REDELIVERIES = 3
const REDELIVERED_AFTER_MS = 300

export function openIncidents(alerts: readonly Alert[], withoutKey: boolean): Incidents {
  let target: { readonly url: string; readonly secrets: readonly string[] } | undefined
  let count = 0
  const sent: Sent[] = []

  async function post(type: string, body: string, signature: string): Promise<Sent> {
    const headers = { 'content-type': 'application/json', 'x-pagerduty-signature': signature }
    for (let left = REDELIVERIES; ; left--) {
      const done = await fetch(target?.url ?? '', { method: 'POST', headers, body }).then(
        async (response) => ({ status: response.status, answer: await response.text() }),
        () => ({ status: 0, answer: '' }),
      )
      const delivery = { type, body, signature, ...done }
      sent.push(delivery)
      // Refusals are not delivered again.
      if (left === 0 || (done.status > 0 && done.status < 500)) return delivery
      await delay(REDELIVERED_AFTER_MS)
    }
  }

  const tell: Incidents['tell'] = (incident, type, by, more = {}) => {
    if (!target) return undefined
    const body = JSON.stringify({ event: eventOf(incident, type, by, more) })
    return post(type, body, signed(body, target.secrets))
  }

  function change(dedupKey: string, what: PersonalAct, by: string): Alert {
    const alert = alerts.findLast((each) => each.dedupKey === dedupKey)
    if (!alert) throw new Error(`there is no alert ${dedupKey}`)
    alert.state = states[what] ?? alert.state
    if (states[what]) alert.incident.by = by
    return alert
  }

  return {
    open: (dedupKey) => {
      count += 1
      const id = `Q${String(count).padStart(2, '0')}${randomUUID().slice(0, 8).toUpperCase().replaceAll('-', '')}`
      const createdAt = `${new Date().toISOString().slice(0, 19)}Z`
      return { id, number: count, key: withoutKey ? null : dedupKey, createdAt, by: null }
    },
    subscribe: (url, secrets) => {
      target = { url, secrets }
    },
    tell,
    async act(dedupKey, what, by, more) {
      const { incident } = change(dedupKey, what, by)
      const delivery = tell(incident, `incident.${what}`, by, more)
      if (!delivery) throw new Error('nobody has subscribed to webhooks')
      return delivery
    },
    actUnheard: (dedupKey, what, by) => void change(dedupKey, what, by),
    again: ({ type, body, signature }) => post(type, body, signature),
    sent,
  }
}

function eventOf(incident: Incident, event_type: string, by: string | null, more: Record<string, unknown>) {
  const url = `https://example.pagerduty.com/incidents/${incident.id}`
  return {
    id: `01${randomUUID().replaceAll('-', '').slice(0, 24).toUpperCase()}`,
    event_type,
    resource_type: 'incident',
    occurred_at: new Date().toISOString(),
    agent: by === null ? null : { id: 'PUSER01', type: 'user_reference', summary: by },
    client: null,
    data: {
      id: incident.id,
      type: 'incident',
      self: `https://api.pagerduty.com/incidents/${incident.id}`,
      html_url: url,
      number: incident.number,
      status: event_type.replace('incident.', ''),
      incident_key: incident.key,
      created_at: incident.createdAt,
      title: 'An incident',
      assignees: [{ id: 'PUSER01', type: 'user_reference', summary: 'Carla Night' }],
      priority: null,
      ...more,
    },
  }
}
