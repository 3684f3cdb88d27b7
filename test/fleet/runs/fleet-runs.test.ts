import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cancelFleet } from '../../../src/fleet/runs/cancel-fleet.ts'
import { endFleet } from '../../../src/fleet/runs/end-fleet.ts'
import { outcomesOf } from '../../../src/fleet/runs/fleet-run.ts'
import { getFleet, hostsOfFleet, lockFleet, snapshotOf } from '../../../src/fleet/runs/fleet-store.ts'
import { sendForForgotten } from '../../../src/fleet/runs/forgotten-fleets.ts'
import { startFleet } from '../../../src/fleet/runs/start-fleet.ts'
import { runsOfAsker } from '../../../src/runs/history/runs-of-asker.ts'
import { overLimit } from '../../../src/runs/queue/waiting-limits.ts'
import { cancelUnderWay } from '../../../src/runs/requests/cancel-run.ts'
import { getRun, recentRuns } from '../../../src/runs/run-store.ts'
import { startRun } from '../../../src/runs/start-run.ts'
import { fleetAnswer } from '../../../src/slack/messages/fleet/fleet-answer.ts'
import type { Db } from '../../../src/store/db.ts'
import type { Job } from '../../../src/store/queue.ts'
import type { Store } from '../../../src/store/store.ts'
import { forgetOutputs } from '../../../src/watches/forget-outputs.ts'
import { openTestStore, storeKinds, type TestStore } from '../../fakes/stores.ts'
import { finish, hostsOf, limits, requestOf, runsOf, started, worldOn } from './fleet-world.ts'

const audit = async () => {}
const roomy = { waiting: 500, waitingPerChannel: 500, waitingPerUser: 2 }

describe.each(storeKinds)('a fleet on the %s store', (kind) => {
  let opened: TestStore
  let db: Db
  /** As another replica has it. */
  let other: Db
  let store: Store
  let jobs: Job[]
  beforeAll(async () => {
    opened = await openTestStore(kind)
    db = opened.db
    other = await opened.replica()
  })
  afterAll(() => opened?.stop())
  const empty = async () => {
    await db.query('DELETE FROM debvisor.fleet_runs')
    await db.query('DELETE FROM debvisor.runs')
    ;({ store, jobs } = worldOn(db))
  }
  beforeEach(empty)

  const outcomes = async (id: string) =>
    outcomesOf(await hostsOfFleet(db, id)).map(({ host, outcome }) => `${host} ${outcome.kind}`)
  const kinds = () => jobs.map((job) => job.kind)
  const asks = (host: string, user = 'U2') =>
    startRun(
      store,
      {
        ...{ team: 'T1', actor: { kind: 'user', id: user }, topic: 'db', host: hostsOf(host)[0] as never },
        ...{ channel: 'C1', responseUrl: null, delivery: randomUUID(), audit },
      },
      roomy,
    )

  it('begins a quiet run for each host, with slots for as many as may run at once', async () => {
    const request = requestOf(store, ['b', 'a', 'c'])
    const begun = await startFleet(store, request, limits)
    expect(begun).toMatchObject({ joined: false, fleet: { code: expect.stringMatching(/^F[0-9A-Z]{4}$/) } })
    expect(await startFleet(store, request, limits)).toBeNull()
    expect(await runsOf(db)).toMatchObject(
      ['a', 'b', 'c'].map((host) => ({ host, state: 'queued', origin: 'fleet', isQuiet: true })),
    )
    expect(kinds()).toEqual(['diagnose', 'diagnose', 'fleet'])
    const { rows } = await db.query<{ entry: string }>(
      'SELECT entry::text AS entry FROM debvisor.audit ORDER BY position DESC LIMIT 1',
    )
    expect(rows[0]?.entry).toMatch(/fleet F\w{4}: db on b,a,c, which means b, a, c/)
    // It is no run that somebody asked for, whatever lists those.
    expect(await recentRuns(db, 'T1', 10)).toEqual([])
    expect(await runsOfAsker(db, 'T1', 'U1', 10)).toEqual([])
  })

  it('asks no host that is being asked in its channel already, nor twice what the same person asks again', async () => {
    await asks('a')
    const first = await started(store, ['a', 'b'])
    const again = await startFleet(store, requestOf(store, ['a', 'b']), limits)
    expect(again).toMatchObject({ joined: true, fleet: { id: first } })
    await started(store, ['b', 'c'], { user: 'U3' })
    await started(store, ['b'], { user: 'U3', channel: 'C2' })
    expect((await runsOf(db)).map(({ host }) => host)).toEqual(['a', 'b', 'c', 'b'])
  })

  it('is refused as a whole where too many of its hosts would wait, and takes no place from others', async () => {
    await started(store, ['a', 'b', 'c', 'd', 'e'])
    await started(store, ['f', 'g', 'h', 'i', 'j'])
    const more = requestOf(store, ['k'])
    expect(await startFleet(store, more, limits)).toEqual({ limit: 'user', most: 10, waiting: 10 })
    expect(await runsOf(db)).toHaveLength(10)
    await started(store, ['k', 'l', 'm', 'n', 'o'], { user: 'U2' })
    const full = await startFleet(
      store,
      requestOf(store, ['p', 'q', 'r', 's', 't', 'u'], { user: 'U3' }),
      limits,
    )
    expect(full).toEqual({ limit: 'all', most: 20, waiting: 15 })
    const asked = { team: 'T1', actor: { kind: 'user', id: 'U1' }, origin: 'person', channel: 'C1' } as const
    expect(await overLimit(db, asked, { waiting: 3, waitingPerChannel: 3, waitingPerUser: 1 })).toBeNull()
    const alert = { ...asked, actor: { kind: 'webhook', id: 'w' }, origin: 'alert' } as const
    expect(await overLimit(db, alert, { waiting: 3, waitingPerChannel: 3, waitingPerUser: 1 })).toBeNull()
  })

  it('ends once with its last host, whoever comes first, and keeps no snapshot', async () => {
    const id = await started(store, ['a', 'b'])
    const [a, b] = await runsOf(db)
    const snapshot = { at: 1, answers: { 'snapshot.packages': ['package\tlibpq5\t15.9'] } }
    await finish(store, a?.id ?? '', { snapshot, isIll: true })
    expect(await snapshotOf(db, id, 'a')).toEqual(snapshot)
    expect(await endFleet(store, id)).toBe(false)
    jobs.length = 0
    await finish(store, b?.id ?? '')
    expect(jobs).toEqual([{ kind: 'fleet', fleetId: id }])
    const replica = worldOn(other).store
    expect(await Promise.all([endFleet(store, id), endFleet(replica, id), endFleet(store, id)])).toEqual([
      true,
      true,
      true,
    ])
    expect(await getFleet(db, id)).toMatchObject({ endedAt: expect.any(Date), compared: [] })
    expect(await snapshotOf(db, id, 'a')).toBeNull()
    expect(await outcomes(id)).toEqual(['a judged', 'b judged'])
  })

  it('keeps what sets those in trouble apart, as their runs told it', async () => {
    const id = await started(store, ['a', 'b', 'c', 'd'])
    const version = (libpq: string) => ({
      at: 1_795_000_000,
      answers: { files: [`package\tlibpq5\t\t\t${libpq}`, 'end\t\t\t\t'] },
    })
    for (const { id: run, host } of await runsOf(db)) {
      const isIll = host === 'a' || host === 'c'
      await finish(store, run, { isIll, snapshot: version(isIll ? '15.9' : '15.8') })
    }
    await endFleet(store, id)
    const shares = { bad: { have: 2, of: 2 }, good: { have: 0, of: 2 } }
    expect((await getFleet(db, id))?.compared).toMatchObject([
      {
        hosts: 2,
        peers: 2,
        group: 'web',
        apart: [{ object: 'libpq5', has: '15.9', instead: '15.8', ...shares }],
      },
    ])
  })

  it('is compared outside of any transaction, a host at a time', async () => {
    const id = await started(store, ['a', 'b', 'c', 'd'])
    const snapshot = { at: 1, answers: { files: ['package\tlibpq5\t\t\t15.9', 'end\t\t\t\t'] } }
    for (const { id: run, host } of await runsOf(db))
      await finish(store, run, { isIll: host < 'c', snapshot })
    const inTransaction: string[] = []
    let longestRead = 0
    const watched: Pick<Store, 'tx' | 'query'> = {
      query: async (...args) => {
        const read = await db.query(...args)
        if (/snapshot/.test(args[0])) longestRead = Math.max(longestRead, read.rows.length)
        return read as never
      },
      tx: (work) =>
        store.tx((tx) =>
          work({
            query: (sql, params) => {
              inTransaction.push(sql)
              return tx.query(sql, params)
            },
          }),
        ),
    }
    await endFleet(watched, id)
    expect(longestRead).toBe(1)
    expect(inTransaction.filter((sql) => /SELECT.*(?:snapshot|report)/s.test(sql))).toEqual([])
    expect((await getFleet(db, id))?.endedAt).toBeInstanceOf(Date)
  })

  // The embedded store has one connection: there no end of a run comes meanwhile.
  if (kind !== 'embedded')
    it('keeps no snapshot that comes while it is being ended', async () => {
      const id = await started(store, ['a'])
      const [a] = await runsOf(db)
      const replica = worldOn(other).store
      await db.tx(async (tx) => {
        await lockFleet(tx, id)
        // The end of a run does not wait for it.
        expect(await finish(replica, a?.id ?? '', { snapshot: { at: 1, answers: {} } })).toBe(true)
      })
      expect(await snapshotOf(db, id, 'a')).toBeNull()
    })

  it('ends without a comparison that would take too long, and says so', async () => {
    const id = await started(store, ['a', 'b'])
    for (const { id: run } of await runsOf(db))
      await finish(store, run, { isIll: true, snapshot: { at: 1, answers: {} } })
    expect(await endFleet(store, id, 0)).toBe(true)
    const fleet = await getFleet(db, id)
    expect(fleet).toMatchObject({ endedAt: expect.any(Date), compared: null })
    if (!fleet) throw new Error('there is no fleet')
    const answer = JSON.stringify(fleetAnswer({ fleet, hosts: await hostsOfFleet(db, id) }).blocks)
    expect(answer).toContain('What sets the hosts in trouble apart is left out')
    // Whoever comes later leaves it as it was told.
    expect(await endFleet(store, id)).toBe(true)
    expect((await getFleet(db, id))?.compared).toBeNull()
  })

  it('is ended by whoever looks, where the last of its hosts was examined by a bot that knows no fleets', async () => {
    const id = await started(store, ['a'])
    const isSent = async () => {
      jobs.length = 0
      await sendForForgotten({ store })
      return jobs.length > 0
    }
    await db.query(`UPDATE debvisor.fleet_runs SET created_at = now() - interval '1 minute'`)
    expect(await isSent()).toBe(false)
    await db.query(`UPDATE debvisor.runs SET state = 'cancelled', ended_at = now()`)
    expect(await isSent()).toBe(false)
    await db.query(`UPDATE debvisor.runs SET ended_at = now() - interval '1 minute'`)
    expect(await isSent()).toBe(true)
    await endFleet(store, id)
    expect(await isSent()).toBe(false)
  })

  it('goes on when one of its runs is cancelled, which has then no verdict', async () => {
    const id = await started(store, ['a', 'b'])
    const [a, b] = await runsOf(db)
    const run = await getRun(db, a?.id ?? '')
    if (run) await cancelUnderWay(store, run, 'U9', audit)
    await finish(store, b?.id ?? '')
    expect(await endFleet(store, id)).toBe(true)
    expect(await outcomes(id)).toEqual(['a stopped', 'b judged'])
  })

  it('is cancelled without what somebody else waits for', async () => {
    const id = await started(store, ['a', 'b', 'c', 'd'])
    const others = await started(store, ['c'], { user: 'U3' })
    await asks('b')
    const [a] = await runsOf(db)
    await finish(store, a?.id ?? '')
    expect(await cancelFleet(store, { id }, 'U1', audit)).toMatchObject({
      cancelled: true,
      fleet: { cancelledBy: 'U1' },
    })
    expect((await runsOf(db)).map(({ host, state }) => `${host} ${state}`)).toEqual([
      'a done',
      'b queued',
      'c queued',
      'd cancelled',
    ])
    expect(await outcomes(id)).toEqual(['a judged', 'b stopped', 'c stopped', 'd stopped'])
    expect(await endFleet(store, id)).toBe(true)
    expect(await cancelFleet(store, { id }, 'U1', audit)).toMatchObject({ cancelled: false })
    // The last one who waits for it ends it.
    await cancelFleet(store, { id: others }, 'U3', audit)
    expect((await runsOf(db)).find(({ host }) => host === 'c')?.state).toBe('cancelled')
  })

  it('keeps what a host answered, though a watch has judged the same look', async () => {
    await started(store, ['a'])
    const [a] = await runsOf(db)
    await db.query(`UPDATE debvisor.runs SET examined = '{}' WHERE id = $1`, [a?.id])
    await db.tx((tx) => forgetOutputs(tx, a?.id ?? ''))
    expect((await db.query('SELECT 1 FROM debvisor.runs WHERE examined IS NOT NULL')).rowCount).toBe(1)
  })

  it('loses no host to a cancellation of the same moment', async () => {
    for (let round = 0; round < 15; round++) {
      await empty()
      const id = await started(store, ['a', 'b', 'c'])
      const replica = worldOn(other).store
      const [, second] = await Promise.all([
        cancelFleet(store, { id }, 'U1', audit),
        started(replica, ['c', 'b', 'a'], { user: 'U2' }),
      ])
      const members = await hostsOfFleet(db, second)
      expect(members.map(({ run }) => run.state)).toEqual(['queued', 'queued', 'queued'])
    }
  })

  it('locks the runs of its hosts in one order, however the database sorts names', async () => {
    const names = ['web-2', 'web1', 'Web3']
    const collations = await db.query<{ name: string }>(
      `SELECT collname AS name FROM pg_collation WHERE collname IN ('en-x-icu', 'und-x-icu', 'en_US.utf8', 'en_US')`,
    )
    const [found] = collations.rows
    const sortBy = (collation: string) =>
      db.query(`ALTER TABLE debvisor.runs ALTER COLUMN host TYPE text COLLATE "${collation}"`)
    if (found) await sortBy(found.name)
    try {
      const noted: string[][] = []
      const watched: Pick<Store, 'tx' | 'queue'> = {
        queue: store.queue,
        tx: (work) =>
          store.tx((tx) =>
            work({
              query: async (sql, params) => {
                const result = await tx.query(sql, params)
                if (/SELECT host.*FOR NO KEY UPDATE/s.test(sql))
                  noted.push(result.rows.map((row) => (row as { host: string }).host))
                if (/INSERT INTO debvisor\.runs/.test(sql))
                  noted.push((params ?? []).filter((value) => names.includes(String(value))).map(String))
                return result as never
              },
            }),
          ),
      }
      const begun = await startFleet(watched, requestOf(store, names), limits)
      const locked = noted.flat()
      noted.length = 0
      if (begun && 'fleet' in begun) await cancelFleet(watched, begun.fleet, 'U1', audit)
      expect(locked).toEqual(['Web3', 'web-2', 'web1'])
      expect(noted.flat()).toEqual(locked)
    } finally {
      await sortBy('default')
    }
  })

  it('whatever is done in whatever order, asks no host twice at once, cancels nothing of others and ends', async () => {
    const host = fc.constantFrom('a', 'b', 'c', 'd')
    const step = fc.oneof(
      fc.record({
        do: fc.constant('start' as const),
        user: fc.constantFrom('U1', 'U2'),
        hosts: fc.uniqueArray(host, { minLength: 1 }),
      }),
      fc.record({ do: fc.constant('ask' as const), host }),
      fc.record({ do: fc.constant('finish' as const), host, isIll: fc.boolean() }),
      fc.record({ do: fc.constant('cancel' as const), at: fc.nat(5) }),
      fc.record({ do: fc.constant('look' as const), at: fc.nat(5) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        await empty()
        const fleets = new Set<string>()
        const cancelled = new Set<string>()
        const asked = new Set<string>()
        for (const one of steps) {
          if (one.do === 'start') {
            const begun = await startFleet(store, requestOf(store, one.hosts, { user: one.user }), limits)
            if (begun && 'fleet' in begun) fleets.add(begun.fleet.id)
          }
          if (one.do === 'ask') {
            const begun = await asks(one.host, 'U9')
            if (begun && 'run' in begun) asked.add(begun.run.id)
          }
          if (one.do === 'finish') {
            const open = (await runsOf(db)).find((run) => run.host === one.host && run.state === 'queued')
            if (open) await finish(store, open.id, one)
          }
          const id = 'at' in one ? [...fleets][one.at] : undefined
          if (id && one.do === 'cancel' && (await cancelFleet(store, { id }, 'U1', audit))?.cancelled)
            cancelled.add(id)
          if (id && one.do === 'look') await endFleet(store, id)

          const runs = await runsOf(db)
          const open = runs.filter(({ state }) => state === 'queued').map((run) => run.host)
          expect(open).toEqual([...new Set(open)])
          for (const run of runs) if (asked.has(run.id)) expect(run.state).not.toBe('cancelled')
          for (const each of fleets) {
            const members = await hostsOfFleet(db, each)
            if (cancelled.has(each))
              expect(members.filter(({ isStopped, run }) => !isStopped && !run.endedAt)).toEqual([])
            else
              expect(members.filter(({ isStopped, run }) => isStopped || run.state === 'cancelled')).toEqual(
                [],
              )
            if ((await getFleet(db, each))?.endedAt)
              expect(members.filter(({ isStopped, run }) => !isStopped && !run.endedAt)).toEqual([])
          }
        }
        for (const run of await runsOf(db)) if (run.state === 'queued') await finish(store, run.id)
        // The jobs that were sent are enough: whoever does the last of each fleet ends it.
        for (const job of jobs) if (job.kind === 'fleet') await endFleet(store, job.fleetId)
        for (const id of fleets) expect((await getFleet(db, id))?.endedAt).toBeInstanceOf(Date)
      }),
      { numRuns: kind === 'embedded' ? 8 : 20 },
    )
  }, 60_000)
})
