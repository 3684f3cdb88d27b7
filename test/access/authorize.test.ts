import { describe, expect, it } from 'vitest'
import { type Action, authorize, type Person } from '../../src/access/authorize.ts'

const gate = { homeTeam: 'T1' }
const ana: Person = { id: 'U1', team: 'T1', deleted: false, bot: false, guest: false, stranger: false }
const ask = (person: Person | undefined, action: Action = 'diagnose', team = 'T1') =>
  authorize(gate, { principal: { kind: 'user', id: 'U1', team, person }, action, host: 'host1' })

describe('without a policy file', () => {
  it.each(['read', 'diagnose', 'escalate', 'page'] as const)(
    'a full member of the home team may %s',
    (action) => {
      expect(ask(ana, action)).toEqual({ allowed: true })
    },
  )

  it('nobody may apply a fix, neither a member nor the command line', () => {
    expect(ask(ana, 'fix').allowed).toBe(false)
    expect(authorize(gate, { principal: { kind: 'cli', id: 'root' }, action: 'fix' }).allowed).toBe(false)
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
    expect(authorize(gate, { principal: anonymous, action: 'health' }).allowed).toBe(true)
    for (const action of ['read', 'diagnose', 'escalate', 'page', 'fix'] as const) {
      expect(authorize(gate, { principal: anonymous, action }).allowed).toBe(false)
    }
  })
})
