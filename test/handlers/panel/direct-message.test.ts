import { randomUUID } from 'node:crypto'
import type { Receiver } from '@slack/bolt'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { recentFleets } from '../../../src/fleet/runs/fleet-store.ts'
import { takeDirectMessage } from '../../../src/handlers/panel/on-direct-message.ts'
import { suggestPrompts } from '../../../src/handlers/panel/suggest-prompts.ts'
import { makeApp } from '../../../src/handlers/slack-app.ts'
import { recentRuns } from '../../../src/runs/run-store.ts'
import type { Prompt } from '../../../src/slack/messages/prompts.ts'
import { saveMessage } from '../../../src/store/posted-messages.ts'
import { openTestStore, storeKinds, type TestStore } from '../../fakes/stores.ts'
import { diskReport } from '../../slack/messages/sample-views.ts'
import { ran } from '../commands/history-world.ts'
import { homePolicy } from '../home/home-world.ts'
import { type MentionWorld, makeMentionWorld, member } from '../mentions/mention-world.ts'

const self = { token: 'xoxb-1', id: 'B0BOT', user: 'U0BOT', team: 'T1' }

describe('a direct message', () => {
  let store: TestStore
  let world: MentionWorld
  const statuses: string[] = []
  const prompts: Prompt[] = []
  beforeAll(async () => {
    store = await openTestStore(storeKinds[0] ?? 'embedded')
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    for (const table of ['fixes', 'escalations', 'fleet_runs', 'runs'])
      await store.db.query(`DELETE FROM debvisor.${table}`)
    const policy = homePolicy(['host1', 'host2'])
    world = makeMentionWorld(store.db, policy.ok ? { policy: policy.policy } : {})
    statuses.length = 0
    prompts.length = 0
    Object.assign(world.bot.slack, {
      person: async (id: string) => ({ ...member, id, guest: id === 'U08GUEST' }),
    })
    Object.assign(world.bot.slack.delivery, {
      setStatus: async ({ thread }: { thread: string }, status: string) => {
        statuses.push(`${thread}: ${status}`)
        return { ok: true }
      },
      suggestPrompts: async (_: string, given: readonly Prompt[]) => {
        prompts.push(...given)
        return { ok: true }
      },
    })
  })

  let clock = 100
  const write = async (
    text: string,
    { thread, ...more }: { thread?: string } & Record<string, unknown> = {},
  ) => {
    const before = world.said.length
    let acknowledged = 0
    const ts = `${clock++}.0`
    const event = { user: 'U1', text, channel: 'D1', ts, ...(thread ? { thread_ts: thread } : {}), ...more }
    await takeDirectMessage(world.bot, self, { event, team: 'T1', eventId: randomUUID() }, async () => {
      acknowledged++
    })
    return { ts, acknowledged, said: world.said.slice(before).map((line) => line.replaceAll('`', '')) }
  }
  const runs = async () => (await recentRuns(store.db, 'T1', 10)).filter(({ endedAt }) => !endedAt)
  const rows = async () =>
    (
      await store.db.query<{ entry: string }>(
        'SELECT entry FROM debvisor.audit ORDER BY position DESC LIMIT 1',
      )
    ).rows.map(({ entry }) => JSON.parse(entry) as Record<string, unknown>)

  it('is a command without a mention, whose run is shown in its thread, with a status meanwhile', async () => {
    const { ts, acknowledged, said } = await write('diagnose db host1')
    expect(await runs()).toMatchObject([{ topic: 'db', host: 'host1', channel: 'D1', thread: ts }])
    expect([acknowledged, said, statuses]).toEqual([1, [], [`${ts}: is looking …`]])
    expect(await rows()).toMatchObject([
      { door: 'a direct message', action: 'diagnose', decision: 'allowed', host: 'host1' },
    ])
  })

  it.each([
    ['with the mention all the same', '<@U0BOT> db host1', 'db'],
    ['in words that name a host', 'the database on host1 is down, the API answers 500', 'db'],
    ['by a host alone', 'host1', undefined],
  ])('asks for a diagnosis %s', async (_, text, topic) => {
    await write(text)
    expect(await runs()).toMatchObject([{ host: 'host1', ...(topic ? { topic } : {}) }])
  })

  it('asks about many hosts in its thread, too', async () => {
    const { ts, said } = await write('host1, host2: the database is down')
    expect(said).toEqual([])
    expect(await recentFleets(store.db, 'T1', 2)).toMatchObject([
      { topic: 'db', pattern: 'host1,host2', channel: 'D1', thread: ts },
    ])
  })

  it('that names several hosts, or none, is answered with a question in its thread', async () => {
    const { ts, said } = await write('is it host1 or host2?')
    expect(said).toEqual([expect.stringContaining(`${ts}: 2 hosts are named here: which one?`)])
    expect((await write('hello there')).said[0]).toContain(
      'There is no command, topic or host hello. Try help.',
    )
    expect(await runs()).toEqual([])
  })

  it('is answered with commands as they are typed there', async () => {
    expect((await write('help')).said[0]).toContain('diagnose <topic> <host> examines a host')
    expect((await write('why')).said[0]).toContain('Which run? why 7F3K')
    expect((await write('hosts')).said[0]).toContain('host1')
  })

  it('is answered, though Slack never takes its status', async () => {
    Object.assign(world.bot.slack.delivery, { setStatus: () => new Promise<never>(() => {}) })
    expect((await write('hosts')).said[0]).toContain('host1')
  })

  it('is about the run of its thread', async () => {
    const run = await ran(store.db, diskReport(), { channel: 'D1' })
    await saveMessage(store.db, {
      ...{ runId: run.id, key: 'main', channel: 'D1', ts: '5.0', fileId: null, hash: null },
    })
    world.above.set('5.0', { bot_id: 'B0BOT' })
    expect((await write('why', { thread: '5.0' })).said[0]).toContain('PostgreSQL is down')
  })

  it('below our letter to somebody is between people: nobody is answered, and nothing is done', async () => {
    world.above.set('7.0', { bot_id: 'B0BOT', text: 'asks for your help' })
    expect(await write('db host1 is mine, restarting it', { thread: '7.0' })).toMatchObject({
      acknowledged: 1,
      said: [],
    })
    expect([await runs(), statuses]).toEqual([[], []])
  })

  it.each([
    ['of ours', { bot_id: 'B0BOT', user: 'U0BOT' }],
    ['that was edited', { subtype: 'message_changed' }],
    ['that was deleted', { subtype: 'message_deleted' }],
    ['of nobody', { user: undefined }],
  ])('%s is acknowledged, and leaves neither an answer nor a row', async (_, event) => {
    const before = await rows()
    expect(await write('db host1', event)).toMatchObject({ acknowledged: 1, said: [] })
    expect([await rows(), await runs()]).toEqual([before, []])
  })

  it.each([
    ['a guest', { user: 'U08GUEST' }, 'Guests may not'],
    ['another workspace', { team: 'T2' }, 'its own workspace only'],
    ['whoever may not diagnose there', { user: 'U07NONE' }, 'You may not diagnose on host1'],
  ])('of %s is refused, in the audit too', async (_, event, said) => {
    expect((await write('db host1', event)).said[0]).toContain(said)
    expect(await rows()).toMatchObject([{ door: 'a direct message', decision: 'refused' }])
    expect(await runs()).toEqual([])
  })

  it('that Slack sends again in the same second is no replay; one of a channel is nothing to the bot', async () => {
    const receiver: Receiver = { init: () => {}, start: async () => {}, stop: async () => {} }
    const app = makeApp(world.bot, { receiver, self, apiUrl: undefined })
    const event = {
      type: 'message',
      channel_type: 'im',
      user: 'U1',
      text: 'db host1',
      channel: 'D1',
      ts: '9.0',
    }
    const body = { type: 'event_callback', event, team_id: 'T1', event_id: randomUUID(), api_app_id: 'A1' }
    let acknowledged = 0
    const customProperties = { signature: `v0=${randomUUID()}` }
    const send = () => app.processEvent({ body, ack: async () => void acknowledged++, customProperties })
    await send()
    await send()
    expect([(await runs()).length, acknowledged]).toEqual([1, 2])
    // In a channel people talk to each other.
    const elsewhere = { ...event, channel_type: 'channel', channel: 'C1', ts: '9.1', text: 'db host2' }
    const told = { ...body, event: elsewhere, event_id: randomUUID() }
    await app.processEvent({ body: told, ack: async () => void acknowledged++, customProperties: {} })
    expect([(await runs()).length, acknowledged, world.said]).toEqual([1, 3, []])
  })

  describe('the panel', () => {
    const opens = async (user: string) => {
      prompts.length = 0
      const caller = { team: 'T1', user, channel: 'D1', responseUrl: null, trigger: 't', text: '' }
      await suggestPrompts(world.bot, caller)
      return prompts.map(({ message }) => message)
    }

    it('suggests what is open for its reader, and what anybody may ask', async () => {
      expect(await opens('U1')).toEqual(['hosts', 'help'])
      const run = await ran(store.db, diskReport())
      expect(await opens('U1')).toEqual([`why ${run.code}`, 'history host1', 'hosts', 'help'])
      expect(await opens('U02BO')).toEqual(['hosts', 'help'])
    })

    it('suggests nothing of hosts that its reader may not see, and nothing at all to whoever may not read', async () => {
      const run = await ran(store.db, diskReport(), { host: 'host2' })
      await store.db.query(`UPDATE debvisor.runs SET actor_id = 'U06ONE' WHERE id = $1`, [run.id])
      expect(await opens('U06ONE')).toEqual(['hosts', 'help'])
      expect(await opens('U07NONE')).toEqual([])
      expect(await opens('U08GUEST')).toEqual([])
    })
  })
})
