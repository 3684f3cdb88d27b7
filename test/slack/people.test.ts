import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { authorize } from '../../src/access/authorize.ts'
import { makeClient } from '../../src/slack/client.ts'
import { makePeople, type People, readUser } from '../../src/slack/people.ts'
import { type StandIn, startStandIn } from './stand-in.ts'

const log = { warn: () => {}, debug: () => {} }
const ana = {
  id: 'U1',
  team_id: 'T1',
  name: 'ana',
  real_name: 'Ana Torres',
  deleted: false,
  is_bot: false,
  is_restricted: false,
  is_ultra_restricted: false,
}
const member = { id: 'U1', team: 'T1', deleted: false, bot: false, guest: false, stranger: false }

let slack: StandIn
let now: number
let people: People

beforeEach(async () => {
  slack = await startStandIn()
  slack.users.set('U1', ana)
  now = 0
  people = makePeople(makeClient('xoxb-1', { apiUrl: slack.apiUrl, log }), { now: () => now })
})
afterEach(() => slack.close())

const asked = (): number => slack.calls('users.info').length

describe('people', () => {
  it('asks Slack once a minute and user, however many ask at once', async () => {
    const answers = await Promise.all([people.person('U1'), people.person('U1'), people.displayName('U1')])
    expect(answers).toEqual([member, member, 'Ana Torres'])
    now = 59_999
    await people.person('U1')
    expect(asked()).toBe(1)
    now = 60_000
    slack.users.set('U1', { ...ana, deleted: true })
    expect(await people.person('U1')).toMatchObject({ deleted: true })
    expect(asked()).toBe(2)
  })

  it('does not keep a failure', async () => {
    slack.next('users.info', { kind: 'status', status: 500 })
    expect(await people.person('U1')).toBeUndefined()
    expect(await people.person('U1')).toEqual(member)
    expect(await people.person('U9')).toBeUndefined()
  })
})

describe('a user of Slack', () => {
  it.each([
    ['a guest of one channel', { is_restricted: true, is_ultra_restricted: true }],
    ['a guest of several channels', { is_restricted: true }],
    ['someone of another workspace in a shared channel', { is_stranger: true }],
    ['a member of another team', { team_id: 'T2' }],
    ['a bot', { is_bot: true }],
    ['Slackbot', { id: 'USLACKBOT' }],
    ['a deactivated account', { deleted: true, is_restricted: undefined, is_ultra_restricted: undefined }],
    ['one whose guest state is not said', { is_restricted: undefined }],
    ['one whose team is not said', { team_id: undefined }],
    ['one of whom it is not said that it is no bot', { is_bot: undefined }],
    ['nobody', { id: undefined }],
  ])('may do nothing: %s', (_, parts) => {
    const person = readUser({ ...ana, ...parts })?.person
    const principal = { kind: 'user', id: 'U1', team: 'T1', person } as const
    expect(authorize({ homeTeam: 'T1' }, { principal, action: 'diagnose' }).allowed).toBe(false)
  })

  it('may diagnose as a full member', () => {
    const principal = { kind: 'user', id: 'U1', team: 'T1', person: readUser(ana)?.person } as const
    expect(authorize({ homeTeam: 'T1' }, { principal, action: 'diagnose' }).allowed).toBe(true)
  })
})
