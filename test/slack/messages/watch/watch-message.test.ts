import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refuseContent } from '../../../../playground/slack/state/messages.ts'
import type { Message } from '../../../../src/slack/message.ts'
import {
  scheduledMessage,
  scheduleEndMessage,
  schedulesMessage,
} from '../../../../src/slack/messages/watch/schedule-answers.ts'
import { watchesMessage } from '../../../../src/slack/messages/watch/watch-answers.ts'
import { watchEndMessage, watchMessage } from '../../../../src/slack/messages/watch/watch-message.ts'
import { toPlain } from '../../../../src/slack/transport/plain-text.ts'
import type { Schedule } from '../../../../src/watches/schedule.ts'
import type { Outcome, Watch } from '../../../../src/watches/watch.ts'
import { loneProblems, textProblems } from '../../../e2e/posted.ts'
import { anyView, diskReport, run } from '../sample-views.ts'

const at = (time: string): Date => new Date(`2026-11-05T${time}:00Z`)
const watch = (parts: Partial<Watch> = {}): Watch => ({
  ...{ id: 'w1', team: 'T1', user: 'U01ANA', topic: 'db', host: 'host1', channel: 'C1', runId: 'r1' },
  ...{ everyMs: 300_000, wanted: 3, healthy: 0, healthySince: null, looks: 0, known: [], turn: 0 },
  ...{ nextAt: at('03:17'), until: at('15:12'), createdAt: at('03:12') },
  ...{ outcome: null, endedAt: null, endedBy: null, why: null },
  ...parts,
})
const ill = run({ report: diskReport(), endedAt: at('03:17') })
const over = (outcome: Outcome, parts: Partial<Watch> = {}) =>
  watch({ outcome, endedAt: at('15:12'), ...parts })
const ended = (outcome: Outcome, parts: Partial<Watch> = {}): Message | null =>
  watchEndMessage({ watch: over(outcome, parts), lastLook: ill })

describe('how a watch stands', () => {
  it('says what is done and till when, what the last look saw, and is stopped by a button', () => {
    expect(toPlain(watchMessage({ watch: watch({ looks: 1 }), lastLook: ill }))).toBe(
      [
        '👀 db on host1: watched until it is well',
        'Looks every 5 minutes, until 3 looks in a row are healthy. Gives up 2026-11-05 15:12 UTC.',
        'Look 1, 2026-11-05 03:17 UTC: 🔴 not well: PostgreSQL is down because its disk is full (run 7F3K)',
        '[Stop watching]',
      ].join('\n'),
    )
  })

  it('has no button at its end, and names who stopped it', () => {
    expect(toPlain(watchMessage({ watch: over('stopped', { endedBy: 'U02BO', looks: 1 }) }))).toBe(
      '⚫ db on host1: no longer watched\n1 look, every 5 minutes, till 2026-11-05 15:12 UTC, stopped by @U02BO',
    )
  })
})

it('a watch in the list is not called ill by what its looks could not see', () => {
  const listed = toPlain(watchesMessage([watch({ looks: 4 }), watch({ looks: 4, healthy: 2 }), watch()]))
  expect(listed).toMatch(/: the last look was not healthy, by/)
  expect(listed).toMatch(/: healthy 2 of 3, by/)
  expect(listed).toMatch(/: no look yet, by/)
})

describe('the end of a watch', () => {
  it.each([
    ['well', 'well, and it stayed so: 3 healthy looks in a row, over 10 minutes'],
    ['gave-up', 'not well after 12 hours, so I stopped watching'],
    ['stopped', 'somebody stopped the watch that you asked for'],
    ['refused', 'no longer watched, because you may not diagnose it any more'],
    ['gone', 'no longer watched, because it is not there any more'],
  ] as const)('is told to whoever asked, in words that stand alone on a lock screen: %s', (outcome, said) => {
    const since = outcome === 'well' ? { healthySince: at('15:02') } : {}
    const { text } = ended(outcome, { ...since, endedBy: outcome === 'stopped' ? 'U02BO' : null }) ?? {
      text: '',
    }
    expect(text).toBe(`<@U01ANA> db on host1: ${said}`)
    expect([...textProblems(text), ...loneProblems(text, ['host1'])]).toEqual([])
  })

  it.each([
    [
      run({ report: diskReport({ verdict: 'healthy', findings: [] }) }),
      'healthy now, but not 3 looks in a row',
    ],
    [undefined, 'I could not look'],
    [
      run({ report: diskReport({ verdict: 'inconclusive', findings: [] }) }),
      'not known to be well (inconclusive)',
    ],
    [
      run({ failure: { hop: 'host1', stage: 'network', reason: 'no answer', remedy: 'look' }, report: null }),
      'not known to be well (not examined)',
    ],
  ])('calls a host ill only where the last look saw that, when it gives up', (lastLook, said) => {
    const healthy = lastLook?.report?.verdict === 'healthy' ? 2 : 0
    const view = { watch: over('gave-up', { looks: lastLook ? 5 : 0, healthy }), lastLook }
    const told = watchEndMessage(view)
    expect(told?.text).toBe(`<@U01ANA> db on host1: ${said}; I stopped watching after 12 hours`)
    expect([...textProblems(told?.text ?? ''), ...loneProblems(told?.text ?? '', ['host1'])]).toEqual([])
    expect(watchMessage(view).text).toContain(`no longer watched; ${said}`)
    for (const message of [told, watchMessage(view)])
      expect(message && toPlain(message)).not.toMatch(/not well/)
  })

  it('mentions nobody else, and is not told to whoever ended it', () => {
    const told = ended('stopped', { endedBy: 'U02BO' })
    expect(JSON.stringify(told)).not.toContain('U02BO')
    expect(ended('stopped', { endedBy: 'U01ANA' })).toBeNull()
    expect(watchEndMessage({ watch: watch() })).toBeNull()
  })
})

const schedule = (parts: Partial<Schedule> = {}): Schedule => ({
  ...{ id: 's', number: 3, team: 'T1', name: null, user: 'U01ANA', cron: '0 7 * * *', timezone: 'UTC' },
  ...{ topic: 'db', host: 'host1', hostGroup: null, channel: 'C123', turn: 0, nextAt: at('07:00') },
  ...{ createdAt: at('03:00'), outcome: null, endedAt: null, endedBy: null, why: null },
  ...parts,
})

it('all of them fit what Slack takes, whatever hosts are called and answer', () => {
  fc.assert(
    fc.property(anyView, ({ run: any }) => {
      const { host, topic } = any
      const outcomes = ['well', 'gave-up', 'stopped', 'refused', 'gone'] as const
      const messages = [
        watchMessage({ watch: watch({ host, topic, looks: 9 }), lastLook: any }),
        ...outcomes.flatMap((outcome) => {
          const view = { watch: over(outcome, { host, topic, why: host.repeat(20) }), lastLook: any }
          return [watchMessage(view), watchEndMessage(view) ?? []].flat()
        }),
        watchesMessage(Array.from({ length: 60 }, () => watch({ host, topic }))),
        schedulesMessage(Array.from({ length: 60 }, () => schedule({ host, cron: '1,2 '.repeat(25) }))),
        scheduledMessage(schedule({ host }), 60),
        scheduleEndMessage(schedule({ host, outcome: 'refused', why: host.repeat(20) })) ?? [],
      ].flat()
      for (const { text, blocks } of messages)
        expect(
          refuseContent({ text, blocks: JSON.parse(JSON.stringify(blocks)) }, new Set(), true),
        ).toBeUndefined()
    }),
    { numRuns: 30 },
  )
})
