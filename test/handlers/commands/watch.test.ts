import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readPolicy } from '../../../src/access/load-policy.ts'
import { channelsOfGroups } from '../../../src/alerts/channel-groups.ts'
import type { Capabilities } from '../../../src/handlers/capabilities.ts'
import { slash } from '../../../src/handlers/commands/slash.ts'
import { unwatchButton, watchButton } from '../../../src/handlers/commands/watch.ts'
import { type EntryPoint, guard, type SlackRequest } from '../../../src/handlers/guard.ts'
import type { Run } from '../../../src/runs/run.ts'
import { createRun, getRun } from '../../../src/runs/run-store.ts'
import type { Message } from '../../../src/slack/message.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import type { Job } from '../../../src/store/queue.ts'
import { getWatch, openWatches } from '../../../src/watches/watch-store.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../../fakes/stores.ts'
import { finish } from '../../watches/watch-world.ts'
import { makeMentionWorld, member } from '../mentions/mention-world.ts'

const command = { name: '/debvisor', action: 'ask' } as const
const [kind = 'embedded'] = storeKinds

/** U09EVE may only look at `service`; everybody else may do both. */
const policy = readPolicy(
  'access.yml',
  `version: 1
rules:
  - { effect: allow, users: all, actions: [read, diagnose] }
  - { effect: deny, users: [U09EVE], topics: [db], actions: [diagnose] }`,
  { topics: ['db', 'service'], hosts: ['host1', 'host2'], hostGroups: new Map() },
)

describe('/debvisor watch', () => {
  let store: TestStore
  let bot: Capabilities
  let away: Set<string>
  const jobs: Job[] = []
  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    if (!policy.ok) throw new Error('a broken policy')
    jobs.splice(0)
    const world = makeMentionWorld(store.db, { policy: policy.policy })
    away = world.away
    const groups = new Map([['web', ['host1', 'host2']]])
    bot = {
      ...world.bot,
      store: storeWith(store.db, async (_tx, job) => void jobs.push(job)),
      slack: {
        ...world.bot.slack,
        person: async (id: string) => ({ ...member, id, guest: id === 'U08GUEST' }),
      },
      hosts: { inventory: { ...world.bot.hosts.inventory, groups } },
    }
    for (const table of ['watches', 'schedules', 'channel_groups'])
      await store.db.query(`DELETE FROM debvisor.${table}`)
    await store.db.query('TRUNCATE debvisor.runs CASCADE')
  })

  async function asks(
    handle: (request: SlackRequest) => Promise<Message | undefined>,
    { text, user = 'U01ANA', entry = command }: { text: string; user?: string; entry?: EntryPoint },
  ): Promise<string> {
    const caller = { team: 'T1', user, channel: 'C1', responseUrl: null, trigger: randomUUID(), text }
    const answer = await guard(bot, entry, caller, handle)
    return answer ? toPlain(answer).replaceAll('`', '') : ''
  }
  const types = (text: string, user?: string) =>
    asks((request) => slash(bot, request), { text, ...(user ? { user } : {}) })
  const clicks = (action: typeof watchButton, text: string, user = 'U01ANA') =>
    asks((request) => action(bot, request), { text, user, entry: { name: 'a button', action: 'ask' } })
  const ran = async (end?: 'ill' | 'well', topic = 'db'): Promise<Run> => {
    const run = await createRun(store.db, {
      ...{ team: 'T1', topic, host: 'host1', channel: 'C1', production: true, responseUrl: null },
      actor: { kind: 'user', id: 'U02BO' },
    })
    if (end) await finish(store.db, run, end)
    return (await getRun(store.db, run.id)) as Run
  }
  const open = () => openWatches(store.db, 'T1')

  it('tells in the thread of the incident that there is, and knows what that has told', async () => {
    const run = await ran('ill')
    expect(await types('watch host1 db every 2m')).toBe(
      'db on host1 is watched now: I look every 2 minutes, and tell you in its thread when 3 looks in a row were healthy.',
    )
    expect(await open()).toMatchObject([
      { runId: run.id, user: 'U01ANA', known: ['postgresql.disk-full'], everyMs: 120_000 },
    ])
    expect(jobs).toEqual([{ kind: 'redraw', runId: run.id }])
    expect(await types('watch')).toMatch(
      /^Watched until healthy: 1\n.*db on host1 every 2 minutes: no look yet, by @U01ANA/,
    )
  })

  it('of a host alone watches what was asked of it last, and asks where nothing was', async () => {
    expect(await types('watch host1')).toBe('Which topic? /debvisor watch host1 <topic>.')
    await ran('ill', 'service')
    await types('watch host1')
    expect(await open()).toMatchObject([{ topic: 'service' }])
  })

  it('examines the host first where nothing of it stands here, in one transaction with the watch', async () => {
    expect(await types('watch host1 db')).toMatch(
      /^db on host1 is being examined first\. db on host1 is watched now/,
    )
    const [watch] = await open()
    expect(await getRun(store.db, watch?.runId ?? '')).toMatchObject({ state: 'queued', isQuiet: false })
    expect(jobs.map(({ kind: job }) => job)).toEqual(['diagnose'])
  })

  it('is one a person: another may watch the same, and whoever has one is told so', async () => {
    const run = await ran('ill')
    expect(await clicks(watchButton, run.id)).toBe('')
    expect(await clicks(watchButton, run.id)).toBe(
      'You are watching db on host1 here already; /debvisor unwatch host1 ends that.',
    )
    expect(await clicks(watchButton, run.id, 'U02BO')).toBe('')
    expect((await open()).map(({ user }) => user).toSorted()).toEqual(['U01ANA', 'U02BO'])
  })

  it('takes the right to diagnose there, and a channel that the bot is in', async () => {
    const run = await ran('ill')
    expect(await clicks(watchButton, run.id, 'U09EVE')).toMatch(/^You may not diagnose on host1 \(db\)/)
    expect(await clicks(watchButton, run.id, 'U08GUEST')).toMatch(/^Guests may not/)
    expect(await clicks(watchButton, randomUUID())).toMatch(/nothing was done/)
    away.add('C1')
    expect(await types('watch host1 db')).toMatch(/^I am not in this channel/)
    expect(await open()).toEqual([])
  })

  it('says when as many are watched as may be', async () => {
    const run = await ran('ill')
    bot = { ...bot, limits: { ...bot.limits, watchesPerUser: 0 } }
    expect(await clicks(watchButton, run.id)).toBe(
      'You are watching 0, as many as one person may: nothing was begun. /debvisor watch lists them, and /debvisor unwatch <host> ends one.',
    )
    bot = { ...bot, limits: { ...bot.limits, watchesPerUser: 10, watches: 0 } }
    expect(await types('watch host1 db')).toMatch(/^0 are watched, as many as may be at all/)
    expect(await open()).toEqual([])
  })

  it('is ended by whoever asked, whatever they may, and by those who may diagnose there', async () => {
    const run = await ran('ill')
    await clicks(watchButton, run.id)
    const [watch] = await open()
    expect(await clicks(unwatchButton, watch?.id ?? '', 'U09EVE')).toMatch(/^You may not diagnose/)
    expect(await clicks(unwatchButton, watch?.id ?? '', 'U02BO')).toBe('')
    expect(await getWatch(store.db, watch?.id ?? '')).toMatchObject({ outcome: 'stopped', endedBy: 'U02BO' })
    expect(await clicks(unwatchButton, watch?.id ?? '')).toBe('The watch of db on host1 had ended already.')
    expect(await types('unwatch host1')).toMatch(/^Nothing of host1 is being watched/)
    await clicks(watchButton, run.id)
    expect(await types('unwatch')).toBe('db on host1 is no longer watched.')
    expect(await types('unwatch')).toMatch(/^Nothing of yours is being watched/)
  })

  it('of a group has alerts on its hosts told in this channel, until it is unwatched there', async () => {
    expect(await types('watch web', 'U09EVE')).toMatch(/^You may not diagnose on host1 \(db\)/)
    expect(await types('watch web')).toMatch(
      /^From now on alerts on hosts of web are looked into and told in this channel/,
    )
    expect(await types('watch web', 'U02BO')).toBe('Alerts on hosts of web are told in this channel already.')
    expect(await channelsOfGroups(store.db, 'T1')).toMatchObject([
      { group: 'web', channel: 'C1', by: 'U01ANA' },
    ])
    expect(await types('watch')).toMatch(/Alerts on hosts of a group\n.*web in #C1, by @U01ANA/)
    expect(await types('unwatch web')).toMatch(/told where their sender's are again/)
    expect(await types('unwatch web')).toMatch(/^This channel has no alerts of web/)
  })

  it('is not lost where a schedule is made: that has a number, a first time, and an end', async () => {
    expect(await types('schedule all web 0 7 * * *')).toMatch(
      /^Schedule #\d+: all topics on group web is looked at by itself, 0 7 \* \* \* UTC\.\nFirst .* 07:00 UTC, 4 looks each time\./,
    )
    const listed = await types('schedule')
    const [, number = ''] =
      /#(\d+): all topics on group web 0 7 \* \* \* UTC, next .*, by @U01ANA/.exec(listed) ?? []
    expect(await types(`unschedule ${number}`, 'U09EVE')).toMatch(/^You may not diagnose/)
    expect(await types(`unschedule ${number}`, 'U02BO')).toBe(
      `Schedule #${number} (all topics on group web) has ended.`,
    )
    expect(await types(`unschedule ${number}`)).toMatch(/^There is no schedule #/)
    expect(await types('schedule db web @daily', 'U09EVE')).toMatch(/^You may not diagnose on host1 \(db\)/)
    bot = { ...bot, limits: { ...bot.limits, schedules: 0 } }
    expect(await types('schedule db host1 @daily')).toMatch(/^There are 0 schedules, as many as may be/)
  })
})
