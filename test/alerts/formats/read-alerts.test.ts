import { describe, expect, it } from 'vitest'
import { readAlerts } from '../../../src/alerts/formats/read-alerts.ts'
import type { AlertSource, TemplateFields } from '../../../src/alerts/source.ts'

const states = { firing: ['problem', 'critical', '1'], resolved: ['recovery', 'ok', '0'] }
const read = (kind: AlertSource['kind'], body: unknown, fields?: TemplateFields) =>
  readAlerts({ kind, fields, states }, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
const good = (...args: Parameters<typeof read>) => {
  const result = read(...args)
  if (!result.ok) throw new Error(result.reason)
  return result
}

describe("a notice of Alertmanager's", () => {
  const alert = {
    status: 'firing',
    labels: { alertname: 'HighCpuUsage', instance: 'panel1:9100', severity: 'warning' },
    annotations: { summary: 'CPU above 80 %' },
    startsAt: '2026-11-05T14:00:00.123456789Z',
    endsAt: '0001-01-01T00:00:00Z',
    fingerprint: '9a3c5b1d',
  }
  const notice = (...alerts: unknown[]) => ({ version: '4', status: 'firing', truncatedAlerts: 0, alerts })

  it.each(['alertmanager', 'grafana'] as const)('is read by what decides, from %s', (kind) => {
    expect(good(kind, notice(alert, { ...alert, status: 'resolved' }))).toMatchObject({
      leftOut: 0,
      alerts: [
        {
          state: 'firing',
          name: 'HighCpuUsage',
          labels: alert.labels,
          startsAt: new Date('2026-11-05T14:00:00.123Z'),
        },
        { state: 'resolved', name: 'HighCpuUsage' },
      ],
    })
  })

  it('tells alerts apart by their fingerprint, or by their labels in any order', () => {
    const { fingerprint: _, ...bare } = alert
    const turned = { ...bare, labels: Object.fromEntries(Object.entries(bare.labels).reverse()) }
    const other = { ...bare, labels: { ...bare.labels, instance: 'panel2:9100' } }
    const [one, same, different] = good('grafana', notice(bare, turned, other)).alerts
    expect(one?.fingerprint).toBe(same?.fingerprint)
    expect(one?.fingerprint).not.toBe(different?.fingerprint)
  })

  it('counts what its sender left out and what cannot be read, and takes the rest', () => {
    const odd = [null, 7, { status: 'pending', labels: {} }, { status: 'firing', labels: ['x'] }]
    const result = good('alertmanager', { ...notice(alert, ...odd), truncatedAlerts: 12 })
    expect(result.alerts).toHaveLength(1)
    expect(result.leftOut).toBe(16)
  })

  it('bounds what a stranger writes', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [`label${at}`, 'x'.repeat(9_000)]),
    )
    const [read] = good('alertmanager', notice({ ...alert, labels, fingerprint: 'f'.repeat(5_000) })).alerts
    expect(JSON.stringify(read).length).toBeLessThan(30_000)
    expect(read?.fingerprint).toHaveLength(32)
  })

  it.each([
    ['{', 'it is no JSON'],
    ['', 'it is no JSON'],
    ['null', 'there is no list `alerts` in it'],
    [{ alerts: {} }, 'there is no list `alerts` in it'],
    [{ alerts: [{ status: 'firing' }] }, 'no alert of it has `status`'],
    ['['.repeat(500_000), 'it is no JSON'],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'there is no list `alerts` in it'],
  ])('that is none says so: %.20s', (body, reason) => {
    expect(read('alertmanager', body)).toEqual({ ok: false, reason: expect.stringContaining(reason) })
  })
})

describe('a template', () => {
  const fields = {
    name: 'check.name',
    host: 'host.name',
    state: 'state',
    labels: 'host.vars',
    startsAt: 'since',
  }
  const body = {
    check: { name: 'disk' },
    host: { name: 'host1', vars: { role: 'db', n: 3 } },
    state: 'CRITICAL',
    since: 1_762_351_200,
  }

  it('is read where its fields say', () => {
    expect(good('template', body, fields).alerts).toEqual([
      {
        fingerprint: expect.any(String),
        state: 'firing',
        name: 'disk',
        labels: { role: 'db', n: '3', alertname: 'disk', host: 'host1' },
        startsAt: new Date('2025-11-05T14:00:00Z'),
      },
    ])
  })

  it('is one alert for each check of a host, unless it says what tells it apart', () => {
    const of = (more: object, more2: Partial<TemplateFields> = {}) =>
      good('template', { ...body, ...more }, { ...fields, ...more2 }).alerts[0]?.fingerprint
    expect(of({ state: 'OK' })).toBe(of({}))
    expect(of({ check: { name: 'cpu' } })).not.toBe(of({}))
    expect(of({ id: 7 }, { fingerprint: 'id' })).not.toBe(of({ id: 8 }, { fingerprint: 'id' }))
  })

  it.each([
    ['ok', 'resolved'],
    ['Recovery', 'resolved'],
    [0, 'resolved'],
    [1, 'firing'],
  ])('with the state %s is %s', (state, is) => {
    expect(good('template', { ...body, state }, fields).alerts).toMatchObject([{ state: is }])
  })

  it('with another state is no news', () => {
    expect(good('template', { ...body, state: 'ACKNOWLEDGEMENT' }, fields).alerts).toEqual([])
  })

  it('without a part says which, and where it was looked for', () => {
    expect(read('template', { state: 'OK', host: 'host1' }, fields)).toEqual({
      ok: false,
      reason: 'it lacks the name at `check.name` and the host at `host.name`',
    })
    expect(read('template', '[]', fields)).toMatchObject({ reason: 'it is no map' })
  })

  it('is looked for in its own keys alone', () => {
    const odd = { ...fields, name: 'constructor.name' }
    expect(read('template', body, odd)).toMatchObject({ ok: false })
  })
})

describe("an incident of PagerDuty's", () => {
  const event = (event_type: string, data: object = {}) => ({
    event: {
      ...{ id: '01E', event_type, occurred_at: '2026-11-05T14:05:00Z' },
      data: { id: 'Q1', created_at: '2026-11-05T14:00:00Z', title: 'HighCpuUsage on host1', ...data },
    },
  })

  it.each([
    ['incident.triggered', 'firing', '2026-11-05T14:00:00Z'],
    ['incident.reopened', 'firing', '2026-11-05T14:05:00Z'],
    ['incident.resolved', 'resolved', '2026-11-05T14:05:00Z'],
  ])('%s is %s', (type, state, since) => {
    expect(good('pagerduty', event(type)).alerts).toMatchObject([
      { state, name: 'HighCpuUsage on host1', startsAt: new Date(since) },
    ])
  })

  it('is one alert, whatever is told of it', () => {
    const [one, other] = ['incident.triggered', 'incident.resolved'].map(
      (type) => good('pagerduty', event(type)).alerts[0]?.fingerprint,
    )
    expect(one).toBe(other)
  })

  it('that we opened ourselves starts nothing, nor does what nobody need look at', () => {
    expect(good('pagerduty', event('incident.triggered', { incident_key: 'debvisor-12ab' })).alerts).toEqual(
      [],
    )
    expect(good('pagerduty', event('incident.acknowledged')).alerts).toEqual([])
    expect(good('pagerduty', event('pagey.ping')).alerts).toEqual([])
  })

  it('that is none says so', () => {
    expect(read('pagerduty', '{}')).toMatchObject({ ok: false })
  })
})
