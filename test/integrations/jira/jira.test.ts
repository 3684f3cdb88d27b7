import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type JiraOptions, makeJira } from '../../../src/integrations/jira/jira.ts'
import { type FaultyHttp, startFaultyHttp } from '../../fakes/http-faults.ts'
import { type FakeJira, startJira, textOf } from '../../fakes/jira.ts'
import { aNote, tracked } from '../tracked-ticket.ts'

const login = { user: 'bot@example.com', token: 'jira-token-0123456789', project: 'OPS' }
let fake: FakeJira
let front: FaultyHttp
const jira = (more: Partial<JiraOptions> = {}) =>
  makeJira({ ...login, site: front.url, issueType: 'Task', labels: ['debvisor'], ...more })

async function start(more: { lacks?: string[]; stuck?: boolean } = {}): Promise<void> {
  fake = await startJira({ ...login, ...more })
  front = await startFaultyHttp(fake.url)
}
async function stop(): Promise<void> {
  await front.close()
  await fake.close()
}
beforeEach(() => start())
afterEach(stop)

describe('Jira', () => {
  it('gets an issue that its own rules take, with text of any kind', async () => {
    const hostile = tracked({
      title: `two\nlines ${'T'.repeat(500)}`,
      evidence: '{code}\n[~admin] @all\n'.repeat(3_000),
    })
    expect(await jira().create(hostile, false)).toEqual({
      ok: true,
      value: { externalId: 'OPS-1', url: `${front.url}/browse/OPS-1` },
    })
    const fields = fake.issues[0]?.fields ?? {}
    expect(fields.labels).toEqual(['debvisor', `debvisor-${hostile.id}`])
    expect(textOf(fields.description)).toContain(
      'Ticket 12 of DebVisor · critical · db on host1 · opened by Ana',
    )
    expect(textOf(fields.description)).toMatch(/cut: \d+ characters in all/)
  })

  it('takes a ticket without evidence', async () => {
    expect(await jira().create(tracked({ evidence: '', opening: '' }), false)).toMatchObject({ ok: true })
  })

  it('that made an issue, or a comment, and lost the answer makes no second one', async () => {
    const one = tracked()
    front.fail('POST', { kind: 'lost-answer' })
    expect(await jira().create(one, false)).toMatchObject({ ok: false, retry: true })
    const made = await jira().create(one, true)
    if (!made.ok) throw new Error(made.reason)
    expect(fake.issues).toHaveLength(1)
    front.fail('POST', { kind: 'lost-answer' })
    expect(await jira().note(made.value, one, aNote(), false)).toMatchObject({ retry: true })
    expect(await jira().note(made.value, one, aNote(), true)).toMatchObject({ ok: true })
    expect(fake.issues[0]?.comments).toHaveLength(1)
  })

  it('is moved to done and back, and not twice', async () => {
    const one = tracked()
    const made = await jira().create(one, false)
    if (!made.ok) throw new Error(made.reason)
    const closed = aNote({ key: '8', kind: 'closed', did: 'closed it', text: 'disk enlarged' })
    expect(await jira().note(made.value, one, closed, false)).toMatchObject({ ok: true })
    expect(await jira().note(made.value, one, closed, true)).toMatchObject({ ok: true })
    expect(fake.issues[0]?.status).toBe('done')
    expect(front.requests.filter(({ what }) => /^POST .*transitions/.test(what))).toHaveLength(1)
    await jira().note(made.value, one, aNote({ key: '9', kind: 'reopened', text: '' }), false)
    expect(fake.issues[0]?.status).toBe('new')
  })

  it('whose workflow has no way to done says so', async () => {
    await stop()
    await start({ stuck: true })
    const made = await jira().create(tracked(), false)
    if (!made.ok) throw new Error(made.reason)
    expect(await jira().note(made.value, tracked(), aNote({ kind: 'closed' }), false)).toEqual({
      ok: false,
      retry: false,
      reason: 'Jira offers no transition to a status that is done: move it there by hand',
    })
  })

  it('is checked by the doctor, right by right', async () => {
    expect(await jira().verify()).toEqual({ ok: true, note: 'bot@example.com may write issues in OPS' })
    expect(await jira({ token: 'wrong-token' }).verify()).toMatchObject({
      ok: false,
      reason: expect.stringContaining('401: Client must be authenticated'),
    })
    await stop()
    await start({ lacks: ['ADD_COMMENTS', 'TRANSITION_ISSUES'] })
    expect(await jira().verify()).toEqual({
      ok: false,
      reason: 'bot@example.com lacks ADD_COMMENTS, TRANSITION_ISSUES in project OPS',
    })
  })

  it('refuses what it does not know by its fields', async () => {
    expect(await jira({ project: 'NOPE' }).create(tracked(), false)).toEqual({
      ok: false,
      retry: false,
      reason: 'Jira answered 400: valid project is required',
    })
  })
})
