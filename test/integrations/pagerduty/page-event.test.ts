import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dedupKey, pageEvent } from '../../../src/integrations/pagerduty/page-event.ts'
import { bundle, bundles, problem } from '../../runs/sample-bundles.ts'

const problemKey = 'T1/host1/postgresql.disk-full/var'

describe('a page', () => {
  test('says what, where, how bad, why, and where to read on', () => {
    const event = pageEvent({ bundle: bundles.problem, problemKey, by: '@bo', group: 'databases' })
    expect(event).toMatchObject({
      event_action: 'trigger',
      payload: {
        summary: 'db on host1: PostgreSQL is down because its disk is full (paged by @bo, run 7F3K)',
        source: 'host1',
        severity: 'critical',
        timestamp: '2026-11-05T14:02:12Z',
        component: '/var/lib/postgresql',
        group: 'databases',
        class: 'postgresql.disk-full',
        custom_details: {
          run: '7F3K',
          verdict: 'problem',
          cause: ['The disk of PostgreSQL is full: /var/lib/postgresql is 100 % used (0 B free of 20 GB)'],
          evidence: ['disk: /dev/sdb1 20971520 20971520 0 100% /var/lib/postgresql'],
          consequences: ['PostgreSQL is down'],
          tried: ['Nothing was changed on the host: the diagnosis only reads.'],
        },
      },
      links: [{ href: bundles.problem.threadUrl, text: 'Slack thread of run 7F3K' }],
      client: 'DebVisor',
      client_url: bundles.problem.threadUrl,
    })
  })

  test('of a host that does not answer is critical; of one that refuses us or an unclear run, an error', () => {
    const of = (name: keyof typeof bundles) =>
      pageEvent({ bundle: bundles[name], problemKey, by: '@bo' }).payload
    expect(of('unreachable').severity).toBe('critical')
    expect(of('unreachable').custom_details.failure).toContain('bastion1 (network)')
    expect(of('refused').severity).toBe('error')
    expect(of('inconclusive').severity).toBe('error')
    expect(of('healthy').severity).toBe('info')
  })

  test('carries what was tried', () => {
    const tried = ['restarted PostgreSQL at 14:10, it went down again']
    expect(
      pageEvent({ bundle: bundles.problem, problemKey, by: '@bo', tried }).payload.custom_details.tried,
    ).toEqual(tried)
  })
})

describe('the dedup key', () => {
  test('is this one for ever', () => {
    expect(dedupKey(problemKey)).toBe(
      'debvisor-93fafe1ed0a50e9730c53673d43050c168829e2db700922ea8ecc587249c684a',
    )
  })

  test('fits whatever the problem key is, and differs where it differs', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 5_000 }), fc.string(), (one, other) => {
        expect(dedupKey(one)).toMatch(/^debvisor-[0-9a-f]{64}$/)
        expect(dedupKey(one) === dedupKey(other)).toBe(one === other)
      }),
    )
  })
})

test('whatever the host printed, the event stays below 512 KB and within its lengths', () => {
  // Every character takes six bytes of JSON: the worst there is.
  const worst = fc.integer({ min: 0, max: 70_000 }).map((length) => '\u0001\ud800'.repeat(length / 2))
  fc.assert(
    fc.property(worst, worst, fc.nat(60), (text, line, count) => {
      const finding = {
        ...problem.findings[0],
        title: line,
        detail: text,
        subject: text,
        resolution: [text, line],
      }
      const findings = Array.from({ length: count }, () => ({
        ...(problem.findings[0] as (typeof problem.findings)[number]),
        ...finding,
        evidence: Array.from({ length: 10 }, () => ({ probe: 'disk', text })),
      }))
      const unknown = findings.map(() => ({ probe: 'disk', reason: text, remedy: text }))
      const event = pageEvent({
        bundle: bundle({
          report: { ...problem, summary: text, findings, unknown },
          threadUrl: line,
          askedBy: text,
        }),
        problemKey: text,
        by: text,
        group: text,
        tried: findings.map(() => text),
      })
      expect(event.payload.summary.length).toBeLessThanOrEqual(1_024)
      expect(event.dedup_key.length).toBeLessThanOrEqual(255)
      expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(512_000)
    }),
    { numRuns: 30 },
  )
})

describe('one bundle', () => {
  const page = { bundle: bundles.problem, problemKey, by: '@bo' }

  test('has the ticket with its link, what Level 2 said, and why it pages outside production', () => {
    const event = pageEvent({
      ...page,
      ticket: { name: 'Ticket #12: PostgreSQL is down', url: 'https://example.slack.com/archives/C1/p2' },
      history: ['Level 2: @lead contacted', '@lead at 2026-11-05T14:05:00Z: look at the disk first'],
      reason: 'the release hangs on it',
    })
    expect(event.payload.custom_details).toMatchObject({
      ticket: 'Ticket #12: PostgreSQL is down',
      escalation_so_far: [
        'Level 2: @lead contacted',
        '@lead at 2026-11-05T14:05:00Z: look at the disk first',
      ],
      not_production: 'paged all the same, because: the release hangs on it',
    })
    expect(event.links?.map(({ href }) => href)).toEqual([
      bundles.problem.threadUrl,
      'https://example.slack.com/archives/C1/p2',
    ])
  })

  test('says nothing of what there is not', () => {
    const { custom_details } = pageEvent(page).payload
    expect(Object.keys(custom_details)).not.toContain('ticket')
    expect(Object.keys(custom_details)).not.toContain('not_production')
  })
})
