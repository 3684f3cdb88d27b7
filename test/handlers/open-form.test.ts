import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Person } from '../../src/access/authorize.ts'
import { checkBeforeOpening } from '../../src/handlers/open-form.ts'
import type { Workspace } from '../../src/slack/workspace/workspace.ts'

const member: Person = { id: 'U1', team: 'T1', deleted: false, bot: false, guest: false, stranger: false }
const never = new Promise<never>(() => {})
const click = { user: 'U1', team: 'T1' }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** What becomes of a click within 1.2 s: Slack waits 3 s for the form. */
async function checked(
  person: () => Promise<Person | undefined>,
  replayed: Promise<boolean> = Promise.resolve(false),
  by = click,
) {
  const slack = { person } as unknown as Workspace
  const check = checkBeforeOpening({ access: { homeTeam: 'T1' }, slack }, by, replayed)
  await vi.advanceTimersByTimeAsync(1_200)
  return Promise.race([check, Promise.resolve('still checking')])
}

it('a form opens for a full member, and not for a request that was seen before', async () => {
  expect(await checked(async () => member)).toBe(true)
  expect(await checked(async () => member, Promise.resolve(true))).toEqual({
    sentence: 'Slack did not open the form; try again.',
  })
})

it.each([
  ['a guest', { ...member, guest: true }, click, /^Guests may not/],
  ['somebody of another workspace', member, { ...click, team: 'T2' }, /own workspace/],
  ['somebody of whom Slack says nothing', undefined, click, /did not say who you are/],
])('it does not open for %s, who reads why', async (_, person, by, sentence) => {
  expect(await checked(async () => person, undefined, by)).toMatchObject({
    sentence: expect.stringMatching(sentence),
  })
})

it('where Slack does not say in time who clicks, it does not open, and that is said', async () => {
  expect(await checked(() => never)).toMatchObject({
    sentence: expect.stringMatching(/not say in time who you are/),
  })
})

it('where the store is late it opens for a member: a replayed trigger opens nothing', async () => {
  expect(await checked(async () => member, never)).toBe(true)
  expect(await checked(async () => member, Promise.reject(new Error('the store is down')))).toBe(true)
})
