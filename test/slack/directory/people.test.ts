import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../../playground/slack/fake-slack.ts'
import { authorize, type Person } from '../../../src/access/authorize.ts'
import { makePeople, type People, readUser } from '../../../src/slack/directory/people.ts'
import { makeClient } from '../../../src/slack/transport/client.ts'

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

let fakeSlack: FakeSlack
let now: number
let people: People

beforeEach(async () => {
  fakeSlack = await startFakeSlack()
  now = 0
  people = makePeople(makeClient(fakeSlack.botToken, { apiUrl: fakeSlack.apiUrl, log }), {
    elapsed: () => now,
  })
})
afterEach(() => fakeSlack.close())

const asked = (): number => fakeSlack.calls('users.info').length

describe('people', () => {
  it('asks Slack once a minute and user, however many ask at once', async () => {
    const id = fakeSlack.users.ana
    const answers = await Promise.all([people.person(id), people.person(id), people.displayName(id)])
    const member = { id, team: fakeSlack.teamId, deleted: false, bot: false, guest: false, stranger: false }
    expect(answers).toEqual([member, member, expect.stringMatching(/ana/i)])
    now = 59_999
    await people.person(id)
    expect(asked()).toBe(1)
    now = 60_000
    await people.person(id)
    expect(asked()).toBe(2)
  })

  it('asks again before a change, and keeps the newer answer', async () => {
    const id = fakeSlack.users.ana
    await people.person(id)
    await people.person(id, true)
    expect(asked()).toBe(2)
    await people.person(id)
    expect(asked()).toBe(2)
  })

  it('does not keep a failure', async () => {
    fakeSlack.faults.fail5xx('users.info')
    expect(await people.person(fakeSlack.users.ana)).toBeUndefined()
    expect(await people.person(fakeSlack.users.ana)).toMatchObject({ id: fakeSlack.users.ana })
    expect(await people.person('U0NOBODY')).toBeUndefined()
  })

  it.each(['guest', 'visitor', 'stranger', 'former', 'bot'] as const)(
    'lets a %s do nothing',
    async (name) => {
      expect(may(fakeSlack.teamId, await people.person(fakeSlack.users[name]))).toBe(false)
      expect(may(fakeSlack.teamId, await people.person(fakeSlack.users.ana))).toBe(true)
    },
  )
})

function may(team: string, person: Person | undefined): boolean {
  const principal = { kind: 'user', id: 'U1', team, person } as const
  return authorize({ homeTeam: team }, { principal, action: 'diagnose' }).allowed
}

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
    expect(may('T1', readUser({ ...ana, ...parts })?.person)).toBe(false)
  })

  it('may diagnose as a full member', () => {
    expect(may('T1', readUser(ana)?.person)).toBe(true)
  })
})
