import { request } from 'node:http'
import { ErrorCode } from '@slack/web-api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../../playground/slack/fake-slack.ts'
import { type Bot, socketBot } from './bolt.ts'
import { webClient } from './web-client.ts'

let fakeSlack: FakeSlack
let bot: Bot | undefined

beforeEach(async () => {
  fakeSlack = await startFakeSlack()
})
afterEach(async () => {
  await bot?.stop()
  bot = undefined
  await fakeSlack.close()
})

const client = (timeout = 0) => webClient(fakeSlack, undefined, { timeout })
const post = (timeout?: number) =>
  client(timeout).chat.postMessage({ channel: fakeSlack.channels.incidents, text: 'x' })

describe('calls', () => {
  test('are limited as often as asked, with the time to wait', async () => {
    fakeSlack.faults.rateLimit('chat.postMessage', 7, 2)
    const limited = { code: ErrorCode.RateLimitedError, retryAfter: 7 }
    await expect(post()).rejects.toMatchObject(limited)
    await expect(post()).rejects.toMatchObject(limited)
    await expect(post()).resolves.toMatchObject({ ok: true })
    expect(fakeSlack.calls('chat.postMessage').map((call) => call.status)).toEqual([429, 429, 200])
  })

  test('fail with 503, or with any refusal, then succeed', async () => {
    fakeSlack.faults.fail5xx('chat.postMessage')
    fakeSlack.faults.refuse('chat.postMessage', 'is_archived')
    await expect(post()).rejects.toMatchObject({ statusCode: 503 })
    await expect(post()).rejects.toMatchObject({ data: { error: 'is_archived' } })
    await expect(post()).resolves.toMatchObject({ ok: true })
    expect(await fakeSlack.messages()).toHaveLength(1)
  })

  test('are carried out although their answer never comes', async () => {
    fakeSlack.faults.acceptThenHang('chat.postMessage')
    await expect(post(200)).rejects.toMatchObject({ code: ErrorCode.RequestError })
    expect(await fakeSlack.messages()).toMatchObject([{ text: 'x' }])
    fakeSlack.faults.acceptThenBreak('chat.postMessage')
    await expect(post()).rejects.toMatchObject({ code: ErrorCode.RequestError })
    expect(await fakeSlack.messages()).toHaveLength(2)
  })

  test('with a block type that this Slack has not got are refused, until it has', async () => {
    const send = () =>
      client().chat.postMessage({
        channel: fakeSlack.channels.incidents,
        text: 'x',
        blocks: [{ type: 'plan', title: 'db' }],
      })
    fakeSlack.faults.refuseBlock('plan')
    await expect(send()).rejects.toMatchObject({
      data: {
        error: 'invalid_blocks',
        response_metadata: { messages: ['[ERROR] unsupported type: plan [json-pointer:/blocks/0/type]'] },
      },
    })
    fakeSlack.faults.clear()
    await expect(send()).resolves.toMatchObject({ ok: true })
  })
})

describe('deliveries', () => {
  const start = (got: string[], patienceMs?: number) =>
    socketBot(
      fakeSlack,
      (app) => {
        app.command('/debvisor', async ({ ack, command }) => {
          got.push(command.text)
          if (command.text !== 'silent') await ack()
        })
      },
      patienceMs,
    )

  test('come twice when asked', async () => {
    const got: string[] = []
    bot = await start(got)
    fakeSlack.faults.duplicateDeliveries(1)
    await fakeSlack.command('first')
    await fakeSlack.command('second')
    expect(got).toEqual(['first', 'first', 'second'])
  })

  test('that nobody acknowledges end in operation_timeout, those without a socket in dispatch_failed', async () => {
    const got: string[] = []
    await fakeSlack.close()
    fakeSlack = await startFakeSlack({ ackLimitMs: 300 })
    expect(await fakeSlack.command('early')).toMatchObject({ status: 0, error: 'dispatch_failed' })
    bot = await start(got)
    expect(await fakeSlack.command('silent')).toMatchObject({ status: 0, error: 'operation_timeout' })
    expect(got).toEqual(['silent'])
  })

  test.each(['dropSocket', 'recycleSocket'] as const)(
    'go on after %s, by the socket that the bot opens anew',
    async (fault) => {
      const got: string[] = []
      bot = await start(got, 1_000)
      fakeSlack.faults[fault]()
      await fakeSlack.waitFor(() => fakeSlack.connections() === 0, { what: 'the old socket to go' })
      await fakeSlack.waitFor(() => fakeSlack.connections() === 1, { what: 'a new socket' })
      // The greeting of the new socket may still be under way: Bolt takes envelopes from the first byte on.
      expect(await fakeSlack.command('again')).toMatchObject({ status: 200 })
      expect(got).toEqual(['again'])
      expect(fakeSlack.calls('apps.connections.open')).toHaveLength(2)
    },
  )
})

describe('a socket', () => {
  /** The status with which an upgrade is answered. */
  const upgrade = (url: string, headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request(url.replace('ws:', 'http:'), { headers, agent: false })
      asked.on('response', (response) => resolve(response.statusCode))
      asked.on('upgrade', (response, socket) => {
        socket.destroy()
        resolve(response.statusCode)
      })
      asked.on('error', reject)
      asked.end()
    })
  const handshake = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'x',
    'sec-websocket-version': '13',
  }
  const urlOf = async () => {
    return (await webClient(fakeSlack, fakeSlack.appToken).apps.connections.open()).url ?? ''
  }

  test('opens once for a ticket, and not while it is refused', async () => {
    fakeSlack.faults.refuseSocket()
    const url = await urlOf()
    expect(await upgrade(url, handshake)).toBe(503)
    expect(await upgrade(url, { ...handshake, upgrade: 'h2c' })).toBe(400)
    expect(await upgrade(await urlOf(), handshake)).toBe(101)
    expect(await upgrade(url, handshake)).toBe(403)
    expect(await upgrade(fakeSlack.apiUrl, handshake)).toBe(403)
  })
})

describe('a wait', () => {
  test('ends with what it waited for, at once or after a call', async () => {
    expect(await fakeSlack.waitFor(() => 'there', { what: 'nothing' })).toBe('there')
    const waiting = fakeSlack.waitFor(async () => (await fakeSlack.messages())[0]?.text, {
      what: 'a message',
    })
    await post()
    expect(await waiting).toBe('x')
  })

  test('waits for what no call to Slack tells of', async () => {
    let written = false
    const waiting = fakeSlack.waitFor(() => written, { what: 'a file' })
    setTimeout(() => {
      written = true
    }, 30)
    expect(await waiting).toBe(true)
  })

  test('looks once more when the time is over', async () => {
    let looks = 0
    const found = await fakeSlack.waitFor(() => ++looks > 1, { what: 'a second look', ms: 20 })
    expect(found).toBe(true)
  })

  test('in vain says what for, what it saw last and what the bot did', async () => {
    await post()
    const wait = fakeSlack.waitFor(() => false, { what: 'the verdict of db on host1', ms: 20 })
    await expect(wait).rejects.toThrow(
      /waited 20 ms for the verdict of db on host1.*last seen: false[\s\S]*chat.postMessage ok/,
    )
  })
})
