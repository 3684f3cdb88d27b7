import { createEmulator, type Emulator } from 'emulate'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeGitHub } from '../../../src/integrations/github/github.ts'
import { type FaultyHttp, startFaultyHttp } from '../../fakes/http-faults.ts'
import { aNote, tracked } from '../tracked-ticket.ts'

const token = 'ghp_0123456789abcdefghij'
let emulator: Emulator
let front: FaultyHttp
let ids = 0

beforeAll(async () => {
  emulator = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: {
        [token]: { login: 'ops-bot', scopes: ['repo'] },
        ghp_stranger: { login: 'stranger', scopes: [] },
      },
      github: {
        users: [{ login: 'ops-bot' }, { login: 'stranger' }],
        repos: [{ owner: 'ops-bot', name: 'ops', private: true }],
      },
    },
  })
  front = await startFaultyHttp(`http://127.0.0.1:${new URL(emulator.url).port}`)
})
afterAll(async () => {
  await front?.close()
  await emulator?.close()
})
let github: ReturnType<typeof makeGitHub>
beforeEach(() => {
  github = makeGitHub({ apiUrl: front.url, repository: 'ops-bot/ops', labels: ['debvisor', 'db'], token })
})
/** A ticket of its own for each test: they share the repository. */
const ticket = () => tracked({ id: `5d1c6a8e-1b1f-4b7e-8a77-${String(++ids).padStart(12, '0')}` })
const issues = async () =>
  (await (
    await fetch(`${emulator.url}/repos/ops-bot/ops/issues?state=all&per_page=100`, {
      headers: { authorization: `Bearer ${token}` },
    })
  ).json()) as { number: number; body: string; state: string; labels: { name: string }[] }[]
const ours = async (id: string) => (await issues()).filter(({ body }) => body.includes(id))

describe('GitHub Issues', () => {
  it('gets an issue with its labels, and says where it is', async () => {
    const one = ticket()
    const made = await github.create(one, false)
    const [issue] = await ours(one.id)
    expect(issue?.labels.map(({ name }) => name)).toEqual(['debvisor', 'db'])
    expect(made).toEqual({
      ok: true,
      value: {
        externalId: `ops-bot/ops#${issue?.number}`,
        url: `${front.url}/ops-bot/ops/issues/${issue?.number}`,
      },
    })
  })

  it('that made an issue and lost the answer makes no second one', async () => {
    const one = ticket()
    front.fail('POST', { kind: 'lost-answer' })
    expect(await github.create(one, false)).toMatchObject({ ok: false, retry: true })
    expect(await github.create(one, true)).toMatchObject({ ok: true })
    expect(await ours(one.id)).toHaveLength(1)
  })

  it('finds its issue behind pages of others', async () => {
    const one = ticket()
    await github.create(one, false)
    for (let other = 0; other < 55; other++) await github.create(ticket(), false)
    const [issue] = await ours(one.id)
    expect(await github.create(one, true)).toMatchObject({
      value: { externalId: `ops-bot/ops#${issue?.number}` },
    })
  })

  it('takes a comment once, however often its answer is lost, and closes and opens the issue again', async () => {
    const one = ticket()
    const made = await github.create(one, false)
    if (!made.ok) throw new Error(made.reason)
    front.fail('POST', { kind: 'lost-answer' })
    expect(await github.note(made.value, one, aNote(), false)).toMatchObject({ retry: true })
    expect(await github.note(made.value, one, aNote(), true)).toEqual({ ok: true, value: null })
    front.fail('PATCH', { kind: 'lost-answer' })
    const closed = aNote({ key: '8', kind: 'closed', did: 'closed it', text: 'done' })
    expect(await github.note(made.value, one, closed, false)).toMatchObject({ retry: true })
    expect(await github.note(made.value, one, closed, true)).toMatchObject({ ok: true })
    expect((await ours(one.id))[0]?.state).toBe('closed')
    const number = made.value.externalId.split('#')[1]
    const said = front.requests.filter(
      ({ what }) => what === `POST /repos/ops-bot/ops/issues/${number}/comments`,
    )
    expect(said).toHaveLength(2)
    await github.note(made.value, one, aNote({ key: '9', kind: 'reopened', text: '' }), false)
    expect((await ours(one.id))[0]?.state).toBe('open')
  })

  it.each([
    [
      { kind: 'status', status: 503 },
      { retry: true, reason: 'GitHub answered 503: not now' },
    ],
    [
      { kind: 'status', status: 429, headers: { 'retry-after': '17' } },
      { retry: true, afterMs: 17_000 },
    ],
    [
      { kind: 'status', status: 403, headers: { 'retry-after': '60' } },
      { retry: true, afterMs: 60_000 },
    ],
    [{ kind: 'reset' }, { retry: true, reason: expect.stringContaining('could not be reached') }],
    [{ kind: 'status', status: 403 }, { retry: false }],
    [{ kind: 'status', status: 422 }, { retry: false }],
    [{ kind: 'status', status: 410 }, { retry: false }],
    [
      { kind: 'status', status: 301, headers: { location: 'http://127.0.0.1:1/' } },
      { retry: false, reason: expect.stringContaining('redirect') },
    ],
  ] as const)('that fails with %j says whether to try again, and when', async (fault, said) => {
    front.fail('POST', fault)
    expect(await github.create(ticket(), false)).toMatchObject({ ok: false, ...said })
  })

  it('waits until its rate limit is reset, by its own clock', async () => {
    const now = Date.UTC(2026, 10, 25, 12, 0, 0)
    const headers = {
      date: new Date(now).toUTCString(),
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(now / 1000 + 90),
    }
    front.fail('POST', { kind: 'status', status: 403, headers })
    expect(await github.create(ticket(), false)).toMatchObject({ retry: true, afterMs: 90_000 })
  })

  it('never tells its token', async () => {
    const leaky = makeGitHub({
      apiUrl: 'https://api.github.com',
      repository: 'a/b',
      labels: [],
      token,
      fetch: async () => new Response(JSON.stringify({ message: `bad ${token}` }), { status: 401 }),
    })
    expect(JSON.stringify(await leaky.create(ticket(), false))).not.toContain(token)
  })

  it('is checked by the doctor', async () => {
    expect(await github.verify()).toMatchObject({ ok: true })
    const options = { apiUrl: front.url, repository: 'ops-bot/ops', labels: [], token }
    expect(await makeGitHub({ ...options, token: 'ghp_stranger' }).verify()).toMatchObject({ ok: false })
    expect(await makeGitHub({ ...options, repository: 'ops-bot/none' }).verify()).toMatchObject({ ok: false })
    const reader = { has_issues: true, permissions: { pull: true, push: false } }
    const asked = makeGitHub({ ...options, fetch: async () => Response.json(reader) })
    expect(await asked.verify()).toEqual({
      ok: false,
      reason: 'the token may not write issues in ops-bot/ops: grant it “Issues: read and write”',
    })
    const off = makeGitHub({ ...options, fetch: async () => Response.json({ has_issues: false }) })
    expect(await off.verify()).toMatchObject({ reason: 'ops-bot/ops has its issues turned off' })
  })
})
