import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Run } from '../../src/runs/run.ts'
import { claimRun, finishRun } from '../../src/runs/run-lease.ts'
import { createRun } from '../../src/runs/run-store.ts'
import type { Message } from '../../src/slack/message.ts'
import type { Delivery } from '../../src/slack/transport/delivery.ts'
import type { Db } from '../../src/store/db.ts'
import { drawThread } from '../../src/threads/draw-thread.ts'
import { mainMessage, messagesBelow } from '../../src/threads/messages-of-thread.ts'
import { redrawOf, withPostLock } from '../../src/threads/post-lock.ts'
import type { ThreadDrawer } from '../../src/threads/thread-drawer.ts'
import { readThread } from '../../src/threads/views/read-thread.ts'
import { makeParts } from '../escalation/escalation-world.ts'
import { makePagerStub } from '../escalation/pager-stub.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'
import { diskReport } from '../slack/messages/sample-views.ts'

/** How long a request is on its way to Slack, and its answer on the way back. */
interface Trip {
  readonly there: () => Promise<unknown>
  readonly back: () => Promise<unknown>
}
const at = (ms: number) => () => delay(ms)
const quick: Trip = { there: at(0), back: at(0) }

/** What people see: by ts, what arrived last. */
function openSlack() {
  const shown = new Map<string, Message>()
  const postedAs: string[] = []
  const of = (trip: () => Trip): Delivery =>
    ({
      post: async (_to, message, { key }) => {
        const { there, back } = trip()
        await there()
        const ts = `${key}.1`
        postedAs.push(key)
        shown.set(ts, message)
        await back()
        return { ok: true, ts }
      },
      update: async (_channel, ts, message) => {
        const { there, back } = trip()
        await there()
        shown.set(ts, message)
        await back()
        return { ok: true, ts }
      },
      find: async (_to, { key }) => ({ ok: true, ts: postedAs.includes(key) ? `${key}.1` : null }),
      upload: async () => ({ ok: true, fileId: 'F1' }),
      permalink: async () => undefined,
    }) as Partial<Delivery> as Delivery
  return { shown, postedAs, of }
}

describe.each(storeKinds)('a thread that two replicas draw, on the %s store', (kind) => {
  let store: TestStore
  let replica: Db
  beforeAll(async () => {
    store = await openTestStore(kind)
    replica = await store.replica()
  })
  afterAll(() => store?.stop())
  afterEach(() => void vi.restoreAllMocks())

  const drawerOn = (db: Db, delivery: Delivery): ThreadDrawer => ({
    ...makeParts(db, makePagerStub(), { now: 'works' }),
    slack: { delivery },
  })

  async function ended(): Promise<Run> {
    const { id } = await store.db.tx((tx) =>
      createRun(tx, {
        team: 'T1',
        actor: { kind: 'user', id: 'U1' },
        topic: 'db',
        host: 'host1',
        production: true,
        channel: 'C1',
        responseUrl: null,
      }),
    )
    const run = (await claimRun(store.db, id, 'w')) as Run
    const report = diskReport()
    await finishRun(store.db, { runId: id, epoch: run.epoch }, { state: 'done', report, problemKeys: [id] })
    return run
  }
  /** A change of what every message of the thread says. */
  const rename = (run: Run, host: string) =>
    store.db.query('UPDATE debvisor.runs SET host = $2 WHERE id = $1', [run.id, host])

  async function newest(run: Run, slack: ReturnType<typeof openSlack>): Promise<Map<string, Message>> {
    const on = drawerOn(
      store.db,
      slack.of(() => quick),
    )
    const thread = await readThread(on, run.id)
    if (!thread) throw new Error('the run is gone')
    const below = messagesBelow(thread, on.reachable).flatMap((drawn) =>
      'message' in drawn ? [[`${drawn.key}.1`, drawn.message] as const] : [],
    )
    return new Map([['main.1', mainMessage(thread, on.reachable)], ...below])
  }

  it('shows the newest state in the end, however requests and answers cross', async () => {
    const trip = fc.record({ there: fc.constantFrom(0, 0, 4, 12), back: fc.constantFrom(0, 0, 4, 12) })
    const trips = fc.array(trip, { minLength: 8, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(trips, trips, async (ofFirst, ofSecond) => {
        const slack = openSlack()
        const run = await ended()
        const slow = (left: { there: number; back: number }[]) => () => {
          const { there, back } = left.shift() ?? { there: 0, back: 0 }
          return { there: at(there), back: at(back) }
        }
        const first = drawerOn(store.db, slack.of(slow([...ofFirst])))
        const second = drawerOn(replica, slack.of(slow([...ofSecond])))
        await rename(run, 'host2')
        const draws = [drawThread(first, run.id)]
        await rename(run, 'host3')
        draws.push(drawThread(second, run.id))
        await rename(run, 'host4')
        draws.push(drawThread(first, run.id))
        await Promise.all(draws)
        expect(slack.shown).toEqual(await newest(run, slack))
        expect(slack.postedAs.toSorted()).toEqual([...new Set(slack.postedAs)].toSorted())
      }),
      { numRuns: 12 },
    )
  })

  it('shows the newest state, too, where one stood still with an older one on its way and lost the lock', async () => {
    const slack = openSlack()
    const run = await ended()
    await drawThread(
      drawerOn(
        store.db,
        slack.of(() => quick),
      ),
      run.id,
    )
    await rename(run, 'older')
    let wake = () => {}
    const awake = new Promise<void>((resolve) => {
      wake = resolve
    })
    let stands = false
    const frozen: Trip = {
      there: () => {
        stands = true
        return awake
      },
      back: at(0),
    }
    const trips = [frozen]
    const first = drawThread(
      drawerOn(
        store.db,
        slack.of(() => trips.shift() ?? quick),
      ),
      run.id,
    )
    while (!stands) await delay(5)
    await store.db.query(
      `UPDATE debvisor.messages SET held_by = 'nobody', held_till = now() - interval '1 second' WHERE key = 'main'`,
    )
    await rename(run, 'newer')
    await drawThread(
      drawerOn(
        replica,
        slack.of(() => quick),
      ),
      run.id,
    )
    expect(slack.shown).toEqual(await newest(run, slack))
    wake()
    await first
    expect(slack.shown).toEqual(await newest(run, slack))
  })

  it('hears nothing from one that wakes after its lock ran out, until that one has read the state anew', async () => {
    const run = await ended()
    const sent: string[] = []
    const main = { runId: run.id, key: 'main', channel: 'C1', redraw: redrawOf(run.id) }
    await withPostLock(storeWith(store.db), main, async (lock) => {
      if (!lock.lostBefore) {
        const now = performance.now() + 11_000
        vi.spyOn(performance, 'now').mockReturnValue(now)
      }
      const state = lock.lostBefore ? 'new' : 'old'
      lock.assertHeld()
      sent.push(state)
    })
    expect(sent).toEqual(['new'])
  })
})
