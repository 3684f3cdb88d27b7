import { expect, it } from 'vitest'
import { timedPages } from '../../src/cli/timed-pages.ts'
import type { TimeRule } from '../../src/escalation/time-limit.ts'

const page: TimeRule = { hostGroups: ['production'], severities: ['critical'], minutes: 10, take: 'page' }
const setUp = (rules: readonly TimeRule[], parts: { production?: boolean; pagerduty?: boolean } = {}) => {
  const { production = true, pagerduty = true } = parts
  const host = { name: 'host1', groups: ['production'], production }
  return {
    config: { escalation: { acknowledgeWithin: rules, pagerduty: pagerduty ? {} : undefined } },
    inventory: { hosts: new Map([['host1', host]]) },
  } as unknown as Parameters<typeof timedPages>[0]
}

it('says when waiting pages, and that this needs no right to page', () => {
  expect(timedPages(setUp([page]), 'host1')).toBe(
    'by time alone: escalation.acknowledgeWithin pages for host1 when nobody acknowledges Level 2 (critical after 10 min), whoever may escalate and asked for it',
  )
  expect(timedPages(setUp([{ minutes: 5, take: 'page' }]), 'host1')).toContain(
    'critical after 5 min, warning after 5 min, info after 5 min',
  )
})

it.each([
  ['the policy offers', setUp([{ ...page, take: 'offer' }]), 'host1'],
  ['no rule is there', setUp([]), 'host1'],
  ['an earlier rule offers', setUp([{ minutes: 5, take: 'offer' }, page]), 'host1'],
  ['the host is in no production group', setUp([page], { production: false }), 'host1'],
  ['there is no pager', setUp([page], { pagerduty: false }), 'host1'],
  ['there is no such host', setUp([page]), 'host9'],
])('says nothing where %s', (_, ready, host) => {
  expect(timedPages(ready, host)).toBeUndefined()
})
