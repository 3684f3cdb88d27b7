import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formEncode, signature } from '../../playground/slack/http/deliver.ts'
import { openRig, type Rig } from './bot.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig({ mode: 'http' })
})
afterAll(() => rig?.close())

const now = (): number => Math.floor(Date.now() / 1000)
let count = 0

/** A slash command as Slack would send it, from anybody who knows the address. */
function command(change: Readonly<Record<string, string>> = {}): string {
  const { users, channels } = rig.fakeSlack
  return formEncode({
    command: '/debvisor',
    text: 'diagnose service host1',
    team_id: rig.bot.team,
    user_id: users.ana,
    user_name: 'ana',
    channel_id: channels.incidents,
    trigger_id: `trigger-${count++}`,
    response_url: `${rig.fakeSlack.apiUrl}nowhere`,
    api_app_id: 'A1',
    ...change,
  })
}

/** *Edit* on some ticket, as Slack would send it. */
function click(user: string): string {
  const { users, apiUrl } = rig.fakeSlack
  const payload = {
    type: 'block_actions',
    user: { id: users[user] },
    team: { id: rig.bot.team },
    trigger_id: `trigger-${count++}`,
    response_url: `${apiUrl}nowhere`,
    actions: [{ type: 'button', action_id: 'ticket_edit', value: 'x' }],
  }
  return formEncode({ payload: JSON.stringify(payload) })
}

const signed = (body: string, at = now(), secret = rig.fakeSlack.signingSecret) => ({
  'x-slack-request-timestamp': `${at}`,
  'x-slack-signature': signature(secret, at, body),
})

async function post(body: string, { at = now(), secret = rig.fakeSlack.signingSecret, sign = true } = {}) {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    ...(sign ? signed(body, at, secret) : {}),
  }
  const response = await fetch(`${rig.bot.url}/slack/events`, { method: 'POST', headers, body })
  return { status: response.status, said: await response.text() }
}

const messages = async (): Promise<number> => (await rig.fakeSlack.messages()).length

describe('over HTTP', () => {
  it.each([
    ['no signature', { sign: false }],
    ['the signature of another secret', { secret: 'somebody-elses-secret' }],
    ['a time stamp of ten minutes ago', { at: now() - 600 }],
    ['a time stamp of ten minutes ahead', { at: now() + 600 }],
    ['no number for a time stamp', { at: Number.NaN }],
  ])('a request with %s starts nothing', async (_, how) => {
    expect((await post(command(), how)).status).toBe(401)
    expect(await messages()).toBe(0)
  })

  it('a body that is too large is refused, whatever its length says', async () => {
    expect((await post(command({ text: 'x'.repeat(1_100_000) }))).status).toBe(413)
    expect(await messages()).toBe(0)
  })

  it('ssl_check, which Slack does not sign, carries no command in', async () => {
    const { status } = await post(command({ ssl_check: '1' }), { sign: false })
    expect([200, 401]).toContain(status)
    expect(await messages()).toBe(0)
  })

  it('a command of another workspace is refused in words', async () => {
    const { status, said } = await post(command({ team_id: 'T0ELSEWHERE' }))
    expect({ status, said }).toEqual({ status: 200, said: expect.stringContaining('own workspace') })
    expect(await messages()).toBe(0)
  })

  it.each(['null', '[]', '1', '"x"', '{'])('a payload that is no object is answered: %s', async (payload) => {
    expect((await post(formEncode({ payload }))).status).toBe(400)
    const json = { 'content-type': 'application/json', ...signed(payload) }
    const event = await fetch(`${rig.bot.url}/slack/events`, { method: 'POST', headers: json, body: payload })
    expect(event.status).toBe(400)
  })

  it('a form opens for a member once, however often its click comes, and never for a guest', async () => {
    const { fakeSlack } = rig
    const answers = () => fakeSlack.calls('nowhere').map(({ args }) => String(args.text))
    const opened = () => fakeSlack.calls('views.open').length
    const at = now()
    const body = click('ana')
    await post(body, { at })
    await fakeSlack.waitFor(() => opened() === 1, { what: 'the form' })
    await post(body, { at })
    await post(click('guest'))
    await fakeSlack.waitFor(() => answers().some((said) => said.startsWith('Guests may not')), {
      what: 'what the guest reads',
    })
    expect(opened()).toBe(1)
  })

  it('anything else there is 404, 405 or health', async () => {
    const get = async (path: string, method = 'GET') => (await fetch(rig.bot.url + path, { method })).status
    expect(await get('/')).toBe(404)
    expect(await get('//')).toBe(404)
    expect(await get('/slack/events')).toBe(405)
    expect(await get('/health', 'POST')).toBe(405)
    expect(await get('/health')).toBe(200)
  })

  it('the same signed request starts one run, however often it comes', async () => {
    const body = command()
    const at = now()
    const [first, ...again] = await Promise.all([post(body, { at }), post(body, { at }), post(body, { at })])
    expect([first, ...again].map(({ status }) => status).sort()[0]).toBe(200)
    await rig.verdict()
    await post(body, { at })
    expect(await messages()).toBe(1)
  })
})
