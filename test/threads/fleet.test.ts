import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../src/async/clock.ts'
import { cancelFleet } from '../../src/fleet/runs/cancel-fleet.ts'
import type { Message } from '../../src/slack/message.ts'
import { makeFleets } from '../../src/threads/fleet/draw-fleet.ts'
import type { ThreadWriter } from '../../src/threads/thread-drawer.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { finish, runsOf, started, worldOn } from '../fleet/runs/fleet-world.ts'

const [kind = 'embedded'] = storeKinds
let store: TestStore
beforeAll(async () => {
  store = await openTestStore(kind)
})
afterAll(() => store?.stop())
beforeEach(async () => {
  await store.db.query('DELETE FROM debvisor.fleet_runs')
  await store.db.query('DELETE FROM debvisor.runs')
})

interface Slack {
  readonly writer: ThreadWriter
  /** "post 7.1: text", in the order in which Slack took them. */
  readonly told: string[]
  /** The bot is not in the channel. */
  isAway: boolean
  /** Its thread is gone. */
  isGone: boolean
}

function slackOn(): Slack {
  const told: string[] = []
  /** What Slack has, by the key that it was posted with. */
  const there = new Map<string, string>()
  const slack: Slack = {
    told,
    isAway: false,
    isGone: false,
    writer: {
      store: worldOn(store.db).store,
      log: { warn() {} },
      slack: {
        delivery: {
          find: async (_: unknown, { key }: { key: string }) =>
            slack.isAway
              ? { ok: false, reason: 'not-in-channel', detail: 'not_in_channel' }
              : { ok: true, ts: there.get(key) ?? null },
          post: async ({ thread }: { thread?: string }, { text }: Message, { key }: { key: string }) => {
            if (slack.isAway) return { ok: false, reason: 'not-in-channel', detail: 'not_in_channel' }
            if (slack.isGone && thread === '7.1')
              return { ok: false, reason: 'refused', detail: 'thread_not_found' }
            told.push(`post ${thread ?? 'channel'}: ${text}`)
            there.set(key, `${told.length}.0`)
            return { ok: true, ts: `${told.length}.0` }
          },
          update: async (_: string, ts: string, { text }: Message) => {
            told.push(`update ${ts}: ${text}`)
            return { ok: true, ts }
          },
          upload: async (
            { thread }: { thread: string },
            { filename, mayBeThere }: { filename: string; mayBeThere?: boolean },
          ) => {
            const said = `file ${thread}: ${filename.replace(/F\w{4}/, 'CODE')}`
            if (!mayBeThere || !told.includes(said)) told.push(said)
            return { ok: true, fileId: filename }
          },
          message: async () => ({ thread_ts: undefined }),
          respond: async (_: string, { text }: Message) => {
            told.push(`private: ${text}`)
            return { ok: true }
          },
        },
      },
    } as unknown as ThreadWriter,
  }
  return slack
}

const { signal } = new AbortController()
const finishAll = async (slack: Slack, isIll = false) => {
  for (const { id } of await runsOf(store.db)) await finish(slack.writer.store as never, id, { isIll })
}
const end = [
  'update 1.0: 🟢 db on a,b: all 2 hosts are healthy',
  'post 1.0: <@U01ANA> db on a,b: all 2 hosts are healthy',
  'file 1.0: db-fleet-CODE.csv',
  'file 1.0: db-fleet-CODE.json',
]

it('a fleet is posted once, however many replicas draw it, and its end once in its thread', async () => {
  const slack = slackOn()
  const id = await started(worldOn(store.db).store, ['a', 'b'], { user: 'U01ANA' })
  const [one, other] = [makeFleets(slack.writer, systemClock), makeFleets(slack.writer, systemClock)]
  await Promise.all([one.redraw({ fleetId: id }, signal), other.redraw({ fleetId: id }, signal)])
  expect(slack.told).toEqual(['post channel: ⏳ db on a,b: 0 of 2 hosts done'])
  await finishAll(slack)
  await Promise.all([
    one.redraw({ fleetId: id }, signal),
    other.redraw({ fleetId: id }, signal),
    one.redraw({ fleetId: id }, signal),
  ])
  expect(slack.told.slice(1)).toEqual(end)
})

it('where a replica dies between any two things that it says, the next says the rest, and nothing twice', async () => {
  for (let diesAfter = 1; diesAfter <= end.length + 1; diesAfter++) {
    await store.db.query('DELETE FROM debvisor.fleet_runs')
    await store.db.query('DELETE FROM debvisor.runs')
    const slack = slackOn()
    const id = await started(worldOn(store.db).store, ['a', 'b'], { user: 'U01ANA' })
    await makeFleets(slack.writer, systemClock).redraw({ fleetId: id }, signal)
    await finishAll(slack)
    // Slack has taken it, and nobody hears of that.
    const delivery = new Proxy(slack.writer.slack.delivery, {
      get:
        (of, name) =>
        async (...args: unknown[]) => {
          const answer = await Reflect.apply(Reflect.get(of, name) as () => unknown, of, args)
          if (slack.told.length > diesAfter) throw new Error('the process died')
          return answer
        },
    })
    const dying = makeFleets({ ...slack.writer, slack: { delivery } }, systemClock)
    const isWhole = diesAfter === end.length + 1
    await dying.redraw({ fleetId: id }, signal).then(
      () => expect(isWhole).toBe(true),
      (error: Error) => expect(error.message).toBe('the process died'),
    )
    await makeFleets(slack.writer, systemClock).redraw({ fleetId: id }, signal)
    const isEdit = (said: string) => said.startsWith('update')
    expect(slack.told.slice(1).filter((said) => !isEdit(said))).toEqual(end.filter((said) => !isEdit(said)))
    // The same edit twice changes nothing.
    for (const edit of slack.told.filter(isEdit))
      expect(end.join()).toContain(edit.split(': ').slice(1).join(': '))
  }
})

it('in a channel that the bot is not in, whoever asked reads it alone, twice in all', async () => {
  const slack = slackOn()
  slack.isAway = true
  const id = await started(worldOn(store.db).store, ['a', 'b'], {
    user: 'U01ANA',
    responseUrl: 'https://hooks.slack.com/x',
  })
  const fleets = makeFleets(slack.writer, { elapsed: systemClock.elapsed, sleep: async () => {} })
  await fleets.redraw({ fleetId: id }, signal)
  await finishAll(slack)
  for (let i = 0; i < 2; i++) await fleets.redraw({ fleetId: id }, signal)
  expect(slack.told).toEqual([
    'private: Diagnosing db on a,b. I am not in this channel: /invite @debvisor now, and everybody here sees the answer. Otherwise it comes to you alone.',
    'private: 🟢 db on a,b: all 2 hosts are healthy',
  ])
})

it('in such a channel, where nobody can be answered, is at least in the log', async () => {
  const slack = slackOn()
  slack.isAway = true
  const warned: string[] = []
  const log = { warn: (_: object, message: string) => void warned.push(message) }
  const id = await started(worldOn(store.db).store, ['a', 'b'], { user: 'U01ANA' })
  await makeFleets({ ...slack.writer, log } as ThreadWriter, systemClock).redraw({ fleetId: id }, signal)
  expect(warned).toEqual([expect.stringContaining('nobody reads of a fleet')])
})

it('stands in the channel where its thread is gone, and calls nobody who cancelled it', async () => {
  const slack = slackOn()
  slack.isGone = true
  const id = await started(worldOn(store.db).store, ['a', 'b'], { user: 'U01ANA', thread: '7.1' })
  const fleets = makeFleets(slack.writer, systemClock)
  await fleets.redraw({ fleetId: id }, signal)
  await cancelFleet(worldOn(store.db).store, { id }, 'U01ANA', async () => {})
  await fleets.redraw({ fleetId: id }, signal)
  expect(slack.told.filter((said) => !said.startsWith('file'))).toEqual([
    'post channel: ⏳ db on a,b: 0 of 2 hosts done',
    'update 1.0: ⚪ db on a,b: cancelled, 2 of 2 hosts without a verdict',
  ])
})
