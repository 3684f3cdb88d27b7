import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadPolicy, type PolicyNames, policySchema, readPolicy } from '../../src/access/load-policy.ts'
import { applyPolicy } from '../../src/access/policy.ts'
import { printProblem } from '../../src/yaml/problem.ts'
import { readDocument } from '../../src/yaml/read-document.ts'

const names: PolicyNames = {
  topics: ['db', 'service'],
  hosts: ['host1', 'host2'],
  hostGroups: new Map([['production', ['host1']]]),
  alerts: ['prometheus'],
}
const read = (rules: string) => readPolicy('access.yml', `version: 1\nrules:\n${rules}`, names)
const problems = (rules: string): string[] => {
  const result = read(rules)
  return result.ok ? [] : result.problems.map(printProblem)
}

describe('access.yml', () => {
  it.each([
    [
      'an unknown key',
      '  - { effect: allow, users: all, actions: [read], topic: [db] }',
      'topic:',
      'rules[0].topic: unknown key `topic`; did you mean `topics`?',
    ],
    [
      'an unknown action',
      '  - { effect: allow, users: all, actions: [reed] }',
      'reed',
      'rules[0].actions[0]: ',
    ],
    [
      'an unknown effect',
      '  - { effect: permit, users: all, actions: [read] }',
      'permit',
      'rules[0].effect: ',
    ],
    [
      'a user by name',
      '  - { effect: allow, users: [ana], actions: [read] }',
      'ana',
      'rules[0].users[0]: a Slack user is an id such as U0123ABCD',
    ],
    [
      'a user group by name',
      '  - { effect: allow, usergroups: ["@ops"], actions: [read] }',
      '"@ops"',
      'rules[0].usergroups[0]: a Slack user group is an id',
    ],
    [
      'a topic that is none',
      '  - { effect: allow, users: all, topics: [dbb], actions: [read] }',
      'dbb',
      'rules[0].topics[0]: the list of runbook topics has no `dbb`; did you mean `db`?',
    ],
    [
      'a host that is none',
      '  - { effect: allow, users: all, hosts: [hots1], actions: [read] }',
      'hots1',
      'rules[0].hosts[0]: the inventory has no `hots1`; did you mean `host1`?',
    ],
    [
      'a host group that is none',
      '  - { effect: deny, users: all, hostGroups: [prod9], actions: [fix] }',
      'prod9',
      "rules[0].hostGroups[0]: the list of the inventory's groups has no `prod9`",
    ],
    [
      'a rule about nobody',
      '  - { effect: allow, actions: [read] }',
      '{ effect',
      'rules[0]: a rule says for whom',
    ],
    [
      'a sender of alerts that is none',
      '  - { effect: allow, alerts: [promtheus], actions: [diagnose] }',
      'promtheus',
      'rules[0].alerts[0]: the list of alert sources in debvisor.yml has no `promtheus`; did you mean `prometheus`?',
    ],
    [
      'more for senders of alerts than a look',
      '  - { effect: allow, alerts: all, actions: [diagnose, fix] }',
      'all, actions',
      'rules[0].alerts: senders of alerts may only diagnose, not fix',
    ],
    [
      'an empty list',
      '  - { effect: allow, users: [], actions: [read] }',
      '[]',
      'rules[0].users: must not be empty',
    ],
  ])('with %s is refused with its place', (_what, rule, wrong, said) => {
    const found = problems(rule)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`access.yml:3:${rule.indexOf(wrong) + 1} ${said}`)
  })

  it('lists all that is wrong with it', () => {
    expect(problems('  - { effect: allow, topics: [x], hosts: [y], actions: [read] }')).toHaveLength(3)
  })

  it('that is missing says so', () => {
    const loaded = loadPolicy('/nowhere/access.yml', names)
    expect(loaded.ok ? [] : loaded.problems.map(printProblem)).toEqual([
      '/nowhere/access.yml:1:1 there is no policy here; name yours with `access:` in debvisor.yml, or take that key out',
    ])
  })

  it('turns host groups into their hosts, beside the hosts that it names', () => {
    const loaded = read(
      '  - { name: both, effect: allow, users: [U001], hosts: [host2], hostGroups: [production], actions: [fix] }',
    )
    if (!loaded.ok) throw new Error('refused')
    const [rule] = loaded.policy.rules
    expect(rule).toMatchObject({ label: 'rule 1 (access.yml:3, "both")', hosts: new Set(['host1', 'host2']) })
    const ask = { user: 'U001', groups: new Map<string, boolean>(), action: 'fix', host: 'host1' } as const
    expect(applyPolicy(loaded.policy, ask)).toEqual({ effect: 'allow', rule })
  })

  it('as the example shows it is accepted', () => {
    const text = readFileSync(new URL('../../access.example.yml', import.meta.url), 'utf8')
    expect(readDocument('access.example.yml', text, policySchema)).toMatchObject({ ok: true })
    expect(readPolicy('access.example.yml', text, names)).toMatchObject({ ok: true })
  })
})
