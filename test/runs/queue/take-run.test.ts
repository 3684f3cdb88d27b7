import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { claimOfTicket, oneAtATime, takeRun } from '../../../src/runs/queue/take-run.ts'
import { wakeHeldBack } from '../../../src/runs/queue/wake-held-back.ts'
import { runToJoin } from '../../../src/runs/requests/join-run.ts'
import type { Run } from '../../../src/runs/run.ts'
import { cancelRun, claimRun, finishRun, noteRun } from '../../../src/runs/run-lease.ts'
import type { Db } from '../../../src/store/db.ts'
import type { Job } from '../../../src/store/queue.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../../fakes/stores.ts'
import { waitingRun } from './waiting-runs.ts'

const limits = { running: 8, runningPerHost: 4, runningAlerts: 2, runningFleets: 2 }

describe.each(storeKinds)('a free slot on the %s store', (kind) => {
  let store: TestStore
  let replica: Db
  beforeAll(async () => {
    store = await openTestStore(kind)
    replica = await store.replica()
  })
  afterAll(() => store?.stop())
  afterEach(async () => {
    for (const { id } of (await store.db.query<Run>(`SELECT id FROM debvisor.runs WHERE ended_at IS NULL`))
      .rows)
      await cancelRun(store.db, id, 'U0')
  })

  const waiting = (parts?: Parameters<typeof waitingRun>[1]) => waitingRun(store.db, parts)
  const take = (db: Db, ticket: string = randomUUID(), worker = 'w') =>
    takeRun(db, { ticket, worker, limits })
  const end = (db: Db, { id: runId, epoch }: Run) => {
    const failure = { hop: 'h', stage: 'session', reason: 'r', remedy: 'm' } as const
    return finishRun(db, { runId, epoch }, { state: 'failed', failure, problemKeys: [] })
  }
  const signedBefore = (run: Run, seconds: number) =>
    store.db.query(`UPDATE debvisor.runs SET alive_at = now() - $2 * interval '1 s' WHERE id = $1`, [
      run.id,
      seconds,
    ])

  it('of two replicas gets a run that no other has, until none waits', async () => {
    const asked = await Promise.all(Array.from({ length: 20 }, () => waiting()))
    const taken = await Promise.all(Array.from({ length: 30 }, (_, i) => take(i % 2 ? store.db : replica)))
    const got = taken.filter((run) => run !== null)
    expect(got.map(({ id }) => id).toSorted()).toEqual(asked.map(({ id }) => id).toSorted())
    expect(got.every(({ state, epoch, startedAt }) => state === 'running' && epoch === 1 && startedAt)).toBe(
      true,
    )
  })

  it('goes to the channel with less under way, though another has asked for more and before', async () => {
    for (let i = 0; i < 6; i++) await waiting({ channel: 'flood' })
    const order: (string | undefined)[] = []
    for (let i = 0; i < 3; i++) order.push((await take(store.db))?.channel)
    await waiting({ channel: 'small' })
    for (let i = 0; i < 2; i++) order.push((await take(replica))?.channel)
    expect(order).toEqual(['flood', 'flood', 'flood', 'small', 'flood'])
  })

  it('goes in turn where each run has ended before the next is taken', async () => {
    for (let i = 0; i < 3; i++) await waiting({ channel: 'first' })
    for (let i = 0; i < 2; i++) await waiting({ channel: 'second', actor: { kind: 'user', id: 'U2' } })
    const order: (string | undefined)[] = []
    for (let i = 0; i < 5; i++) {
      const run = (await take(i % 2 ? store.db : replica)) as Run
      order.push(run.channel)
      await end(store.db, run)
      // The database's clock tells times apart by the millisecond.
      await delay(2)
    }
    expect(order).toEqual(['first', 'second', 'first', 'second', 'first'])
  })

  it('leaves a host alone that has as many as it may, however many slots ask at once', async () => {
    const jobs: Job[] = []
    const { queue } = storeWith(store.db, async (_tx, job) => void jobs.push(job))
    for (let i = 0; i < 7; i++) await waiting({ host: 'busy' })
    const taken = await Promise.all(Array.from({ length: 10 }, (_, i) => take(i % 2 ? store.db : replica)))
    const got = taken.filter((run) => run !== null)
    expect(got).toHaveLength(4)
    // Whoever ends one asks for the next.
    const [ended] = got as [Run]
    await end(store.db, ended)
    await store.db.tx((tx) => wakeHeldBack(tx, queue, ended))
    expect(jobs).toEqual([{ kind: 'diagnose', runId: expect.any(String), ticket: expect.any(String) }])
    expect(await take(store.db)).toMatchObject({ host: 'busy' })
    expect(await take(store.db)).toBeNull()
  })

  it('takes no more alerts than may run, and people before them', async () => {
    const alert = { actor: { kind: 'webhook', id: 'am' }, origin: 'alert' } as const
    for (let i = 0; i < 4; i++) await waiting(alert)
    await waiting({ channel: 'C2' })
    const order: (string | undefined)[] = []
    for (let i = 0; i < 4; i++) order.push((await take(store.db))?.origin)
    expect(order).toEqual(['person', 'alert', 'alert', undefined])
  })

  it('takes looks of watches among alerts, as many of both as alerts may have, and people before them', async () => {
    const watch = { actor: { kind: 'schedule', id: 'U1' }, origin: 'watch', channel: 'C1' } as const
    for (let i = 0; i < 3; i++) await waiting(watch)
    await waiting({ actor: { kind: 'webhook', id: 'am' }, origin: 'alert', channel: 'C2' })
    await waiting({ channel: 'C3' })
    const order: (string | undefined)[] = []
    for (let i = 0; i < 4; i++) order.push((await take(store.db))?.origin)
    expect(order).toEqual(['person', 'watch', 'alert', undefined])
  })

  it('goes to the person who waits longest, whatever alerts of their channel were served meanwhile', async () => {
    await waiting({ channel: 'shared', actor: { kind: 'webhook', id: 'am' }, origin: 'alert' })
    const alert = (await take(store.db)) as Run
    await waiting({ channel: 'shared' })
    await delay(2)
    await waiting({ channel: 'quiet' })
    await delay(2)
    await end(store.db, alert)
    const order = [await take(store.db), await take(store.db)]
    expect(order.map((run) => run?.channel)).toEqual(['shared', 'quiet'])
  })

  it('goes to alerts of each channel in turn', async () => {
    const alert = { actor: { kind: 'webhook', id: 'am' }, origin: 'alert' } as const
    for (const channel of ['A1', 'A1', 'A1', 'A2', 'A2']) await waiting({ ...alert, channel })
    const order: (string | undefined)[] = []
    for (let i = 0; i < 5; i++) {
      const run = (await take(store.db)) as Run
      order.push(run.channel)
      await end(store.db, run)
      await delay(2)
    }
    expect(order).toEqual(['A1', 'A2', 'A1', 'A2', 'A1'])
  })

  it('waits for the time of a run that is for later', async () => {
    const later = await waiting({ afterMs: 60_000 })
    expect(await take(store.db)).toBeNull()
    await store.db.query('UPDATE debvisor.runs SET due_at = now() WHERE id = $1', [later.id])
    expect((await take(store.db))?.id).toBe(later.id)
  })

  it('whose job is tried again gets the run that it had, and the worker before it can store nothing', async () => {
    await waiting()
    await waiting()
    const ticket = randomUUID()
    const first = (await take(store.db, ticket, 'dead')) as Run
    const again = (await take(replica, ticket, 'other')) as Run
    expect(again).toMatchObject({ id: first.id, epoch: 2 })
    expect(await noteRun(store.db, { runId: first.id, epoch: 1 }, { hostKey: 'x' })).toBe(false)
    const givenUp = (await claimOfTicket(store.db, { ticket, most: 1 }, 'last')) as Run
    expect(givenUp).toMatchObject({ id: first.id, epoch: again.epoch + 1 })
    // Its run has ended: it is free for another.
    await end(replica, givenUp)
    expect(await claimOfTicket(store.db, { ticket, most: 1 }, 'last')).toBeNull()
    expect((await take(replica, ticket))?.id).not.toBe(first.id)
  })

  it('gets a run whose worker gave no sign of life, and none whose worker is only slow', async () => {
    await waiting()
    const slow = (await take(store.db)) as Run
    await signedBefore(slow, 20)
    expect(await take(replica)).toBeNull()
    await signedBefore(slow, 31)
    expect(await take(replica)).toMatchObject({ id: slow.id, epoch: 2 })
    expect(await take(replica)).toBeNull()
  })

  it('takes up what an older version had, whose jobs are called as their run', async () => {
    const { id } = await waiting()
    await claimRun(store.db, id, 'old')
    await store.db.query('UPDATE debvisor.runs SET alive_at = NULL WHERE id = $1', [id])
    expect(await take(store.db)).toBeNull()
    expect(await take(store.db, id)).toMatchObject({ id, epoch: 2 })
  })

  it('loses no run to somebody who joins it at that moment', async () => {
    const run = await waiting()
    let joined = (): void => {}
    const joins = new Promise<void>((resolve) => {
      joined = resolve
    })
    const joining = replica.tx(async (tx) => {
      const { team, topic, host, channel } = run
      expect((await runToJoin(tx, { team, topic, host, channel, user: 'U2' }))?.id).toBe(run.id)
      joined()
      await delay(100)
    })
    await joins
    expect((await take(store.db))?.id).toBe(run.id)
    await joining
  })
})

describe
  .runIf(storeKinds.includes('postgres'))
  .concurrent('a replica that freezes while it takes a run', () => {
    let store: TestStore
    beforeAll(async () => {
      store = await openTestStore('postgres')
    })
    afterAll(() => store?.stop())

    it('keeps the others from taking theirs for ten seconds, and no longer', async () => {
      const replica = await store.replica()
      const run = await waitingRun(store.db)
      let thaw = (): void => {}
      const thawed = new Promise<void>((resolve) => {
        thaw = resolve
      })
      let hold = (): void => {}
      const held = new Promise<void>((resolve) => {
        hold = resolve
      })
      const frozen = replica.tx(async (tx) => {
        await oneAtATime(tx)
        hold()
        await thawed
        await tx.query('SELECT 1')
      })
      frozen.catch(() => undefined)
      await held
      expect((await takeRun(store.db, { ticket: 't', worker: 'w', limits }))?.id).toBe(run.id)
      thaw()
      await expect(frozen).rejects.toThrow()
    }, 30_000)
  })
