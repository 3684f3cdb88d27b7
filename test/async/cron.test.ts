import { describe, expect, it } from 'vitest'
import { cronProblem, nextTime, timezoneProblem } from '../../src/async/cron.ts'

describe('a cron pattern', () => {
  it.each(['0 7 * * 1-5', '*/5 * * * *', '0 7 L * *', '@hourly', '0 7 * * MON', '0 0 29 2 *'])(
    'is taken: %s',
    (pattern) => {
      expect(cronProblem(pattern)).toBeUndefined()
    },
  )

  it.each([
    ['', /has five fields/],
    ['0 7 * *', /has five fields/],
    ['0 0 7 * * *', /has five fields/],
    ['2026-12-01T00:00:00', /has five fields/],
    ['@reboot', /has five fields/],
    [`0 7 * * ${'1,'.repeat(60)}1`, /has five fields/],
    ['61 * * * *', /none that cron knows; for example `0 7/],
    ['0 7 * * someday', /none that cron knows/],
    ['0 0 30 2 *', /never comes/],
    ['* * * * *', /less than five minutes apart/],
    ['0,1 * * * *', /less than five minutes apart/],
  ])('is refused in one clause: %s', (pattern, why) => {
    expect(cronProblem(pattern)).toMatch(why)
  })

  it('comes at the hour of its time zone, whatever the season', () => {
    const at = (after: string) => nextTime('30 2 * * *', 'Europe/Berlin', new Date(after))?.toISOString()
    expect(at('2026-01-10T12:00:00Z')).toBe('2026-01-11T01:30:00.000Z')
    expect(at('2026-07-10T12:00:00Z')).toBe('2026-07-11T00:30:00.000Z')
  })

  it('comes after the moment that is asked about, and not at it', () => {
    expect(nextTime('0 7 * * *', 'UTC', new Date('2026-01-10T07:00:00Z'))?.toISOString()).toBe(
      '2026-01-11T07:00:00.000Z',
    )
  })
})

it('a time zone is one that is known', () => {
  expect(timezoneProblem('Europe/Berlin')).toBeUndefined()
  expect(timezoneProblem('Nowhere/X')).toMatch(/such as Europe\/Berlin/)
})
