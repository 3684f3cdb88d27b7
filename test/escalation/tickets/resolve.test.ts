import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Escalation } from '../../../src/escalation/escalation.ts'
import { deEscalate, resolveProblems } from '../../../src/escalation/escalation-actions.ts'
import { escalationsOfProblem } from '../../../src/escalation/escalation-store.ts'
import { openEscalation } from '../../../src/escalation/open-escalation.ts'
import { type EscalationWorker, escalate } from '../../../src/escalation/request-escalation.ts'
import { mirrorsOf } from '../../../src/escalation/tickets/mirror-store.ts'
import { closeTicket, reopenTicket } from '../../../src/escalation/tickets/ticket-actions.ts'
import { assign, eventsOf, getTicket, type Ticket } from '../../../src/escalation/tickets/ticket-store.ts'
import type { Run } from '../../../src/runs/run.ts'
import type { Job } from '../../../src/store/queue.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../../fakes/stores.ts'
import { makeParts, newRun, type WorldParts } from '../escalation-world.ts'
import { makePagerStub } from '../pager-stub.ts'

const [kind = 'embedded'] = storeKinds
const audit = async (): Promise<void> => {}
let store: TestStore
let parts: EscalationWorker & WorldParts
let run: Run
let problemKey: string
let jobs: Job[]

beforeAll(async () => {
  store = await openTestStore(kind)
})
afterAll(() => store?.stop())
beforeEach(async () => {
  jobs = []
  problemKey = `problem-${randomUUID()}`
  run = await newRun(store.db, problemKey)
  const world = makeParts(store.db, makePagerStub(), { now: 'works' })
  const queued = storeWith(store.db, async (_, job) => void jobs.push(job))
  const tracker = { target: 'github' } as EscalationWorker['trackers'][number]
  parts = { ...world, store: queued, trackers: [tracker] }
})

/** As a click opens it. */
async function open(level: 1 | 2): Promise<string> {
  const actor = { kind: 'user', id: 'U1' } as const
  const about = { team: 'T1', problemKey, level, runId: run.id, channel: 'C1', actor, host: 'host1' }
  const { escalation } = await store.db.tx((tx) =>
    openEscalation(tx, parts, { ...about, title: 't', body: 'b', severity: 'critical' }),
  )
  await escalate(parts, escalation.id)
  return escalation.id
}
const ticket = async (id: string): Promise<Ticket> => (await getTicket(store.db, id)) as Ticket
const escalations = (): Promise<Escalation[]> => escalationsOfProblem(store.db, 'T1', problemKey)
const told = (id: string) => jobs.filter((job) => job.kind === 'mirror' && job.ticketId === id)
const resolve = (why: string) =>
  resolveProblems(parts.store, { team: 'T1', problemKeys: [problemKey], by: 'U2', why }, audit)

describe('a ticket among the escalations of its problem', () => {
  it('is mirrored once it is open, and once only', async () => {
    const id = await open(1)
    await escalate(parts, id)
    expect(told(id)).toHaveLength(1)
    expect(await mirrorsOf(store.db, id)).toMatchObject([{ target: 'github', state: 'waiting' }])
  })

  it('that ends with its problem is a closed ticket: by whom, why, and its mirrors hear of it', async () => {
    const id = await open(1)
    await open(2)
    jobs = []
    expect(await resolve('Run 7F3K found the problem gone.')).toHaveLength(2)
    expect(await ticket(id)).toMatchObject({
      status: 'closed',
      resolution: 'Run 7F3K found the problem gone.',
    })
    expect(await eventsOf(store.db, id)).toMatchObject([
      { kind: 'closed', actor: 'U2', text: 'Run 7F3K found the problem gone.' },
    ])
    expect(told(id)).toHaveLength(1)
    expect(jobs).toContainEqual({ kind: 'redraw', runId: run.id })
  })

  it('is resolved once, however often somebody clicks', async () => {
    const id = await open(1)
    const both = await Promise.all([resolve('first'), resolve('second')])
    expect(both.map((closed) => closed.length).sort()).toEqual([0, 1])
    expect(await eventsOf(store.db, id)).toHaveLength(1)
  })

  it('that somebody closes leaves the lead with the problem, and the escalations say who closed it', async () => {
    const id = await open(1)
    await open(2)
    await closeTicket(parts, { ticket: await ticket(id), user: 'U2', audit }, null)
    expect(await escalations()).toMatchObject([
      { level: 1, closedBy: 'U2' },
      { level: 2, closedAt: null, closedBy: null },
    ])
  })

  it('is an open escalation again when it is reopened', async () => {
    const id = await open(1)
    await resolve('It is over.')
    expect(await reopenTicket(parts, { ticket: await ticket(id), user: 'U1', audit })).toEqual({
      ok: true,
    })
    expect(await escalations()).toMatchObject([{ level: 1, state: 'done', closedAt: null, closedBy: null }])
    expect(await resolve('Now it is.')).toHaveLength(1)
  })

  it('that was closed before Level 2 ended is followed by a new one, which names it', async () => {
    const first = await open(1)
    await open(2)
    await closeTicket(parts, { ticket: await ticket(first), user: 'U2', audit }, null)
    const lead = (await escalations()).find(({ level }) => level === 2) as Escalation
    await deEscalate(parts, { escalation: lead, run, by: 'U1', audit }, 1)
    const next = (await escalations()).find(
      ({ level, closedAt }) => level === 1 && closedAt === null,
    ) as Escalation
    expect((await ticket(next.id)).earlier?.number).toBe((await ticket(first)).number)
  })

  it('shows among the escalations who works at it', async () => {
    const id = await open(1)
    await store.db.tx((tx) => assign(tx, { id, actor: 'U1' }, { assignee: 'U3', started: true }))
    expect(await escalations()).toMatchObject([{ level: 1, assignee: 'U3' }])
  })
})
