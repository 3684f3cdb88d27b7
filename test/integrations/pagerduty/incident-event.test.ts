import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEvent } from '../../../src/integrations/pagerduty/incident-event.ts'

const event = (more: object = {}, data: object = {}) =>
  Buffer.from(
    JSON.stringify({
      event: {
        id: '01E',
        event_type: 'incident.acknowledged',
        occurred_at: '2026-11-05T14:02:11.000Z',
        agent: { summary: 'Carla Night' },
        data: {
          id: 'Q1',
          number: 12,
          html_url: 'https://example.pagerduty.com/incidents/Q1',
          incident_key: 'debvisor-1',
          created_at: '2026-11-05T14:00:00Z',
          assignees: [{ summary: 'Carla Night' }, { summary: 'Dan\nDay' }],
          priority: { summary: 'P1' },
          title: 'HighCpuUsage on\nhost1',
          service: { summary: 'Web panel' },
          ...data,
        },
        ...more,
      },
    }),
  )

describe('an event', () => {
  test('is read by what the thread shows of it', () => {
    expect(readEvent(event())).toEqual({
      kind: 'incident',
      event: {
        id: '01E',
        kind: 'acknowledged',
        at: new Date('2026-11-05T14:02:11Z'),
        by: 'Carla Night',
        incident: {
          id: 'Q1',
          number: '12',
          url: 'https://example.pagerduty.com/incidents/Q1',
          key: 'debvisor-1',
          createdAt: new Date('2026-11-05T14:00:00Z'),
          assignees: ['Carla Night', 'Dan Day'],
          priority: 'P1',
          title: 'HighCpuUsage on host1',
          service: 'Web panel',
        },
      },
    })
  })

  test('without a person, a key or a link is read too', () => {
    const bare = {
      incident_key: null,
      created_at: 'yesterday',
      html_url: 'javascript:alert(1)',
      priority: null,
      assignees: null,
      number: null,
    }
    expect(readEvent(event({ agent: null }, bare))).toMatchObject({
      event: {
        by: 'PagerDuty',
        incident: { key: null, createdAt: null, url: null, priority: null, assignees: [], number: null },
      },
    })
  })

  test.each([
    ['pagey.ping', {}],
    ['incident.annotated', {}],
    ['service.updated', {}],
    ['constructor', {}],
  ])('%s concerns nothing of ours', (event_type) => {
    expect(readEvent(event({ event_type }))).toEqual({ kind: 'other' })
  })

  test.each([
    ['no JSON', Buffer.from('{')],
    ['a list', Buffer.from('[]')],
    ['no id', event({ id: undefined })],
    ['no time', event({ occurred_at: 'now' })],
    ['no incident', event({}, { id: 7 })],
  ])('with %s is malformed', (_, bytes) => {
    expect(readEvent(bytes)).toMatchObject({ kind: 'malformed' })
  })

  test('of any bytes is read without a throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((j) => Buffer.from(j)),
        ),
        (bytes) => void readEvent(Buffer.from(bytes)),
      ),
    )
  })
})
