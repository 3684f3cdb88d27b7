import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readPolicy } from '../../src/access/load-policy.ts'
import { getRun } from '../../src/runs/run-store.ts'
import type { Db } from '../../src/store/db.ts'
import { keepConfigured } from '../../src/watches/configured-schedules.ts'
import { lookOnce } from '../../src/watches/keep-looking.ts'
import type { Schedule } from '../../src/watches/schedule.ts'
import {
  addSchedule,
  getSchedule,
  type NewSchedule,
  openSchedules,
} from '../../src/watches/schedule-store.ts'
import { stopSchedule } from '../../src/watches/scheduled-looks.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { type Ending, finish, looks, makeWorld, member, type World } from './watch-world.ts'

describe.each(storeKinds)('a schedule on the %s store', (kind) => {
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
    await db.query('DELETE FROM debvisor.schedules')
    await db.query(`UPDATE debvisor.runs SET origin = 'person'`)
    await db.query(`UPDATE debvisor.runs SET state = 'cancelled', ended_at = now() WHERE ended_at IS NULL`)
    world = makeWorld(db)
  })

  const made = async (more: Partial<NewSchedule> = {}): Promise<Schedule> =>
    (await addSchedule(db, {
      ...{ team: 'T1', name: null, user: 'U1', cron: '0 7 * * *', timezone: 'UTC' },
      ...{ topic: 'db', host: 'host1', hostGroup: null, channel: 'C1', nextAt: new Date(Date.now() - 1_000) },
      ...more,
    })) as Schedule
  const comes = ({ id }: Schedule, secondsAgo = 1) =>
    db.query(`UPDATE debvisor.schedules SET next_at = now() - $2 * interval '1 s' WHERE id = $1`, [
      id,
      secondsAgo,
    ])
  const newest = async () => (await looks(db)).at(-1)
  async function looksOnce(schedule: Schedule, end: Ending) {
    await comes(schedule)
    await lookOnce(world.looker)
    const look = await newest()
    if (look?.state !== 'queued') throw new Error('nothing looked')
    await finish(db, look, end)
    await lookOnce(world.looker)
    return getRun(db, look.id)
  }

  it('looks once each time, however many replicas ask at once, and next when its pattern says', async () => {
    const schedule = await made({ topic: null, host: null, hostGroup: 'web' })
    const others = Array.from({ length: 6 }, (_, at) => makeWorld(at % 2 ? db : replica))
    await Promise.all(others.map(({ looker }) => lookOnce(looker)))
    await Promise.all(others.map(({ looker }) => lookOnce(looker)))
    const all = await looks(db)
    expect(all.map(({ host, topic }) => `${topic} ${host}`).toSorted()).toEqual(
      ['db', 'service'].flatMap((topic) => ['host1', 'host2', 'host3'].map((host) => `${topic} ${host}`)),
    )
    expect(all.every(({ isQuiet, actor }) => isQuiet && actor.id === 'U1')).toBe(true)
    const now = await getSchedule(db, schedule.id)
    expect([now?.turn, now?.nextAt.getUTCHours(), (now?.nextAt.getTime() ?? 0) > Date.now()]).toEqual([
      1,
      7,
      true,
    ])
  })

  it.each([
    'UPDATE debvisor.schedules SET turn',
    'INSERT INTO debvisor.scheduled_looks',
    'UPDATE debvisor.scheduled_looks SET due_at',
    'INSERT INTO debvisor.runs',
    'UPDATE debvisor.scheduled_looks SET look =',
    'INSERT INTO debvisor.audit',
  ])('is served by another replica, once, where one dies at %s', async (diesAt) => {
    await made()
    await lookOnce(makeWorld(db, { diesAt }).looker)
    expect(await looks(db)).toEqual([])
    await lookOnce(makeWorld(replica).looker)
    await lookOnce(world.looker)
    expect(await looks(db)).toHaveLength(1)
  })

  it('is quiet as long as the verdict stays, and tells each time that it is another', async () => {
    const schedule = await made()
    const told: string[] = []
    let trouble: string | undefined
    for (const end of ['well', 'well', 'ill', 'ill', 'unreachable', 'well', 'well'] as const) {
      const run = await looksOnce(schedule, end)
      const isOwn = run?.parent === null
      told.push(`${end}: ${run?.isQuiet ? 'quiet' : isOwn ? 'in the channel' : 'in the thread'}`)
      if (end === 'well' && !run?.isQuiet) expect(run?.parent).toBe(trouble)
      if (end !== 'well' && !run?.isQuiet) trouble = run?.id
    }
    expect(told).toEqual([
      'well: quiet',
      'well: quiet',
      'ill: in the channel',
      'ill: quiet',
      'unreachable: in the channel',
      'well: in the thread',
      'well: quiet',
    ])
  })

  it('tells that another cause stands behind the known one', async () => {
    const schedule = await made()
    const told: (boolean | undefined)[] = []
    for (const end of ['ill', 'ill-twice', 'ill-twice'] as const)
      told.push((await looksOnce(schedule, end))?.isQuiet)
    expect(told).toEqual([false, false, true])
  })

  it('tells the first verdict where it is not healthy', async () => {
    expect((await looksOnce(await made(), 'ill'))?.isQuiet).toBe(false)
  })

  it('does a time that it is a little late for, and leaves out one that is long past', async () => {
    const schedule = await made()
    await comes(schedule, 3_600)
    await lookOnce(world.looker)
    await lookOnce(world.looker)
    expect([await looks(db), (await getSchedule(db, schedule.id))?.turn]).toEqual([[], 1])
    await comes(schedule, 60)
    await lookOnce(world.looker)
    expect(await looks(db)).toHaveLength(1)
  })

  it('does not look again at what is still being looked at', async () => {
    const schedule = await made()
    await lookOnce(world.looker)
    await comes(schedule)
    await lookOnce(world.looker)
    expect(await looks(db)).toHaveLength(1)
  })

  it('ends, and says so, when whoever made it may not look there any more', async () => {
    const schedule = await made()
    world.person = { ...member, deleted: true }
    await lookOnce(world.looker)
    expect(await getSchedule(db, schedule.id)).toMatchObject({
      outcome: 'refused',
      why: 'This account is deactivated.',
    })
    expect([await looks(db), world.jobs]).toEqual([[], [{ kind: 'schedule-ended', scheduleId: schedule.id }]])
  })

  it('goes on where Slack does not say who made it, and leaves that time out', async () => {
    const schedule = await made()
    world.person = undefined
    await lookOnce(world.looker)
    expect([await looks(db), (await getSchedule(db, schedule.id))?.outcome]).toEqual([[], null])
  })

  const unknownFor = (minutes: number, { id }: Schedule) =>
    db.query(`UPDATE debvisor.schedules SET missing_since = now() - $2 * interval '1 min' WHERE id = $1`, [
      id,
      minutes,
    ])

  it('leaves a time out where what it looks at is unknown, and ends once that lasted', async () => {
    const schedule = await made({ host: 'host9' })
    for (const minutes of [0, 29]) {
      await unknownFor(minutes, schedule)
      await comes(schedule)
      await lookOnce(world.looker)
      expect((await getSchedule(db, schedule.id))?.outcome).toBeNull()
    }
    await unknownFor(31, schedule)
    await comes(schedule)
    await lookOnce(world.looker)
    expect(await getSchedule(db, schedule.id)).toMatchObject({ outcome: 'gone' })
  })

  it('goes on where a replica with an older inventory came to look in between', async () => {
    const older = makeWorld(replica, { known: { hosts: new Map(), groups: new Map() } })
    const schedule = await made()
    await lookOnce(older.looker)
    await unknownFor(31, schedule)
    await comes(schedule)
    await lookOnce(world.looker)
    expect(await looks(db)).toHaveLength(1)
    await comes(schedule)
    await lookOnce(older.looker)
    expect((await getSchedule(db, schedule.id))?.outcome).toBeNull()
  })

  it('of the configuration follows it at each start, and keeps its time where that did not change', async () => {
    const nightly = { name: 'nightly', cron: '0 3 * * *', timezone: 'UTC', topic: 'db', channel: 'C1' }
    const weekly = { ...nightly, name: 'weekly', cron: '@weekly' }
    const on = (host: string) => ({ host, hostGroup: null })
    const keep = (...all: Parameters<typeof keepConfigured>[2]) =>
      Promise.all([db, replica].map((each) => keepConfigured(each as never, 'T1', all)))
    await keep({ ...nightly, ...on('host1') }, { ...weekly, ...on('host1') })
    const [before] = await openSchedules(db, 'T1')
    await db.query(`UPDATE debvisor.schedules SET next_at = '2031-01-01Z' WHERE name = 'nightly'`)
    await keep({ ...nightly, ...on('host2') })
    expect(await openSchedules(db, 'T1')).toMatchObject([
      { id: before?.id, name: 'nightly', host: 'host2', nextAt: new Date('2031-01-01Z') },
    ])
    await keep({ ...nightly, ...on('host2'), cron: '30 3 * * *' })
    const [changed] = await openSchedules(db, 'T1')
    expect(changed?.nextAt.getUTCMinutes()).toBe(30)
  })

  it('leaves out a look that nobody could begin for long, and takes the next', async () => {
    const schedule = await made()
    await addDue(schedule, 11)
    await comes(schedule, -3_600)
    await lookOnce(world.looker)
    await lookOnce(world.looker)
    expect(await looks(db)).toEqual([])
    await addDue(schedule, 9)
    await lookOnce(world.looker)
    expect(await looks(db)).toHaveLength(1)
  })

  const addDue = ({ id }: Schedule, minutesAgo: number) =>
    db.query(
      `INSERT INTO debvisor.scheduled_looks (schedule, host, topic, due_at)
       VALUES ($1, 'host1', 'db', now() - $2 * interval '1 min')
       ON CONFLICT (schedule, host, topic) DO UPDATE SET due_at = excluded.due_at`,
      [id, minutesAgo],
    )

  it('that is over tells nothing of a look that was under way, nor keeps what the host answered', async () => {
    const schedule = await made()
    await lookOnce(world.looker)
    const { id } = (await newest()) ?? { id: '' }
    await db.query(`INSERT INTO debvisor.probes (run_id, probe, record) VALUES ($1, 'df', '{}')`, [id])
    await stopSchedule(world.looker.store, schedule, 'U2', async () => {})
    await finish(db, { id }, 'ill')
    await lookOnce(world.looker)
    expect(await getRun(db, id)).toMatchObject({ isQuiet: true })
    expect((await db.query('SELECT 1 FROM debvisor.probes WHERE run_id = $1', [id])).rowCount).toBe(0)
  })

  it('of the configuration that gets another channel tells that one anew, and the old one nothing more', async () => {
    const nightly = { name: 'nightly', cron: '0 3 * * *', timezone: 'UTC', topic: 'db', channel: 'C1' }
    const keep = (channel: string) =>
      keepConfigured(world.looker.store, 'T1', [{ ...nightly, channel, host: 'host1', hostGroup: null }])
    world = makeWorld(db, { policy: mayAll })
    await keep('C1')
    const [schedule] = await openSchedules(db, 'T1')
    if (!schedule) throw new Error('no schedule')
    expect(await looksOnce(schedule, 'ill')).toMatchObject({ isQuiet: false, channel: 'C1' })
    await comes(schedule)
    await lookOnce(world.looker)
    const { id } = (await newest()) ?? { id: '' }
    await keep('C2')
    expect((await getSchedule(db, schedule.id))?.turn).toBe(3)
    await finish(db, { id }, 'unreachable')
    await lookOnce(world.looker)
    expect(await getRun(db, id)).toMatchObject({ isQuiet: true })
    expect(await looksOnce(schedule, 'ill')).toMatchObject({ isQuiet: false, channel: 'C2', parent: null })
    await keep('C2')
    expect((await looksOnce(schedule, 'ill'))?.isQuiet).toBe(true)
  })
})

const read = readPolicy(
  'access.yml',
  'version: 1\nrules: [{ effect: allow, schedules: all, actions: [diagnose] }]',
  { topics: ['db', 'service'], hosts: ['host1'], hostGroups: new Map() },
)
if (!read.ok) throw new Error('a broken policy')
const mayAll = read.policy
