import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makePager } from '../../../src/integrations/pagerduty/events-api.ts'
import { pageEvent } from '../../../src/integrations/pagerduty/page-event.ts'
import { type FakePagerDuty, startPagerDuty } from '../../fakes/pagerduty.ts'
import { bundles } from '../../runs/sample-bundles.ts'

const routingKey = 'e93facc04764012d7bfb002500d5d1a6'
const event = pageEvent({ bundle: bundles.problem, problemKey: 'T1/host1/postgresql.disk-full', by: '@bo' })

let pagerDuty: FakePagerDuty
beforeEach(async () => {
  pagerDuty = await startPagerDuty({ routingKeys: [routingKey] })
})
afterEach(() => pagerDuty.close())

const pager = (more: Partial<Parameters<typeof makePager>[0]> = {}) =>
  makePager({ eventsUrl: pagerDuty.url, routingKey, timeoutMs: 2_000, ...more })

describe('a page', () => {
  test('of every kind of run is accepted and opens an alert', async () => {
    for (const [name, bundle] of Object.entries(bundles)) {
      const made = pageEvent({ bundle, problemKey: name, by: '@bo', group: 'databases' })
      expect(await pager().send(made)).toEqual({ outcome: 'accepted', dedupKey: made.dedup_key })
    }
    expect(pagerDuty.alerts).toHaveLength(Object.keys(bundles).length)
    expect(pagerDuty.requests.every(({ status }) => status === 202)).toBe(true)
  })

  test('of an open problem joins its alert', async () => {
    await pager().send(event)
    await pager().send(event)
    expect(pagerDuty.alerts).toHaveLength(1)
    expect(pagerDuty.alerts[0]?.triggers).toHaveLength(2)
  })

  test('whose answer was lost is tried again and does not page twice', async () => {
    pagerDuty.fail({ kind: 'lost-answer' })
    expect(await pager().send(event)).toMatchObject({ outcome: 'retry-later' })
    expect(await pager().send(event)).toMatchObject({ outcome: 'accepted' })
    expect(pagerDuty.alerts).toHaveLength(1)
  })
})

describe('an answer', () => {
  test.each([
    [429, { 'retry-after': '120' }, 120_000],
    [429, { date: 'Thu, 05 Nov 2026 14:00:00 GMT', 'retry-after': 'Thu, 05 Nov 2026 14:01:30 GMT' }, 90_000],
    [503, { 'retry-after': '999999' }, 3_600_000],
    [429, { 'retry-after': 'soon' }, undefined],
    [500, {}, undefined],
  ] as const)('%i with %o is to be tried later', async (status, headers, afterMs) => {
    pagerDuty.fail({ kind: 'status', status, headers })
    const result = await pager().send(event)
    expect(result).toMatchObject({ outcome: 'retry-later', reason: `PagerDuty answered ${status}.` })
    expect(result.outcome === 'retry-later' ? result.afterMs : 'none').toBe(afterMs)
  })

  test('of 400 is final, with the words of PagerDuty', async () => {
    const other = 'a'.repeat(32)
    expect(await pager({ routingKey: other }).send(event)).toEqual({
      outcome: 'rejected',
      reason: 'PagerDuty did not accept the event: 400: Event object is invalid; Invalid routing key.',
    })
    expect(pagerDuty.requests).toHaveLength(1)
  })

  test('never shows the routing key, even where PagerDuty quotes it', async () => {
    pagerDuty.fail({ kind: 'status', status: 400, body: `{"message":"${'x'.repeat(480)} ${routingKey}"}` })
    const result = await pager().send(event)
    expect(result).toMatchObject({ reason: expect.stringMatching(/x \[routing key\]/) })
  })

  test('that redirects is not followed', async () => {
    const elsewhere = await startPagerDuty()
    pagerDuty.fail({ kind: 'status', status: 307, headers: { location: elsewhere.url } })
    expect(await pager().send(event)).toMatchObject({
      outcome: 'rejected',
      reason: expect.stringMatching(/redirect/),
    })
    expect(elsewhere.requests).toEqual([])
    await elsewhere.close()
  })

  test('that is endless is not read to its end', async () => {
    let pulled = 0
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(4_096).fill(120))
      },
    })
    const result = await pager({ fetch: async () => new Response(endless, { status: 400 }) }).send(event)
    expect(result).toMatchObject({ outcome: 'rejected' })
    expect(pulled).toBeLessThan(20)
  })
})

describe('no answer', () => {
  test('in time is to be tried later', async () => {
    pagerDuty.fail({ kind: 'hang' })
    expect(await pager({ timeoutMs: 50 }).send(event)).toEqual({
      outcome: 'retry-later',
      reason: 'PagerDuty could not be reached: no answer within 0.05 s.',
    })
  })

  test('from a broken connection or nobody at all is to be tried later', async () => {
    pagerDuty.fail({ kind: 'reset' })
    expect(await pager().send(event)).toMatchObject({ outcome: 'retry-later' })
    const gone = await startPagerDuty()
    await gone.close()
    expect(await pager({ eventsUrl: gone.url }).send(event)).toEqual({
      outcome: 'retry-later',
      reason: 'PagerDuty could not be reached: ECONNREFUSED.',
    })
  })
})

describe('a configuration that cannot work', () => {
  test.each([
    [{ eventsUrl: 'http://events.pagerduty.com/v2/enqueue' }, /https/],
    [{ eventsUrl: 'ftp://127.0.0.1/' }, /https/],
    [{ eventsUrl: 'http://127.0.0.1.example.com/' }, /https/],
    [{ eventsUrl: 'https://user:pw@events.pagerduty.com/' }, /user or a password/],
    [{ eventsUrl: 'events.pagerduty.com' }, /not a URL/],
    [{ routingKey: 'short' }, /32 letters and digits/],
  ])('%o is refused without a request', async (more, reason) => {
    const fetched: unknown[] = []
    const fetch: typeof globalThis.fetch = async (url) => {
      fetched.push(url)
      return new Response()
    }
    const broken = pager({ ...more, fetch })
    expect(await broken.send(event)).toMatchObject({
      outcome: 'rejected',
      reason: expect.stringMatching(reason),
    })
    expect(await broken.verify()).toMatchObject({ ok: false, reason: expect.stringMatching(reason) })
    expect(fetched).toEqual([])
  })
})

describe('verify', () => {
  test('asks the host and pages nobody', async () => {
    expect(await pager().verify()).toEqual({
      ok: true,
      note: 'The host answers and the key has the right form; only a page can prove the key.',
    })
    expect(pagerDuty.requests.map(({ method }) => method)).toEqual(['GET'])
    expect(pagerDuty.alerts).toEqual([])
  })

  test('says what is wrong', async () => {
    pagerDuty.fail(
      { kind: 'status', status: 502 },
      { kind: 'status', status: 302, headers: { location: '/' } },
    )
    expect(await pager().verify()).toEqual({ ok: false, reason: 'PagerDuty answers 502.' })
    expect(await pager().verify()).toMatchObject({ ok: false, reason: expect.stringMatching(/redirect/) })
    const gone = await startPagerDuty()
    await gone.close()
    expect(await pager({ eventsUrl: gone.url }).verify()).toMatchObject({ ok: false })
  })
})
