import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Change, changeEvent } from '../../../src/integrations/pagerduty/change-event.ts'
import { makePager } from '../../../src/integrations/pagerduty/events-api.ts'
import { type FakePagerDuty, startPagerDuty } from '../../fakes/pagerduty.ts'

const routingKey = 'e93facc04764012d7bfb002500d5d1a6'
const change: Change = {
  host: 'host1',
  what: 'restarted PostgreSQL',
  at: new Date('2026-11-05T14:10:00.500Z'),
  command: 'systemctl --no-pager --no-ask-password restart -- postgresql',
  by: '@ana',
  approvedBy: '@bo',
  outcome: 'it runs again',
  threadUrl: 'https://example.slack.com/archives/C1/p1',
}

let pagerDuty: FakePagerDuty
beforeAll(async () => {
  pagerDuty = await startPagerDuty({ routingKeys: [routingKey] })
})
afterAll(() => pagerDuty.close())
const pager = () => makePager({ eventsUrl: pagerDuty.url, routingKey, timeoutMs: 2_000 })

describe('a change', () => {
  test('is noted beside the alerts and pages nobody', async () => {
    expect(await pager().change(changeEvent(change))).toEqual({ outcome: 'accepted' })
    expect(pagerDuty.alerts).toEqual([])
    expect(pagerDuty.changes).toEqual([
      {
        routing_key: routingKey,
        payload: {
          summary: 'host1: restarted PostgreSQL',
          source: 'host1',
          timestamp: '2026-11-05T14:10:00Z',
          custom_details: {
            command: change.command,
            by: '@ana',
            approved_by: '@bo',
            outcome: 'it runs again',
          },
        },
        links: [{ href: change.threadUrl, text: 'Slack thread' }],
      },
    ])
  })

  test('is tried later where PagerDuty is down, and never where it is refused', async () => {
    pagerDuty.fail({ kind: 'status', status: 503 }, { kind: 'status', status: 400 })
    expect(await pager().change(changeEvent(change))).toMatchObject({ outcome: 'retry-later' })
    expect(await pager().change(changeEvent(change))).toMatchObject({ outcome: 'rejected' })
  })

  test('fits, whatever a command prints', async () => {
    const long = fc.integer({ min: 0, max: 60_000 }).map((n) => '\u0001é'.repeat(n / 2))
    await fc.assert(
      fc.asyncProperty(long, long, async (a, b) => {
        const event = changeEvent({
          ...change,
          what: a,
          command: b,
          outcome: a,
          by: b,
          threadUrl: `https://x/${a}`,
        })
        expect(event.payload.summary.length).toBeLessThanOrEqual(1_024)
        expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(512_000)
        expect(await pager().change(event)).toEqual({ outcome: 'accepted' })
      }),
      { numRuns: 20 },
    )
  })
})
