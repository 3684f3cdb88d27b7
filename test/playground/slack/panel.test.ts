import type { AnyChunk } from '@slack/types'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../../playground/slack/fake-slack.ts'
import { type HttpEnd, httpEnd } from './http-end.ts'
import { answer, webClient } from './web-client.ts'

let fakeSlack: FakeSlack
let bot: HttpEnd
let now = Date.now()
beforeAll(async () => {
  bot = await httpEnd()
  fakeSlack = await startFakeSlack({ mode: 'http', now: () => now })
  fakeSlack.deliverTo(bot.url)
})
afterAll(async () => {
  await fakeSlack?.close()
  await bot?.close()
})
beforeEach(() => {
  now = Date.now()
})

const chunks: AnyChunk[] = [
  { type: 'plan_update', title: 'db on host1' },
  { type: 'task_update', id: 'disk', title: 'Disk', status: 'in_progress' },
]
const started = async () => {
  const { channel, ts: thread_ts } = await fakeSlack.write('db host1')
  const client = webClient(fakeSlack)
  const { ts } = await answer(client.chat.startStream({ channel, thread_ts, chunks }))
  return { client, channel, thread_ts, ts: String(ts) }
}

test('a direct message reaches the bot as message.im, where the app may read it', async () => {
  const { channel, ts } = await fakeSlack.write('db host1')
  const { event } = JSON.parse(bot.got.at(-1)?.body ?? '{}')
  expect(event).toMatchObject({ type: 'message', channel_type: 'im', text: 'db host1', channel, ts })
  expect(channel).toMatch(/^D/)
  const narrow = await startFakeSlack({ mode: 'http', scopes: ['chat:write'] })
  narrow.deliverTo(bot.url)
  const before = bot.got.length
  expect(await narrow.write('db host1')).toMatchObject({ status: 0 })
  expect(bot.got).toHaveLength(before)
  const prompts = [{ title: 'Help', message: 'help' }]
  const suggested = webClient(narrow).assistant.threads.setSuggestedPrompts({ channel_id: channel, prompts })
  expect(await answer(suggested)).toMatchObject({ error: 'missing_scope', needed: 'assistant:write' })
  await narrow.close()
})

test.each([
  ['outside of a thread', { thread_ts: '' }, 'invalid_arguments'],
  ['in a channel, to nobody', { channel: 'incidents' }, 'missing_recipient_user_id'],
  ['of nothing', { chunks: [] }, 'invalid_chunks'],
  ['of a task without a state', { chunks: [{ type: 'task_update', id: 'x', title: 'x' }] }, 'invalid_chunks'],
  ['of what nobody knows', { chunks: [{ type: 'song' }] }, 'invalid_chunks'],
])('a stream %s is refused', async (_, given, error) => {
  const { channel, ts } = await fakeSlack.write('db host1')
  const about = { channel, thread_ts: ts, chunks, ...given } as Parameters<
    ReturnType<typeof webClient>['chat']['startStream']
  >[0]
  const place = about.channel === 'incidents' ? fakeSlack.channels.incidents : about.channel
  expect(await answer(webClient(fakeSlack).chat.startStream({ ...about, channel: place }))).toMatchObject({
    error,
  })
})

test('a stream takes no edit while it lasts, ends after five minutes, and is a message then', async () => {
  const { client, channel, ts } = await started()
  const edit = () => answer(client.chat.update({ channel, ts, text: 'whole' }))
  const append = () => answer(client.chat.appendStream({ channel, ts, chunks }))
  expect(await edit()).toMatchObject({ error: 'streaming_state_conflict' })
  expect(await append()).toMatchObject({ ok: true })
  now += 5 * 60_000
  expect(await append()).toMatchObject({ error: 'message_not_in_streaming_state' })
  const stopped = await answer(client.chat.stopStream({ channel, ts }))
  expect(stopped).toMatchObject({ error: 'message_not_in_streaming_state' })
  expect(await edit()).toMatchObject({ ok: true })
})

test('the panel shows up to four prompts, none that are tied to a thread, and what the bot is about', async () => {
  const { client, channel, thread_ts } = await started()
  const prompts = Array.from({ length: 5 }, (_, at) => ({ title: `${at}`, message: 'help' }))
  const { threads } = client.assistant
  const suggest = (count: number, more = {}) =>
    answer(threads.setSuggestedPrompts({ channel_id: channel, prompts: prompts.slice(0, count), ...more }))
  expect(await suggest(5)).toMatchObject({ error: 'invalid_arguments' })
  expect(await suggest(4, { thread_ts })).toMatchObject({ ok: true })
  expect(fakeSlack.prompts(channel)).toEqual([])
  await suggest(4)
  expect(fakeSlack.prompts(channel)).toHaveLength(4)
  await threads.setStatus({ channel_id: channel, thread_ts, status: 'is looking …' })
  expect(fakeSlack.statuses().at(-1)).toEqual({ channel, thread: thread_ts, status: 'is looking …' })
})

test('a Home tab is published to people of the workspace, and has no block that Home does not take', async () => {
  const publish = (user_id: string, blocks: object[]) =>
    answer(webClient(fakeSlack).views.publish({ user_id, view: { type: 'home', blocks: blocks as never } }))
  const divider = { type: 'divider' }
  expect(await publish('U0NOBODY', [divider])).toMatchObject({ error: 'invalid_arguments' })
  expect(await publish(fakeSlack.users.ana, [{ type: 'plan', title: 'x' }])).toMatchObject({ ok: false })
  expect(await publish(fakeSlack.users.ana, Array(101).fill(divider))).toMatchObject({ ok: false })
  expect(await publish(fakeSlack.users.ana, [divider])).toMatchObject({ ok: true })
  await fakeSlack.openApp()
  const { event } = JSON.parse(bot.got.at(-1)?.body ?? '{}')
  expect(event).toMatchObject({ type: 'app_home_opened', tab: 'home', user: fakeSlack.users.ana })
  expect(event.view).toMatchObject({ type: 'home', id: fakeSlack.home()?.id })
})
