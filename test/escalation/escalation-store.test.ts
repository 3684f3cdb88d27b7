import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRecords } from '../../src/escalation/channels.ts'
import {
  addEscalation,
  editTicket,
  escalationsOfProblem,
  escalationsOfRun,
  getEscalation,
  type NewEscalation,
  noteLastFailure,
  noteRecord,
  runsShowing,
} from '../../src/escalation/escalation-store.ts'
import { closeProblems, markTicketOpened, moveEscalation } from '../../src/escalation/move-store.ts'
import { moves, openStates } from '../../src/escalation/moves.ts'
import { findTicket } from '../../src/escalation/tickets/ticket-store.ts'
import { createRun } from '../../src/runs/run-store.ts'
import type { Db } from '../../src/store/db.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

describe.each(storeKinds)('escalations in the %s store', (kind) => {
  let store: TestStore
  let db: Db
  let wanted: NewEscalation
  let problems = 0
  beforeAll(async () => {
    store = await openTestStore(kind)
    db = store.db
  })
  afterAll(() => store.stop())

  const newRun = (team: string) =>
    db.tx((tx) =>
      createRun(tx, {
        team,
        actor: { kind: 'user', id: 'U1' },
        topic: 'db',
        host: 'host1',
        production: true,
        channel: 'C1',
        responseUrl: null,
      }),
    )
  /** About a problem of its own for each test: they share the store. */
  const about = async (level: NewEscalation['level'], team = 'T1'): Promise<NewEscalation> => ({
    team,
    problemKey: `problem-${++problems}`,
    level,
    runId: (await newRun(team)).id,
    channel: 'C1',
    actor: { kind: 'user', id: 'U1' },
    title: 'PostgreSQL is down',
    body: '1. df -P',
    severity: 'critical',
  })
  const open = (escalation: NewEscalation, on = db) => on.tx((tx) => addEscalation(tx, escalation))

  it('are opened once; the second click finds the first', async () => {
    wanted = await about(2)
    const first = await open(wanted)
    expect(first).toEqual({
      created: true,
      escalation: {
        ...wanted,
        id: expect.any(String),
        state: 'requested',
        number: null,
        records: readRecords({}),
        askedBy: null,
        handedBack: 0,
        lastFailure: null,
        error: null,
        version: 1,
        createdAt: expect.any(Date),
        updatedAt: expect.any(Date),
        closedAt: null,
        closedBy: null,
        assignee: null,
        acknowledgedBy: null,
        acknowledgedAt: null,
        reason: null,
        dueAt: null,
        dueThen: null,
        overdueAt: null,
        overdueTook: null,
        overdueNote: null,
      },
    })
    const second = await open({ ...wanted, actor: { kind: 'user', id: 'U2' }, title: 'again' })
    expect(second).toEqual({ created: false, escalation: first.escalation })
    await moveEscalation(db, first.escalation.id, moves.sent)
    expect((await open(wanted)).created).toBe(false)
    expect(await getEscalation(db, first.escalation.id)).toMatchObject({ state: 'done', title: wanted.title })
  })

  it('are created once by twenty clicks at once on two replicas', async () => {
    const replica = await store.replica()
    for (let round = 0; round < 10; round++) {
      const problem = await about(1)
      const clicks = Array.from({ length: 20 }, (_, i) => open(problem, i % 2 ? db : replica))
      const results = await Promise.all(clicks)
      expect(results.filter((result) => result.created)).toHaveLength(1)
      expect(new Set(results.map((result) => result.escalation.id)).size).toBe(1)
      expect(new Set(results.map((result) => result.escalation.number)).size).toBe(1)
      expect(await escalationsOfProblem(db, 'T1', problem.problemKey)).toHaveLength(1)
    }
  })

  it('are drawn in the first run of their thread, too, however long ago it was', async () => {
    const escalation = await about(2)
    const first = await newRun('T1')
    await db.query(
      `UPDATE debvisor.runs SET created_at = CASE id WHEN $1 THEN now() - interval '30 days' ELSE created_at END,
         parent = CASE id WHEN $2 THEN $1::uuid ELSE parent END
       WHERE id IN ($1, $2)`,
      [first.id, escalation.runId],
    )
    await open(escalation)
    expect(await runsShowing(db, 'T1', escalation.problemKey)).toEqual([escalation.runId, first.id])
  })

  it('are apart for each level, problem and team', async () => {
    const one = await about(1)
    const all = [
      one,
      { ...one, level: 2 as const },
      { ...one, level: 3 as const },
      await about(1),
      await about(1, 'T2'),
    ]
    for (const each of all) expect((await open(each)).created).toBe(true)
    expect((await escalationsOfRun(db, one.runId)).map((e) => e.level)).toEqual([1, 2, 3])
  })

  it('may be asked for again after a failure', async () => {
    const problem = await about(3)
    const { escalation, created } = await open(problem)
    expect(created).toBe(true)
    expect(await moveEscalation(db, escalation.id, moves.failed, 'no routing key')).toMatchObject({
      state: 'failed',
      error: 'no routing key',
    })
    expect((await open(problem)).created).toBe(true)
    expect((await escalationsOfProblem(db, 'T1', problem.problemKey)).map((e) => e.state)).toEqual([
      'failed',
      'requested',
    ])
  })

  it('are opened or failed once, and keep what was noted before', async () => {
    const { escalation } = await open(await about(2))
    const message = { channel: 'D1', ts: '171.2', user: 'U9' }
    const mail = { messageId: '<1@x>', to: 'lead@x' }
    await noteRecord(db, escalation.id, 'message', message)
    await noteRecord(db, escalation.id, 'mail', mail)
    await noteLastFailure(db, escalation.id, 'page: refused')
    await noteLastFailure(db, escalation.id, null)
    const done = await moveEscalation(db, escalation.id, moves.sent)
    expect(done).toMatchObject({
      state: 'done',
      records: { message, mail, page: null },
      lastFailure: null,
      error: null,
    })
    expect(await moveEscalation(db, escalation.id, moves.failed, 'late')).toBeNull()
    expect(await getEscalation(db, escalation.id)).toEqual(done)
  })

  it('of an early version, which found nothing configured, have failed since the migration', async () => {
    const { id } = (await open(await about(2))).escalation
    await db.query('ALTER TABLE debvisor.escalations DROP CONSTRAINT escalations_state_check')
    await db.query(
      `UPDATE debvisor.escalations SET state = 'not-configured', error = 'no mail server' WHERE id = $1`,
      [id],
    )
    const sql = await readFile('src/store/migrations/0009_escalations.sql', 'utf8')
    await db.query(
      `ALTER TABLE debvisor.escalations ADD CONSTRAINT escalations_state_check CHECK (state <> '')`,
    )
    await db.query(
      `ALTER TABLE debvisor.sendings ADD CONSTRAINT sendings_channel_check CHECK (channel <> '')`,
    )
    await db.tx((tx) => tx.query(sql))
    expect(await getEscalation(db, id)).toMatchObject({ state: 'failed', error: 'no mail server' })
  })

  it('are open in the states that the table of moves calls open, by the index too', async () => {
    const { rows } = await db.query<{ definition: string }>(
      `SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = 'debvisor' AND indexname = 'escalations_open'`,
    )
    const definition = rows[0]?.definition ?? ''
    expect(definition).toContain('closed_at IS NULL')
    const indexed = [...definition.matchAll(/'([a-z-]+)'::text/g)].map(([, state]) => state)
    expect(indexed).toEqual([...openStates])
  })

  it('are closed with their problem, which opens the way for the next time', async () => {
    const problem = await about(1)
    const first = (await open(problem)).escalation
    expect(await markTicketOpened(db, first.id)).toMatchObject({ state: 'done' })
    expect(await markTicketOpened(db, first.id)).toBeNull()
    const close = (team: string, keys: readonly string[]) =>
      db.tx((tx) => closeProblems(tx, team, keys, 'U2'))
    expect(await close('T2', [problem.problemKey])).toEqual([])
    const closed = await close('T1', ['other', problem.problemKey])
    expect(closed).toMatchObject([
      { id: first.id, state: 'done', closedBy: 'U2', closedAt: expect.any(Date) },
    ])
    expect(await close('T1', [problem.problemKey])).toEqual([])
    expect(await open(problem)).toMatchObject({
      created: true,
      escalation: { number: (first.number ?? 0) + 1 },
    })
  })

  it('number tickets, and only tickets, within a team; a click undone takes none for good', async () => {
    const team = 'T-numbers'
    const ticket = await about(1, team)
    const undone = db.tx(async (tx) => {
      await addEscalation(tx, ticket)
      throw new Error('undo')
    })
    await expect(undone).rejects.toThrow('undo')
    expect((await open(ticket)).escalation.number).toBe(1)
    expect((await open({ ...ticket, level: 3 })).escalation.number).toBeNull()
    expect((await open(ticket)).escalation.number).toBe(1)
    expect((await open(await about(1, team))).escalation.number).toBe(2)
    expect(await findTicket(db, team, 1)).toMatchObject({ problemKey: ticket.problemKey })
    expect(await findTicket(db, team, 3)).toBeNull()
  })

  it('are edited by one of two who edit at once', async () => {
    const { escalation } = await open(await about(1))
    const text = { title: 'Disk full', body: 'grew', severity: 'warning' } as const
    expect(await editTicket(db, escalation.id, text, 1)).toMatchObject({ ...text, version: 2 })
    expect(await editTicket(db, escalation.id, { ...text, title: 'other' }, 1)).toBeNull()
    const page = (await open(await about(3))).escalation
    expect(await editTicket(db, page.id, text, 1)).toBeNull()
  })
})
