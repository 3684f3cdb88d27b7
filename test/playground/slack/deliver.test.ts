import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../../playground/slack/fake-slack.ts'
import { formEncode, signature } from '../../../playground/slack/http/deliver.ts'
import { type HttpEnd, httpEnd } from './http-end.ts'
import { webClient } from './web-client.ts'

let fakeSlack: FakeSlack
let end: HttpEnd
let time = Date.UTC(2026, 10, 24)
let reply: { status?: number; body?: string; type?: string } | undefined = {}
let answer = () => reply

beforeEach(async () => {
  reply = {}
  answer = () => reply
  end = await httpEnd(() => answer())
  fakeSlack = await startFakeSlack({ mode: 'http', now: () => time })
  fakeSlack.deliverTo(end.url)
})
afterEach(async () => {
  await fakeSlack.close()
  await end.close()
})

const client = () => webClient(fakeSlack)
const respond = (url: string, content: object) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(content),
  })

describe('an HTTP delivery', () => {
  test('is signed over its time and its very bytes', async () => {
    await fakeSlack.command('diagnose db host1')
    const { headers, body } = end.got[0] ?? { headers: {}, body: '' }
    expect(headers['x-slack-request-timestamp']).toBe(String(time / 1000))
    expect(headers['x-slack-signature']).toBe(signature(fakeSlack.signingSecret, time / 1000, body))
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
  })

  test('signs as the example in the documents', () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&' +
      'channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&' +
      'response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&' +
      'trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
    expect(signature('8f742231b10e8888abcd99yyyzzz85a5', 1531420618, body)).toBe(
      'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    )
  })

  test('is encoded as a form of PHP', () => {
    expect(formEncode({ text: 'a b*c~&<ü>', n: 1 })).toBe('text=a+b%2Ac%7E%26%3C%C3%BC%3E&n=1')
  })

  test('carries every field of a command', async () => {
    await fakeSlack.command('/debvisor status', { user: 'stranger', channel: 'random' })
    expect(Object.fromEntries(new URLSearchParams(end.got[0]?.body))).toEqual({
      token: expect.any(String),
      api_app_id: expect.stringMatching(/^A/),
      team_id: 'T0FOREIGN1',
      team_domain: 'elsewhere',
      channel_id: fakeSlack.channels.random,
      channel_name: 'random',
      user_id: fakeSlack.users.stranger,
      user_name: 'stranger',
      command: '/debvisor',
      text: 'status',
      is_enterprise_install: 'false',
      response_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/actions\//),
      trigger_id: expect.any(String),
    })
  })

  test('that comes again says so', async () => {
    fakeSlack.faults.duplicateDeliveries(1)
    await fakeSlack.event({ type: 'app_mention', text: 'x' })
    const isAgain = ({ headers }: (typeof end.got)[number]) => headers['x-slack-retry-num'] !== undefined
    const first = end.got.find((each) => !isAgain(each))
    const again = end.got.find(isAgain)
    expect(first).toBeDefined()
    expect(again?.headers).toMatchObject({ 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' })
    const id = (body = '') => JSON.parse(body).event_id
    expect(id(first?.body)).toBe(id(again?.body))
  })

  test('that comes twice is taken as the one of the two that is answered', async () => {
    const hasty = await startFakeSlack({ mode: 'http', ackLimitMs: 300 })
    hasty.deliverTo(end.url)
    for (const answered of [1, 2]) {
      let came = 0
      answer = () => (++came === answered ? {} : undefined)
      hasty.faults.duplicateDeliveries(1)
      expect(await hasty.event({ type: 'app_mention', text: 'x' })).toMatchObject({
        status: 200,
        twice: true,
      })
    }
    await hasty.close()
  })

  test('is answered well, or the asker reads an error', async () => {
    reply = { status: 500 }
    expect(await fakeSlack.command('x')).toMatchObject({ status: 500, error: 'dispatch_failed' })
    reply = { body: JSON.stringify({ blocks: [{ type: 'alert' }] }), type: 'application/json' }
    expect(await fakeSlack.command('x')).toMatchObject({ status: 200, error: 'invalid_command_response' })
    expect(fakeSlack.ephemerals()).toEqual([])
    await end.close()
    expect(await fakeSlack.command('x')).toMatchObject({ status: 0, error: 'dispatch_failed' })
  })

  test('that is not answered in time ends in operation_timeout', async () => {
    const hasty = await startFakeSlack({ mode: 'http', ackLimitMs: 100 })
    hasty.deliverTo(end.url)
    reply = undefined
    expect(await hasty.command('x')).toMatchObject({ status: 0, error: 'operation_timeout' })
    expect(end.got).toHaveLength(1)
    await hasty.close()
  })

  test('may be answered for everybody to read', async () => {
    reply = { body: JSON.stringify({ response_type: 'in_channel', text: 'all' }), type: 'application/json' }
    expect(await fakeSlack.command('x')).toMatchObject({
      private: { text: 'all', response_type: 'in_channel' },
    })
    expect(await fakeSlack.messages()).toMatchObject([{ text: 'all', user: fakeSlack.botUserId }])
  })
})

describe('a response_url', () => {
  const urlOf = () => new URLSearchParams(end.got.at(-1)?.body).get('response_url') ?? ''

  test('works five times', async () => {
    const done = await fakeSlack.command('x')
    for (const n of [1, 2, 3, 4, 5]) expect((await respond(urlOf(), { text: `${n}` })).status).toBe(200)
    const sixth = await respond(urlOf(), { text: '6' })
    expect(sixth.status).toBe(404)
    expect(await sixth.json()).toEqual({ ok: false, error: 'used_url' })
    expect(done.responses().map((each) => each.text)).toEqual(['1', '2', '3', '4', '5'])
  })

  test('works for thirty minutes, even for channels where the bot is not', async () => {
    const done = await fakeSlack.command('x', { channel: 'random' })
    time += 30 * 60_000
    expect((await respond(urlOf(), { text: 'use /invite' })).status).toBe(200)
    time += 1
    expect((await respond(urlOf(), { text: 'late' })).status).toBe(404)
    expect(done.responses()).toHaveLength(1)
    expect(fakeSlack.ephemerals('ana')).toMatchObject([
      { text: 'use /invite', channel: fakeSlack.channels.random },
    ])
  })

  test('takes no wrong blocks and no empty message', async () => {
    const done = await fakeSlack.command('x')
    const refused = await respond(urlOf(), { text: 'x', blocks: [{ type: 'file' }] })
    expect(await refused.json()).toMatchObject({ error: 'invalid_blocks' })
    expect(await (await respond(urlOf(), {})).json()).toMatchObject({ error: 'no_text' })
    expect(done.responses()).toEqual([])
  })

  const button = {
    type: 'button' as const,
    action_id: 'go',
    value: 'v',
    text: { type: 'plain_text' as const, text: 'Go' },
  }
  const blocks = [{ type: 'actions' as const, block_id: 'row', elements: [button] }]
  const clickedUrl = () =>
    JSON.parse(new URLSearchParams(end.got.at(-1)?.body).get('payload') ?? '').response_url

  test('of a click replaces or deletes the message that was clicked', async () => {
    const { ts = '' } = await client().chat.postMessage({
      channel: fakeSlack.channels.incidents,
      text: 'old',
      blocks,
    })
    await fakeSlack.click({ channel: 'incidents', ts, actionId: 'go' })
    await respond(clickedUrl(), { replace_original: true, text: 'new' })
    expect(await fakeSlack.message('incidents', ts)).toMatchObject({ text: 'new' })
    expect((await fakeSlack.message('incidents', ts))?.blocks).toBeUndefined()
    await respond(clickedUrl(), { delete_original: true })
    expect(await fakeSlack.messages()).toEqual([])
  })

  test('of a click on a private message does it there', async () => {
    const { incidents } = fakeSlack.channels
    await client().chat.postEphemeral({ channel: incidents, user: fakeSlack.users.bo, text: 'old', blocks })
    const [shown] = fakeSlack.ephemerals('bo')
    const ts = shown?.ts ?? ''
    await expect(fakeSlack.click({ channel: incidents, ts, actionId: 'go' })).rejects.toThrow(
      /no message .* that U\w+ sees/,
    )
    await fakeSlack.click({ channel: incidents, ts, actionId: 'go', user: 'bo' })
    const payload = JSON.parse(new URLSearchParams(end.got.at(-1)?.body).get('payload') ?? '')
    expect(payload.container).toMatchObject({ is_ephemeral: true, message_ts: ts })
    expect(payload).not.toHaveProperty('message')
    await respond(clickedUrl(), { replace_original: true, text: 'new' })
    expect(fakeSlack.ephemerals('bo')).toMatchObject([{ ts, text: 'new' }])
  })
})

describe('a click', () => {
  const ask = { text: { type: 'plain_text' as const, text: 'Really?' } }
  const row = (...values: string[]) =>
    values.map((value, i) => ({
      type: 'actions' as const,
      block_id: `row${i}`,
      elements: [
        {
          type: 'button' as const,
          action_id: 'page',
          value,
          confirm: ask,
          text: { type: 'plain_text' as const, text: 'Page' },
        },
      ],
    }))

  test('that is not confirmed sends nothing', async () => {
    const { ts = '' } = await client().chat.postMessage({
      channel: fakeSlack.channels.incidents,
      text: 'x',
      blocks: row('1'),
    })
    expect(
      await fakeSlack.click({ channel: 'incidents', ts, actionId: 'page', confirm: false }),
    ).toMatchObject({
      status: 0,
    })
    expect(end.got).toEqual([])
    expect(await fakeSlack.click({ channel: 'incidents', ts, actionId: 'page' })).toMatchObject({
      status: 200,
    })
  })

  test('must name one button', async () => {
    const { incidents } = fakeSlack.channels
    const { ts = '' } = await client().chat.postMessage({
      channel: incidents,
      text: 'x',
      blocks: row('1', '2'),
    })
    await expect(fakeSlack.click({ channel: incidents, ts, actionId: 'page' })).rejects.toThrow(
      /page is 2 times in the message/,
    )
    await fakeSlack.click({ channel: incidents, ts, actionId: 'page', value: '2' })
    const payload = JSON.parse(new URLSearchParams(end.got.at(-1)?.body).get('payload') ?? '')
    expect(payload.actions).toMatchObject([{ value: '2', block_id: 'row1' }])
  })

  test('finds a button in a thread, and says which thread', async () => {
    const { incidents } = fakeSlack.channels
    const parent = await client().chat.postMessage({ channel: incidents, text: 'x' })
    const thread_ts = parent.ts ?? ''
    const { ts = '' } = await client().chat.postMessage({
      channel: incidents,
      thread_ts,
      text: 'y',
      blocks: row('1'),
    })
    await fakeSlack.click({ channel: incidents, ts, actionId: 'page', user: 'stranger' })
    const payload = JSON.parse(new URLSearchParams(end.got.at(-1)?.body).get('payload') ?? '')
    expect(payload).toMatchObject({
      container: { message_ts: ts, thread_ts },
      message: { thread_ts, ts },
      user: { id: fakeSlack.users.stranger, team_id: 'T0FOREIGN1' },
      team: { id: 'T0FOREIGN1' },
    })
  })
})

test('HTTP mode wants to know where the bot is', async () => {
  const other = await startFakeSlack({ mode: 'http' })
  await expect(other.command('x')).rejects.toThrow(/deliverTo/)
  await expect(other.command('x', { user: 'nobody' })).rejects.toThrow(/no user nobody; there are .*ana/)
  await other.close()
})
