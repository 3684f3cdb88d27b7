import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readPolicy } from '../../../src/access/load-policy.ts'
import { endFleet } from '../../../src/fleet/runs/end-fleet.ts'
import { hostsOfFleet, recentFleets } from '../../../src/fleet/runs/fleet-store.ts'
import {
  cancelFleetButton,
  checkFleetAgain,
  checkOpenAgain,
  showHostOfFleet,
} from '../../../src/handlers/fleet/fleet-buttons.ts'
import { hostOptionsOf } from '../../../src/handlers/fleet/on-fleet-menu.ts'
import { type Caller, guard } from '../../../src/handlers/guard.ts'
import { takeMention } from '../../../src/handlers/mentions/on-mention.ts'
import { routes } from '../../../src/handlers/routes.ts'
import { getRun } from '../../../src/runs/run-store.ts'
import type { Message } from '../../../src/slack/message.ts'
import { aboutFleet } from '../../../src/slack/messages/fleet/fleet-view.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import { saveMessage } from '../../../src/store/posted-messages.ts'
import { openTestStore, storeKinds, type TestStore } from '../../fakes/stores.ts'
import { finish } from '../../fleet/runs/fleet-world.ts'
import { type MentionWorld, makeMentionWorld } from '../mentions/mention-world.ts'

const HOSTS = ['host1', 'host2', 'host3', 'vault1']

describe('many hosts, asked for in Slack', () => {
  let store: TestStore
  let world: MentionWorld
  beforeAll(async () => {
    store = await openTestStore(storeKinds[0] ?? 'embedded')
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    await store.db.query('DELETE FROM debvisor.fleet_runs')
    await store.db.query('DELETE FROM debvisor.runs')
    world = makeMentionWorld(store.db, { hosts: HOSTS })
  })

  /** Whoever asks may do these things, on these hosts. */
  const limited = (...rules: readonly string[]): MentionWorld => {
    const read = readPolicy(
      'access.yml',
      `version: 1\nrules:\n${rules.map((rule) => `  - { effect: allow, users: all, ${rule} }\n`).join('')}`,
      { topics: ['db', 'service'], hosts: HOSTS, hostGroups: new Map() },
    )
    if (!read.ok) throw new Error(JSON.stringify(read))
    return makeMentionWorld(store.db, { hosts: HOSTS, policy: read.policy })
  }
  let clock = 100
  const mention = async (text: string, by = world, thread?: string, channel = 'C1'): Promise<string> => {
    const before = by.said.length
    const ts = `${clock++}.0`
    const event = {
      user: 'U1',
      text: `<@U0BOT> ${text}`,
      channel,
      ts,
      ...(thread ? { thread_ts: thread } : {}),
    }
    await takeMention(by.bot, { user: 'U0BOT' }, { event, team: 'T1', eventId: randomUUID() }, async () => {})
    return by.said.slice(before).join('\n').replaceAll('`', '')
  }
  const click = (
    handle: (bot: MentionWorld['bot'], request: never) => Promise<Message | undefined>,
    text: string,
    by = world,
    user = 'U1',
  ) => {
    const caller: Caller = { team: 'T1', user, channel: 'C1', responseUrl: null, trigger: randomUUID(), text }
    return guard(by.bot, { name: 'a button', action: 'ask' }, caller, (request) =>
      handle(by.bot, request as never),
    )
  }
  const newest = async () => {
    const [fleet] = await recentFleets(store.db, 'T1', 1)
    if (!fleet) throw new Error('there is no fleet')
    return { fleet, hosts: await hostsOfFleet(store.db, fleet.id) }
  }
  const asked = async () => (await newest()).hosts.map(({ host }) => host)
  const nothing = async () => {
    const { rows } = await store.db.query(
      'SELECT 1 FROM debvisor.runs UNION ALL SELECT 1 FROM debvisor.fleet_runs',
    )
    return rows.length === 0
  }
  const valuesOf = async (fleetId: string): Promise<string[]> => {
    let found: string[] = []
    await click(async (bot, request) => {
      const given = await hostOptionsOf(bot, { ...(request as Caller), text: '' } as never, fleetId)
      found = given.map(({ value }) => value ?? '')
      return undefined
    }, '')
    return found
  }
  const lastAudit = async () =>
    (
      await store.db.query<{ entry: string }>(
        'SELECT entry::text AS entry FROM debvisor.audit ORDER BY position DESC LIMIT 1',
      )
    ).rows[0]?.entry ?? ''

  it('start with the topic that is named, or that what is said calls for, in the thread where they are asked for', async () => {
    expect(await mention('diagnose db host*', world, '7.1')).toBe('')
    expect(await asked()).toEqual(['host1', 'host2', 'host3'])
    expect((await newest()).fleet).toMatchObject({
      topic: 'db',
      pattern: 'host*',
      channel: 'C1',
      thread: '7.1',
    })
    expect(await lastAudit()).toMatch(/diagnose db host\*.*which means host1, host2, host3/)
    expect(await mention('host1,host3 the database is down')).toBe('')
    expect((await newest()).fleet).toMatchObject({ topic: 'db', reason: expect.stringContaining('database') })
  })

  it('are one run where a pattern means one host', async () => {
    expect(await mention('diagnose db host1,host1')).toBe('')
    const { rows } = await store.db.query<{ quiet: boolean }>('SELECT is_quiet AS quiet FROM debvisor.runs')
    expect(rows).toEqual([{ quiet: false }])
  })

  it('are as if those were not there that the asker may not see', async () => {
    const by = limited('hosts: [host1, host2, host3], actions: [read, diagnose]')
    expect(await mention('diagnose db vault1,host1', by)).toContain(
      'there is no host or group vault1 in the inventory',
    )
    expect(await mention('diagnose db vault*', by)).toContain('vault* fits no host and no group')
    expect(await mention('diagnose db all:!valut1', by)).not.toContain('vault1')
    // Whether a glob or a group is of hidden hosts, or of none, cannot be told apart.
    const blind = (answer: string) => answer.replace(/\S*(?:vault|nosuch)\S*/g, 'X')
    expect(blind(await mention('diagnose db vault?', by))).toBe(
      blind(await mention('diagnose db nosuch?', by)),
    )
    Object.assign(by.bot.hosts.inventory, { groups: new Map([['vaults', ['vault1']]]) })
    expect(blind(await mention('diagnose db vaults', by))).toBe(
      blind(await mention('diagnose db nosuch', by)),
    )
    expect(await nothing()).toBe(true)
    expect(await mention('diagnose db all', by)).toBe('')
    expect(await asked()).toEqual(['host1', 'host2', 'host3'])
  })

  it('are refused as a whole where the asker sees one that they may not diagnose', async () => {
    const by = limited('actions: [read]', 'hosts: [host1, host2], actions: [diagnose]')
    expect(await mention('diagnose db all', by)).toContain(
      'You may not diagnose db on 2 of these 4 hosts (host3, vault1): nothing was started. Leave them out, such as with all:!host3:!vault1.',
    )
    expect(await nothing()).toBe(true)
    expect(await lastAudit()).toMatch(/"refused"/)
    expect(await mention('diagnose db all:!host3:!vault1', by)).toBe('')
    expect(await asked()).toEqual(['host1', 'host2'])
  })

  it('are not asked for by what looks like a secret, which the channel would read', async () => {
    const bot = { ...world.bot, redactor: { text: (text: string) => text.replace('hunter2', '[secret]') } }
    expect(await mention('diagnose db ~(host|hunter2)', { ...world, bot: bot as never })).toContain(
      'looks like a secret',
    )
    expect(await nothing()).toBe(true)
  })

  it('are too many beyond what the configuration allows, however many there are', async () => {
    const many = makeMentionWorld(store.db, { hosts: Array.from({ length: 10_000 }, (_, at) => `h${at}`) })
    expect(await mention('diagnose db all', many)).toContain(
      'all means 10,000 hosts, and at most 4 may be asked about together here: nothing was started.',
    )
    expect(await nothing()).toBe(true)
  })

  it('are cancelled and checked again by a word in their thread, or by their code', async () => {
    const cancelled: string[] = []
    const meter = { add: (name: string) => void cancelled.push(name), observe() {} }
    await mention('diagnose db host*', world, '7.1')
    const { fleet } = await newest()
    expect(await mention(`again ${fleet.code}`)).toContain('You already asked for db on host*')
    const open = await store.db.query(
      `SELECT 1 FROM debvisor.fleet_hosts JOIN debvisor.runs r ON r.id = run_id WHERE fleet = $1 AND r.ended_at IS NULL`,
      [fleet.id],
    )
    expect(open.rowCount).toBeGreaterThan(1)
    expect(await mention('cancel', { ...world, bot: { ...world.bot, meter } }, '7.1')).toBe('')
    expect(cancelled).toEqual(Array(open.rowCount).fill('debvisor_runs_total'))
    expect((await newest()).fleet.cancelledBy).toBe('U1')
    expect(await mention('again', world, '7.1')).toBe('')
    const second = (await newest()).fleet
    expect(second).toMatchObject({
      parent: fleet.id,
      thread: '7.1',
      reason: `checks fleet ${fleet.code} again`,
    })
    expect(await mention(`cancel ${second.code.toLowerCase()}`)).toContain(
      `Fleet ${second.code} (db on host*) was cancelled.`,
    )
    expect(await mention(`cancel ${second.code}`)).toContain('was cancelled already')
    expect(await mention(`why ${second.code}`)).toContain('this takes the run of one host')
    // What another channel asked about is not for everybody here.
    await mention('diagnose db host*', world, '8.1')
    const { code } = (await newest()).fleet
    expect(await mention(`cancel ${code}`, world, undefined, 'C2')).toMatch(/^U1 alone: Fleet/)
  })

  it('have a button for those that were not well, and one for all of what the pattern means by then', async () => {
    await mention('diagnose db host*')
    const { fleet, hosts } = await newest()
    for (const { host, run } of hosts) await finish(world.bot.store, run.id, { isIll: host !== 'host2' })
    await endFleet(world.bot.store, fleet.id)
    expect(await click(checkOpenAgain, fleet.id)).toBeUndefined()
    expect(await asked()).toEqual(['host1', 'host3'])
    const grown = makeMentionWorld(store.db, { hosts: ['host1', 'host9'] })
    expect(await click(checkFleetAgain, fleet.id, grown)).toBeUndefined()
    expect(await asked()).toEqual(['host1', 'host9'])
    expect((await click(checkFleetAgain, randomUUID()))?.text).toContain('nothing was done')
  })

  it('say so where whoever asked may not see all that the pattern means, and in nobody else’s name', async () => {
    const bo = limited('hosts: [host1, host2], actions: [read, diagnose]')
    expect(await mention('diagnose db all', bo)).toBe('')
    const { fleet } = await newest()
    expect(fleet.isPartial).toBe(true)
    expect(aboutFleet(fleet)).toBe('db on all (only those hosts that whoever asked may see)')
    await mention('diagnose db host1,host2', bo)
    expect((await newest()).fleet.isPartial).toBe(false)
    await mention('diagnose db all')
    expect((await newest()).fleet.isPartial).toBe(false)
  })

  it('are not checked again by somebody who may see fewer of them', async () => {
    await mention('diagnose db host*', world, '7.1')
    const { fleet, hosts } = await newest()
    const bo = limited('hosts: [host1, host2], actions: [read, diagnose]')
    for (const refusal of [
      (await click(checkFleetAgain, fleet.id, bo))?.text,
      await mention('again', bo, '7.1'),
      await mention(`again ${fleet.code}`, bo),
    ]) {
      expect(refusal).toContain('You may not diagnose all of its hosts')
      expect(refusal).not.toMatch(/host\d|host\*/)
    }
    expect((await newest()).fleet.id).toBe(fleet.id)
    for (const { host, run } of hosts) await finish(world.bot.store, run.id, { isIll: host !== 'host3' })
    await endFleet(world.bot.store, fleet.id)
    // Those that were not well they may see.
    expect(await click(checkOpenAgain, fleet.id, bo)).toBeUndefined()
    // A host that is gone from the inventory is nobody's secret.
    const shrunk = makeMentionWorld(store.db, { hosts: ['host1', 'host2'] })
    expect(await click(checkFleetAgain, fleet.id, shrunk)).toBeUndefined()
  })

  it('are named in no refusal to somebody who may not read them', async () => {
    await mention('diagnose db host3,vault1')
    const { code, id } = (await newest()).fleet
    const bo = limited('hosts: [host1, host3], actions: [read, diagnose]')
    const answers = [
      (await click(cancelFleetButton, id, bo, 'U2'))?.text ?? '',
      await mention(`why ${code}`, bo),
      await mention(`again ${code}`, bo),
    ]
    for (const answer of answers) expect(answer).not.toMatch(/vault|host3/)
    expect(answers[0]).toContain('You may not diagnose all of its hosts')
    // Whoever asked may cancel it, whatever they may read by now.
    expect(await mention(`cancel ${code}`, bo)).toContain(`Fleet ${code} was cancelled.`)
    expect(await mention(`cancel ${code}`, bo)).toContain(`Fleet ${code} was cancelled already.`)
    expect(await mention(`cancel ${code}`)).toContain('(db on host3,vault1) was cancelled already')
  })

  it('that were not well are asked again, however long their names, without those that are gone', async () => {
    const names = Array.from({ length: 40 }, (_, at) => `h${at}-${'x'.repeat(60)}`)
    const roomyWorld = (hosts: readonly string[]) => {
      const made = makeMentionWorld(store.db, { hosts })
      Object.assign(made.bot.limits, { fleetHosts: 50 })
      return made
    }
    const many = roomyWorld([...names, 'ok1'])
    await mention('diagnose db all', many)
    const { fleet, hosts } = await newest()
    for (const { host, run } of hosts) await finish(many.bot.store, run.id, { isIll: host !== 'ok1' })
    await endFleet(many.bot.store, fleet.id)
    const fewer = roomyWorld(names.slice(2))
    expect(await click(checkOpenAgain, fleet.id, fewer)).toBeUndefined()
    expect(await asked()).toEqual(names.slice(2))
    const second = (await newest()).fleet
    expect(second.reason).toMatch(
      new RegExp(`^checks fleet ${fleet.code} again, without h0-x+…?, h1-x+…?, which are no longer`),
    )
    // The names are more than a pattern may have, and mean the same hosts by then.
    for (const { run } of (await newest()).hosts) await finish(many.bot.store, run.id)
    await endFleet(many.bot.store, second.id)
    expect(await click(checkFleetAgain, second.id, fewer)).toBeUndefined()
    expect((await newest()).fleet.parent).toBe(second.id)
    expect(await asked()).toEqual(names.slice(2))
    expect((await click(checkOpenAgain, fleet.id, roomyWorld(['other'])))?.text).toContain(
      'none of these hosts is in the inventory any more',
    )
  })

  it('show a host of two fleets in the thread of the one that it was chosen in', async () => {
    await mention('diagnose db host1,host2', world, '7.1')
    const first = await newest()
    await mention('diagnose db host*', world, '8.1')
    const second = await newest()
    const { id } = first.hosts[0]?.run ?? { id: '' }
    expect(second.hosts[0]?.run.id).toBe(id)
    for (const { run } of second.hosts) await finish(world.bot.store, run.id)
    const [value] = await valuesOf(first.fleet.id)
    expect(value).toBe(`${first.fleet.id} ${id}`)
    expect((await click(showHostOfFleet, `${randomUUID()} ${id}`))?.text).toContain('nothing was done')
    expect((await click(showHostOfFleet, `x ${id}`))?.text).toContain('nothing was done')
    expect(await click(showHostOfFleet, value ?? '')).toBeUndefined()
    expect(await getRun(store.db, id)).toMatchObject({ thread: '7.1' })
  })

  it('show a host in their thread once, to whoever may see it', async () => {
    await mention('diagnose db host*')
    const { fleet, hosts } = await newest()
    for (const { run } of hosts) await finish(world.bot.store, run.id, { isIll: run.id === hosts[1]?.run.id })
    await saveMessage(store.db, {
      runId: fleet.id,
      key: 'main',
      channel: 'C1',
      ts: '9.9',
      fileId: null,
      hash: null,
    })
    const id = hosts[1]?.run.id ?? ''
    const blind = limited('hosts: [host1], actions: [read]')
    expect((await click(showHostOfFleet, id, blind))?.text).toMatch(/You may not read on host2/)
    expect(await getRun(store.db, id)).toMatchObject({ isQuiet: true })
    expect(await click(showHostOfFleet, id)).toBeUndefined()
    expect(await getRun(store.db, id)).toMatchObject({ isQuiet: false, thread: fleet.thread })
    expect((await click(showHostOfFleet, id))?.text).toMatch(/^db on host2 is run \w{4}\./)
    expect((await click(showHostOfFleet, randomUUID()))?.text).toContain('nothing was done')

    const options = async (by: MentionWorld, typed = '') => {
      let found: string[] = []
      await click(
        async (bot, request) => {
          const given = await hostOptionsOf(bot, { ...(request as Caller), text: typed } as never, fleet.id)
          found = given.map(({ text }) => text.text.split(':')[0] ?? '')
          return undefined
        },
        '',
        by,
      )
      return found
    }
    expect(await options(world)).toEqual(['🔴 host2', '🟢 host1', '🟢 host3'])
    expect(await options(world, 'T3')).toEqual(['🟢 host3'])
    expect(await options(blind)).toEqual(['🟢 host1'])
  })

  it('stand in the status in one line, for whoever may see all of them', async () => {
    await mention('diagnose db host*')
    const status = async (by: MentionWorld) => {
      const [slash] = routes
      const told = await click(
        (bot, request) => slash?.handle(bot, request) ?? Promise.resolve(undefined),
        'status',
        by,
      )
      return told ? toPlain(told) : ''
    }
    expect(await status(world)).toMatch(/⏳ db on host\*: 0 of 3 hosts done · fleet F\w{4}, /)
    expect(await status(limited('hosts: [host1], actions: [read]'))).not.toContain('host*')
    // However many came later that the reader may not see, or that are somebody else's and done.
    for (let at = 0; at < 6; at++) {
      await mention(`diagnose db host${1 + (at % 3)},vault1`)
      await store.db.query(`UPDATE debvisor.fleet_runs SET ended_at = now() WHERE pattern <> 'host*'`)
    }
    expect(await status(limited('hosts: [host1, host2, host3], actions: [read]'))).toContain('db on host*')
    expect((await status(world)).split('db on host*')).toHaveLength(2)
  })
})
