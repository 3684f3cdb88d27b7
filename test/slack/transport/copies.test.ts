import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Message } from '../../../src/slack/message.ts'
import { movedMessage } from '../../../src/slack/messages/moved-message.ts'
import { runningMessage } from '../../../src/slack/messages/run/progress-message.ts'
import { makeClient } from '../../../src/slack/transport/client.ts'
import { type Delivery, makeDelivery } from '../../../src/slack/transport/delivery.ts'
import { hurriedClock } from '../../fakes/clock.ts'
import { run, view } from '../messages/sample-views.ts'
import { type SilentBot, startSilentBot } from '../silent-bot.ts'

const log = { warn() {}, debug() {} }
const key = { run: 'r1', key: 'main' }
const self = { id: 'B0DEBVISOR', user: 'U0DEBVISOR' }
const say = (text: string): Message => ({ text, blocks: [] })

let silentBot: SilentBot
let delivery: Delivery
let channel: string

beforeEach(async () => {
  silentBot = await startSilentBot()
  channel = silentBot.fakeSlack.channels.incidents
  const { botToken, apiUrl } = silentBot.fakeSlack
  const client = makeClient(botToken, { apiUrl, log })
  delivery = makeDelivery({ client, clock: hurriedClock(), log, self })
})
afterEach(() => silentBot.close())

const posted = async (text: string, about: object = {}): Promise<string> => {
  const result = await delivery.post({ channel, ...about }, say(text), key)
  if (!result.ok) throw new Error(result.detail)
  return result.ts
}

describe('what two processes posted under one key', () => {
  it('is found, each of them, with whether somebody answered', async () => {
    const [first, second] = [await posted('running'), await posted('verdict')]
    await delivery.post({ channel }, say('of another run'), { ...key, run: 'r2' })
    await delivery.post({ channel, thread: first }, say('an answer'), { ...key, key: 'thread:1' })
    const found = await delivery.copies({ channel }, key)
    const copies = found.ok ? found.copies.toSorted((one, other) => (one.ts < other.ts ? -1 : 1)) : []
    expect(copies).toEqual([
      { ts: first, isAnswered: true },
      { ts: second, isAnswered: false },
    ])
  })

  it('is found in a thread, too, and not where Slack does not say', async () => {
    const thread = await posted('above')
    const [first, second] = [await posted('one', { thread }), await posted('other', { thread })]
    const found = await delivery.copies({ channel, thread }, key)
    expect(found.ok && found.copies.map(({ ts }) => ts)).toEqual([thread, first, second])
    silentBot.fakeSlack.faults.fail5xx('conversations.replies', 20)
    expect(await delivery.copies({ channel, thread }, key)).toMatchObject({
      ...{ ok: false, reason: 'unavailable' },
    })
  })

  it('is taken away, once, also where the answer is lost', async () => {
    const [first, second] = [await posted('running'), await posted('verdict')]
    silentBot.fakeSlack.faults.acceptThenBreak('chat.delete')
    expect(await delivery.remove(channel, first)).toEqual({ ok: true })
    expect(await delivery.remove(channel, first)).toEqual({ ok: true })
    expect((await silentBot.fakeSlack.messages()).map(({ ts }) => ts)).toEqual([second])
  })

  it('says where the other one is, if Slack keeps it, and is no longer found', async () => {
    const [first, second] = [await posted('running'), await posted('verdict')]
    silentBot.fakeSlack.faults.refuse('chat.delete', 'cant_delete_message')
    expect(await delivery.remove(channel, first)).toMatchObject({ ok: false, reason: 'refused' })
    const moved = movedMessage('https://slack.example/p1')
    expect(await delivery.retire(channel, first, moved)).toEqual({ ok: true })
    const [left] = (await silentBot.fakeSlack.messages()).filter(({ ts }) => ts === first)
    expect(JSON.stringify(left)).toContain('https://slack.example/p1')
    expect(await delivery.copies({ channel }, key)).toEqual({
      ok: true,
      copies: [{ ts: second, isAnswered: false }],
    })
  })

  it('is not changed or taken away by one that lost its lock, be it between two tries', async () => {
    const ts = await posted('verdict')
    let asked = 0
    const once = () => ++asked % 2 === 1
    const unwanted = { ok: false, detail: 'no longer wanted' }
    for (const method of ['chat.update', 'chat.update', 'chat.delete', 'files.delete'])
      silentBot.fakeSlack.faults.fail5xx(method, 1)
    expect(await delivery.update(channel, ts, say('running'), once)).toMatchObject(unwanted)
    expect(await delivery.retire(channel, ts, say('moved'), once)).toMatchObject(unwanted)
    expect(await delivery.remove(channel, ts, once)).toMatchObject(unwanted)
    expect(await delivery.removeFile('F1', once)).toMatchObject(unwanted)
    expect(asked).toBe(8)
    expect(await delivery.update(channel, ts, say('running'), () => false)).toMatchObject(unwanted)
    expect((await silentBot.fakeSlack.messages()).map(({ text }) => text)).toEqual(['verdict'])
  })

  it('is no stream, and no message instead of it, that nobody wants any more', async () => {
    const { channel: direct, ts: thread } = await silentBot.fakeSlack.write('db host1')
    const probes = [{ id: 'disk', title: 'Disks', state: 'running' as const }]
    const running = runningMessage(view(run({ state: 'running', endedAt: null }), { probes }))
    const to = { channel: direct, thread, streamed: true, isWanted: () => false }
    const started = await delivery.post(to, running, { run: run().id, key: 'main' })
    expect(started).toMatchObject({ ok: false, detail: 'no longer wanted' })
    expect(await silentBot.fakeSlack.replies(direct, thread)).toEqual([])
  })

  it('is taken away while it is streamed', async () => {
    const { channel: direct, ts: thread } = await silentBot.fakeSlack.write('db host1')
    const probes = [{ id: 'disk', title: 'Disks', state: 'running' as const }]
    const running = runningMessage(view(run({ state: 'running', endedAt: null }), { probes }))
    const about = { run: run().id, key: 'main' }
    const started = await delivery.post({ channel: direct, thread, streamed: true }, running, about)
    expect(silentBot.fakeSlack.calls('chat.startStream')).toHaveLength(1)
    const found = await delivery.copies({ channel: direct, thread }, about)
    expect(found.ok && found.copies).toEqual([{ ts: started.ok && started.ts, isAnswered: false }])
    silentBot.fakeSlack.faults.refuse('chat.delete', 'streaming_state_conflict')
    expect(await delivery.remove(direct, started.ok ? started.ts : '')).toEqual({ ok: true })
    expect(await silentBot.fakeSlack.replies(direct, thread)).toEqual([])
  })
})

describe('a file that two processes uploaded', () => {
  it('is found twice, and once when one of them is taken away', async () => {
    const thread = await posted('main')
    const file = { filename: 'db-host1-7F3K.txt', content: 'df\n' }
    const ids = [
      await delivery.upload({ channel, thread }, file),
      await delivery.upload({ channel, thread }, file),
    ].map((each) => each.ok && each.fileId)
    expect(await delivery.fileCopies({ channel, thread }, file)).toEqual({ ok: true, fileIds: ids })
    silentBot.fakeSlack.faults.acceptThenBreak('files.delete')
    expect(await delivery.removeFile(String(ids[1]))).toEqual({ ok: true })
    expect(await delivery.removeFile(String(ids[1]))).toEqual({ ok: true })
    expect(await delivery.fileCopies({ channel, thread }, file)).toEqual({ ok: true, fileIds: [ids[0]] })
    expect(silentBot.fakeSlack.files().map(({ id }) => id)).toEqual([ids[0]])
  })

  it('is none that a person gave the same name, or another bot', async () => {
    const file = { filename: 'db-host1-7F3K.txt', content: 'df\n' }
    const metadata = { event_type: 'debvisor_message', event_payload: key }
    const messages = [
      { ts: '1.1', user: 'U1ANA', files: [{ id: 'FANA', name: file.filename, user: 'U1ANA' }], metadata },
      { ts: '1.2', user: 'U9', bot_id: 'B9', files: [{ id: 'FBOT', name: file.filename }], metadata },
      { ts: '1.3', user: self.user, files: [{ id: 'FOURS', name: file.filename, user: self.user }] },
      { ts: '1.4', bot_id: self.id, metadata },
    ]
    const client = {
      slackApiUrl: 'https://slack.example/api/',
      conversations: { replies: async () => ({ ok: true, messages }) },
    } as unknown as ReturnType<typeof makeClient>
    const told = makeDelivery({ client, clock: hurriedClock(), log, self })
    const to = { channel, thread: '1.0' }
    expect(await told.fileCopies(to, file)).toEqual({ ok: true, fileIds: ['FOURS'] })
    expect(await told.copies(to, key)).toEqual({ ok: true, copies: [{ ts: '1.4', isAnswered: false }] })
    expect(await told.upload(to, { ...file, mayBeThere: true })).toEqual({ ok: true, fileId: 'FOURS' })
  })
})
