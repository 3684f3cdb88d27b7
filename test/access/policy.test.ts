import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  applyPolicy,
  areReadBySame,
  haveSameReaders,
  type Policy,
  type PolicyRequest,
  policyActions,
  type Rule,
} from '../../src/access/policy.ts'

const users = ['U1', 'U2']
const usergroups = ['S1', 'S2']
const topics = ['db', 'service']
const hosts = ['host1', 'host2']

const some = <T>(all: readonly T[]) => fc.subarray([...all], { minLength: 1 }).map((part) => new Set(part))
const limit = <T>(all: readonly T[]) => fc.option(some(all), { nil: undefined })
const ruleWith = (effect: fc.Arbitrary<Rule['effect']>): fc.Arbitrary<Rule> =>
  fc.record({
    label: fc.string(),
    effect,
    users: fc.oneof(fc.constant('all' as const), some(users), fc.constant(new Set<string>())),
    usergroups: fc.oneof(some(usergroups), fc.constant(new Set<string>())),
    topics: limit(topics),
    hosts: limit(hosts),
    actions: some(policyActions),
  })
const rule = ruleWith(fc.constantFrom('allow', 'deny'))
const request: fc.Arbitrary<PolicyRequest> = fc.record({
  user: fc.constantFrom(...users),
  groups: fc
    .dictionary(fc.constantFrom(...usergroups), fc.boolean())
    .map((groups) => new Map(Object.entries(groups))),
  action: fc.constantFrom(...policyActions),
  host: fc.option(fc.constantFrom(...hosts), { nil: undefined }),
  topic: fc.option(fc.constantFrom(...topics), { nil: undefined }),
})
const policyOf = (rules: readonly Rule[]): Policy => ({
  file: 'access.yml',
  rules,
  hosts: new Set(hosts),
  usergroups,
})
const effect = (rules: readonly Rule[], asked: PolicyRequest) => applyPolicy(policyOf(rules), asked).effect

describe('a policy', () => {
  it('without a rule allows nothing', () => {
    fc.assert(fc.property(request, (asked) => effect([], asked) === 'deny'))
  })

  it('never allows more for a rule that denies, and never less for one that allows', () => {
    fc.assert(
      fc.property(fc.array(rule), ruleWith(fc.constant('deny')), request, (rules, denial, asked) => {
        return effect(rules, asked) === 'allow' || effect([...rules, denial], asked) === 'deny'
      }),
    )
    fc.assert(
      fc.property(fc.array(rule), ruleWith(fc.constant('allow')), request, (rules, allowance, asked) => {
        return effect(rules, asked) === 'deny' || effect([...rules, allowance], asked) === 'allow'
      }),
    )
  })

  it('denies whatever the others say what one rule denies by itself', () => {
    fc.assert(
      fc.property(fc.array(rule), rule, request, (rules, one, asked) => {
        const denies = one.effect === 'deny' && applyPolicy(policyOf([one]), asked).rule !== undefined
        return !denies || effect([...rules, one], asked) === 'deny'
      }),
    )
  })

  it('means the same in any order', () => {
    fc.assert(
      fc.property(fc.array(rule), request, (rules, asked) => {
        return effect(rules, asked) === effect([...rules].reverse(), asked)
      }),
    )
  })

  it('allows by a rule that speaks of this user, action, host and topic, and names it', () => {
    fc.assert(
      fc.property(fc.array(rule), request, (rules, asked) => {
        const ruling = applyPolicy(policyOf(rules), asked)
        if (ruling.effect === 'deny') return true
        const by = ruling.rule
        const { host, topic, user } = asked
        return (
          by?.effect === 'allow' &&
          by.actions.has(asked.action) &&
          (host === undefined || (by.hosts?.has(host) ?? true)) &&
          (topic === undefined || (by.topics?.has(topic) ?? true)) &&
          (by.users === 'all' || by.users.has(user) || [...by.usergroups].some((g) => asked.groups.get(g)))
        )
      }),
    )
  })

  it('gives nobody more for a user group that could not be looked up (S4)', () => {
    fc.assert(
      fc.property(fc.array(rule), request, fc.constantFrom(...usergroups), (rules, asked, group) => {
        const without = new Map([...asked.groups].filter(([name]) => name !== group))
        if (effect(rules, { ...asked, groups: without }) === 'deny') return true
        const either = [true, false].map((is) =>
          effect(rules, { ...asked, groups: new Map(without).set(group, is) }),
        )
        return either.every((each) => each === 'allow')
      }),
    )
  })

  it('that allows it everywhere allows it somewhere', () => {
    fc.assert(
      fc.property(fc.array(rule), request, (rules, asked) => {
        const places = hosts.flatMap((host) => topics.map((topic) => ({ ...asked, host, topic })))
        const everywhere = places.every((place) => effect(rules, place) === 'allow')
        const { host: _host, topic: _topic, ...open } = asked
        return !everywhere || effect(rules, open) === 'allow'
      }),
    )
  })

  it('lets the same people look at hosts of which it says so', () => {
    fc.assert(
      fc.property(fc.array(rule), request, (rules, asked) => {
        if (!haveSameReaders(policyOf(rules), 'host1', 'host2')) return true
        return (['read', 'diagnose'] as const).every((action) => {
          const [one, other] = hosts.map((host) => effect(rules, { ...asked, action, host }))
          return one === other
        })
      }),
    )
  })

  it('lets the same people look at topics of which it says so', () => {
    fc.assert(
      fc.property(fc.array(rule), request, (rules, asked) => {
        const [one = '', other = ''] = topics
        if (!areReadBySame(policyOf(rules), one, other)) return true
        return (['read', 'diagnose'] as const).every(
          (action) =>
            effect(rules, { ...asked, action, topic: one }) ===
            effect(rules, { ...asked, action, topic: other }),
        )
      }),
    )
  })

  it('tells topics apart by what limits reading alone, and not at all where there is no policy', () => {
    const everybody = {
      label: '',
      users: 'all',
      usergroups: new Set(),
      hosts: undefined,
      topics: new Set(['db']),
    }
    const limited = (action: Rule['actions']) =>
      policyOf([{ ...everybody, effect: 'allow', actions: action } as Rule])
    const alike = (policy: Policy | undefined) => areReadBySame(policy, 'db', 'websocket')
    expect(alike(undefined)).toBe(true)
    expect(alike(limited(new Set(['fix', 'page'])))).toBe(true)
    expect(alike(limited(new Set(['fix', 'diagnose'])))).toBe(false)
  })

  it('tells hosts apart by what limits reading alone, and not at all where there is no policy', () => {
    const hosts1 = {
      label: '',
      users: 'all',
      usergroups: new Set(),
      topics: undefined,
      hosts: new Set(['host1']),
    }
    const limited = (action: Rule['actions']) =>
      policyOf([{ ...hosts1, effect: 'allow', actions: action } as Rule])
    const alike = (policy: Policy | undefined) => haveSameReaders(policy, 'host1', 'host2')
    expect(alike(undefined)).toBe(true)
    expect(alike(limited(new Set(['fix', 'page'])))).toBe(true)
    expect(alike(limited(new Set(['fix', 'diagnose'])))).toBe(false)
  })

  it('says nothing of a host that has left the inventory', () => {
    fc.assert(
      fc.property(
        fc.array(rule),
        request,
        (rules, asked) => effect(rules, { ...asked, host: 'gone' }) === 'deny',
      ),
    )
  })
})
