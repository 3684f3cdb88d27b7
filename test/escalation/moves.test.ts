import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type EscalationState,
  isOpenState,
  type MoveName,
  moves,
  stateAfter,
  whenOverdue,
} from '../../src/escalation/moves.ts'
import { timeLimit } from '../../src/escalation/time-limit.ts'

const anyEvent = fc.constantFrom(...(Object.keys(moves) as MoveName[]))
const stateAfterAll = (events: readonly MoveName[]): EscalationState =>
  events.reduce<EscalationState>((state, event) => stateAfter(state, event) ?? state, 'requested')

describe('an escalation', () => {
  it('is left by nothing but a reopened incident once it is closed, and by nothing once it failed', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), anyEvent, (events, event) => {
        const state = stateAfterAll(events)
        if (isOpenState(state)) return
        expect(stateAfter(state, event)).toBe(state !== 'failed' && event === 'reopen' ? 'done' : null)
      }),
    )
  })

  it('does nothing at the second of two equal clicks', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), anyEvent, (events, event) => {
        const next = stateAfter(stateAfterAll(events), event)
        // To reassign twice is to reassign to another person.
        if (next && event !== 'reassign') expect(stateAfter(next, event)).toBeNull()
      }),
    )
  })

  it('stays acknowledged whatever is heard of its sending afterwards', () => {
    for (const late of ['sent', 'failed', 'acknowledge'] as const)
      expect(stateAfter('acknowledged', late)).toBeNull()
    expect(stateAfter('requested', 'acknowledge')).toBe('acknowledged')
  })
})

describe('when the time is over', () => {
  const outage = {
    wanted: 'page',
    production: true,
    pagerConfigured: true,
    paged: false,
    foundHealthy: false,
  } as const

  it('somebody is paged for a production outage where the policy says so', () => {
    expect(whenOverdue(outage)).toEqual({ take: 'page', note: null })
  })

  it.each([
    [{ wanted: 'offer' }, null],
    [{ production: false }, 'the host is in no production group'],
    [{ pagerConfigured: false }, 'no pager is configured'],
    [{ foundHealthy: true }, 'a later check found nothing wrong'],
  ] as const)('with %o it is offered, and the reason is told', (parts, note) => {
    expect(whenOverdue({ ...outage, ...parts })).toEqual({ take: 'offer', note })
  })

  it('nothing follows where the on-call has it already', () => {
    expect(whenOverdue({ ...outage, paged: true })).toEqual({ take: 'nothing', note: null })
  })
})

describe('the time limit', () => {
  const rules = [
    { hostGroups: ['production'], severities: ['critical'], minutes: 5, take: 'page' },
    { hostGroups: ['production', 'gateways'], minutes: 15, take: 'offer' },
    { severities: ['info'], minutes: 600, take: 'offer' },
  ] as const

  it.each([
    [['web', 'production'], 'critical', 5, 'page'],
    [['production'], 'warning', 15, 'offer'],
    [['staging'], 'info', 600, 'offer'],
    [['staging'], 'critical', 30, 'offer'],
    [[], 'warning', 30, 'offer'],
  ] as const)('of %o and %s is %i minutes, then %s', (groups, severity, minutes, take) => {
    expect(timeLimit(rules, { groups, severity })).toEqual({ minutes, take })
  })
})
