import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../../playground/slack/fake-slack.ts'
import type { Clock } from '../../../src/async/clock.ts'
import { type Message, underWayBlock } from '../../../src/slack/message.ts'
import { runningMessage } from '../../../src/slack/messages/run/progress-message.ts'
import type { ShownProbe } from '../../../src/slack/messages/run/run-view.ts'
import { verdictMessage } from '../../../src/slack/messages/run/verdict-message.ts'
import { makeClient } from '../../../src/slack/transport/client.ts'
import { makeDelivery } from '../../../src/slack/transport/delivery.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import { hurriedClock, standingClock, type TestClock } from '../../fakes/clock.ts'
import { diskReport, run, view } from '../messages/sample-views.ts'

const log = { warn: () => {}, debug: () => {} }
const id = run().id
const key = { run: id, key: 'main' }

/** The run's message after so many of its two probes. */
function running(done: number): Message {
  const state = (at: number): ShownProbe['state'] => (at < done ? 'done' : 'running')
  const probes = ['Disk space', 'PostgreSQL'].map((title, at) => ({ id: title, title, state: state(at) }))
  return runningMessage(view(run({ state: 'running', endedAt: null }), { probes }))
}
const ended = verdictMessage(view(run({ report: diskReport() })))

let fakeSlack: FakeSlack
let clock: TestClock
beforeAll(async () => {
  fakeSlack = await startFakeSlack({ now: () => clock.now() })
})
afterAll(() => fakeSlack?.close())
beforeEach(() => {
  clock = standingClock(Date.now())
  fakeSlack.faults.clear()
})

const open = (by: Clock = clock) =>
  makeDelivery({ client: makeClient(fakeSlack.botToken, { apiUrl: fakeSlack.apiUrl, log }), clock: by, log })
/** A person has written to the bot. */
async function asked() {
  const { channel, ts: thread } = await fakeSlack.write('db host1')
  return { channel, thread, streamed: true }
}
const calls = (method: string, ts: string) =>
  fakeSlack.calls(method).filter(({ args }) => args.ts === ts).length
const shown = async (channel: string, ts: string) => toPlain((await fakeSlack.message(channel, ts)) as never)

describe('progress in the panel', () => {
  it('is streamed: tasks tick off, and the whole message is edited as any other', async () => {
    const delivery = open()
    const to = await asked()
    const posted = await delivery.post(to, running(0), key)
    const ts = posted.ok ? posted.ts : ''
    delivery.updateSoon(to.channel, ts, () => running(1))
    await fakeSlack.waitFor(() => calls('chat.appendStream', ts) === 1, { what: 'an append' })
    expect(await shown(to.channel, ts)).toContain('1 of 2 probes')
    expect(calls('chat.update', ts)).toBe(0)
    // Only what changed: the plan's title and one task.
    expect(fakeSlack.calls('chat.appendStream').at(-1)?.args.chunks).toHaveLength(2)

    expect(await delivery.update(to.channel, ts, ended)).toMatchObject({ ok: true })
    expect(await shown(to.channel, ts)).toBe(toPlain(ended))
    expect((await fakeSlack.message(to.channel, ts))?.text).toContain('db on host1')
    expect(await delivery.find({ channel: to.channel, thread: to.thread }, key)).toMatchObject({ ts })
    expect(await fakeSlack.replies(to.channel, to.thread)).toHaveLength(1)
  })

  it.each([
    ['refuses streams', () => fakeSlack.faults.refuse('chat.startStream', 'not_allowed')],
    ['does not know a chunk', () => fakeSlack.faults.refuse('chat.startStream', 'invalid_chunks')],
    ['has had too many of them', () => fakeSlack.faults.rateLimit('chat.startStream', 30)],
  ])('is a message that is edited where Slack %s', async (_, fault) => {
    fault()
    const delivery = open()
    const to = await asked()
    const posted = await delivery.post(to, running(0), key)
    const ts = posted.ok ? posted.ts : ''
    delivery.updateSoon(to.channel, ts, () => running(1))
    await fakeSlack.waitFor(() => calls('chat.update', ts) === 1, { what: 'an edit' })
    expect(await shown(to.channel, ts)).toContain('1 of 2 probes')
    expect(calls('chat.appendStream', ts)).toBe(0)
  })

  it('is edited once the stream is as old as Slack lets it be, and shown whole where Slack has ended it', async () => {
    const delivery = open()
    const to = await asked()
    const posted = await delivery.post(to, running(0), key)
    const ts = posted.ok ? posted.ts : ''
    await clock.advance(4 * 60_000 + 1)
    delivery.updateSoon(to.channel, ts, () => running(1))
    await fakeSlack.waitFor(() => calls('chat.update', ts) === 1, { what: 'an edit' })
    expect([calls('chat.appendStream', ts), calls('chat.stopStream', ts)]).toEqual([0, 1])
    expect(await shown(to.channel, ts)).toContain('1 of 2 probes')

    const late = await asked()
    const second = await delivery.post(late, running(0), key)
    const other = second.ok ? second.ts : ''
    await clock.advance(6 * 60_000)
    expect(await delivery.update(late.channel, other, ended)).toMatchObject({ ok: true })
    expect(await shown(late.channel, other)).toBe(toPlain(ended))
  })

  it('of a process that died is ended by the next one, which finds the message by its block', async () => {
    const to = await asked()
    fakeSlack.faults.acceptThenBreak('chat.startStream')
    const posted = await open(hurriedClock()).post(to, running(0), key)
    const ts = posted.ok ? posted.ts : ''
    expect(await fakeSlack.replies(to.channel, to.thread)).toHaveLength(1)

    const next = open()
    const found = await next.find({ channel: to.channel, thread: to.thread }, key)
    expect(found).toMatchObject({ ok: true, ts })
    expect(await next.update(to.channel, ts, ended)).toMatchObject({ ok: true })
    expect(await shown(to.channel, ts)).toBe(toPlain(ended))
    expect(await fakeSlack.replies(to.channel, to.thread)).toHaveLength(1)
  })

  it('shows the verdict below it where Slack takes no edit of what was streamed', async () => {
    const delivery = open()
    const to = await asked()
    const posted = await delivery.post(to, running(0), key)
    const ts = posted.ok ? posted.ts : ''
    fakeSlack.faults.refuse('chat.update', 'cant_update_message')
    expect(await delivery.update(to.channel, ts, ended)).toMatchObject({ ok: false })
    expect(await shown(to.channel, ts)).toContain('PostgreSQL is down because its disk is full')
  })

  it('is not streamed where nothing would tell the message again after a lost answer', async () => {
    const delivery = open()
    const to = await asked()
    const plain = running(0)
    const bare = { ...plain, blocks: plain.blocks.filter(({ block_id }) => block_id !== underWayBlock(id)) }
    const before = fakeSlack.calls('chat.startStream').length
    expect(await delivery.post(to, bare, key)).toMatchObject({ ok: true })
    expect(fakeSlack.calls('chat.startStream')).toHaveLength(before)
  })
})
