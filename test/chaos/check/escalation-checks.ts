import { createHash } from 'node:crypto'
import { type Check, changeOne, groupBy, one } from './check.ts'
import type { EscalationFact, Facts } from './facts.ts'

/** As docs/escalation.md promises it: a page's key at PagerDuty comes from the problem alone. */
const dedupKey = (problemKey: string): string =>
  `debvisor-${createHash('sha256').update(problemKey).digest('hex')}`

/** Both were open at the same moment. */
const overlap = (one: EscalationFact, other: EscalationFact): boolean =>
  one.createdAt < (other.closedAt ?? Number.POSITIVE_INFINITY) &&
  other.createdAt < (one.closedAt ?? Number.POSITIVE_INFINITY)

const isPaged = (facts: Facts, { id }: EscalationFact): boolean =>
  facts.sendings.some(
    ({ escalation, channel, act, state }) =>
      escalation === id && channel === 'page' && act === 'open' && state === 'sent',
  )

const timeLimitRows = (facts: Facts, { id }: EscalationFact) =>
  facts.audit.filter(({ door, target }) => door === 'time limit' && target?.includes(id))

export const escalationChecks: readonly Check[] = [
  {
    name: 'a problem has one open escalation at each level, of however many who click',
    proves: ['R15', 'R16'],
    trials: (facts) => facts.escalations.length,
    problems: (facts) => {
      const open = facts.escalations.filter(({ state }) => state !== 'failed')
      return [...groupBy(open, ({ problemKey, level }) => `${level} ${problemKey}`).values()].flatMap(
        (those) =>
          those.flatMap((first, at) =>
            those
              .slice(at + 1)
              .flatMap((other) =>
                overlap(first, other) ? [`two at level ${first.level}: ${first.id}, ${other.id}`] : [],
              ),
          ),
      )
    },
    plant: (facts) => ({
      ...facts,
      escalations: [...facts.escalations, one(facts.escalations, ({ state }) => state !== 'failed')],
    }),
  },
  {
    name: 'a problem is paged once',
    proves: ['R17', 'R20'],
    trials: (facts) => facts.escalations.filter((escalation) => isPaged(facts, escalation)).length,
    problems: (facts) => {
      const paged = facts.escalations.filter((escalation) => escalation.level === 3)
      const wanted = groupBy(paged, ({ problemKey }) => dedupKey(problemKey))
      const pages = groupBy(facts.pages, (page) => page.dedupKey)
      const tooMany = [...pages].flatMap(([key, those]) =>
        those.length > (wanted.get(key)?.length ?? 0)
          ? [
              `${key.slice(0, 20)} woke somebody ${those.length} times for ${wanted.get(key)?.length ?? 0} pages`,
            ]
          : [],
      )
      const missing = paged
        .filter((escalation) => isPaged(facts, escalation) && !pages.has(dedupKey(escalation.problemKey)))
        .map(({ id }) => `the page ${id} is said to be sent, and PagerDuty has none`)
      return [...tooMany, ...missing]
    },
    plant: (facts) => ({
      ...facts,
      pages: [...facts.pages, ...Array.from({ length: 20 }, () => one(facts.pages, () => true))],
    }),
  },
  {
    name: 'each entry of the outbox ends',
    proves: ['R13', 'R17', 'R23'],
    trials: (facts) => facts.sendings.length,
    problems: (facts) =>
      facts.sendings
        .filter(({ state }) => state === 'waiting' || state === 'failed')
        .map(({ escalation, channel, act, state }) => `${act} of ${escalation} by ${channel} is ${state}`),
    plant: (facts) => ({
      ...facts,
      sendings: changeOne(
        facts.sendings,
        ({ state }) => state === 'sent',
        (sending) => ({ ...sending, state: 'waiting' }),
      ),
    }),
  },
  {
    name: 'a time limit fires once',
    proves: ['R20'],
    trials: (facts) => facts.escalations.filter(({ overdueAt }) => overdueAt !== null).length,
    problems: (facts) =>
      facts.escalations
        .filter(({ overdueAt }) => overdueAt !== null)
        .flatMap((escalation) => {
          const times = timeLimitRows(facts, escalation).length
          return times === 1 ? [] : [`the time limit of ${escalation.id} fired ${times} times`]
        }),
    plant: (facts) => ({
      ...facts,
      audit: [
        ...facts.audit,
        one(
          facts.audit,
          ({ door, target }) =>
            door === 'time limit' &&
            facts.escalations.some(({ id, overdueAt }) => overdueAt !== null && target?.includes(id)),
        ),
      ],
    }),
  },
]
