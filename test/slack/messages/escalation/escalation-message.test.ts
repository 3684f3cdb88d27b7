import { describe, expect, it } from 'vitest'
import { overdueMessage, unreachedMessage } from '../../../../src/slack/messages/escalation/alarms.ts'
import { escalationMessage } from '../../../../src/slack/messages/escalation/escalation-message.ts'
import type { EscalationView } from '../../../../src/slack/messages/escalation/escalation-view.ts'
import { toPlain } from '../../../../src/slack/transport/plain-text.ts'
import { at, diskReport, escalation, run, view } from '../sample-views.ts'

const later = new Date('2026-11-05T14:12:11Z')
const levels = (...all: EscalationView[]) => ({ run: view(run({ report: diskReport() })), levels: all })
const shown = (...all: EscalationView[]) => toPlain(escalationMessage(levels(...all))).split('\n')
const ticket = escalation({ level: 1, number: 12, assignee: null })
const page = (parts: Partial<EscalationView> = {}) =>
  escalation({ id: 'e3', level: 3, assignee: null, reached: ['through PagerDuty'], ...parts })

describe('the message of the escalations', () => {
  it('says who has it, since when, and what happens next and when', () => {
    const waits = escalation({
      reached: ['direct message', 'e-mail to lead@example.org'],
      dueAt: later,
      dueThen: 'page',
    })
    expect(shown(ticket, waits)).toEqual([
      'Escalation',
      '🎫 Ticket #12 · opened by @U01ANA · 2026-11-05 14:02 UTC',
      '📨 DevOps lead @U02LEAD · contacted for @U01ANA · 2026-11-05 14:02 UTC: direct message, e-mail to lead@example.org',
      '     next: the on-call is paged at 2026-11-05 14:12 UTC, unless somebody acknowledges',
      '[Acknowledge] [Reassign] [De-escalate] [Resolve]',
    ])
    expect(escalationMessage(levels(ticket, waits)).text).toBe(
      'Escalation of db on host1: DevOps lead was contacted and has not acknowledged',
    )
  })

  it('of an acknowledged page names the incident, its priority and who has it', () => {
    const incident = {
      number: '7',
      url: 'https://example.pagerduty.com/incidents/Q1',
      priority: 'P1',
      assignees: 'Carla Night',
    }
    const taken = page({
      state: 'acknowledged',
      acknowledgedBy: 'Carla Night',
      acknowledgedAt: later,
      incident,
    })
    expect(shown(taken)).toEqual([
      'Escalation',
      '✅ On-call · acknowledged by Carla Night · 2026-11-05 14:12 UTC · incident #7: https://example.pagerduty.com/incidents/Q1 · P1 · with Carla Night',
      '[De-escalate] [Resolve]',
    ])
  })

  it('says what waits, why, and when it is tried next', () => {
    const waiting = [{ what: 'e-mail', reason: 'the server refuses connections.', nextAt: later }]
    expect(shown(escalation({ waiting }))).toContain(
      '     ⏸ e-mail waits: the server refuses connections, next try 2026-11-05 14:12 UTC',
    )
  })

  it('that is over has no buttons', () => {
    const closed = { closedAt: later, closedBy: 'U03BO' }
    const over = shown(
      { ...ticket, ...closed },
      escalation({ state: 'resolved', ...closed }),
      page({ state: 'de-escalated', ...closed }),
    )
    expect(over).toEqual([
      'Escalation',
      '☑️ Ticket #12 · closed by @U03BO · 2026-11-05 14:12 UTC',
      '☑️ DevOps lead @U02LEAD · resolved by @U03BO · 2026-11-05 14:12 UTC',
      '☑️ On-call · de-escalated by @U03BO · 2026-11-05 14:12 UTC',
    ])
    const text = (...all: EscalationView[]) => escalationMessage(levels(...all)).text
    expect(text(escalation({ state: 'resolved', ...closed }))).toBe('Escalation of db on host1: resolved')
    expect(text(page({ state: 'failed' }))).toBe('Escalation of db on host1: nobody was paged')
  })

  it.each([
    ['failed', '❌ DevOps lead @U02LEAD · not reached for @U01ANA · 2026-11-05 14:02 UTC'],
    ['requested', '⏳ DevOps lead @U02LEAD · being contacted for @U01ANA · 2026-11-05 14:02 UTC'],
  ] as const)('of a level that is %s says so', (state, line) => {
    expect(shown(escalation({ state, error: 'mail: 550' }))).toContain(line)
  })
})

describe('a page', () => {
  it('that is open leaves nothing to follow from a lead who does not answer', () => {
    const waits = escalation({ dueAt: later, dueThen: 'page' })
    expect(shown(waits).join()).toContain('next: the on-call is paged at')
    expect(shown(waits, page()).join()).not.toContain('next: the on-call is paged')
  })

  it('that the time limit asked for says so, and for whom', () => {
    expect(shown(page({ byTime: true }))).toContain(
      '📟 On-call · paged for @U01ANA, because nobody acknowledged · 2026-11-05 14:02 UTC: through PagerDuty',
    )
  })

  it('whose end PagerDuty refused says that somebody must end it there', () => {
    const over = page({
      state: 'resolved',
      closedAt: later,
      closedBy: 'U03BO',
      untold: [{ act: 'resolve', reason: 'PagerDuty answered 403.' }],
    })
    expect(shown(over)).toContain(
      '     ⚠️ PagerDuty was not told to resolve it (PagerDuty answered 403): do it there',
    )
  })

  it('that reached nobody calls whoever asked, once, with the way to page again', () => {
    const failed = page({ state: 'failed', error: 'page: PagerDuty did not accept the event: 400.' })
    expect(toPlain(unreachedMessage(levels(failed), failed) as never)).toBe(
      [
        '❌ @U01ANA: nobody was paged',
        'page: PagerDuty did not accept the event: 400.',
        'Reach the on-call another way; page again once this is fixed.',
        '[Page on-call]',
      ].join('\n'),
    )
    expect(unreachedMessage(levels(page()), page())).toBeNull()
    // Another page followed: its button is used.
    const next = levels(page({ id: 'e4' }))
    expect(toPlain(unreachedMessage(next, failed) as never)).not.toContain('[')
  })

  it('in another thread is a link there', () => {
    const otherThread = { url: 'https://example.slack.com/archives/C1/p1' }
    expect(shown(page({ otherThread }))).toContain(
      "📟 On-call · paged for @U01ANA · 2026-11-05 14:02 UTC · in another run's thread: https://example.slack.com/archives/C1/p1: through PagerDuty",
    )
    expect(shown(page()).join()).not.toContain("another run's")
  })
})

describe('the alarm', () => {
  const offered = escalation({
    overdueAt: at,
    overdueTook: 'offer',
    overdueNote: 'the host is in no production group',
  })
  const alarm = (of: EscalationView, ...others: EscalationView[]) => {
    const message = overdueMessage(levels(of, ...others), of)
    return message ? toPlain(message) : null
  }

  it('calls whoever asked, says why nobody was paged, and offers to', () => {
    expect(alarm(offered)).toBe(
      [
        '⏰ @U01ANA: the DevOps lead has not acknowledged · 2026-11-05 14:02 UTC',
        'Nobody was paged: the host is in no production group. Page the on-call?',
        '[Page on-call] [Acknowledge]',
      ].join('\n'),
    )
  })

  it('says on a lock screen what is wanted of the reader, or what was done', () => {
    const text = (of: EscalationView, ...others: EscalationView[]) =>
      overdueMessage(levels(of, ...others), of)?.text
    const silent = '⏰ db on host1: the DevOps lead has not acknowledged'
    expect(text(offered)).toBe(`${silent}. Page the on-call?`)
    expect(text(offered, page())).toBe(silent)
    expect(text({ ...offered, overdueTook: 'page' }, page())).toBe(`${silent}, so the on-call was paged`)
    const failed = page({ state: 'failed' })
    expect(unreachedMessage(levels(failed), failed)?.text).toBe(
      '❌ db on host1: nobody was paged. Reach the on-call another way',
    )
  })

  it.each([
    ['it is acknowledged', [{ ...offered, state: 'acknowledged' as const }]],
    ['it is resolved', [{ ...offered, state: 'resolved' as const, closedAt: at, closedBy: 'U1' }]],
    ['the on-call was paged', [offered, page()]],
  ])('loses its buttons when %s', (_, [of = offered, ...others]) => {
    expect(alarm(of, ...others)).not.toMatch(/\[|Page the on-call\?/)
  })

  it.each([
    ['requested', 'so the on-call is being paged'],
    ['done', 'so the on-call was paged'],
    ['failed', 'and the on-call could not be paged either'],
  ] as const)('says what became of the page that followed: %s', (state, words) => {
    expect(alarm({ ...offered, overdueTook: 'page' }, page({ state }))).toContain(
      `has not acknowledged, ${words} · `,
    )
  })

  it('of a lead whom nothing reached offers no acknowledgement', () => {
    expect(alarm({ ...offered, state: 'failed' })).toMatch(/could not be reached.*\n.*\n\[Page on-call\]$/)
  })

  it('waits again while somebody else has the whole time', () => {
    expect(alarm({ ...offered, dueAt: later, dueThen: 'offer' })).not.toMatch(/\[|Page the on-call\?/)
  })

  it('is not there before its time', () => {
    expect(alarm(escalation({ dueAt: later, dueThen: 'offer' }))).toBeNull()
  })
})
