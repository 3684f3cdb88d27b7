import type { App } from '@slack/bolt'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../../playground/slack/fake-slack.ts'
import { type Bot, httpBot, socketBot } from './bolt.ts'

let fakeSlack: FakeSlack | undefined
let bot: Bot | undefined

afterEach(async () => {
  await bot?.stop()
  await fakeSlack?.close()
  bot = undefined
  fakeSlack = undefined
})

const button = (id: string, value: string) => ({
  type: 'button' as const,
  action_id: id,
  value,
  text: { type: 'plain_text' as const, text: 'Press' },
})

const modal = {
  type: 'modal' as const,
  callback_id: 'ticket',
  private_metadata: 'T-1',
  title: { type: 'plain_text' as const, text: 'Ticket' },
  submit: { type: 'plain_text' as const, text: 'Save' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'title',
      label: { type: 'plain_text' as const, text: 'Title' },
      element: { type: 'plain_text_input' as const, action_id: 'text', initial_value: 'db is down' },
    },
  ],
}

/** Answers each thing that a person can do, and keeps what it was given. */
function echo(app: App, got: unknown[]) {
  app.command('/debvisor', async ({ ack, command, client, respond }) => {
    got.push(command)
    await ack(`asked: ${command.text}`)
    await client.chat.postMessage({
      channel: command.channel_id,
      text: `ran ${command.text}`,
      blocks: [
        { type: 'actions', block_id: 'row', elements: [button('again', 'run-1'), button('edit', 'run-1')] },
      ],
    })
    await respond('done')
  })
  app.action('again', async ({ ack, body, respond }) => {
    got.push(body)
    await ack()
    await respond({ text: 'only for you', replace_original: false })
  })
  app.action('edit', async ({ ack, body, client }) => {
    await ack()
    await client.views.open({ trigger_id: (body as { trigger_id: string }).trigger_id, view: modal })
  })
  app.view('ticket', async ({ ack, view }) => {
    got.push(view)
    const title = view.state.values.title?.text?.value
    if (title === 'bad') await ack({ response_action: 'errors', errors: { title: 'no' } })
    else await ack()
  })
  app.event('app_home_opened', async ({ event }) => {
    got.push(event)
  })
}

describe.each([
  { mode: 'socket' as const, connect: socketBot },
  { mode: 'http' as const, connect: httpBot },
])('a Bolt app over $mode', ({ mode, connect }) => {
  async function start(got: unknown[]) {
    fakeSlack = await startFakeSlack({ mode })
    bot = await connect(fakeSlack, (app) => echo(app, got))
    return fakeSlack
  }

  test('takes a command, acknowledges it with a message, and answers by its response_url', async () => {
    const got: unknown[] = []
    const slack = await start(got)
    const done = await slack.command('diagnose db *host1* & <@U1|ana>')
    expect(done.status).toBe(200)
    expect(done.ackMs).toBeLessThan(3000)
    expect(done.private?.text).toBe('asked: diagnose db *host1* & <@U1|ana>')
    const responses = await slack.waitFor(() => done.responses().length > 0 && done.responses(), {
      what: 'the response',
    })
    expect(responses).toMatchObject([{ text: 'done', response_type: 'ephemeral' }])
    expect(got[0]).toMatchObject({
      command: '/debvisor',
      text: 'diagnose db *host1* & <@U1|ana>',
      team_id: slack.teamId,
      channel_id: slack.channels.incidents,
      channel_name: 'incidents',
      user_id: slack.users.ana,
      user_name: 'ana',
    })
    expect(await slack.messages('incidents')).toMatchObject([{ text: 'ran diagnose db *host1* & <@U1|ana>' }])
    expect(slack.ephemerals('ana').map((each) => each.text)).toEqual([
      'asked: diagnose db *host1* & <@U1|ana>',
      'done',
    ])
  })

  test('takes a click on a button that is in the message', async () => {
    const got: unknown[] = []
    const slack = await start(got)
    await slack.command('diagnose db host1')
    const [message] = await slack.waitFor(
      async () => {
        const all = await slack.messages()
        return all.length > 0 && all
      },
      { what: 'the message' },
    )
    const ts = message?.ts ?? ''
    const done = await slack.click({ channel: 'incidents', ts, actionId: 'again', user: 'bo' })
    expect(done).toMatchObject({ status: 200 })
    await slack.waitFor(() => done.responses().length, { what: 'the response to the click' })
    expect(got.at(-1)).toMatchObject({
      type: 'block_actions',
      user: { id: slack.users.bo, name: 'bo', username: 'bo', team_id: slack.teamId },
      team: { id: slack.teamId },
      channel: { id: slack.channels.incidents, name: 'incidents' },
      container: { type: 'message', message_ts: ts },
      message: { ts, text: 'ran diagnose db host1' },
      actions: [{ action_id: 'again', block_id: 'row', value: 'run-1', type: 'button' }],
    })
    await expect(slack.click({ channel: 'incidents', ts, actionId: 'gone' })).rejects.toThrow(
      /gone is not in the message/,
    )
  })

  test('opens a modal, has its submission refused, then takes it', async () => {
    const got: unknown[] = []
    const slack = await start(got)
    await slack.command('x')
    const ts = await slack.waitFor(async () => (await slack.messages())[0]?.ts, { what: 'the message' })
    await slack.click({ channel: 'incidents', ts, actionId: 'edit' })
    const opened = await slack.waitFor(() => slack.openedViews()[0], { what: 'the modal' })
    expect(opened.user).toBe(slack.users.ana)
    const refused = await slack.submit({ view: opened.view, values: { title: { text: 'bad' } } })
    expect(refused.errors).toEqual({ title: 'no' })
    expect(slack.openedViews()).toHaveLength(1)
    await slack.submit({ view: opened.view })
    expect(got.at(-1)).toMatchObject({
      private_metadata: 'T-1',
      callback_id: 'ticket',
      state: { values: { title: { text: { type: 'plain_text_input', value: 'db is down' } } } },
    })
    expect(slack.openedViews()).toHaveLength(0)
  })

  test('takes an event', async () => {
    const got: unknown[] = []
    const slack = await start(got)
    const done = await slack.event({
      type: 'app_home_opened',
      user: slack.users.ana,
      channel: 'D0',
      tab: 'home',
    })
    expect(done.status).toBe(200)
    // Bolt runs the listener after the acknowledgement.
    await vi.waitUntil(() => got.length === 1)
    expect(got[0]).toMatchObject({ type: 'app_home_opened', user: slack.users.ana })
  })
})
