import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Escalation, isOpen } from '../../src/escalation/escalation.ts'
import { isOpenState } from '../../src/escalation/moves.ts'
import { verifyAudit } from '../../src/store/audit/audit.ts'
import type { Db } from '../../src/store/db.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { type Fate, openWorld, type World } from './escalation-world.ts'
import { makePagerStub, type PersonalAct } from './pager-stub.ts'

/** Whatever people, time, channels, crashes and the pager do, in any order, two at a time. */
const fate = fc.constantFrom<Fate>('works', 'down', 'answer lost', 'crash after')
const personal = fc.constantFrom<PersonalAct>(
  'acknowledged',
  'unacknowledged',
  'resolved',
  'resolved',
  'reopened',
)
const happening = fc.oneof(
  fc.tuple(fc.constant('click'), fc.constantFrom(1, 2, 2, 3, 3), fc.nat(1)),
  fc.tuple(fc.constant('send'), fate),
  fc.tuple(fc.constant('send'), fate),
  fc.tuple(fc.constant('acknowledge'), fc.constantFrom(2, 3)),
  fc.tuple(fc.constant('reassign')),
  fc.tuple(fc.constant('deEscalate'), fc.constantFrom(2, 3)),
  fc.tuple(fc.constant('resolve')),
  fc.tuple(fc.constant('atPager'), personal),
  fc.tuple(fc.constant('atPager'), personal),
  fc.tuple(fc.constant('deliver'), fc.nat(9)),
  fc.tuple(fc.constant('deliver'), fc.nat(9)),
  fc.tuple(fc.constant('replay')),
  fc.tuple(fc.constant('pass'), fc.constantFrom(1, 5, 12)),
  fc.tuple(fc.constant('fire')),
) as fc.Arbitrary<Happening>

type Happening =
  | readonly ['click', 1 | 2 | 3, number]
  | readonly ['send', Fate]
  | readonly ['acknowledge' | 'deEscalate', 2 | 3]
  | readonly ['atPager', PersonalAct]
  | readonly ['pass' | 'deliver', number]
  | readonly ['reassign' | 'resolve' | 'replay' | 'fire']

async function happen(world: World, [what, ...how]: Happening): Promise<void> {
  switch (what) {
    case 'click':
      return world.click(how[0] as 1 | 2 | 3, how[1] as number)
    case 'send':
      await world.sendOne(how[0] as Fate)
      return
    case 'acknowledge':
      return world.acknowledge(how[0] as 2 | 3)
    case 'deEscalate':
      return world.deEscalate(how[0] as 2 | 3)
    case 'atPager':
      return world.atPager(how[0] as PersonalAct)
    case 'deliver':
      await world.deliver(how[0] as number)
      return
    case 'pass':
      return world.pass(how[0] as number)
    default:
      return world[what]()
  }
}

/** Somebody who opens an incident again while somebody clicks makes two of them, which is no fault of ours. */
const isApart = (together: readonly Happening[]): boolean => together.some(([, how]) => how === 'reopened')

async function happenTogether(world: World, together: readonly Happening[]): Promise<void> {
  if (!isApart(together)) return void (await Promise.all(together.map((one) => happen(world, one))))
  for (const one of together) await happen(world, one)
}

const open = (escalations: readonly Escalation[], level: number): Escalation[] =>
  escalations.filter((escalation) => escalation.level === level && isOpen(escalation))

/**
 * Each page of ours woke somebody once at most, and there is one open escalation a level. Where nothing tells what became of a lost answer, a page that somebody
 * resolved at the pager may be made again.
 */
async function holds(world: World): Promise<void> {
  const escalations = await world.escalations()
  const most =
    escalations.filter(({ level }) => level === 3).length + (world.asks ? 0 : world.resolvedThere())
  expect(world.alerts().length).toBeLessThanOrEqual(most)
  for (const level of [1, 2, 3]) expect(open(escalations, level).length).toBeLessThanOrEqual(1)
}

/** When all works again and every webhook has come: whoever should be awake is, nobody else, and our escalation says what the pager says. */
async function holdsAtRest(world: World, order: number): Promise<void> {
  do {
    await world.settle()
    while (await world.deliver(order));
  } while ((await world.waiting()) > 0)
  const escalations = await world.escalations()
  const awake = world.alerts().filter(({ state }) => state !== 'resolved')
  const pages = open(escalations, 3)
  expect(awake).toHaveLength(pages.length)
  expect(pages.map(({ state }) => state === 'acknowledged')).toEqual(
    awake.map(({ state }) => state === 'acknowledged'),
  )
  for (const escalation of open(escalations, 2)) {
    expect(escalation.state).not.toBe('requested')
    // Nobody waits for ever: it was acknowledged, its time runs or was over, or whoever was paged since has it, or ended it.
    const cared = escalation.acknowledgedAt ?? escalation.dueAt ?? escalation.overdueAt
    const paged = escalations.filter(
      ({ level, createdAt }) => level === 3 && createdAt >= escalation.createdAt,
    )
    if (!cared) expect(paged.some(({ state }) => isOpenState(state) || state === 'resolved')).toBe(true)
  }
  // What is over was ended by somebody; de-escalated means that somebody below has it, or that it was closed afterwards.
  for (const escalation of escalations.filter(({ closedAt }) => closedAt !== null))
    expect(escalation.closedBy).toBeTruthy()
  for (const escalation of escalations.filter(({ state }) => state === 'de-escalated')) {
    const below = escalations.filter(({ level }) => level < escalation.level)
    expect(below.length).toBeGreaterThan(0)
  }
  await holds(world)
}

describe.each(storeKinds)('escalations on the %s store', (kind) => {
  let store: TestStore
  let replica: Db
  const pager = makePagerStub()
  const pagerApi = { incidentsOf: async (key: string, since: Date) => pager.incidentsOf(key, since) }
  beforeAll(async () => {
    store = await openTestStore(kind)
    replica = await store.replica()
  })
  afterAll(() => store?.stop())

  it.each([
    ['with the REST API', pagerApi, kind === 'postgres' ? 60 : 10],
    ['without it', undefined, kind === 'postgres' ? 25 : 5],
  ] as const)(
    'pages nobody twice and loses nothing, whatever happens in whatever order, %s',
    async (_, api, numRuns) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(happening, { minLength: 1, maxLength: 2 }), { maxLength: 24, size: 'max' }),
          fc.nat(9),
          async (turns, order) => {
            const world = await openWorld(store.db, replica, pager, api)
            for (const together of turns) {
              await happenTogether(world, together)
              await holds(world)
            }
            await holdsAtRest(world, order)
          },
        ),
        { numRuns },
      )
      expect(await verifyAudit(store.db)).toMatchObject({ ok: true })
    },
    240_000,
  )

  it('fires each timer once, of any number of sweeps on two replicas, after a restart too', async () => {
    const worlds = await Promise.all(Array.from({ length: 10 }, () => openWorld(store.db, replica, pager)))
    for (const world of worlds) await world.click(2, 0)
    await worlds[0]?.pass(60)
    await Promise.all(Array.from({ length: 12 }, (_, at) => worlds[at % worlds.length]?.fire()))
    for (const world of worlds) {
      const escalations = await world.escalations()
      expect(escalations.map(({ level }) => level).sort()).toEqual([2, 3])
      expect(open(escalations, 2)).toMatchObject([{ dueAt: null, overdueTook: 'page' }])
      await world.fire()
      await world.settle()
      expect(world.alerts()).toHaveLength(1)
      const lead = escalations.find(({ level }) => level === 2)
      const told = await store.db.query<{ entry: string }>(
        `SELECT entry FROM debvisor.audit WHERE entry LIKE '%"time limit"%' AND entry LIKE '%' || $1 || '%'`,
        [lead?.id],
      )
      // Whose decision it was, and who had asked.
      expect(told.rows.map(({ entry }) => JSON.parse(entry))).toMatchObject([
        {
          actor: 'the time limit',
          action: 'page',
          decision: 'allowed',
          reason: 'escalation.acknowledgeWithin, then: page',
          asked: 'Level 2, asked for by U1, was not acknowledged in time: page',
        },
      ])
      expect(escalations.find(({ level }) => level === 3)?.askedBy).toBe('U1')
    }
  }, 120_000)

  it('keeps a page for a whole day without the pager, and makes one alert of it', async () => {
    const world = await openWorld(store.db, replica, pager)
    await world.click(3, 0)
    for (let hour = 0; hour < 23; hour++) {
      await world.sendOne(hour % 3 === 0 ? 'crash after' : 'down')
      await world.pass(60)
    }
    await world.settle()
    expect(world.alerts()).toHaveLength(1)
    expect(open(await world.escalations(), 3)).toMatchObject([{ state: 'done' }])
  }, 60_000)

  it('says that nobody could be reached after a day, and may be asked again', async () => {
    const world = await openWorld(store.db, replica, pager)
    await world.click(3, 0)
    for (let hour = 0; hour < 26; hour++) {
      await world.sendOne('down')
      await world.pass(60)
    }
    expect(await world.escalations()).toMatchObject([
      { state: 'failed', error: 'page: given up after a day: PagerDuty answered 503.' },
    ])
    await world.click(3, 1)
    await world.settle()
    expect(world.alerts()).toHaveLength(1)
  }, 60_000)

  it('takes what follows an unacknowledged lead at once where no way reaches the lead', async () => {
    const world = await openWorld(store.db, replica, pager)
    await world.click(2, 0)
    for (let hour = 0; hour < 26; hour++) {
      await world.sendOne('down')
      await world.sendOne('down')
      await store.db.query(
        `UPDATE debvisor.escalations SET due_at = now() + interval '1 hour' WHERE due_at IS NOT NULL AND state = 'requested'`,
      )
      for (const column of ['next_at', 'busy_until', 'created_at'])
        await store.db.query(`UPDATE debvisor.sendings SET ${column} = ${column} - interval '1 hour'`)
    }
    expect(await world.escalations()).toMatchObject([{ level: 2, state: 'failed' }])
    await world.fire()
    await world.settle()
    expect(world.alerts()).toHaveLength(1)
  }, 60_000)

  it('wakes nobody for what was resolved before the pager could be reached', async () => {
    const world = await openWorld(store.db, replica, pager)
    await world.click(3, 0)
    await world.sendOne('down')
    await world.resolve()
    await world.settle()
    expect(world.alerts()).toEqual([])
  })

  it('ends the page that it never heard was made', async () => {
    const world = await openWorld(store.db, replica, pager)
    await world.click(3, 0)
    await world.sendOne('crash after')
    expect(world.alerts()).toMatchObject([{ state: 'triggered' }])
    await world.resolve()
    await world.settle()
    expect(world.alerts()).toMatchObject([{ state: 'resolved' }])
  })
})
