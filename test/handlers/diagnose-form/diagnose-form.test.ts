import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readPolicy } from '../../../src/access/load-policy.ts'
import type { Policy } from '../../../src/access/policy.ts'
import { fillDiagnoseForm } from '../../../src/handlers/diagnose-form/fill-diagnose-form.ts'
import { saveDiagnoseForm } from '../../../src/handlers/diagnose-form/save-diagnose-form.ts'
import { suggestHosts } from '../../../src/handlers/diagnose-form/suggest-hosts.ts'
import { type Caller, guard, type SlackRequest } from '../../../src/handlers/guard.ts'
import { hostMenuEntry } from '../../../src/handlers/routes.ts'
import { createRun, recentRuns } from '../../../src/runs/run-store.ts'
import {
  diagnoseForm,
  HOST_MENU,
  readDiagnoseForm,
  readOrigin,
} from '../../../src/slack/messages/diagnose-form.ts'
import type { Submitted } from '../../../src/slack/messages/ticket/forms.ts'
import { viewProblems } from '../../e2e/posted.ts'
import { openTestStore, storeKinds, type TestStore } from '../../fakes/stores.ts'
import { type MentionWorld, makeMentionWorld } from '../mentions/mention-world.ts'

const [kind = 'embedded'] = storeKinds
let store: TestStore
let world: MentionWorld
beforeAll(async () => {
  store = await openTestStore(kind)
})
afterAll(() => store?.stop())
beforeEach(async () => {
  world = makeMentionWorld(store.db)
  await store.db.query(
    `UPDATE debvisor.runs SET state = 'cancelled', ended_at = now() WHERE ended_at IS NULL`,
  )
})

const asking = async <T>(
  work: (request: SlackRequest) => Promise<T>,
  { by = world, ...from }: Partial<Caller> & { by?: MentionWorld } = {},
): Promise<T> => {
  const caller: Caller = {
    team: 'T1',
    user: 'U1',
    channel: '',
    responseUrl: null,
    trigger: randomUUID(),
    text: '',
  }
  const done: T[] = []
  await guard(by.bot, { name: 'a form', action: 'ask' }, { ...caller, ...from }, async (request) => {
    done.push(await work(request))
    return undefined
  })
  if (done.length === 0) throw new Error('the guard let nobody in')
  return done[0] as T
}

const limitedTo = (rule: string): Policy => {
  const read = readPolicy('access.yml', `version: 1\nrules: [{ effect: allow, users: all, ${rule} }]`, {
    topics: ['db', 'service'],
    hosts: ['host1', 'host2', 'web1'],
    hostGroups: new Map(),
  })
  if (!read.ok) throw new Error('a broken policy')
  return read.policy
}

const filledIn = (fields: {
  readonly host?: string
  readonly topic?: string
  readonly said?: string
  readonly where?: string
  readonly metadata?: string
}): Submitted => ({
  private_metadata: fields.metadata ?? JSON.stringify({ channel: 'C1', thread: '5.0', found: [] }),
  state: {
    values: {
      host: { [HOST_MENU]: { selected_option: fields.host ? { value: fields.host } : null } },
      topic: { value: { selected_option: { value: fields.topic ?? 'db' } } },
      said: { value: { value: fields.said ?? null } },
      where: { value: { selected_conversation: fields.where ?? null } },
    },
  },
})

describe('the form', () => {
  const initial = (view: { blocks: readonly object[] }) =>
    Object.fromEntries(
      view.blocks.map((block) => {
        const { block_id, element } = block as {
          block_id: string
          element: { initial_option?: { value: string } }
        }
        return [block_id, element.initial_option?.value]
      }),
    )
  const fill = async (message: unknown, by = world) => {
    const content = await asking((request) => fillDiagnoseForm(by.bot, request, { channel: 'C1', message }), {
      by,
    })
    if (!content.ok) throw new Error(content.sentence)
    return content.view
  }

  it('has the one host that a message names, and the topic whose symptoms it has', async () => {
    expect(initial(await fill({ text: 'host2: postgres' }))).toMatchObject({ host: 'host2', topic: 'db' })
    expect(initial(await fill({ text: 'host2, host1' }))).toMatchObject({ host: undefined, topic: '*' })
    expect(initial(await fill({ text: '<@U0BOT> diagnose' }))).toMatchObject({ host: undefined, topic: '*' })
  })

  it('has no host and no topic that its reader may not diagnose', async () => {
    const by = makeMentionWorld(store.db, {
      policy: limitedTo('hosts: [host1], topics: [db], actions: [diagnose]'),
    })
    const view = await fill({ text: 'host2' }, by)
    expect(initial(view)).toMatchObject({ host: undefined })
    expect(JSON.stringify(view)).not.toMatch(/host2|service/)
    const none = makeMentionWorld(store.db, { policy: limitedTo('actions: [read]') })
    await expect(fill({ text: 'host1' }, none)).rejects.toThrow('You may not diagnose')
  })

  it('is one that Slack takes, whatever the inventory and a message have', () => {
    // No inventory, runbook or workspace has a name of blanks.
    const name = fc.string({ minLength: 1, maxLength: 253 }).filter((text) => text.trim() !== '')
    const topics = fc.array(fc.record({ topic: name, title: fc.string() }), { maxLength: 120 })
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 40 }),
        topics,
        fc.option(name, { nil: undefined }),
        (found, some, channel) => {
          const each = [...new Map(some.map((one) => [one.topic.slice(0, 100), one])).entries()]
          const view = diagnoseForm({
            found,
            topics: each.map(([topic, one]) => ({ ...one, topic })),
            channel,
          })
          expect(viewProblems(view)).toEqual([])
        },
      ),
    )
  })

  it('that is read holds what was chosen, and nothing of what somebody forged', () => {
    const anywhere = '{"found":[]}'
    expect(readDiagnoseForm(filledIn({ host: 'host1', topic: '*', said: ' is\nslow ' }))).toEqual({
      ...{ host: 'host1', said: 'is slow', channel: 'C1', thread: '5.0' },
    })
    expect(readDiagnoseForm(filledIn({ host: 'host1', where: 'C2' }))).toMatchObject({ channel: 'C1' })
    expect(readDiagnoseForm(filledIn({ host: 'host1', where: 'C2', metadata: anywhere }))).toEqual({
      ...{ host: 'host1', topic: 'db', said: '', channel: 'C2' },
    })
    expect(readDiagnoseForm(filledIn({}))).toBeUndefined()
    fc.assert(fc.property(fc.string(), (metadata) => Array.isArray(readOrigin(metadata).found)))
    for (const metadata of ['null', '[]', '{"channel":1,"found":["a",2]}', '{"thread":{}}'])
      expect([readOrigin(metadata).channel, readOrigin(metadata).thread]).toEqual([undefined, undefined])
  })
})

describe('the menu of hosts', () => {
  const suggest = async (typed: string, { by = world, found = [] as string[], user = 'U1' } = {}) =>
    (await asking((request) => suggestHosts(by.bot, request, typed, found), { by, user })).map(
      ({ value }) => value,
    )

  it('begins with what the message names and what its reader asked about, the last first', async () => {
    const by = makeMentionWorld(store.db, { hosts: ['a1', 'a2', 'b-a', 'c', 'Zed'] })
    for (const host of ['c', 'gone', 'a2'])
      await createRun(store.db, {
        ...{ team: 'T1', actor: { kind: 'user', id: 'U7' }, topic: 'db', host, production: false },
        ...{ channel: 'C1', responseUrl: null },
      })
    await store.db.query(`UPDATE debvisor.runs SET created_at = now() - interval '1 hour' WHERE host = 'c'`)
    expect(await suggest('', { by, user: 'U7' })).toEqual(['a2', 'c', 'a1', 'b-a', 'Zed'])
    expect(await suggest('', { by, user: 'U7', found: ['b-a'] })).toEqual(['b-a', 'a2', 'c', 'a1', 'Zed'])
    expect(await suggest(' A', { by, user: 'U8' })).toEqual(['a1', 'a2', 'b-a'])
    expect(await suggest('ZE', { by })).toEqual(['Zed'])
    expect(await suggest('%', { by })).toEqual([])
  })

  it('has what its reader may diagnose, at most a hundred, and no name that Slack would refuse', async () => {
    const by = makeMentionWorld(store.db, { policy: limitedTo('hosts: [host2], actions: [diagnose]') })
    expect(await suggest('host', { by, found: ['host1'] })).toEqual(['host2'])
    const hosts = [...Array.from({ length: 250 }, (_, at) => `h${at}`), 'x'.repeat(200)]
    const many = makeMentionWorld(store.db, { hosts })
    expect(await suggest('', { by: many })).toHaveLength(100)
    expect(await suggest('x', { by: many })).toEqual([])
  })

  it('leaves no row for each letter that is typed, and one where somebody is refused', async () => {
    const rows = async () => (await store.db.query('SELECT 1 FROM debvisor.audit')).rowCount ?? 0
    const caller = { team: 'T1', user: 'U1', channel: '', responseUrl: null, trigger: 't', text: 'h' }
    const before = await rows()
    await guard(world.bot, hostMenuEntry, caller, async () => undefined)
    expect(await rows()).toBe(before)
    await guard(world.bot, hostMenuEntry, { ...caller, team: 'T2' }, async () => undefined)
    expect(await rows()).toBe(before + 1)
  })
})

describe('the form that is sent', () => {
  const save = (fields: Parameters<typeof filledIn>[0], from: Partial<Caller> & { by?: MentionWorld } = {}) =>
    asking((request) => saveDiagnoseForm((from.by ?? world).bot, request, filledIn(fields)), from)
  const runs = async () => (await recentRuns(store.db, 'T1', 50)).filter(({ endedAt }) => !endedAt)

  it('starts one run, however often it is sent, where it was asked', async () => {
    const trigger = `V${randomUUID()}`
    const sent = await Promise.all([1, 2].map(() => save({ host: 'host1' }, { trigger })))
    for (const result of sent) expect(JSON.stringify(result)).toContain('db on host1 is being examined')
    expect(await runs()).toMatchObject([{ topic: 'db', host: 'host1', channel: 'C1', thread: '5.0' }])
    const { rows } = await store.db.query<{ joined: string }>(
      'SELECT slack_user AS joined FROM debvisor.run_watchers',
    )
    expect(rows).toEqual([])
  })

  it('joins what is asked already, and says so', async () => {
    await save({ host: 'host1' })
    expect(JSON.stringify(await save({ host: 'host1' }, { user: 'U2' }))).toContain(
      'already asked for db on host1',
    )
    expect(await runs()).toHaveLength(1)
  })

  it('chooses the topic by what is said, among those that the caller may', async () => {
    const by = makeMentionWorld(store.db, { policy: limitedTo('topics: [service], actions: [diagnose]') })
    expect(await save({ host: 'host1', topic: '*', said: 'postgres' }, { by })).toMatchObject({ ok: true })
    expect(await runs()).toMatchObject([{ topic: 'service' }])
  })

  it.each([
    [{}, 'Choose a host.'],
    [{ host: 'host9; reboot' }, 'host9; reboot is no longer in the inventory'],
    [{ host: 'host1', topic: 'nothing' }, 'There is no such topic'],
  ])('does nothing with what is on no list: %j', async (fields, sentence) => {
    expect(await save(fields)).toMatchObject({ ok: false, sentence: expect.stringContaining(sentence) })
    expect(await runs()).toEqual([])
  })

  it('does nothing for whoever may not, and writes nobody a direct message for it', async () => {
    const by = makeMentionWorld(store.db, { policy: limitedTo('hosts: [host2], actions: [diagnose]') })
    expect(await save({ host: 'host1', metadata: '{}' }, { by })).toMatchObject({
      ok: false,
      sentence: expect.stringContaining('You may not diagnose on host1'),
    })
    expect([await runs(), by.opened]).toEqual([[], []])
  })

  it('answers directly where the bot is not in the channel', async () => {
    world.away.add('C1')
    expect(JSON.stringify(await save({ host: 'host1' }))).toMatch(
      /direct message to you.*I am not in that channel/,
    )
    expect(await runs()).toMatchObject([{ channel: 'D-U1', thread: null }])
  })
})

it('lets nobody choose a channel that is shared with another workspace', () => {
  const { blocks } = diagnoseForm({ topics: [], found: [] })
  expect(blocks).toContainEqual(
    expect.objectContaining({
      block_id: 'where',
      element: expect.objectContaining({
        filter: expect.objectContaining({ exclude_external_shared_channels: true }),
      }),
    }),
  )
})
