import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../../playground/slack/fake-slack.ts'
import { type HttpEnd, httpEnd } from './http-end.ts'
import { webClient } from './web-client.ts'

const plain = (text: string) => ({ type: 'plain_text', text })
const menu = { type: 'external_select', action_id: 'host', min_query_length: 0 }
const view = {
  type: 'modal',
  title: plain('Diagnose'),
  submit: plain('Go'),
  blocks: [{ type: 'input', block_id: 'host', label: plain('Host'), element: menu }],
}

let fakeSlack: FakeSlack
let end: HttpEnd
let reply: object
beforeEach(async () => {
  reply = {}
  end = await httpEnd(() => ({ body: JSON.stringify(reply), type: 'application/json' }))
  fakeSlack = await startFakeSlack({ mode: 'http' })
  fakeSlack.deliverTo(end.url)
})
afterEach(async () => {
  await fakeSlack.close()
  await end.close()
})

const sent = () => JSON.parse(new URLSearchParams(end.got.at(-1)?.body).get('payload') ?? '')

test('a mention is told where the bot is, in the thread where it stands, with the workspace of whoever wrote it', async () => {
  expect(await fakeSlack.mention('@debvisor help', { channel: 'random' })).toMatchObject({ status: 0 })
  const threadTs = await fakeSlack.say('an alert')
  expect(await fakeSlack.mention('@debvisor help', { threadTs, user: 'stranger' })).toMatchObject({
    status: 200,
  })
  expect(end.got).toHaveLength(1)
  expect(JSON.parse(end.got[0]?.body ?? '')).toMatchObject({
    type: 'event_callback',
    team_id: fakeSlack.teamId,
    event_id: expect.stringMatching(/^Ev/),
    event: {
      type: 'app_mention',
      text: `<@${fakeSlack.botUserId}> help`,
      thread_ts: threadTs,
      user: fakeSlack.users.stranger,
      team: 'T0FOREIGN1',
    },
  })
})

test('a mention is not told to a bot without the scope', async () => {
  const narrow = await startFakeSlack({ mode: 'http', scopes: ['commands', 'chat:write'] })
  narrow.deliverTo(end.url)
  expect(await narrow.mention('@debvisor help')).toMatchObject({ status: 0 })
  await narrow.close()
  expect(end.got).toEqual([])
})

test('a shortcut brings a trigger; that of a message the message, and a way to answer', async () => {
  const ts = await fakeSlack.say('host1 is slow')
  await fakeSlack.shortcut('from_message', { ts, user: 'bo' })
  expect(sent()).toMatchObject({
    type: 'message_action',
    callback_id: 'from_message',
    message_ts: ts,
    message: { text: 'host1 is slow' },
    channel: { id: fakeSlack.channels.incidents },
    user: { id: fakeSlack.users.bo },
    response_url: expect.stringContaining('/actions/'),
  })
  await fakeSlack.shortcut('anywhere')
  expect(sent()).toMatchObject({ type: 'shortcut', callback_id: 'anywhere' })
  expect(sent().channel).toBeUndefined()
  expect(
    await webClient(fakeSlack).apiCall('views.open', { trigger_id: sent().trigger_id, view }),
  ).toMatchObject({
    ok: true,
  })
})

test('a menu takes what the bot offered for it, and Slack takes no more than a hundred', async () => {
  await fakeSlack.shortcut('anywhere')
  await webClient(fakeSlack).apiCall('views.open', { trigger_id: sent().trigger_id, view })
  const [opened] = fakeSlack.openedViews()
  const id = opened?.view.id ?? ''
  const option = (value: string) => ({ text: plain(value), value })
  await expect(fakeSlack.submit({ view: id, values: { host: { host: 'h1' } } })).rejects.toThrow(
    'has no option h1',
  )
  reply = { options: [option('h1')] }
  expect(await fakeSlack.options({ view: id, typed: 'h' })).toEqual(['h1'])
  expect(sent()).toMatchObject({ type: 'block_suggestion', action_id: 'host', block_id: 'host', value: 'h' })
  for (const options of [
    undefined,
    [{ value: 'h2' }],
    Array.from({ length: 101 }, (_, at) => option(`h${at}`)),
  ]) {
    reply = { options }
    await expect(fakeSlack.options({ view: id })).rejects.toThrow('json-pointer:/options')
  }
  reply = {}
  expect(await fakeSlack.submit({ view: id, values: { host: { host: 'h1' } } })).toMatchObject({
    status: 200,
  })
})
