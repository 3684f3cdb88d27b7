import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FakePagerDuty, startPagerDuty } from './pagerduty.ts'

// The fake is worth what it refuses: each refusal of PagerDuty's documents, by a raw request.

let pagerDuty: FakePagerDuty
beforeAll(async () => {
  pagerDuty = await startPagerDuty()
})
afterAll(() => pagerDuty.close())

const payload = { summary: 'down', source: 'host1', severity: 'critical' }
const good = { routing_key: 'a'.repeat(32), event_action: 'trigger', dedup_key: 'k', payload }

async function post(body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(pagerDuty.url, { method: 'POST', headers, body: text })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('the fake of PagerDuty', () => {
  test('accepts with the documented answer', async () => {
    expect(await post(good)).toEqual({
      status: 202,
      body: { status: 'success', message: 'Event processed', dedup_key: 'k' },
    })
  })

  test.each([
    ['a short routing key', { ...good, routing_key: 'abc' }, /routing_key/],
    ['a routing key with other characters', { ...good, routing_key: '-'.repeat(32) }, /alphanumeric/],
    ['no routing key', { ...good, routing_key: undefined }, /routing_key/],
    ['another action', { ...good, event_action: 'page' }, /event_action/],
    ['a long dedup key', { ...good, dedup_key: 'k'.repeat(256) }, /dedup_key/],
    ['resolve without a dedup key', { ...good, event_action: 'resolve', dedup_key: undefined }, /dedup_key/],
    ['no payload', { ...good, payload: undefined }, /payload/],
    ['no summary', { ...good, payload: { ...payload, summary: '' } }, /summary/],
    ['a long summary', { ...good, payload: { ...payload, summary: 's'.repeat(1025) } }, /summary/],
    ['no source', { ...good, payload: { ...payload, source: undefined } }, /source/],
    ['another severity', { ...good, payload: { ...payload, severity: 'fatal' } }, /severity/],
    ['a bad time', { ...good, payload: { ...payload, timestamp: 'yesterday' } }, /timestamp/],
    [
      'details that are no object',
      { ...good, payload: { ...payload, custom_details: ['a'] } },
      /custom_details/,
    ],
    ['a link without href', { ...good, links: [{ text: 'a' }] }, /links/],
    ['a client_url that is none', { ...good, client_url: 'here' }, /client_url/],
    [
      'more than 512 KB',
      { ...good, payload: { ...payload, custom_details: { a: 'x'.repeat(512 * 1024) } } },
      /512 KB/,
    ],
  ])('refuses %s', async (_name, body, error) => {
    const answer = await post(body)
    expect(answer).toMatchObject({
      status: 400,
      body: { status: 'invalid event', message: 'Event object is invalid' },
    })
    expect(JSON.stringify(answer.body.errors)).toMatch(error)
  })

  test('refuses what is not JSON, not sent as JSON, or not posted', async () => {
    expect(await post('{')).toMatchObject({ status: 400, body: { errors: ['JSON parse error'] } })
    expect(await post('[]')).toMatchObject({ status: 400 })
    expect(await post(good, { 'content-type': 'text/plain' })).toMatchObject({ status: 400 })
    expect((await fetch(pagerDuty.url)).status).toBe(405)
  })

  test('keeps an alert through acknowledge and resolve, and opens a new one afterwards', async () => {
    const say = (event_action: string) => post({ ...good, dedup_key: 'life', event_action })
    const states = () =>
      pagerDuty.alerts.filter((alert) => alert.dedupKey === 'life').map((alert) => alert.state)
    await say('resolve')
    expect(states()).toEqual([])
    await say('trigger')
    await say('acknowledge')
    expect(states()).toEqual(['acknowledged'])
    await post({ ...good, dedup_key: 'life', event_action: 'resolve', routing_key: 'b'.repeat(32) })
    expect(states()).toEqual(['acknowledged'])
    await say('resolve')
    await say('trigger')
    expect(states()).toEqual(['resolved', 'triggered'])
  })
})

describe('its REST API', () => {
  const headers = { authorization: 'Token token=t', accept: 'application/vnd.pagerduty+json;version=2' }
  test.each([
    ['no token', '/oncalls', { accept: headers.accept }, 401],
    ['another token', '/oncalls', { ...headers, authorization: 'Token token=x' }, 401],
    ['no version', '/oncalls', { authorization: headers.authorization }, 406],
    ['too long a page', '/oncalls?limit=101', headers, 400],
    ['an unknown filter', '/oncalls?schedules=P1', headers, 400],
    ['an unknown filter of incidents', '/incidents?key=k', headers, 400],
    ['a time that is none', '/incidents?since=yesterday', headers, 400],
    ['an unknown incident', '/incidents/Q1/alerts', headers, 404],
  ])('refuses %s', async (_name, path, given, status) => {
    const own = await startPagerDuty({ apiToken: 't' })
    expect((await fetch(`${own.apiUrl}${path}`, { headers: given as Record<string, string> })).status).toBe(
      status,
    )
    await own.close()
  })
})
