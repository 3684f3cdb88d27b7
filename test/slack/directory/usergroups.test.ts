import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../../playground/slack/fake-slack.ts'
import { makeUsergroups, type Usergroups } from '../../../src/slack/directory/usergroups.ts'
import { makeClient } from '../../../src/slack/transport/client.ts'

const log = { warn: () => {}, debug: () => {} }
let fakeSlack: FakeSlack
let now: number
let groups: Usergroups

beforeEach(async () => {
  fakeSlack = await startFakeSlack({ groups: { S0OPS: ['ana'], S0WEB: ['bo'] } })
  now = 0
  groups = makeUsergroups(makeClient(fakeSlack.botToken, { apiUrl: fakeSlack.apiUrl, log }), {
    elapsed: () => now,
  })
})
afterEach(() => fakeSlack.close())

const asked = (): number => fakeSlack.calls('usergroups.users.list').length
const ofAna = (fresh = false) => groups.memberships(fakeSlack.users.ana, ['S0OPS', 'S0WEB'], fresh)

describe('user groups', () => {
  it('are asked of Slack once a minute and group, however many ask at once', async () => {
    const answer = new Map([
      ['S0OPS', true],
      ['S0WEB', false],
    ])
    expect(await Promise.all([ofAna(), ofAna()])).toEqual([answer, answer])
    now = 59_999
    await groups.memberships(fakeSlack.users.bo, ['S0OPS'], false)
    expect(asked()).toBe(2)
    now = 60_000
    await ofAna()
    expect(asked()).toBe(4)
  })

  it('are asked anew before a change, and that answer is kept', async () => {
    await ofAna()
    await ofAna(true)
    expect(asked()).toBe(4)
    now = 59_999
    await ofAna()
    expect(asked()).toBe(4)
  })

  it('of which Slack says nothing are left out, and asked for again', async () => {
    expect(await groups.memberships(fakeSlack.users.ana, ['S0GONE', 'S0OPS'], false)).toEqual(
      new Map([['S0OPS', true]]),
    )
    fakeSlack.faults.fail5xx('usergroups.users.list')
    expect(await groups.memberships(fakeSlack.users.ana, ['S0WEB'], true)).toEqual(new Map())
    expect(await groups.memberships(fakeSlack.users.ana, ['S0WEB'], false)).toEqual(
      new Map([['S0WEB', false]]),
    )
  })

  it('cost nothing where no policy names one', async () => {
    expect(await groups.memberships(fakeSlack.users.ana, [], true)).toEqual(new Map())
    expect(asked()).toBe(0)
  })
})
