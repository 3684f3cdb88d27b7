import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addEscalation, editTicket } from '../../../src/escalation/escalation-store.ts'
import { closeProblems, markTicketOpened } from '../../../src/escalation/move-store.ts'
import {
  beginStep,
  endStep,
  mirrorBacklog,
  mirrorsOf,
  openMirrors,
  wakeMirrors,
} from '../../../src/escalation/tickets/mirror-store.ts'
import {
  assign,
  close,
  comment,
  eventsOf,
  findTicket,
  getTicket,
  lastChange,
  noteEdit,
  noteResolved,
  reopen,
  take,
  ticketPlaces,
  ticketsNumbered,
} from '../../../src/escalation/tickets/ticket-store.ts'
import { createRun } from '../../../src/runs/run-store.ts'
import type { Db } from '../../../src/store/db.ts'
import { openTestStore, storeKinds, type TestStore } from '../../fakes/stores.ts'

describe.each(storeKinds)('in the %s store', (kind) => {
  let store: TestStore
  let db: Db
  let problems = 0
  beforeAll(async () => {
    store = await openTestStore(kind)
    db = store.db
  })
  afterAll(() => store.stop())

  async function open(team = 'T1', problemKey = `problem-${++problems}`) {
    const actor = { kind: 'user', id: 'U1' } as const
    const about = {
      team,
      actor,
      topic: 'db',
      host: 'host1',
      production: true,
      channel: 'C1',
      responseUrl: null,
    }
    return db.tx(async (tx) => {
      const { id: runId } = await createRun(tx, about)
      const text = { title: 'PostgreSQL is down', body: '1. df -P', severity: 'critical' } as const
      const wanted = { ...text, team, actor, problemKey, level: 1, runId, channel: 'C1' } as const
      const { escalation } = await addEscalation(tx, wanted)
      await markTicketOpened(tx, escalation.id)
      return escalation
    })
  }
  const by = (id: string, actor = 'U1', revision?: number) => ({ id, actor, revision })

  describe('a ticket', () => {
    it('is there with its escalation, open and nobody’s', async () => {
      const { id, number, problemKey } = await open()
      expect(await getTicket(db, id)).toMatchObject({
        ...{ id, number, status: 'open', assignee: null, resolution: null, revision: 1, earlier: null },
        ...{ host: 'host1', topic: 'db', actor: { kind: 'user', id: 'U1' }, version: 1, closedAt: null },
      })
      expect(await findTicket(db, 'T1', number ?? 0)).toMatchObject({ id })
      expect(await findTicket(db, 'T2', number ?? 0)).toBeNull()
      expect(problemKey).toBeTruthy()
    })

    it('is taken by one of twenty on two replicas', async () => {
      const replica = await store.replica()
      const { id } = await open()
      const tries = Array.from({ length: 20 }, (_, at) =>
        (at % 2 ? db : replica).tx((tx) => take(tx, by(id, `U${at}`))),
      )
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1)
      expect(await eventsOf(db, id)).toMatchObject([{ kind: 'started' }])
      expect(await getTicket(db, id)).toMatchObject({ status: 'in-progress', revision: 2 })
    })

    it('is changed by one of two who saw the same revision; a comment contradicts nobody', async () => {
      const { id } = await open()
      await db.tx((tx) => comment(tx, by(id, 'U3'), 'looking'))
      const to = { assignee: 'U2', started: false }
      expect(await db.tx((tx) => assign(tx, by(id, 'U1', 1), to))).toBe(true)
      expect(await db.tx((tx) => assign(tx, by(id, 'U3', 1), { assignee: 'U3', started: true }))).toBe(false)
      expect(await db.tx((tx) => close(tx, by(id, 'U3', 1), 'done'))).toBe(false)
      expect(await lastChange(db, id)).toMatchObject({ actor: 'U1', kind: 'assigned', text: 'U2' })
      expect(await getTicket(db, id)).toMatchObject({ status: 'open', assignee: 'U2', revision: 2 })
      await db.tx(async (tx) => {
        await editTicket(tx, id, { title: 'T', body: 'B', severity: 'info' }, 1)
        await noteEdit(tx, by(id, 'U3', 2))
      })
      expect(await getTicket(db, id)).toMatchObject({ title: 'T', version: 2, revision: 3 })
    })

    it('is closed once, and its problem’s next one names it', async () => {
      const { id, problemKey, number } = await open()
      expect(await db.tx((tx) => close(tx, by(id), 'disk enlarged'))).toBe(true)
      expect(await db.tx((tx) => close(tx, by(id, 'U2'), 'again'))).toBe(false)
      expect(await db.tx((tx) => assign(tx, by(id), { assignee: 'U2', started: true }))).toBe(false)
      expect(await db.tx((tx) => take(tx, by(id)))).toBe(false)
      expect(await getTicket(db, id)).toMatchObject({ status: 'closed', resolution: 'disk enlarged' })
      const next = await open('T1', problemKey)
      expect(next.id).not.toBe(id)
      expect(await getTicket(db, next.id)).toMatchObject({ earlier: { number } })
      expect(await db.tx((tx) => reopen(tx, by(id)))).toEqual({ ok: false, open: next.number })
      await db.tx((tx) => close(tx, by(next.id), null))
      expect(await db.tx((tx) => reopen(tx, by(id)))).toEqual({ ok: true })
      expect(await db.tx((tx) => reopen(tx, by(id)))).toEqual({ ok: false, open: null })
      expect(await getTicket(db, id)).toMatchObject({ status: 'open', resolution: null, closedAt: null })
    })

    it('says who resolved its problem, and why it is over', async () => {
      const { id, problemKey } = await open()
      const said = 'Run 7F3K found the problem gone.'
      await db.tx(async (tx) => {
        for (const escalation of await closeProblems(tx, 'T1', [problemKey], 'U2'))
          await noteResolved(tx, { id: escalation.id, actor: 'U2' }, said)
      })
      expect(await getTicket(db, id)).toMatchObject({ status: 'closed', resolution: said, revision: 2 })
      expect(await eventsOf(db, id)).toMatchObject([{ kind: 'closed', actor: 'U2', text: said }])
    })

    it('is listed for its team: all, the open ones, mine', async () => {
      const team = `T-list-${kind}`
      const [first, second, third] = [await open(team), await open(team), await open(team)]
      await db.tx((tx) => assign(tx, by(second.id), { assignee: 'U2', started: false }))
      await db.tx((tx) => close(tx, by(third.id), null))
      const numbers = async (filter: 'mine' | 'open' | 'all', user = 'U2') =>
        (await ticketPlaces(db, { team, filter, user })).map(({ number }) => number)
      expect(await numbers('all')).toEqual([third.number, second.number, first.number])
      expect(await numbers('open')).toEqual([second.number, first.number])
      expect(await numbers('mine')).toEqual([second.number])
      expect(await numbers('mine', 'U9')).toEqual([])
      const named = await ticketsNumbered(db, team, [first.number ?? 0, third.number ?? 0, 10_000])
      expect(named.map(({ id }) => id)).toEqual([third.id, first.id])
      expect(await ticketsNumbered(db, 'T-other', [first.number ?? 0])).toEqual([])
    })
  })

  describe('a mirror', () => {
    const mirrored = async () => {
      const { id } = await open(`T-mirror-${kind}`)
      await db.tx((tx) => openMirrors(tx, id, ['github', 'jira']))
      return id
    }
    const begin = async (id: string) => {
      const row = await beginStep(db, id, 'github')
      if (!row) throw new Error('it was not begun')
      return row
    }

    it('is begun by one worker at a time, and each try is counted before it is made', async () => {
      const id = await mirrored()
      const tries = await Promise.all([beginStep(db, id, 'github'), beginStep(db, id, 'github')])
      expect(tries.filter(Boolean)).toMatchObject([{ tries: 1, state: 'waiting', externalId: null }])
      expect((await mirrorsOf(db, id)).map(({ tries: count }) => count)).toEqual([1, 0])
    })

    it('is given back with what was reached', async () => {
      const id = await mirrored()
      const stepped = { kind: 'stepped', externalId: 'a/b#1', url: 'https://x/1', synced: 0 } as const
      expect(await endStep(db, await begin(id), stepped)).toMatchObject({ externalId: 'a/b#1', tries: 0 })
      expect(await endStep(db, await begin(id), { kind: 'done' })).toMatchObject({ state: 'done' })
      expect(await beginStep(db, id, 'github')).toBeNull()
      expect((await wakeMirrors(db, id)).sort()).toEqual(['github', 'jira'])
      expect(await begin(id)).toMatchObject({ externalId: 'a/b#1', tries: 1 })
    })

    it('does not overlook what came during its last step', async () => {
      const id = await mirrored()
      const row = await begin(id)
      await db.tx(async (tx) => {
        await comment(tx, by(id), 'late')
        await wakeMirrors(tx, id)
      })
      expect(await endStep(db, row, { kind: 'done' })).toMatchObject({ state: 'waiting' })
      expect(await beginStep(db, id, 'github')).not.toBeNull()
    })

    it('waits until its time, with its error in the backlog', async () => {
      const id = await mirrored()
      const again = { kind: 'again', afterMs: 60_000, error: 'GitHub answered 503' } as const
      const row = await endStep(db, await begin(id), again)
      expect(row).toMatchObject({ state: 'waiting', tries: 1, error: again.error })
      expect((row?.nextTry?.getTime() ?? 0) - Date.now()).toBeGreaterThan(30_000)
      expect(await beginStep(db, id, 'github')).toBeNull()
      const backlog = await mirrorBacklog(db, `T-mirror-${kind}`)
      expect(backlog).toContainEqual(expect.objectContaining({ target: 'github', error: again.error }))
      await db.query(`UPDATE debvisor.mirrors SET next_try = now() WHERE ticket_id = $1`, [id])
      expect(await begin(id)).toMatchObject({ tries: 2 })
    })

    it('is taken over from a worker that died, whose late answer changes nothing', async () => {
      const id = await mirrored()
      const dead = await begin(id)
      await db.query(
        `UPDATE debvisor.mirrors SET leased_till = now() - interval '1 second' WHERE ticket_id = $1`,
        [id],
      )
      expect(await begin(id)).toMatchObject({ tries: 2, epoch: dead.epoch + 1 })
      expect(await endStep(db, dead, { kind: 'failed', error: 'late' })).toBeNull()
      expect((await mirrorsOf(db, id))[0]).toMatchObject({ state: 'waiting', error: null })
    })
  })
})
