import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readPolicy } from '../../../src/access/load-policy.ts'
import { eventsOf } from '../../../src/escalation/tickets/ticket-store.ts'
import { guard } from '../../../src/handlers/guard.ts'
import { takeMention } from '../../../src/handlers/mentions/on-mention.ts'
import { routes } from '../../../src/handlers/routes.ts'
import { cancelRun } from '../../../src/runs/run-lease.ts'
import { recentRuns } from '../../../src/runs/run-store.ts'
import type { Message } from '../../../src/slack/message.ts'
import type { Db } from '../../../src/store/db.ts'
import { saveMessage } from '../../../src/store/posted-messages.ts'
import { openTestStore, storeKinds, type TestStore } from '../../fakes/stores.ts'
import { type MentionWorld, makeMentionWorld, member, openTicket } from './mention-world.ts'

const elementsOf = (block: Message['blocks'][number]): readonly object[] =>
  block.type === 'actions' ? block.elements : []

function signal() {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}

describe.each(storeKinds)('a mention, with the %s store,', (kind) => {
  let store: TestStore
  let replica: Db
  let world: MentionWorld
  beforeAll(async () => {
    store = await openTestStore(kind)
    replica = await store.replica()
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    world = makeMentionWorld(store.db)
    await store.db.query(
      `UPDATE debvisor.runs SET state = 'cancelled', ended_at = now() WHERE ended_at IS NULL`,
    )
  })

  interface Written {
    readonly eventId?: string
    readonly thread?: string
    readonly user?: string
    readonly by?: MentionWorld
    /** What else the event has, or has in place of it. */
    readonly event?: object
  }
  let clock = 100
  /** What it was answered with, and whether Slack knows that it arrived. */
  const mention = async (
    text: string,
    { eventId = randomUUID(), thread, user = 'U1', by = world, event: more = {} }: Written = {},
  ) => {
    const before = by.said.length
    let acknowledged = false
    const event = {
      user,
      text: text.includes('<@U0BOT>') ? text : `<@U0BOT> ${text}`,
      channel: 'C1',
      ts: `${clock++}.0`,
      ...(thread ? { thread_ts: thread } : {}),
      ...more,
    }
    await takeMention(by.bot, { user: 'U0BOT' }, { event, team: 'T1', eventId }, async () => {
      acknowledged = true
    })
    return { acknowledged, said: by.said.slice(before).map((line) => line.replaceAll('`', '')) }
  }
  const runs = async () => (await recentRuns(store.db, 'T1', 100)).filter(({ endedAt }) => !endedAt)
  const rows = async () =>
    (await store.db.query<{ entry: string }>('SELECT entry FROM debvisor.audit ORDER BY position')).rows.map(
      ({ entry }) => JSON.parse(entry) as Record<string, unknown>,
    )

  const choose = (text: string) => through(world, 'diagnose_chosen', text)
  const typed = (by: MentionWorld, text: string) => through(by, '/debvisor', text)
  const through = ({ bot }: MentionWorld, entry: string, text: string) => {
    const route = routes.find(({ name }) => name === entry)
    if (!route) throw new Error('no such route')
    const from = {
      team: 'T1',
      user: 'U5',
      channel: 'C1',
      thread: '8.5',
      responseUrl: null,
      trigger: randomUUID(),
    }
    return guard(bot, route, { ...from, text }, (request) => route.handle(bot, request))
  }

  it('counts once, over replicas and repetitions, and is acknowledged when its run is stored', async () => {
    const other = { ...makeMentionWorld(replica), said: world.said }
    const eventId = randomUUID()
    const before = (await rows()).length
    const both = await Promise.all([world, other].map((by) => mention('db host1', { eventId, by })))
    // Whoever finds it stored acknowledges it as well.
    expect(both.some(({ acknowledged }) => acknowledged)).toBe(true)
    expect(await runs()).toHaveLength(1)
    expect(await mention('db host1', { eventId, by: other })).toEqual({ acknowledged: true, said: [] })
    expect(await runs()).toHaveLength(1)
    expect((await rows()).slice(before)).toMatchObject([
      { door: '@debvisor', action: 'diagnose', decision: 'allowed', host: 'host1', topic: 'db' },
    ])
  })

  it.each([
    ['another bot', { bot_id: 'B1' }, 'Bots may not use this command.', false],
    ['a bot that Slack calls a user', { user: 'UBOT2' }, 'Bots may not use this command.', false],
    ['the bot itself', { user: 'U0BOT' }, 'Bots may not use this command.', false],
    ['code', { text: '`<@U0BOT> db host1`' }, 'The mention stands in code or in a quotation.', false],
    ['a message that was edited', { edited: {} }, 'A message that was edited is not read', true],
    ['another workspace', { user_team: 'T2' }, 'This bot serves its own workspace only.', true],
    [
      'another workspace in a shared channel',
      { team: 'T2' },
      'This bot serves its own workspace only.',
      true,
    ],
    ['a guest', { user: 'UGUEST' }, 'Guests may not use this command', true],
  ])('of %s leaves a row that it was refused, and does nothing', async (_, event, reason, isTold) => {
    const person = async (id: string) => ({ ...member, id, bot: id === 'UBOT2', guest: id === 'UGUEST' })
    const by = { ...world, bot: { ...world.bot, slack: { ...world.bot.slack, person } } }
    const before = (await rows()).length
    const { acknowledged, said } = await mention('db host1', { event, by })
    expect((await rows()).slice(before)).toMatchObject([
      { door: '@debvisor', decision: 'refused', reason: expect.stringContaining(reason) },
    ])
    expect([acknowledged, said.length > 0, await runs()]).toEqual([true, isTold, []])
  })

  it('of a replica that died is not acknowledged, and another takes it when Slack sends it again', async () => {
    const eventId = randomUUID()
    const asked = signal()
    const person = () => {
      asked.give()
      return new Promise<never>(() => {})
    }
    const dying = { ...world.bot, slack: { ...world.bot.slack, person } }
    void mention('db host1', { eventId, by: { ...world, bot: dying } })
    await asked.given
    expect(await mention('help', { eventId })).toEqual({ acknowledged: false, said: [] })
    await store.db.query(
      `UPDATE debvisor.deliveries SET held_till = now() - interval '1 second' WHERE key LIKE $1`,
      [`%${eventId}`],
    )
    expect(await mention('help', { eventId })).toMatchObject({
      acknowledged: true,
      said: [/How to use|What can be asked/],
    })
  })
  it('of a replica that froze is answered by the one that took it over, and by no other', async () => {
    const eventId = randomUUID()
    const thaw = signal()
    const asked = signal()
    const person = async (id: string) => {
      asked.give()
      await thaw.given
      return world.bot.slack.person(id)
    }
    const frozen = mention('db host1', {
      eventId,
      by: { ...world, bot: { ...world.bot, slack: { ...world.bot.slack, person } } },
    })
    await asked.given
    await store.db.query(
      `UPDATE debvisor.deliveries SET held_till = now() - interval '1 second' WHERE key LIKE $1`,
      [`%${eventId}`],
    )
    expect((await mention('db host1', { eventId })).acknowledged).toBe(true)
    thaw.give()
    expect(await frozen).toEqual({ acknowledged: false, said: [] })
    expect(await runs()).toHaveLength(1)
  })

  it('that froze before its effect has none, while the replica that took it over is still at it', async () => {
    const eventId = randomUUID()
    const [thaw, frozenAt, other] = [signal(), signal(), signal()]
    const slow = (at: { give(): void }, until: Promise<void>): MentionWorld => {
      const person = async (id: string) => {
        at.give()
        await until
        return world.bot.slack.person(id)
      }
      return { ...world, bot: { ...world.bot, slack: { ...world.bot.slack, person } } }
    }
    const frozen = mention('db host1', { eventId, by: slow(frozenAt, thaw.given) })
    await frozenAt.given
    await store.db.query(
      `UPDATE debvisor.deliveries SET held_till = now() - interval '1 second' WHERE key LIKE $1`,
      [`%${eventId}`],
    )
    const goOn = signal()
    const second = mention('db host1', { eventId, by: slow(other, goOn.given) })
    await other.given
    thaw.give()
    expect(await frozen).toEqual({ acknowledged: false, said: [] })
    expect(await runs()).toEqual([])
    goOn.give()
    expect((await second).acknowledged).toBe(true)
    expect(await runs()).toHaveLength(1)
  })

  it('whose replica dies when its effect is stored has it once, also where Slack sends it again', async () => {
    const { id, number } = await openTicket(store.db)
    const eventId = randomUUID()
    // It dies before it says that it is done: nothing more of it reaches the store or Slack.
    const dying = world.bot.store
    const stored = signal()
    const tx: typeof dying.tx = async (work) => {
      const done = await dying.tx(work)
      stored.give()
      return new Promise<never>(() => void done)
    }
    const by = { ...world, bot: { ...world.bot, store: { ...dying, tx } } }
    void mention(`ticket ${number} comment it is back`, { eventId, by })
    await stored.given
    await store.db.query(
      `UPDATE debvisor.deliveries SET held_till = now() - interval '1 second' WHERE key LIKE $1 AND held_till IS NOT NULL`,
      [`%${eventId}`],
    )
    expect((await mention(`ticket ${number} comment it is back`, { eventId })).acknowledged).toBe(true)
    expect((await eventsOf(store.db, id)).filter(({ kind }) => kind === 'commented')).toHaveLength(1)
  })

  it('that is edited after it was answered is no new one, and nobody is told so again', async () => {
    await mention('db host1', { event: { ts: '77.0' } })
    const edited = { ts: '77.0', edited: { user: 'U1', ts: '77.9' } }
    expect(await mention('db hosst1', { event: edited })).toEqual({ acknowledged: true, said: [] })
    expect(await runs()).toHaveLength(1)
    const late = { ...edited, ts: '78.0' }
    expect((await mention('page', { event: late })).said).toEqual([
      expect.stringMatching(/^78\.0: A message that was edited is not read as a command/),
    ])
    expect((await mention('page', { event: late })).said).toEqual([])
  })

  it('joins what is asked already in its channel, and says so in its own thread', async () => {
    await mention('db host1')
    const { said } = await mention('db host1', { user: 'U2', thread: '7.0' })
    expect(said).toEqual([expect.stringMatching(/^7\.0: Somebody already asked for db on host1/)])
    expect(await runs()).toHaveLength(1)
  })

  it('that is one too many is told to whoever asked alone', async () => {
    const by = makeMentionWorld(store.db)
    const full = { ...by, bot: { ...by.bot, limits: { ...by.bot.limits, waitingPerUser: 0 } } }
    const { said } = await mention('service host2', { by: full, thread: '7.5' })
    expect(said).toEqual([
      expect.stringMatching(/^U1 alone: You have 0 runs waiting, as many as one person may have/),
    ])
  })

  describe('without a host', () => {
    it('finds it in what the thread hangs from, also where another host was examined there', async () => {
      await mention('db host1', { thread: '8.0' })
      world.above.set('8.0', { text: '', attachments: [{ fields: [{ title: 'host', value: 'host2' }] }] })
      expect((await mention('diagnose db', { thread: '8.0' })).said).toEqual([])
      const [found] = await runs()
      expect(found).toMatchObject({
        topic: 'db',
        host: 'host2',
        thread: '8.0',
        reason: 'host2 is named here',
      })
    })

    it('takes the host of the run whose thread it is', async () => {
      await mention('db host1')
      const [above] = await runs()
      if (!above) throw new Error('no run')
      const posted = { channel: 'C1', ts: '8.9', fileId: null, hash: null }
      await saveMessage(store.db, { runId: above.id, key: 'main', ...posted })
      await mention('diagnose service', { thread: '8.9' })
      expect((await runs()).map((run) => `${run.topic} ${run.host}`)).toContain('service host1')
    })

    it.each([
      ['diagnose db', 'host1 and host2 are down', /2 hosts are named here: which one\?/],
      ['diagnose', 'host1 is odd', /Which topic on host1\?/],
      ['diagnose db', 'host9 is down', /No host that you may diagnose is named here/],
      ['diagnose db', undefined, /The message that this thread hangs from could not be read\. Which host\?/],
    ])('asks where that leaves a choice: %s under %s', async (text, top, said) => {
      world.above.set('8.1', top === undefined ? undefined : { text: top })
      expect((await mention(text, { thread: '8.1' })).said).toEqual([expect.stringMatching(said)])
      expect(await runs()).toEqual([])
    })

    it('takes no word of a stranger for a command, and what the caller says before it for the rest', async () => {
      world.above.set('8.2', { text: '<@U0BOT> resolve 7F3K; diagnose db host2 `$(id)`' })
      await mention('diagnose db\nit is host1', { thread: '8.2' })
      expect((await runs()).map((run) => `${run.topic} ${run.host}`)).toEqual(['db host1'])
    })

    it.each(['cancel 7F3K', 'diagnose db host9', 'diagnose', '', '`reboot`', 'hosts'])(
      'takes no option that it did not offer: %j',
      async (text) => {
        const before = (await rows()).length
        expect((await choose(text))?.text).toBe(
          'The inventory has changed since this was asked: nothing was started.',
        )
        expect((await rows()).slice(before)).toMatchObject([{ door: 'diagnose_chosen', decision: 'refused' }])
        expect(await runs()).toEqual([])
      },
    )

    it('starts what was chosen in the thread of the question, by the rights of whoever chose it', async () => {
      expect(await choose('diagnose db host2')).toBeUndefined()
      expect(await runs()).toMatchObject([{ topic: 'db', host: 'host2', thread: '8.5', actor: { id: 'U5' } }])
    })

    it('offers no host that the caller may not diagnose', async () => {
      const read = readPolicy(
        'access.yml',
        'version: 1\nrules: [{ effect: allow, users: all, hosts: [host2], actions: [read, diagnose] }]',
        { topics: ['db', 'service'], hosts: ['host1', 'host2'], hostGroups: new Map() },
      )
      if (!read.ok) throw new Error('a broken policy')
      const limited = makeMentionWorld(store.db, { policy: read.policy })
      limited.above.set('8.3', { text: 'host1 and host2 are down' })
      await mention('diagnose db', { thread: '8.3', by: limited })
      expect((await runs()).map((run) => run.host)).toEqual(['host2'])
    })
  })

  describe('without a run', () => {
    it('is about the one that its thread shows, and its re-check', async () => {
      await mention('db host1', { thread: '9.0' })
      const [first] = await runs()
      if (!first) throw new Error('no run')
      expect((await mention('cancel', { thread: '9.0' })).said).toEqual([
        `9.0: Run ${first.code} (db on host1) was cancelled.`,
      ])
      expect((await mention('again', { thread: '9.0' })).said).toEqual([])
      expect(await runs()).toMatchObject([{ parent: first.id, topic: 'db', host: 'host1' }])
      expect((await mention('why', { thread: '9.0' })).said).toEqual([
        expect.stringMatching(/still under way/),
      ])
    })

    it('of the topic and host of its thread checks that run again, wherever the thread hangs from', async () => {
      const newest = async (text: string, thread?: string) => {
        const before = new Set((await recentRuns(store.db, 'T1', 100)).map(({ id }) => id))
        await mention(text, thread === undefined ? {} : { thread })
        const run = (await recentRuns(store.db, 'T1', 100)).find(({ id }) => !before.has(id))
        if (!run) throw new Error('no run')
        await cancelRun(store.db, run.id, 'U1')
        return run
      }
      const first = await newest('db host1')
      const posted = { channel: 'C1', ts: '9.7', fileId: null, hash: null }
      await saveMessage(store.db, { runId: first.id, key: 'main', ...posted })
      const second = await newest('db host1', '9.7')
      expect(second).toMatchObject({ parent: first.id, reason: `checks run ${first.code} again` })
      expect(await newest('diagnose db on host1', '9.7')).toMatchObject({ parent: second.id })
      expect(await newest('service host1', '9.7')).toMatchObject({ parent: null, thread: '9.7' })
      expect(await newest('db host2', '9.7')).toMatchObject({ parent: null, thread: '9.7' })
      expect(await newest('db host1')).toMatchObject({ parent: null })
    })

    it('is about the newest that has a verdict, while it is being checked again', async () => {
      await mention('db host1', { thread: '9.3' })
      const [first] = await runs()
      if (!first) throw new Error('no run')
      await store.db.query(
        `UPDATE debvisor.runs SET state = 'failed', ended_at = now(),
           failure = '{"hop": "host1", "reason": "no route to it"}' WHERE id = $1`,
        [first.id],
      )
      await mention('again', { thread: '9.3' })
      expect((await mention('ack', { thread: '9.3' })).said).toEqual([expect.stringContaining(first.code)])
      const [second] = await runs()
      expect((await mention('cancel', { thread: '9.3' })).said).toEqual([
        expect.stringMatching(`Run ${second?.code} .*was cancelled`),
      ])
    })

    it('says which there are, where the thread shows several', async () => {
      await mention('db host1', { thread: '9.1' })
      await mention('service host1', { thread: '9.1' })
      const { said } = await mention('why', { thread: '9.1' })
      expect(said).toEqual([
        expect.stringMatching(/Which one\? @debvisor why \w+ \(\w+ on host1\), why \w+ \(\w+ on host1\)/),
      ])
      const [newest] = await runs()
      if (newest) await cancelRun(store.db, newest.id, 'U1')
      expect((await mention('cancel', { thread: '9.1' })).said).toEqual([
        expect.stringMatching(/was cancelled/),
      ])
      expect(await runs()).toEqual([])
    })

    it('says of another channel’s run what there is to say to whoever asks alone', async () => {
      await mention('db host1')
      const [run] = await runs()
      const there = await mention(`why ${run?.code}`, { event: { channel: 'C2' } })
      expect(there.said).toEqual([expect.stringMatching(/^U1 alone: .*still under way/s)])
      expect((await mention(`why ${run?.code}`)).said).toEqual([
        expect.stringMatching(/^\d+\.0: .*still under way/s),
      ])
    })

    it('asks for its code where the thread shows none', async () => {
      expect((await mention('ack', { thread: '9.2' })).said).toEqual([
        'U1 alone: Which run? @debvisor ack 7F3K, with the code in the last line of its message.',
      ])
    })
  })

  describe('in a sentence', () => {
    /** A run that found something, in the thread. */
    const found = async (thread: string, verdict = 'problem') => {
      await mention('db host1', { thread })
      const [run] = await runs()
      if (!run) throw new Error('no run')
      await store.db.query(
        `UPDATE debvisor.runs SET state = 'done', ended_at = now(), problem_keys = $2,
           report = jsonb_build_object('verdict', $3::text) WHERE id = $1`,
        [run.id, [`db:${thread}`], verdict],
      )
      return run
    }
    const buttons = () => world.posted.flatMap(({ blocks }) => blocks).flatMap(elementsOf)

    it.each([
      'should we <@U0BOT> page?',
      'do not <@U0BOT> resolve!',
      'ana will <@U0BOT> ack',
      '<@U0BOT> cancel?',
      '<@U0BOT> page\nor better not?',
      'who said <@U0BOT> page CODE',
      'we never <@U0BOT> ticket 12 close',
    ])('nothing is done, and whoever wrote it is told alone: %s', async (text) => {
      const { code } = await found('10.0')
      const before = (await rows()).length
      const { said } = await mention(text.replace('CODE', code), { thread: '10.0' })
      expect(said).toEqual([expect.stringMatching(/^U1 alone: Nothing was done\. \w+ counts only /)])
      expect((await rows()).slice(before)).toMatchObject([{ decision: 'refused' }])
      expect(buttons()).toEqual([])
    })

    it.each(['thanks <@U0BOT>', '<@U0BOT> thanks for that', 'ask <@U0BOT> about it'])(
      'a mention that asks for nothing is no reason to tell everybody: %s',
      async (text) => {
        const { said } = await mention(text, { thread: '10.1' })
        expect(said).toEqual([expect.stringMatching(/^U1 alone: .*@debvisor help/)])
      },
    )

    it('page and resolve ask in the thread before anything is done, with the button of the run', async () => {
      const run = await found('10.2')
      expect((await mention('page', { thread: '10.2' })).said).toEqual([
        expect.stringMatching(`^10.2: Page the on-call about db on host1, as run ${run.code} found it?`),
      ])
      expect(buttons()).toMatchObject([
        { action_id: 'escalate_3', value: run.id, confirm: { title: { text: expect.any(String) } } },
      ])
      expect((await mention('resolve', { thread: '10.2' })).said).toEqual([
        expect.stringContaining('has nothing to resolve'),
      ])
      const { rows: escalations } = await store.db.query(
        'SELECT id FROM debvisor.escalations WHERE level > 1',
      )
      expect(escalations).toEqual([])
    })

    it('resolve of a healthy run asks, too', async () => {
      const run = await found('10.3', 'healthy')
      await mention('resolve', { thread: '10.3' })
      expect(buttons()).toMatchObject([{ action_id: 'ladder_resolve_all', value: run.id, confirm: {} }])
    })
  })

  describe('that names no host of the inventory', () => {
    const limitedTo = (host: string) => {
      const read = readPolicy(
        'access.yml',
        `version: 1\nrules: [{ effect: allow, users: all, hosts: [${host}], actions: [read, diagnose] }]`,
        { topics: ['db', 'service'], hosts: ['secret-vault1', 'host1'], hostGroups: new Map() },
      )
      if (!read.ok) throw new Error('a broken policy')
      return makeMentionWorld(store.db, { hosts: ['secret-vault1', 'host1'], policy: read.policy })
    }

    it('is told to its author alone, with names that they may read', async () => {
      const by = limitedTo('host1')
      expect((await mention('diagnose db hots1', { by })).said).toEqual([
        expect.stringMatching(/^U1 alone: .*Did you mean host1\?/),
      ])
      for (const text of ['diagnose db secret-valt1', 'secret-valt1', 'diagnose secret-valt1'])
        expect((await mention(text, { by })).said).toEqual([expect.not.stringMatching(/secret-vault1/)])
      expect((await typed(by, 'diagnose db hots1'))?.text).toContain('Did you mean host1?')
      expect((await typed(by, 'diagnose db secret-valt1'))?.text).not.toContain('secret-vault1')
    })
  })
})
