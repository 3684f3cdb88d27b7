import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type FakeSlack, startFakeSlack } from '../../../playground/slack/fake-slack.ts'
import { SCOPES } from '../../../playground/slack/state/workspace.ts'
import { type HttpEnd, httpEnd } from './http-end.ts'
import { answer, webClient } from './web-client.ts'

let fakeSlack: FakeSlack
let end: HttpEnd
let time = 0
const now = () => Date.now() + time

const client = (token?: string) => webClient(fakeSlack, token)

beforeAll(async () => {
  end = await httpEnd()
  // What manifest.yml asks for, and what conversations.info takes.
  const scopes = [...SCOPES, 'channels:read', 'groups:read']
  fakeSlack = await startFakeSlack({ mode: 'http', now, scopes, groups: { S0DEVOPS: ['ana', 'lead'] } })
  fakeSlack.deliverTo(end.url)
})
afterAll(async () => {
  await fakeSlack.close()
  await end.close()
})

const plain = (text: string) => ({ type: 'plain_text' as const, text })
const modal = (more: object = {}) => ({
  type: 'modal' as const,
  title: plain('Ticket'),
  blocks: [{ type: 'section', block_id: 's', text: plain('x') }],
  ...more,
})

describe('tokens', () => {
  test('a wrong one, none, and one of the wrong kind are refused', async () => {
    expect(await answer(client('xoxb-wrong').auth.test())).toMatchObject({ ok: false, error: 'invalid_auth' })
    expect(await answer(webClient(fakeSlack, '').auth.test())).toMatchObject({
      error: 'not_authed',
    })
    expect(await answer(client().apps.connections.open())).toMatchObject({ error: 'not_allowed_token_type' })
    expect(await answer(client(fakeSlack.appToken).auth.test())).toMatchObject({
      error: 'not_allowed_token_type',
    })
  })

  test('auth.test says who the bot is, and its scopes', async () => {
    const response = await fetch(`${fakeSlack.apiUrl}auth.test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${fakeSlack.botToken}` },
    })
    expect(await response.json()).toMatchObject({
      ok: true,
      team_id: fakeSlack.teamId,
      user_id: fakeSlack.botUserId,
      bot_id: expect.stringMatching(/^B/),
    })
    expect(response.headers.get('x-oauth-scopes')?.split(',')).toContain('chat:write')
  })

  test('a method wants its scope', async () => {
    const poor = await startFakeSlack({ scopes: ['commands', 'channels:read'] })
    const bot = webClient(poor)
    const missing = (needed: string) => ({
      error: 'missing_scope',
      needed,
      provided: 'commands,channels:read',
    })
    const channel = poor.channels.incidents
    expect(await answer(bot.chat.postMessage({ channel, text: 'x' }))).toMatchObject(missing('chat:write'))
    expect(await answer(bot.users.info({ user: poor.users.ana }))).toMatchObject(missing('users:read'))
    expect(await answer(bot.conversations.open({ users: poor.users.ana }))).toMatchObject(missing('im:write'))
    expect(await answer(bot.conversations.history({ channel }))).toMatchObject(missing('channels:history'))
    expect(await answer(bot.usergroups.users.list({ usergroup: 'S1' }))).toMatchObject(
      missing('usergroups:read'),
    )
    expect(await answer(bot.files.getUploadURLExternal({ filename: 'x', length: 1 }))).toMatchObject(
      missing('files:write'),
    )
    await poor.close()
  })

  test('the bot has the scopes that its manifest asks for', () => {
    const manifest = parse(readFileSync(new URL('../../../manifest.yml', import.meta.url), 'utf8'))
    expect(SCOPES.toSorted()).toEqual(manifest.oauth_config.scopes.bot.toSorted())
  })

  test('an unknown method is unknown', async () => {
    expect(await answer(client().apiCall('chat.shout', { text: 'x' }))).toMatchObject({
      error: 'unknown_method',
    })
    expect(await answer(client().apiCall('views.generateTriggerId'))).toMatchObject({
      error: 'unknown_method',
    })
  })
})

describe('people', () => {
  test('are members, guests, strangers, deactivated or bots', async () => {
    const who = async (user: string) => (await client().users.info({ user })).user
    const { users, teamId } = fakeSlack
    const member = {
      is_restricted: false,
      is_ultra_restricted: false,
      is_bot: false,
      deleted: false,
      team_id: teamId,
    }
    expect(await who(users.ana)).toMatchObject({ ...member, id: users.ana, name: 'ana', is_app_user: false })
    expect(await who(users.guest)).toMatchObject({ is_restricted: true, is_ultra_restricted: false })
    expect(await who(users.visitor)).toMatchObject({ is_restricted: true, is_ultra_restricted: true })
    expect(await who(users.stranger)).toMatchObject({ is_stranger: true, team_id: 'T0FOREIGN1' })
    expect(await who(users.former)).toMatchObject({ deleted: true })
    expect(await who(users.bot)).toMatchObject({ is_bot: true })
    expect(await answer(client().users.info({ user: 'U0NOBODY' }))).toMatchObject({ error: 'user_not_found' })
  })

  test('stand in user groups', async () => {
    const { users } = await client().usergroups.users.list({ usergroup: 'S0DEVOPS' })
    expect(users).toEqual([fakeSlack.users.ana, fakeSlack.users.lead])
    expect(await answer(client().usergroups.users.list({ usergroup: 'S1' }))).toMatchObject({
      error: 'no_such_subteam',
    })
  })
})

describe('messages', () => {
  test('go where the bot is, and nowhere else', async () => {
    const post = (channel: string) => answer(client().chat.postMessage({ channel, text: 'x' }))
    expect(await post(fakeSlack.channels.incidents)).toMatchObject({ ok: true })
    expect(await post(fakeSlack.channels.random)).toMatchObject({ error: 'not_in_channel' })
    expect(await post(fakeSlack.channels['war-room'])).toMatchObject({ error: 'channel_not_found' })
    expect(await post('C0NOWHERE')).toMatchObject({ error: 'channel_not_found' })
  })

  test('of a channel where the bot is not cannot be read', async () => {
    const read = (channel: string) => answer(client().conversations.history({ channel }))
    expect(await read(fakeSlack.channels.random)).toMatchObject({ error: 'not_in_channel' })
    expect(await read(fakeSlack.channels['war-room'])).toMatchObject({ error: 'channel_not_found' })
    expect(
      await answer(client().conversations.info({ channel: fakeSlack.channels['war-room'] })),
    ).toMatchObject({
      error: 'channel_not_found',
    })
  })

  test('may go to a channel once somebody invited the bot', async () => {
    const other = await startFakeSlack({ channels: { ops: { bot: false, private: true } } })
    const bot = webClient(other)
    const channel = other.channels.ops ?? ''
    expect(await answer(bot.chat.postMessage({ channel, text: 'x' }))).toMatchObject({
      error: 'channel_not_found',
    })
    await other.invite('ops')
    expect(await answer(bot.chat.postMessage({ channel, text: 'x' }))).toMatchObject({ ok: true })
    await other.close()
  })

  test('with wrong blocks are refused with the place, and nothing is posted', async () => {
    const before = (await fakeSlack.messages()).length
    const blocks = [{ type: 'alert', text: plain('!') }]
    const refused = await answer(
      client().chat.postMessage({ channel: fakeSlack.channels.incidents, text: 'x', blocks }),
    )
    expect(refused).toMatchObject({
      ok: false,
      error: 'invalid_blocks',
      response_metadata: { messages: ['[ERROR] unsupported type: alert [json-pointer:/blocks/0/type]'] },
    })
    expect(await fakeSlack.messages()).toHaveLength(before)
    const post = (more: object) =>
      answer(
        client().apiCall('chat.postMessage', { channel: fakeSlack.channels.incidents, text: 'x', ...more }),
      )
    expect(await post({ blocks: 'no json' })).toMatchObject({ error: 'invalid_blocks_format' })
    const long = Array.from({ length: 5 }, () => ({ type: 'section', text: plain('x'.repeat(2700)) }))
    expect(await post({ blocks: long })).toMatchObject({ error: 'msg_blocks_too_long' })
    expect(await post({ metadata: { event_type: 'run' } })).toMatchObject({
      error: 'invalid_metadata_format',
    })
  })

  test('longer than 40,000 are cut when posted, and longer than 4,000 refused when updated', async () => {
    const channel = fakeSlack.channels.incidents
    const posted = await client().chat.postMessage({ channel, text: 'x'.repeat(40_001) })
    expect(posted.message?.text).toHaveLength(40_000)
    expect(posted).toMatchObject({ warning: 'message_truncated' })
    const update = (text: string) => answer(client().chat.update({ channel, ts: posted.ts ?? '', text }))
    expect(await update('x'.repeat(4001))).toMatchObject({ error: 'msg_too_long' })
    expect(await update('x'.repeat(4000))).toMatchObject({ ok: true })
  })

  test('are updated by their author alone, where they are', async () => {
    const channel = fakeSlack.channels.incidents
    const { ts = '' } = await client().chat.postMessage({ channel, text: 'first' })
    const update = (more: object) => answer(client().chat.update({ channel, ts, text: 'second', ...more }))
    expect(await update({ ts: '1.000001' })).toMatchObject({ error: 'message_not_found' })
    expect(await update({ channel: fakeSlack.channels.random })).toMatchObject({ error: 'message_not_found' })
    const hers = await fakeSlack.say('is db slow?', { user: 'bo' })
    expect(await update({ ts: hers })).toMatchObject({ error: 'cant_update_message' })
    expect(await update({})).toMatchObject({ ok: true })
    expect(await fakeSlack.message('incidents', ts)).toMatchObject({ text: 'second' })
  })

  test('have names for blocks that came without', async () => {
    const channel = fakeSlack.channels.incidents
    const blocks = [
      { type: 'divider' as const },
      { type: 'divider' as const, block_id: 'mine' },
      { type: 'actions' as const, elements: [{ type: 'button' as const, text: plain('Go') }] },
    ]
    const { ts = '' } = await client().chat.postMessage({ channel, text: 'x', blocks })
    const kept = (await fakeSlack.message('incidents', ts))?.blocks
    expect(kept?.map((each) => each.block_id)).toEqual([expect.any(String), 'mine', expect.any(String)])
    expect(kept?.[2]).toMatchObject({ elements: [{ action_id: expect.any(String) }] })
  })

  test('are found again by time, page by page, with their metadata for who asks', async () => {
    const other = await startFakeSlack()
    const bot = webClient(other)
    const channel = other.channels.incidents
    const posted: string[] = []
    for (const text of ['one', 'two', 'three', 'four']) {
      const metadata = { event_type: 'run', event_payload: { text } }
      posted.push((await bot.chat.postMessage({ channel, text, metadata })).ts ?? '')
    }
    const texts = async (more: object) =>
      (await bot.conversations.history({ channel, ...more })).messages?.flatMap(({ text = '' }) =>
        text.startsWith('<@') ? [] : [text],
      )
    const [, second = '', third = ''] = posted
    expect(await texts({})).toEqual(['four', 'three', 'two', 'one'])
    expect(await texts({ oldest: second })).toEqual(['four', 'three'])
    expect(await texts({ oldest: second, latest: third, inclusive: true })).toEqual(['three', 'two'])
    const first = await bot.conversations.history({ channel, limit: 3 })
    expect(first.has_more).toBe(true)
    const cursor = first.response_metadata?.next_cursor ?? ''
    expect(await texts({ limit: 1, cursor })).toEqual(['one'])
    expect(first.messages?.[0]).not.toHaveProperty('metadata')
    const full = await bot.conversations.history({ channel, limit: 1, include_all_metadata: true })
    expect(full.messages?.[0]?.metadata).toEqual({ event_type: 'run', event_payload: { text: 'four' } })
    expect(await answer(bot.conversations.history({ channel, cursor: 'x' }))).toMatchObject({
      error: 'invalid_cursor',
    })
    expect(await answer(bot.conversations.replies({ channel, ts: '1.1' }))).toMatchObject({
      error: 'thread_not_found',
    })
    await other.close()
  })

  test('to one person are seen by that person, directly or in a channel', async () => {
    const { users, channels } = fakeSlack
    const opened = await client().conversations.open({ users: users.lead })
    await client().chat.postMessage({ channel: opened.channel?.id ?? '', text: 'db on host1 needs you' })
    await client().chat.postMessage({ channel: users.lead, text: 'still' })
    expect((await fakeSlack.dms('lead')).map((each) => each.text)).toEqual(['db on host1 needs you', 'still'])
    expect(await fakeSlack.dms('bo')).toEqual([])
    await client().chat.postEphemeral({ channel: channels.incidents, user: users.ana, text: 'psst' })
    expect(fakeSlack.ephemerals('ana')).toMatchObject([{ text: 'psst', channel: channels.incidents }])
    const refused = await answer(
      client().chat.postEphemeral({ channel: channels.random, user: users.ana, text: 'x' }),
    )
    expect(refused).toMatchObject({ error: 'not_in_channel' })
  })

  test('have a link', async () => {
    const channel = fakeSlack.channels.incidents
    const { ts = '' } = await client().chat.postMessage({ channel, text: 'x' })
    const { permalink } = await client().chat.getPermalink({ channel, message_ts: ts })
    expect(permalink).toBe(`${fakeSlack.pageUrl}archives/${channel}/p${ts.replace('.', '')}`)
  })
})

test('a file goes into a thread in three steps', async () => {
  const channel = fakeSlack.channels.incidents
  const { ts = '' } = await client().chat.postMessage({ channel, text: 'x' })
  const content = 'Filesystem 97% é'
  await client().filesUploadV2({
    channel_id: channel,
    thread_ts: ts,
    filename: 'db-host1.txt',
    title: 'Output',
    content,
  })
  expect(fakeSlack.files()).toMatchObject([
    { name: 'db-host1.txt', title: 'Output', content, channel, threadTs: ts },
  ])
  const [reply] = await fakeSlack.replies('incidents', ts)
  expect(reply?.files).toMatchObject([{ name: 'db-host1.txt', title: 'Output' }])
  const elsewhere = { channel_id: fakeSlack.channels.random, filename: 'x.txt', content: 'x' }
  expect(await answer(client().filesUploadV2(elsewhere))).toMatchObject({ error: 'not_in_channel' })
  expect(fakeSlack.files()).toHaveLength(1)
})

describe('modals', () => {
  const withButton = [
    {
      type: 'actions' as const,
      elements: [{ type: 'button' as const, action_id: 'edit', text: plain('Edit') }],
    },
  ]
  /** A person's click, and the trigger that came with it. */
  async function trigger(): Promise<string> {
    const channel = fakeSlack.channels.incidents
    const { ts = '' } = await client().chat.postMessage({ channel, text: 'x', blocks: withButton })
    await fakeSlack.click({ channel: 'incidents', ts, actionId: 'edit' })
    const payload = new URLSearchParams(end.got.at(-1)?.body).get('payload')
    return JSON.parse(payload ?? '').trigger_id
  }
  const open = async (view: object, more: object = {}) =>
    answer(client().apiCall('views.open', { trigger_id: await trigger(), view, ...more }))

  test('open once for a trigger, within 3 seconds', async () => {
    expect(await open(modal(), { trigger_id: 'made.up' })).toMatchObject({ error: 'invalid_trigger_id' })
    const trigger_id = await trigger()
    const first = await answer(client().apiCall('views.open', { trigger_id, view: modal() }))
    expect(first).toMatchObject({ ok: true, view: { type: 'modal' } })
    const second = await answer(client().apiCall('views.open', { trigger_id, view: modal() }))
    expect(second).toMatchObject({ error: 'exchanged_trigger_id' })
    const late = await trigger()
    time += 3_000
    const third = await answer(client().apiCall('views.open', { trigger_id: late, view: modal() }))
    expect(third).toMatchObject({ error: 'expired_trigger_id' })
  })

  test.each<[string, object, string]>([
    [
      'a plan',
      { blocks: [{ type: 'plan', title: 'x' }] },
      'unsupported type: plan [json-pointer:/view/blocks/0/type]',
    ],
    [
      'a title of 25',
      { title: plain('x'.repeat(25)) },
      'must be less than 25 characters [json-pointer:/view/title/text]',
    ],
    [
      'private_metadata of 3,001',
      { private_metadata: 'x'.repeat(3001) },
      'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    ],
    [
      'a form without a submit button',
      { blocks: [{ type: 'input', label: plain('T'), element: { type: 'plain_text_input' } }] },
      'missing required field: submit [json-pointer:/view]',
    ],
  ])('with %s are refused', async (_, more, sentence) => {
    const refused = await open(modal(more))
    expect(refused).toMatchObject({ error: 'invalid_arguments' })
    expect((refused.response_metadata as { messages: string[] }).messages).toContain(`[ERROR] ${sentence}`)
  })

  test('are updated while they are open', async () => {
    const opened = await open(modal())
    const { id: view_id = '', hash } = opened.view as { id: string; hash: string }
    const update = (more: object) =>
      answer(client().apiCall('views.update', { view_id, view: modal({ title: plain('Again') }), ...more }))
    expect(await update({ hash: 'old' })).toMatchObject({ error: 'hash_conflict' })
    expect(await update({ hash })).toMatchObject({ ok: true })
    expect(fakeSlack.openedViews().find(({ view }) => view.id === view_id)?.view.title).toMatchObject({
      text: 'Again',
    })
    expect(await update({ view_id: 'V0' })).toMatchObject({ error: 'not_found' })
  })
})
