import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Escalation } from '../../src/escalation/escalation.ts'
import { takePagerEvent } from '../../src/escalation/incidents/pager-event.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { type IncidentFinder, openWorld, type World } from './escalation-world.ts'
import { type Alert, eventOf, makePagerStub, type PagerStub } from './pager-stub.ts'

/**
 * The pager made the alert, its answer was lost, and before the trigger is sent again somebody resolves it there: a second trigger would wake them a
 * second time.
 */
const [kind = 'embedded'] = storeKinds
let store: TestStore
let pager: PagerStub
let world: World
let api: IncidentFinder | undefined

beforeAll(async () => {
  store = await openTestStore(kind)
})
afterAll(() => store?.stop())
beforeEach(() => {
  pager = makePagerStub()
  api = undefined
})

const open = async (pagerApi: IncidentFinder | undefined): Promise<Alert> => {
  api = pagerApi
  world = await openWorld(store.db, store.db, pager, api)
  await world.click(3, 0)
  await world.sendOne('answer lost')
  expect(world.alerts()).toMatchObject([{ state: 'triggered' }])
  return world.alerts()[0] as Alert
}
const page = async (): Promise<Escalation> =>
  (await world.escalations()).findLast(({ level }) => level === 3) as Escalation
const hear = (what: Parameters<typeof eventOf>[0], alert: Alert) =>
  takePagerEvent({ ...world.parts(), team: 'T1', pagerApi: undefined }, eventOf(what, alert), Date.now())
const asked = (answer: 'as it is' | 'nothing'): IncidentFinder => ({
  incidentsOf: async (key, since) => (answer === 'nothing' ? null : pager.incidentsOf(key, since)),
})

describe('a trigger whose answer was lost', () => {
  it('is not sent again once a webhook told of its incident, whatever became of that since', async () => {
    const alert = await open(undefined)
    expect(await hear('triggered', alert)).toBe('done')
    alert.state = 'resolved'
    await world.settle()
    expect(world.alerts()).toHaveLength(1)
    expect((await page()).state).toBe('done')
  })

  it('is not sent again where the webhook overtakes the answer that is still awaited', async () => {
    world = await openWorld(store.db, store.db, pager)
    await world.click(3, 0)
    const heard: unknown[] = []
    await world.sendOne('works', async () => {
      heard.push(await hear('triggered', world.alerts()[0] as Alert))
    })
    expect(heard).toEqual(['done'])
    await world.settle()
    expect((await page()).state).toBe('done')
    expect(pager.taken.filter(({ event_action }) => event_action === 'trigger')).toHaveLength(1)
  })

  it('keeps its lane while it is under way: a resolve that is clicked meanwhile comes after it, and ends what it made', async () => {
    world = await openWorld(store.db, store.db, pager)
    await world.click(3, 0)
    await world.sendOne('answer lost')
    await world.pass(1)
    // The second try is still on its way when the webhook of the first comes, and somebody resolves.
    await world.sendOne('works', async () => {
      await hear('triggered', world.alerts()[0] as Alert)
      await world.resolve()
      expect(await world.sendOne('works')).toBe(false)
    })
    await world.settle()
    expect(world.alerts()).toMatchObject([{ state: 'resolved' }])
    expect(pager.taken.map(({ event_action }) => event_action)).toEqual(['trigger', 'trigger', 'resolve'])
  })

  it('is looked up where there is a REST token: what was resolved there is resolved here, and nobody is woken again', async () => {
    const alert = await open(asked('as it is'))
    alert.state = 'resolved'
    await world.settle()
    expect(world.alerts()).toHaveLength(1)
    expect(await page()).toMatchObject({
      state: 'resolved',
      closedBy: 'Carla Night',
      records: { page: { incident: { id: alert.incident } } },
    })
  })

  it('is looked up: what was acknowledged there is acknowledged here', async () => {
    const alert = await open(asked('as it is'))
    alert.state = 'acknowledged'
    await world.settle()
    expect(await page()).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'Carla Night' })
    expect(pager.taken.filter(({ event_action }) => event_action === 'trigger')).toHaveLength(1)
  })

  it('goes out again where PagerDuty does not say: twice is better than never', async () => {
    const alert = await open(asked('nothing'))
    alert.state = 'resolved'
    await world.settle()
    expect(world.alerts()).toHaveLength(2)
    expect((await page()).state).toBe('done')
  })

  it('goes out again where the incident is that of an earlier page of the same problem', async () => {
    world = await openWorld(store.db, store.db, pager, asked('as it is'))
    await world.click(3, 0)
    await world.settle()
    const [first] = world.alerts()
    expect(await hear('resolved', first as Alert)).toBe('done')
    if (first) first.state = 'resolved'
    // Within the same second, which is all that PagerDuty tells of an incident's time.
    await world.click(3, 1)
    await world.sendOne('down')
    await world.settle()
    expect(world.alerts()).toMatchObject([{ state: 'resolved' }, { state: 'triggered' }])
    expect((await page()).state).toBe('done')
  })
})

describe('webhooks in any order', () => {
  const at = (alert: Alert, what: Parameters<typeof eventOf>[0], second: number) => ({
    ...eventOf(what, alert),
    id: randomUUID(),
    at: new Date(Date.now() + second * 1_000),
  })
  const take = (event: ReturnType<typeof at>) =>
    takePagerEvent({ ...world.parts(), team: 'T1', pagerApi: undefined }, event, Date.now() + 60_000)
  const paged = async (): Promise<Alert> => {
    world = await openWorld(store.db, store.db, pager)
    await world.click(3, 0)
    await world.settle()
    return world.alerts()[0] as Alert
  }

  type Said = readonly [what: Parameters<typeof eventOf>[0], second: number]
  const orders: readonly (readonly [string, readonly Said[]])[] = [
    [
      'acknowledged',
      [
        ['acknowledged', 1],
        ['acknowledged', 3],
        ['unacknowledged', 2],
      ],
    ],
    [
      'resolved',
      [
        ['resolved', 1],
        ['resolved', 3],
        ['reopened', 2],
      ],
    ],
    [
      'acknowledged',
      [
        ['priority', 3],
        ['acknowledged', 2],
      ],
    ],
    [
      'acknowledged',
      [
        ['resolved', 1],
        ['acknowledged', 3],
        ['reopened', 2],
      ],
    ],
    [
      'done',
      [
        ['acknowledged', 1],
        ['reopened', 4],
        ['unacknowledged', 2],
        ['resolved', 3],
      ],
    ],
    [
      'done',
      [
        ['acknowledged', 1],
        ['unacknowledged', 2],
        ['triggered', 0],
      ],
    ],
  ]
  it.each(orders)('leave it %s: %j', async (state, events) => {
    const alert = await paged()
    for (const [what, second] of events) await take(at(alert, what, second))
    expect((await page()).state).toBe(state)
  })

  it('that were sent before it was ended here reopen nothing; later ones do', async () => {
    const alert = await paged()
    await world.deEscalate(3)
    await take(at(alert, 'reopened', -30))
    expect((await page()).state).toBe('de-escalated')
    await take(at(alert, 'reopened', 30))
    expect((await page()).state).toBe('done')
  })

  it('of an incident that was made before this page was asked for do not end it', async () => {
    const first = await paged()
    // No webhook had told which incident the first page had.
    await world.resolve()
    await world.settle()
    await new Promise((done) => setTimeout(done, 1_000 - (Date.now() % 1_000) + 20))
    await world.click(3, 1)
    expect(await take(at(first, 'resolved', 0))).toBe('nothing')
    expect((await page()).closedAt).toBeNull()
  })

  it('that name an incident nobody can look up now are to come again; what they say is not lost', async () => {
    const alert = await paged()
    const event = {
      ...at(alert, 'acknowledged', 1),
      incident: { ...eventOf('acknowledged', alert).incident, key: null },
    }
    let known: readonly string[] | null = null
    const listener = { ...world.parts(), team: 'T1', pagerApi: { alertKeys: async () => known } }
    expect(await takePagerEvent(listener, event, Date.now())).toBe('unclear')
    known = [alert.key]
    expect(await takePagerEvent(listener, event, Date.now())).toBe('done')
    expect((await page()).state).toBe('acknowledged')
  })
})
