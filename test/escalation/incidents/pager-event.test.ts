import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Escalation } from '../../../src/escalation/escalation.ts'
import { type PagerListener, takePagerEvent } from '../../../src/escalation/incidents/pager-event.ts'
import type { IncidentEvent } from '../../../src/integrations/pagerduty/incident-event.ts'
import { dedupKey } from '../../../src/integrations/pagerduty/page-event.ts'
import { auditRows } from '../../../src/store/audit/audit.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../../fakes/stores.ts'
import { openWorld, type World } from '../escalation-world.ts'
import { makePagerStub } from '../pager-stub.ts'

const [kind = 'embedded'] = storeKinds
let store: TestStore
let listener: PagerListener
let world: World
let page: Escalation
/** Which alerts the REST API says an incident holds. */
const alerts = new Map<string, readonly string[]>()

beforeAll(async () => {
  store = await openTestStore(kind)
  const pagerApi = {
    alertKeys: async (id: string) => alerts.get(id) ?? [],
    onCall: async () => ({ ok: true, turns: [], more: false }) as const,
  }
  listener = { store: storeWith(store.db), team: 'T1', pagerApi }
})
afterAll(() => store?.stop())
beforeEach(async () => {
  world = await openWorld(store.db, store.db, makePagerStub())
  await world.click(3, 0)
  page = await top()
})

const top = async (): Promise<Escalation> => (await world.escalations()).at(-1) as Escalation
const event = (
  kind: IncidentEvent['kind'],
  incident: Partial<IncidentEvent['incident']> = {},
  more: Partial<IncidentEvent> = {},
): IncidentEvent => ({
  id: randomUUID(),
  kind,
  at: new Date(),
  by: 'Carla Night',
  incident: {
    id: 'Q1',
    number: '7',
    url: 'https://example.pagerduty.com/incidents/Q1',
    key: dedupKey(page.problemKey),
    createdAt: null,
    assignees: [],
    priority: null,
    title: null,
    service: null,
    ...incident,
  },
  ...more,
})
const take = (taken: IncidentEvent, now = Date.now()) => takePagerEvent(listener, taken, now)

describe('an incident is that of a page', () => {
  it('by its key, from then on by its id, whatever key later events have', async () => {
    expect(await take(event('triggered', { id: 'QKEY' }))).toBe('done')
    expect(await take(event('acknowledged', { id: 'QKEY', key: null }))).toBe('done')
    expect(await top()).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'Carla Night' })
  })

  it('by its id, once it is known, whenever PagerDuty says that it was made', async () => {
    await take(event('triggered', { id: 'QCLOCK' }))
    const createdAt = new Date(page.createdAt.getTime() - 3_600_000)
    expect(await take(event('acknowledged', { id: 'QCLOCK', createdAt }))).toBe('done')
  })

  it('by its alerts, where it has no key', async () => {
    alerts.set('QALERTS', ['of another', dedupKey(page.problemKey)])
    expect(await take(event('acknowledged', { id: 'QALERTS', key: null }))).toBe('done')
  })

  it('or is foreign, and changes nothing', async () => {
    expect(await take(event('resolved', { id: 'QFOREIGN', key: 'somebody-elses' }))).toBe('foreign')
    expect(await take(event('resolved', { id: 'QFOREIGN', key: null }))).toBe('foreign')
    expect((await top()).closedAt).toBeNull()
  })
})

describe('an event', () => {
  it('that comes again is taken once, with one row in the audit', async () => {
    const acknowledged = event('acknowledged', { id: 'QTWICE' })
    const results = await Promise.all([take(acknowledged), take(acknowledged), take(acknowledged)])
    expect(results.sort()).toEqual(['done', 'repeated', 'repeated'])
    const rows: string[] = []
    for await (const { entry } of auditRows(store.db)) if (entry.includes('QTWICE')) rows.push(entry)
    expect(rows).toHaveLength(1)
    expect(JSON.parse(rows[0] ?? '')).toMatchObject({
      actor: 'pagerduty: Carla Night',
      door: 'POST /pagerduty/webhook',
      action: 'page',
      decision: 'allowed',
      host: 'host1',
    })
  })

  it('proves that the page arrived, and nothing of another channel', async () => {
    // Another channel of the same level, as a later version may have one.
    await store.db.query(
      `INSERT INTO debvisor.sendings (escalation_id, channel, act, lane) VALUES ($1, 'pigeon', 'open', $2)`,
      [page.id, `pigeon:${page.id}`],
    )
    await take(event('acknowledged', { id: 'QPROOF' }))
    const { rows } = await store.db.query(
      `SELECT channel, state FROM debvisor.sendings WHERE escalation_id = $1 AND act = 'open' ORDER BY position`,
      [page.id],
    )
    expect(rows).toEqual([
      { channel: 'page', state: 'sent' },
      { channel: 'pigeon', state: 'waiting' },
    ])
  })

  it('of before the page, or older than ids are kept, is stale', async () => {
    const before = new Date(page.createdAt.getTime() - 60_000)
    expect(await take(event('resolved', { id: 'QOLD' }, { at: before }))).toBe('stale')
    expect(await take(event('resolved', { id: 'QOLD' }), Date.now() + 21 * 3_600_000)).toBe('stale')
    expect((await top()).closedAt).toBeNull()
  })

  it('of an earlier incident is stale; a newer one of the same key takes its place', async () => {
    await take(event('triggered', { id: 'QONE' }))
    expect(await take(event('resolved', { id: 'QZERO', number: '6' }))).toBe('stale')
    const later = { at: new Date(Date.now() + 1_000) }
    expect(await take(event('triggered', { id: 'QTWO', number: '8' }, later))).toBe('nothing')
    expect(await take(event('resolved', { id: 'QTWO', number: '8' }, later))).toBe('done')
    expect((await top()).records.page?.incident?.id).toBe('QTWO')
  })

  it('of a newer incident counts, though the one that says it was made comes later', async () => {
    await take(event('triggered', { id: 'QFIRST' }))
    expect(await take(event('acknowledged', { id: 'QSECOND', number: '8' }))).toBe('done')
    expect(await take(event('resolved', { id: 'QFIRST' }))).toBe('stale')
    expect((await top()).state).toBe('acknowledged')
  })

  it.each([
    [['acknowledged', 'unacknowledged'], 'done'],
    [['acknowledged', 'resolved'], 'resolved'],
    [['resolved', 'reopened'], 'done'],
    [['resolved', 'acknowledged'], 'resolved'],
    [['reassigned', 'priority'], 'requested'],
  ] as const)('after another: %o is %s', async (kinds, state) => {
    const id = `Q${randomUUID().slice(0, 6)}`
    for (const each of kinds) await take(event(each, { id, assignees: ['Dan Day'], priority: 'P2' }))
    expect(await top()).toMatchObject({
      state,
      records: { page: { incident: { assignees: 'Dan Day', priority: 'P2' } } },
    })
  })

  it('reopens no page beside the one that is open by then', async () => {
    const id = 'QREOPEN'
    await take(event('resolved', { id }))
    await world.click(3, 1)
    await take(event('reopened', { id }))
    const open = (await world.escalations()).filter(({ closedAt }) => closedAt === null)
    expect(open).toHaveLength(1)
  })
})
