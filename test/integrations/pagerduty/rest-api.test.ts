import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makePagerApi, type PagerApiOptions } from '../../../src/integrations/pagerduty/rest-api.ts'
import { type FakePagerDuty, startPagerDuty } from '../../fakes/pagerduty.ts'

const policy = { id: 'PPOL1', name: 'Production' }
const onCalls = [
  { user: 'Dan Day', level: 2, policy },
  {
    user: 'Carla Night',
    level: 1,
    policy,
    schedule: { id: 'PSCH1', name: 'Nights' },
    end: '2026-11-06T08:00:00Z',
  },
  { user: 'Eve', level: 1, policy: { id: 'PPOL2', name: 'Office' } },
]

let pagerDuty: FakePagerDuty
let now = 0
beforeEach(async () => {
  now = 0
  pagerDuty = await startPagerDuty({ apiToken: 'token-1', onCalls })
})
afterEach(() => pagerDuty.close())

const api = (more: Partial<PagerApiOptions> = {}) =>
  makePagerApi({
    apiUrl: pagerDuty.apiUrl,
    token: 'token-1',
    schedules: [],
    escalationPolicies: ['PPOL1'],
    timeoutMs: 2_000,
    now: () => now,
    ...more,
  })

describe('who is on call', () => {
  test('is told level by level, of the policies and schedules that are named', async () => {
    expect(await api().onCall()).toEqual({
      ok: true,
      more: false,
      turns: [
        {
          name: 'Carla Night',
          level: 1,
          policy: 'Production',
          schedule: 'Nights',
          until: new Date('2026-11-06T08:00:00Z'),
        },
        { name: 'Dan Day', level: 2, policy: 'Production', schedule: null, until: null },
      ],
    })
    expect(await api({ schedules: ['PSCH1'] }).onCall()).toMatchObject({ turns: [{ name: 'Carla Night' }] })
  })

  test('is asked once a minute', async () => {
    const asking = api()
    for (const at of [0, 30_000, 59_999]) {
      now = at
      await asking.onCall()
    }
    expect(pagerDuty.requests).toHaveLength(1)
    now = 60_000
    await asking.onCall()
    expect(pagerDuty.requests).toHaveLength(2)
  })

  test('that could not be had is asked again', async () => {
    const asking = api()
    pagerDuty.fail({ kind: 'status', status: 502 })
    expect(await asking.onCall()).toEqual({ ok: false, reason: 'PagerDuty answered 502.' })
    expect(await asking.onCall()).toMatchObject({ ok: true })
  })

  test.each([
    [
      { kind: 'status', status: 429, headers: { 'retry-after': '7' } } as const,
      'PagerDuty asks us to wait 7 s.',
    ],
    [{ kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } } as const, /redirect/],
    [{ kind: 'status', status: 200, body: 'surprise' } as const, /not JSON/],
    [{ kind: 'status', status: 200, body: '{}' } as const, /without the list/],
    [{ kind: 'reset' } as const, /could not be reached/],
    [
      { kind: 'status', status: 400, body: '{"error":{"message":"Invalid","errors":["Limit"]}}' } as const,
      'PagerDuty answered 400: Invalid; Limit.',
    ],
  ])('answered by %o is one sentence', async (fault, reason) => {
    pagerDuty.fail(fault)
    expect(await api().onCall()).toEqual({
      ok: false,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    })
  })

  test('is not told to a token that PagerDuty does not know', async () => {
    expect(await api({ token: 'another' }).onCall()).toEqual({
      ok: false,
      reason: 'PagerDuty does not take the REST API token. Look at PAGERDUTY_API_TOKEN.',
    })
  })
})

test.each([
  'https://api.pagerduty.com.example.com',
  'http://api.pagerduty.com',
  'https://pager.example.com',
  'https://u:p@api.pagerduty.com',
])('the token does not go to %s', async (apiUrl) => {
  const fetched: unknown[] = []
  const fetch: typeof globalThis.fetch = async (url) => {
    fetched.push(url)
    return new Response()
  }
  expect(await api({ apiUrl, fetch }).onCall()).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/pagerduty\.apiUrl/),
  })
  expect(fetched).toEqual([])
})

const trigger = (dedup_key: string) =>
  fetch(pagerDuty.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      routing_key: 'a'.repeat(32),
      event_action: 'trigger',
      dedup_key,
      payload: { summary: 's', source: 'h', severity: 'info' },
    }),
  })

test("an incident's alerts tell their keys; an id that is none asks nothing", async () => {
  await trigger('debvisor-1')
  const [alert] = pagerDuty.alerts
  expect(await api().alertKeys(alert?.incident.id ?? '')).toEqual(['debvisor-1'])
  expect(await api().alertKeys('QUNKNOWN')).toEqual([])
  const before = pagerDuty.requests.length
  expect(await api().alertKeys('../users')).toEqual([])
  expect(pagerDuty.requests).toHaveLength(before)
})

test.each([
  ['429', { kind: 'status', status: 429 }, null],
  ['503', { kind: 'status', status: 503 }, null],
  ['nothing', { kind: 'reset' }, null],
  ['401', { kind: 'status', status: 401 }, []],
] as const)("an incident's alerts, answered by %s, are not known %j", async (_, fault, keys) => {
  await trigger('debvisor-1')
  pagerDuty.fail(fault)
  expect(await api().alertKeys(pagerDuty.alerts[0]?.incident.id ?? '')).toEqual(keys)
})

describe('the incidents of a key', () => {
  test('are those since then, in any state, with who changed it last', async () => {
    const asked = new Date()
    for (const key of ['debvisor-1', 'debvisor-2']) await trigger(key)
    pagerDuty.incidents.actUnheard('debvisor-1', 'resolved', 'Carla Night')
    expect(await api().incidentsOf('debvisor-1', asked)).toMatchObject([
      { id: pagerDuty.alerts[0]?.incident.id, number: '1', status: 'resolved', by: 'Carla Night' },
    ])
    expect(await api().incidentsOf('debvisor-2', asked)).toMatchObject([{ status: 'triggered' }])
    expect(await api().incidentsOf('debvisor-3', asked)).toEqual([])
    expect(await api().incidentsOf('debvisor-1', new Date(Date.now() + 2_000))).toEqual([])
  })

  test.each([
    ['a 503', { kind: 'status', status: 503 }],
    ['a refusal', { kind: 'status', status: 403 }],
    ['no JSON', { kind: 'status', status: 200, body: 'surprise' }],
    ['no list', { kind: 'status', status: 200, body: '{"incidents":7}' }],
    ['no answer', { kind: 'reset' }],
  ] as const)('after %s are not known', async (_, fault) => {
    pagerDuty.fail(fault)
    expect(await api().incidentsOf('debvisor-1', new Date())).toBeNull()
  })

  test('that are none of the documented form are left out', async () => {
    const incidents = [null, 7, {}, { id: 'Q1', status: 'snoozed', created_at: '2099-01-01T00:00:00Z' }]
    pagerDuty.fail({ kind: 'status', status: 200, body: JSON.stringify({ incidents }) })
    expect(await api().incidentsOf('debvisor-1', new Date())).toEqual([])
  })
})
