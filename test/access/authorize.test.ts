import { describe, expect, it } from 'vitest'
import { type Action, authorize, type Person } from '../../src/access/authorize.ts'
import { readPolicy } from '../../src/access/load-policy.ts'
import { areReadBySame, haveSameReaders, policyActions } from '../../src/access/policy.ts'

const access = { homeTeam: 'T1' }
const ana: Person = { id: 'U1', team: 'T1', deleted: false, bot: false, guest: false, stranger: false }
const ask = (person: Person | undefined, action: Action = 'diagnose', team = 'T1') =>
  authorize(access, { principal: { kind: 'user', id: 'U1', team, person }, action, host: 'host1' })

describe('without a policy file', () => {
  it.each(['read', 'diagnose', 'escalate', 'page'] as const)(
    'a full member of the home team may %s',
    (action) => {
      expect(ask(ana, action)).toEqual({ allowed: true })
    },
  )

  it('nobody may approve a fix, and each member may ask', () => {
    expect(ask(ana, 'approve').allowed).toBe(false)
    expect(ask(ana, 'ask')).toEqual({ allowed: true })
  })

  it('nobody may apply a fix, neither a member nor the command line', () => {
    expect(ask(ana, 'fix').allowed).toBe(false)
    expect(authorize(access, { principal: { kind: 'cli', id: 'root' }, action: 'fix' }).allowed).toBe(false)
  })

  it.each([
    ['a guest', { ...ana, guest: true }],
    ['a bot', { ...ana, bot: true }],
    ['a deactivated account', { ...ana, deleted: true }],
    ['a stranger in a shared channel', { ...ana, stranger: true }],
    ['a member of another team', { ...ana, team: 'T2' }],
    ['somebody whom Slack did not describe', undefined],
  ])('%s is refused with a reason', (_who, person) => {
    const decision = ask(person)
    expect(decision.allowed).toBe(false)
    expect(decision).toHaveProperty('reason', expect.stringMatching(/\.$/))
  })

  it('a request from another workspace is refused, whoever it names', () => {
    expect(ask(ana, 'read', 'T2').allowed).toBe(false)
  })

  it('somebody at the HTTP listener may see the health and nothing else', () => {
    const anonymous = { kind: 'anonymous' } as const
    expect(authorize(access, { principal: anonymous, action: 'health' }).allowed).toBe(true)
    for (const action of ['read', 'diagnose', 'escalate', 'page', 'fix'] as const) {
      expect(authorize(access, { principal: anonymous, action }).allowed).toBe(false)
    }
  })
})

describe('with a policy', () => {
  const read = readPolicy(
    'access.yml',
    'version: 1\nrules: [{ effect: allow, users: all, actions: [read, diagnose, escalate, page, fix, approve] }]',
    { topics: ['db'], hosts: ['host1'], hostGroups: new Map() },
  )
  const policy = read.ok ? read.policy : undefined
  const may = (person: Person | undefined, action: Action, host = 'host1') =>
    authorize(
      { homeTeam: 'T1', policy },
      { principal: { kind: 'user', id: 'U1', team: 'T1', person }, action, host, topic: 'db' },
    )

  it('a member may do what it allows, by the rule that allows it', () => {
    for (const action of policyActions) {
      expect(may(ana, action)).toEqual({ allowed: true, rule: 'rule 1 (access.yml:2)' })
    }
  })

  it.each([
    ['a guest', { ...ana, guest: true }],
    ['a bot', { ...ana, bot: true }],
    ['a stranger', { ...ana, stranger: true }],
    ['a member of another team', { ...ana, team: 'T2' }],
    ['somebody whom Slack did not describe', undefined],
  ])('%s is refused, whatever it allows', (_who, person) => {
    for (const action of [...policyActions, 'ask'] as const) expect(may(person, action).allowed).toBe(false)
  })

  it('a fix is asked for in Slack, not on the command line', () => {
    for (const action of ['fix', 'approve'] as const) {
      const principal = { kind: 'cli', id: 'root' } as const
      expect(authorize({ homeTeam: 'T1', policy }, { principal, action }).allowed).toBe(false)
    }
  })

  it('the health stays for everybody', () => {
    expect(
      authorize({ homeTeam: 'T1', policy }, { principal: { kind: 'anonymous' }, action: 'health' }).allowed,
    ).toBe(true)
  })

  it('what could not be looked up is said to the one who is refused for it', () => {
    const grouped = readPolicy(
      'access.yml',
      'version: 1\nrules: [{ effect: allow, usergroups: [S0OPS], actions: [diagnose] }]',
      { topics: [], hosts: ['host1'], hostGroups: new Map() },
    )
    const access = { homeTeam: 'T1', policy: grouped.ok ? grouped.policy : undefined }
    const principal = { kind: 'user', id: 'U1', team: 'T1', person: ana, groups: new Map() } as const
    expect(authorize(access, { principal, action: 'diagnose', host: 'host1' })).toEqual({
      allowed: false,
      reason: 'Slack did not say whether you are in S0OPS, so nothing was done. Try again in a minute.',
    })
  })
})

describe('a sender of alerts', () => {
  const rules = (text: string) => {
    const read = readPolicy('access.yml', `version: 1\nrules: [${text}]`, {
      topics: ['db', 'service'],
      hosts: ['host1', 'host2'],
      hostGroups: new Map(),
      alerts: ['prometheus', 'grafana'],
    })
    if (!read.ok) throw new Error(JSON.stringify(read.problems))
    return { homeTeam: 'T1', policy: read.policy }
  }
  const may = (
    to: Parameters<typeof authorize>[0],
    more: { action?: Action; host?: string; source?: string } = {},
  ) => {
    const { action = 'diagnose', host = 'host1', source = 'prometheus' } = more
    return authorize(to, { principal: { kind: 'alerts', source }, action, host, topic: 'db' })
  }

  it('has hosts diagnosed and nothing else, whatever a policy says', () => {
    const everything = rules(
      '{ effect: allow, users: all, actions: [read, diagnose, escalate, page, fix, approve] }, { effect: allow, alerts: all, actions: [diagnose] }',
    )
    for (const to of [access, everything]) {
      expect(may(to).allowed).toBe(true)
      for (const action of ['read', 'escalate', 'page', 'fix', 'approve', 'ask'] as const)
        expect(may(to, { action })).toMatchObject({ allowed: false })
    }
  })

  it('is no person: what all people may, it may not', () => {
    const to = rules('{ effect: allow, users: all, actions: [diagnose] }')
    expect(may(to)).toEqual({
      allowed: false,
      reason:
        'Alerts of prometheus may not diagnose on host1 (db): no rule of the access policy with `alerts: [prometheus]` allows it.',
    })
  })

  it('has what rules on it say, by name, host and topic, and a denial wins', () => {
    const to = rules(
      '{ effect: allow, alerts: [prometheus], topics: [db], actions: [diagnose] }, { effect: deny, alerts: all, hosts: [host2], actions: [diagnose] }',
    )
    expect(may(to)).toEqual({ allowed: true, rule: 'rule 1 (access.yml:2)' })
    expect(may(to, { host: 'host2' })).toMatchObject({ allowed: false, rule: 'rule 2 (access.yml:2)' })
    expect(may(to, { source: 'grafana' }).allowed).toBe(false)
    expect(may(to, { host: 'gone' }).allowed).toBe(false)
  })

  it('reads nothing, so what it may have looked at tells no hosts or topics apart', () => {
    const { policy } = rules(
      '{ effect: allow, users: all, actions: [read] }, { effect: allow, alerts: all, hosts: [host1], topics: [db], actions: [diagnose] }',
    )
    expect(haveSameReaders(policy, 'host1', 'host2')).toBe(true)
    expect(areReadBySame(policy, 'db', 'service')).toBe(true)
  })
})

describe('a schedule of the configuration', () => {
  const to = (text: string) => {
    const read = readPolicy('access.yml', `version: 1\nrules: [${text}]`, {
      topics: ['db'],
      hosts: ['host1', 'host2'],
      hostGroups: new Map(),
    })
    if (!read.ok) throw new Error(JSON.stringify(read.problems))
    return { homeTeam: 'T1', policy: read.policy }
  }
  const may = (of: Parameters<typeof authorize>[0], action: Action = 'diagnose', host = 'host1') =>
    authorize(of, { principal: { kind: 'schedule', name: 'nightly' }, action, host, topic: 'db' })

  it('has hosts diagnosed and nothing else', () => {
    expect(may(access).allowed).toBe(true)
    for (const action of ['read', 'escalate', 'page', 'fix', 'approve', 'ask'] as const)
      expect(may(access, action).allowed).toBe(false)
  })

  it('is neither a person nor a sender of alerts: a rule has to name schedules', () => {
    const others =
      '{ effect: allow, users: all, actions: [diagnose] }, { effect: allow, alerts: all, actions: [diagnose] }'
    expect(may(to(others))).toEqual({
      allowed: false,
      reason:
        'The schedule nightly may not diagnose on host1 (db): no rule of the access policy with `schedules: [nightly]` allows it.',
    })
    const named =
      '{ effect: allow, schedules: [nightly], actions: [diagnose] }, { effect: deny, schedules: all, hosts: [host2], actions: [diagnose] }'
    expect(may(to(named)).allowed).toBe(true)
    expect(may(to(named), 'diagnose', 'host2').allowed).toBe(false)
  })
})
