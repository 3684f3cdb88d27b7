import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addEscalation } from '../../../src/escalation/escalation-store.ts'
import { type MirrorWorker, mirror, startMirrors } from '../../../src/escalation/tickets/mirror.ts'
import { mirrorsOf, wakeMirrors } from '../../../src/escalation/tickets/mirror-store.ts'
import { close, comment, eventsOf } from '../../../src/escalation/tickets/ticket-store.ts'
import type { Item, Note, TrackedTicket, Tracker, TrackerAnswer } from '../../../src/integrations/tracker.ts'
import { createRun } from '../../../src/runs/run-store.ts'
import type { Db } from '../../../src/store/db.ts'
import type { Job } from '../../../src/store/queue.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../../fakes/stores.ts'

/**
 * What meets a call: it fails before or after it was done there, it is refused, or the bot dies before or after.
 * `late`: something is said about the ticket while the call is under way.
 */
const faults = ['down', 'lost-answer', 'refused', 'dies-before', 'dies-after', 'late', 'none'] as const
type Fault = (typeof faults)[number]

class Died extends Error {}

/** A tracker that keeps what it is told, and looks before it does something again, as the real ones do. */
function fakeTracker(queue: Fault[], during: () => Promise<void>) {
  const items: TrackedTicket[] = []
  const notes: Note[] = []
  async function meet<T>(act: () => T): Promise<TrackerAnswer<T>> {
    const fault = queue.shift() ?? 'none'
    if (fault === 'dies-before') throw new Died()
    if (fault === 'down') return { ok: false, retry: true, reason: 'down' }
    if (fault === 'refused') return { ok: false, retry: false, reason: 'refused' }
    const value = act()
    if (fault === 'late') await during()
    if (fault === 'dies-after') throw new Died()
    return fault === 'lost-answer' ? { ok: false, retry: true, reason: 'lost' } : { ok: true, value }
  }
  const tracker: Tracker = {
    target: 'github',
    create: (ticket, again) =>
      meet((): Item => {
        if (!again || !items.some(({ id }) => id === ticket.id)) items.push(ticket)
        return { externalId: 'a/b#1', url: null }
      }),
    note: (_item, _ticket, note, again) =>
      meet(() => {
        if (!again || !notes.some(({ key }) => key === note.key)) notes.push(note)
        return null
      }),
    verify: async () => ({ ok: true, note: '' }),
  }
  return { tracker, items, notes }
}

describe('a mirror', () => {
  let store: TestStore
  let db: Db
  beforeAll(async () => {
    store = await openTestStore(storeKinds[0] ?? 'embedded')
    db = store.db
  })
  afterAll(() => store.stop())

  async function openTicket(): Promise<string> {
    const actor = { kind: 'user', id: 'U1' } as const
    const about = { team: 'T1', actor, topic: 'db', host: 'host1', production: true, channel: 'C1' }
    return db.tx(async (tx) => {
      const { id: runId } = await createRun(tx, { ...about, responseUrl: null })
      const text = { title: 'down', body: '## Summary\nx', severity: 'critical' } as const
      const wanted = { ...text, team: 'T1', actor, level: 1, runId, channel: 'C1' } as const
      return (await addEscalation(tx, { ...wanted, problemKey: crypto.randomUUID() })).escalation.id
    })
  }

  async function rig(queue: Fault[]) {
    const id = await openTicket()
    const jobs: Job[] = []
    const say = (text: string) =>
      db.tx(async (tx) => {
        await comment(tx, { id, actor: 'U1' }, text)
        for (const target of await wakeMirrors(tx, id)) jobs.push({ kind: 'mirror', ticketId: id, target })
      })
    const fake = fakeTracker(queue, () => say('said meanwhile'))
    const worker: MirrorWorker = {
      store: storeWith(db, async (_tx, job) => void jobs.push(job)),
      slack: {
        delivery: { permalink: async () => undefined } as unknown as MirrorWorker['slack']['delivery'],
        displayName: async (user) => user,
      },
      trackers: [fake.tracker],
    }
    await db.tx((tx) => startMirrors(tx, worker, id))
    /** Takes jobs, two workers at once, as long as there are any; time passes between them. A job whose worker died comes again. */
    const work = async () => {
      for (let job = jobs.shift(); job; job = jobs.shift()) {
        if (job.kind !== 'mirror') continue
        const { ticketId, target } = job
        const both = await Promise.allSettled([
          mirror(worker, ticketId, target),
          mirror(worker, ticketId, target),
        ])
        const broken = both.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
        for (const error of broken) if (!(error instanceof Died)) throw error
        if (broken.length > 0) jobs.push(job)
        await db.query(
          `UPDATE debvisor.mirrors SET next_try = NULL, leased_till = NULL WHERE ticket_id = $1`,
          [id],
        )
      }
    }
    return { id, say, work, worker, ...fake }
  }

  it('tells all that happened, once and in its order, whatever fails on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...faults), { maxLength: 12 }),
        fc.nat(3),
        async (met, said) => {
          const queue = [...met]
          const { id, say, work, items, notes } = await rig(queue)
          for (let each = 0; each < said; each++) await say(`${each}`)
          await work()
          await db.tx((tx) => close(tx, { id, actor: 'U1' }, 'over'))
          // What was refused is tried again with the next thing that happens; the faults are used up by then.
          while (queue.length > 0) {
            await say('again')
            await work()
          }
          await say('last')
          await work()
          expect(items).toHaveLength(1)
          const told = notes.map(({ key }) => Number(key))
          expect(told).toEqual((await eventsOf(db, id)).map(({ position }) => position))
          expect(await mirrorsOf(db, id)).toMatchObject([{ state: 'done', error: null }])
        },
      ),
      { numRuns: 60 },
    )
  }, 120_000)

  it('that is refused is not tried again by itself', async () => {
    const { id, work, items } = await rig(['refused'])
    await work()
    expect(items).toEqual([])
    expect(await mirrorsOf(db, id)).toMatchObject([{ state: 'failed', error: 'refused' }])
  })

  it('of a tracker that is configured no more says so', async () => {
    const { id, work, worker } = await rig([])
    await work()
    await wakeMirrors(db, id)
    await mirror({ ...worker, trackers: [] }, id, 'github')
    expect(await mirrorsOf(db, id)).toMatchObject([
      { state: 'failed', error: 'it is not configured any more' },
    ])
  })
})
