import { createEmulator, type Emulator } from 'emulate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toPlain } from '../../src/slack/transport/plain-text.ts'
import { type FaultyHttp, startFaultyHttp } from '../fakes/http-faults.ts'
import { type FakeJira, startJira, textOf } from '../fakes/jira.ts'
import { startReceiver, type WebhookReceiver } from '../fakes/webhook.ts'
import { asText, openRig, type Rig } from './bot.ts'

const token = 'ghp_0123456789abcdefghij'
const jiraLogin = { user: 'bot@example.com', token: 'jira-token-0123456789', project: 'OPS' }
const secret = 'a secret that signs 0123456789'

/** What depends on how Slack reaches the bot is little: over HTTP the way of a ticket from its first click to its end. */
describe.each(['socket', 'http'] as const)('a ticket in three trackers, over %s', (mode) => {
  let rig: Rig
  let emulator: Emulator
  let github: FaultyHttp
  let jira: FakeJira
  let webhook: WebhookReceiver
  let ts: string
  let ticketTs: string

  const shown = async () => asText(await rig.fakeSlack.message('incidents', ticketTs))
  const says = (words: RegExp) =>
    rig.fakeSlack.waitFor(async () => words.test(await shown()), {
      what: `${words} on the ticket`,
      ms: 60_000,
    })
  const asked = async (path: string) => {
    const headers = { authorization: `Bearer ${token}` }
    return (await (await fetch(`${emulator.url}/repos/ops-bot/ops${path}`, { headers })).json()) as {
      body: string
      state: string
    }[]
  }
  const ticket = (number: number) =>
    rig.fakeSlack.waitFor(
      async () =>
        (await rig.fakeSlack.replies('incidents', ts)).find((m) =>
          m.text.startsWith(`🎫 Ticket #${number}:`),
        ),
      { what: `ticket #${number}`, ms: 20_000 },
    )
  const privately = async (text: string) => {
    const answer = (await rig.fakeSlack.command(text)).private
    return answer ? toPlain(answer as never) : ''
  }

  beforeAll(async () => {
    emulator = await createEmulator({
      service: 'github',
      port: 0,
      seed: {
        tokens: { [token]: { login: 'ops-bot', scopes: ['repo'] } },
        github: {
          users: [{ login: 'ops-bot' }],
          repos: [{ owner: 'ops-bot', name: 'ops', private: true }],
        },
      },
    })
    github = await startFaultyHttp(`http://127.0.0.1:${new URL(emulator.url).port}`)
    jira = await startJira(jiraLogin)
    webhook = await startReceiver(secret)
    rig = await openRig({
      mode,
      env: {
        DEBVISOR_GITHUB_TOKEN: token,
        DEBVISOR_JIRA_TOKEN: jiraLogin.token,
        DEBVISOR_WEBHOOK_SECRET: secret,
      },
      config: () => `mirrors:
  github: { repository: ops-bot/ops, apiUrl: '${github.url}' }
  jira: { site: '${jira.url}', project: OPS, user: ${jiraLogin.user} }
  webhook: { url: '${webhook.url}' }
`,
    })
    await rig.fakeSlack.command('diagnose db host1')
    ts = (await rig.verdict()).ts
  }, 120_000)
  afterAll(async () => {
    await rig?.close()
    for (const part of [github, emulator, jira, webhook]) await part?.close()
  })

  it('is there at once for people, though one tracker is down, and says when that is tried again', async () => {
    github.down()
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'escalate_1' })
    ticketTs = (await ticket(1)).ts
    await says(/Jira: OPS-1/)
    await says(/Webhook: delivered/)
    await says(/GitHub: waits, next try .* \(GitHub answered 503: not now\)/)
    expect(await privately('status')).toMatch(/GitHub: 1 ticket waits \(GitHub answered 503/)
    expect(await privately('ticket 1 comment I look at it.')).toContain('has your comment')
  })

  it('gets there when the tracker is up again, once though an answer was lost', async () => {
    github.fail('POST', { kind: 'lost-answer' })
    github.up()
    await says(/GitHub: ops-bot\/ops#1: http\S+\/issues\/1$/m)
    const issues = await asked('/issues?state=all')
    expect(issues).toHaveLength(1)
    expect(issues[0]?.body).toContain('$ ')
    expect((await asked('/issues/1/comments')).map(({ body }) => body)).toEqual([
      expect.stringMatching(/wrote:\n\nI look at it/),
    ])
    expect(jira.issues[0]?.comments.map(({ body }) => textOf(body))).toEqual([
      expect.stringContaining('I look at it.'),
    ])
  }, 60_000)

  it('is closed there with its reason', async () => {
    await rig.fakeSlack.click({ channel: 'incidents', ts: ticketTs, actionId: 'ticket_close' })
    const view = await rig.fakeSlack.waitFor(
      () => rig.fakeSlack.openedViews().findLast((opened) => opened.view.submit)?.view as never,
      { what: 'the form' },
    )
    await rig.fakeSlack.submit({ view, values: { reason: { value: 'Disk enlarged, see #4.' } } })
    await rig.fakeSlack.waitFor(async () => (await asked('/issues?state=closed')).length === 1, {
      what: 'the closed issue',
      ms: 30_000,
    })
    await rig.fakeSlack.waitFor(() => jira.issues[0]?.status === 'done', { what: 'Jira', ms: 30_000 })
    await rig.fakeSlack.waitFor(() => webhook.events.length === 3, { what: 'the webhook', ms: 30_000 })
    expect(webhook.events.map(({ event }) => event)).toEqual([
      'ticket.opened',
      'ticket.commented',
      'ticket.closed',
    ])
    const said = (await asked('/issues/1/comments')).map(({ body }) => body)
    expect(said.at(-1)).not.toContain('#4')
    expect(said.at(-1)?.replaceAll('\u200B', '')).toContain('see \\#4')
  })

  it('that a tracker refuses is not tried again, and the ticket says why', async () => {
    await rig.fakeSlack.waitFor(
      async () => asText(await rig.fakeSlack.message('incidents', ts)).includes('[Open ticket]'),
      { what: 'the way to a new ticket', ms: 30_000 },
    )
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'escalate_1' })
    await rig.fakeSlack.waitFor(async () => (await asked('/issues?state=all')).length === 2, {
      what: 'the second issue',
      ms: 30_000,
    })
    ticketTs = (await ticket(2)).ts
    await says(/GitHub: ops-bot\/ops#2: http\S+\/issues\/2$/m)
    const before = github.requests.length
    github.fail('POST', { kind: 'status', status: 410 })
    await privately('ticket 2 comment Is it gone?')
    await says(/GitHub: ops-bot\/ops#2: http\S+ not mirrored: GitHub answered 410/)
    expect(github.requests.length).toBe(before + 1)
    await privately('ticket 2 comment It is back.')
    await says(/GitHub: ops-bot\/ops#2: http\S+\/issues\/2$/m)
    expect((await asked('/issues/2/comments')).map(({ body }) => body)).toEqual([
      expect.stringContaining('Is it gone'),
      expect.stringContaining('It is back'),
    ])
  }, 120_000)

  it('shows no token anywhere', async () => {
    const all = [...rig.log, await rig.thread(ts)].join('\n')
    for (const hidden of [token, jiraLogin.token, secret]) expect(all).not.toContain(hidden)
  })
})
