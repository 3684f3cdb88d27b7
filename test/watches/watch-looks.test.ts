import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readPolicy } from '../../src/access/load-policy.ts'
import { runsOfHost } from '../../src/runs/history/runs-of-host.ts'
import { createRun, getRun, recentRuns } from '../../src/runs/run-store.ts'
import { startRun } from '../../src/runs/start-run.ts'
import type { Db } from '../../src/store/db.ts'
import { lookOnce } from '../../src/watches/keep-looking.ts'
import type { Watch } from '../../src/watches/watch.ts'
import { judgeLook, stopWatch, takeLook } from '../../src/watches/watch-looks.ts'
import { addWatch, getWatch } from '../../src/watches/watch-store.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import {
  finish,
  inventory,
  looks,
  makeDue,
  makeWorld,
  member,
  ranBefore,
  type World,
  watchOf,
} from './watch-world.ts'

describe.each(storeKinds)('a watch on the %s store', (kind) => {
  let store: TestStore
  let db: Db
  let replica: Db
  let world: World
  beforeAll(async () => {
    store = await openTestStore(kind)
    db = store.db
    replica = await store.replica()
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    await db.query('DELETE FROM debvisor.watches')
    await db.query(`UPDATE debvisor.runs SET origin = 'person'`)
    await db.query(`UPDATE debvisor.runs SET state = 'cancelled', ended_at = now() WHERE ended_at IS NULL`)
    world = makeWorld(db)
  })

  const stands = async (id: string) => await getWatch(db, id)
  const newest = async () => (await looks(db)).at(-1)
  /** One look of the watch, from its time to its judgement. */
  async function looksOnce(watch: Parameters<typeof makeDue>[1], end: Parameters<typeof finish>[2]) {
    await makeDue(db, watch)
    await lookOnce(world.looker)
    const look = await newest()
    if (!look) throw new Error('nothing looked')
    await finish(db, look, end)
    await lookOnce(world.looker)
    return look
  }

  it('looks once when its time has come, however many replicas ask at once', async () => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    const others = Array.from({ length: 6 }, (_, at) => makeWorld(at % 2 ? db : replica))
    await Promise.all(others.map(({ looker }) => lookOnce(looker)))
    expect(await looks(db)).toMatchObject([{ state: 'queued', isQuiet: true, parent: watch.runId }])
    expect(others.flatMap(({ jobs }) => jobs.filter(({ kind }) => kind === 'diagnose'))).toHaveLength(1)
    expect((await stands(watch.id))?.turn).toBe(1)
  })

  it('is not looked at by a replica that read it before it froze', async () => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    const frozen = await stands(watch.id)
    const look = await looksOnce(watch, 'ill')
    await makeDue(db, watch)
    // It wakes up with what it read: that turn is over.
    if (frozen) await takeLook(world.looker, frozen)
    expect(await looks(db)).toMatchObject([{ id: look.id }])
    // Nor does it end what has gone on without it.
    world.person = { ...member, guest: true }
    if (frozen) await takeLook(world.looker, frozen)
    expect((await stands(watch.id))?.outcome).toBeNull()
  })

  it('looks once after a long time without a database, and then in its pace', async () => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    await makeDue(db, watch, 3_600)
    for (let i = 0; i < 3; i++) {
      await lookOnce(world.looker)
      const look = await newest()
      if (look?.state === 'queued') await finish(db, look, 'ill')
    }
    expect(await looks(db)).toHaveLength(1)
    expect((await stands(watch.id))?.nextAt.getTime()).toBeGreaterThan(Date.now() + 200_000)
  })

  it('waits for the run that it hangs from', async () => {
    const run = await createRun(db, {
      ...{ team: 'T1', topic: 'db', host: 'host1', channel: 'C1', production: true, responseUrl: null },
      actor: { kind: 'user', id: 'U1' },
    })
    await watchOf(db, run.id)
    await lookOnce(world.looker)
    expect(await looks(db)).toEqual([])
  })

  it('tells nothing of the same verdict, a new one once, and that it is well once it stays so', async () => {
    const watch = await watchOf(db, (await ranBefore(db, 'ill')).id)
    const seen = []
    for (const end of ['ill', 'well', 'unreachable', 'unreachable', 'well', 'well', 'well'] as const) {
      const { id } = await looksOnce(watch, end)
      seen.push([end, (await getRun(db, id))?.isQuiet, (await stands(watch.id))?.healthy])
    }
    expect(seen).toEqual([
      ['ill', true, 0],
      ['well', true, 1],
      ['unreachable', false, 0],
      ['unreachable', true, 0],
      ['well', true, 1],
      ['well', true, 2],
      ['well', true, 3],
    ])
    expect(await stands(watch.id)).toMatchObject({ outcome: 'well', looks: 7 })
    await makeDue(db, watch)
    await lookOnce(world.looker)
    expect(await looks(db)).toHaveLength(7)
  })

  it('is judged once, however many replicas see that its look has ended', async () => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    await lookOnce(world.looker)
    const look = await newest()
    if (look) await finish(db, look, 'well')
    const others = Array.from({ length: 6 }, (_, at) => makeWorld(at % 2 ? db : replica))
    await Promise.all(others.map(({ looker }) => lookOnce(looker)))
    expect(await stands(watch.id)).toMatchObject({ healthy: 1, looks: 1 })
  })

  it.each([
    'pg_advisory_xact_lock',
    'UPDATE debvisor.watches SET turn',
    'INSERT INTO debvisor.runs',
    'UPDATE debvisor.watches SET look',
    'INSERT INTO debvisor.audit',
  ])('is looked at by another replica where one dies at %s', async (diesAt) => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    await lookOnce(makeWorld(db, { diesAt }).looker)
    expect(await looks(db)).toEqual([])
    expect(await stands(watch.id)).toMatchObject({ turn: 0 })
    await lookOnce(makeWorld(replica).looker)
    await lookOnce(world.looker)
    expect(await looks(db)).toHaveLength(1)
  })

  it.each([
    'SET look = NULL',
    'SET healthy',
    'is_quiet = false',
    'SET outcome',
    'INSERT INTO debvisor.audit',
  ])('is judged by another replica where one dies at %s', async (diesAt) => {
    const watch = await watchOf(db, (await ranBefore(db)).id, { wanted: 1 })
    await lookOnce(world.looker)
    const look = await newest()
    if (look) await finish(db, look, diesAt === 'is_quiet = false' ? 'unreachable' : 'well')
    await lookOnce(makeWorld(db, { diesAt }).looker)
    expect(await stands(watch.id)).toMatchObject({ looks: 0, outcome: null })
    expect((await newest())?.isQuiet).toBe(true)
    await lookOnce(makeWorld(replica).looker)
    const isOver = diesAt === 'is_quiet = false' ? null : 'well'
    expect(await stands(watch.id)).toMatchObject({ looks: 1, outcome: isOver })
  })

  it('joins a run of the same that is under way, and counts its verdict', async () => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    const asked = await createRun(db, {
      ...{ team: 'T1', topic: 'db', host: 'host1', channel: 'C1', production: true, responseUrl: null },
      actor: { kind: 'user', id: 'U2' },
    })
    await lookOnce(world.looker)
    expect(await looks(db)).toEqual([])
    await finish(db, asked, 'well')
    await lookOnce(world.looker)
    expect(await stands(watch.id)).toMatchObject({ healthy: 1 })
  })

  it('leaves a look out where too many runs wait, and tells nobody', async () => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    const full = makeWorld(db, { waiting: 0 })
    await lookOnce(full.looker)
    expect(await looks(db)).toEqual([])
    expect(full.jobs).toEqual([])
    expect(await stands(watch.id)).toMatchObject({ turn: 1, outcome: null })
    expect((await stands(watch.id))?.nextAt.getTime()).toBeGreaterThan(Date.now())
  })

  it('is over, and says so, when whoever asked may not look there any more', async () => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    world.person = { ...member, guest: true }
    await lookOnce(world.looker)
    expect(await stands(watch.id)).toMatchObject({
      outcome: 'refused',
      why: 'Guests may not use this command; ask a full member of the workspace.',
    })
    expect(await looks(db)).toEqual([])
    expect(world.jobs).toEqual([{ kind: 'redraw', runId: watch.runId }])
    const { rows } = await db.query<{ entry: string }>(
      'SELECT entry FROM debvisor.audit ORDER BY position DESC LIMIT 1',
    )
    expect(JSON.parse(rows[0]?.entry ?? '')).toMatchObject({
      ...{ actor: 'U1', decision: 'refused', door: 'watch', host: 'host1', topic: 'db' },
    })
  })

  it('is over when a rule of the policy denies it since', async () => {
    const read = readPolicy(
      'access.yml',
      'version: 1\nrules: [{ effect: allow, users: all, actions: [diagnose], topics: [service] }]',
      { topics: ['db', 'service'], hosts: ['host1'], hostGroups: new Map() },
    )
    if (!read.ok) throw new Error('a broken policy')
    const watch = await watchOf(db, (await ranBefore(db)).id)
    await lookOnce(makeWorld(db, { policy: read.policy }).looker)
    expect(await stands(watch.id)).toMatchObject({ outcome: 'refused' })
  })

  it('leaves a look out, and goes on, where Slack does not say who asked', async () => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    world.person = undefined
    await lookOnce(world.looker)
    expect([await looks(db), (await stands(watch.id))?.outcome]).toEqual([[], null])
    world.person = member
    await makeDue(db, watch)
    await lookOnce(world.looker)
    expect(await looks(db)).toHaveLength(1)
  })

  const unknownFor = (minutes: number, { id }: Watch) =>
    db.query(`UPDATE debvisor.watches SET missing_since = now() - $2 * interval '1 min' WHERE id = $1`, [
      id,
      minutes,
    ])

  it('leaves a look out where its host or topic is unknown, and is over once that lasted', async () => {
    const run = await ranBefore(db)
    for (const [gone, why] of [
      [await watchOf(db, run.id, { host: 'host9' }), 'host9 is no longer in the inventory.'],
      [await watchOf(db, run.id, { topic: 'mail' }), 'There is no runbook for mail any more.'],
    ] as const) {
      await lookOnce(world.looker)
      expect(await stands(gone.id)).toMatchObject({ outcome: null, turn: 1 })
      expect((await stands(gone.id))?.nextAt.getTime()).toBeGreaterThan(Date.now())
      await unknownFor(29, gone)
      await makeDue(db, gone)
      await lookOnce(world.looker)
      expect((await stands(gone.id))?.outcome).toBeNull()
      await unknownFor(31, gone)
      await makeDue(db, gone)
      await lookOnce(world.looker)
      expect(await stands(gone.id)).toMatchObject({ outcome: 'gone', why })
    }
  })

  it('goes on where a replica with an older inventory came to look in between', async () => {
    const older = makeWorld(replica, { known: { hosts: new Map(), groups: new Map() } })
    const watch = await watchOf(db, (await ranBefore(db)).id)
    await lookOnce(older.looker)
    await unknownFor(31, watch)
    await looksOnce(watch, 'ill')
    await makeDue(db, watch)
    await lookOnce(older.looker)
    expect((await stands(watch.id))?.outcome).toBeNull()
  })

  it('gives up when its time is up', async () => {
    const late = await watchOf(db, (await ranBefore(db)).id, { forMs: 0 })
    await lookOnce(world.looker)
    expect(await stands(late.id)).toMatchObject({ outcome: 'gave-up' })
  })

  it('is stopped once, and what its look sees then is nothing to it', async () => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    await lookOnce(world.looker)
    const audited: (string | null | undefined)[] = []
    const stop = () =>
      stopWatch(world.looker.store, watch, 'U2', async (_tx, target) => void audited.push(target))
    expect([await stop(), await stop()]).toEqual([true, false])
    const look = await newest()
    await db.query(`INSERT INTO debvisor.probes (run_id, probe, record) VALUES ($1, 'df', '{}')`, [look?.id])
    if (look) await finish(db, look, 'unreachable')
    await lookOnce(world.looker)
    expect(await stands(watch.id)).toMatchObject({ outcome: 'stopped', endedBy: 'U2', looks: 0 })
    expect((await db.query('SELECT 1 FROM debvisor.probes WHERE run_id = $1', [look?.id])).rowCount).toBe(0)
    expect(audited).toEqual(['stopped watch db on host1 every 5 min'])
    expect((await newest())?.isQuiet).toBe(true)
  })

  it('is one for each person and channel', async () => {
    const run = await ranBefore(db)
    const watch = await watchOf(db, run.id)
    const again = { ...watch, runId: run.id, known: [], forMs: 1_000 }
    expect(await addWatch(db, again)).toBeNull()
    expect(await addWatch(db, { ...again, user: 'U2' })).not.toBeNull()
  })

  it('is in the history with what changed, each verdict once, and in no list of the latest runs', async () => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    for (const end of ['ill', 'ill', 'unreachable', 'unreachable', 'well', 'well'] as const)
      await looksOnce(watch, end)
    const mine = new Set((await looks(db)).map(({ id }) => id))
    const place = { team: 'T1', host: 'host1', topic: 'db', hidden: [], limit: 50 }
    const history = (await runsOfHost(db, place)).filter(({ id }) => mine.has(id))
    expect(history.map(({ state, report }) => report?.verdict ?? state)).toEqual(['healthy', 'failed'])
    const latest = (await recentRuns(db, 'T1', 50)).filter(({ id }) => mine.has(id))
    expect(latest.map(({ state }) => state)).toEqual(['failed'])
  })

  it('has a look shown when somebody asks for the same meanwhile', async () => {
    await watchOf(db, (await ranBefore(db)).id)
    await lookOnce(world.looker)
    const host = inventory.hosts.get('host1')
    if (!host) throw new Error('no host')
    const asked = {
      ...{ team: 'T1', topic: 'db', host, channel: 'C1', responseUrl: null, delivery: randomUUID() },
      actor: { kind: 'user', id: 'U3' },
      audit: async () => {},
    } as const
    const look = await newest()
    const started = await startRun(world.looker.store, asked, world.looker.limits)
    expect(started).toMatchObject({ joined: true })
    expect(await getRun(db, look?.id ?? '')).toMatchObject({ isQuiet: false, origin: 'person' })
    expect(world.jobs.at(-1)).toEqual({ kind: 'redraw', runId: look?.id })
  })

  it('keeps what the host answered of a look with news, and of no other', async () => {
    const watch = await watchOf(db, (await ranBefore(db)).id)
    const kept = async (end: Parameters<typeof finish>[2]) => {
      await makeDue(db, watch)
      await lookOnce(world.looker)
      const { id } = (await newest()) ?? { id: '' }
      await db.query(`INSERT INTO debvisor.probes (run_id, probe, record) VALUES ($1, 'df', '{}')`, [id])
      await finish(db, { id }, end)
      await lookOnce(world.looker)
      return (await db.query('SELECT 1 FROM debvisor.probes WHERE run_id = $1', [id])).rowCount
    }
    expect([await kept('ill'), await kept('unreachable')]).toEqual([0, 1])
  })

  describe('that shares a quiet look with another one', () => {
    async function shared(ofOther: 'ill' | 'well') {
      const watch = await watchOf(db, (await ranBefore(db, 'ill')).id)
      const other = await watchOf(db, (await ranBefore(db, ofOther)).id, { user: 'U2' })
      await lookOnce(world.looker)
      expect(await looks(db)).toHaveLength(1)
      const { id: look } = (await newest()) ?? { id: '' }
      await db.query(`INSERT INTO debvisor.probes (run_id, probe, record) VALUES ($1, 'df', '{}')`, [look])
      await finish(db, { id: look }, 'ill')
      return { watch, other, look }
    }
    const answers = async (look: string) =>
      (await db.query('SELECT 1 FROM debvisor.probes WHERE run_id = $1', [look])).rowCount

    it('leaves what the host answered to the one that has news of it, in whose thread it is told', async () => {
      const { watch, other, look } = await shared('well')
      await judgeLook(world.looker, { id: watch.id, look })
      await judgeLook(world.looker, { id: other.id, look })
      expect(await getRun(db, look)).toMatchObject({ isQuiet: false, parent: other.runId })
      expect(await answers(look)).toBe(1)
    })

    it('has what the host answered forgotten by whoever is last, where neither has news', async () => {
      const { watch, other, look } = await shared('ill')
      await judgeLook(world.looker, { id: watch.id, look })
      expect(await answers(look)).toBe(1)
      await judgeLook(world.looker, { id: other.id, look })
      expect(await answers(look)).toBe(0)
    })
  })
})
