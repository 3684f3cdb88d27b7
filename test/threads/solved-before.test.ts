import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addEscalation } from '../../src/escalation/escalation-store.ts'
import { closeProblems } from '../../src/escalation/move-store.ts'
import { close } from '../../src/escalation/tickets/ticket-store.ts'
import { problemKey } from '../../src/findings/problem-key.ts'
import type { Report } from '../../src/findings/report.ts'
import { timesSeen } from '../../src/runs/history/same-problem.ts'
import { problemKeysOf } from '../../src/runs/problem-keys.ts'
import type { Run } from '../../src/runs/run.ts'
import { claimRun, finishRun } from '../../src/runs/run-lease.ts'
import { createRun, getRun } from '../../src/runs/run-store.ts'
import { readLastEnding, readSolvedBefore } from '../../src/threads/views/solved-before.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { diskReport } from '../slack/messages/sample-views.ts'

const trouble = diskReport()
const healthy = diskReport({
  verdict: 'healthy',
  findings: [],
  ruledOut: [{ id: 'postgresql.disk-full', title: 'The disk is full' }],
})

describe.each(storeKinds)('how a problem was solved before, on the %s store', (kind) => {
  let store: TestStore
  let host: string
  let minutes: number
  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store?.stop())
  beforeEach(() => {
    host = `host-${randomUUID()}`
    minutes = -10_000
  })

  /** Each a minute after the one before it, within the last week. */
  const ran = async (report: Report, { parent, topic = 'db', channel = 'C1' }: Ran = {}): Promise<Run> => {
    const actor = { kind: 'user', id: 'U01ANA' } as const
    const { id } = await store.db.tx((tx) =>
      createRun(tx, {
        ...{ team: 'T1', actor, topic, host, production: true, channel, responseUrl: null },
        parent: parent?.id ?? null,
      }),
    )
    const run = (await claimRun(store.db, id, 'w')) as Run
    await finishRun(
      store.db,
      { runId: id, epoch: run.epoch },
      {
        state: 'done',
        report: { ...report, host },
        problemKeys: problemKeysOf(run, report),
      },
    )
    await moveTo(id, minutes++)
    return (await getRun(store.db, id)) as Run
  }
  const moveTo = (id: string, at: number) =>
    store.db.query(
      `UPDATE debvisor.runs SET created_at = now() + make_interval(mins => $2), started_at = now() + make_interval(mins => $2),
         ended_at = now() + make_interval(mins => $2, secs => 5) WHERE id = $1`,
      [id, at],
    )
  const key = () =>
    problemKey({ team: 'T1', host, finding: 'postgresql.disk-full', subject: '/var/lib/postgresql' })
  const openFor = (run: Run, level: 1 | 2) =>
    store.db.tx(async (tx) => {
      const about = { team: 'T1', problemKey: key(), level, runId: run.id, channel: run.channel }
      const words = { title: 't', body: 'b', severity: 'critical' } as const
      const { escalation } = await addEscalation(tx, { ...about, ...words, actor: run.actor })
      return escalation
    })
  /** What happens now happened a minute after the run before it. */
  const dated = async (what: () => Promise<unknown>) => {
    await what()
    await store.db.query(
      `UPDATE debvisor.escalations SET closed_at = now() + make_interval(mins => $2) WHERE problem_key = $1 AND closed_at > now() - interval '1 minute'`,
      [key(), minutes++],
    )
  }
  const addFix = (run: Run, recheck: Run, finding = 'postgresql.disk-full') =>
    store.db.query(
      `INSERT INTO debvisor.fixes (team, run_id, finding, subject, fix, topic, host, production, runbook_digest, host_key,
         steps, title, effect, risk, settle_ms, state, requester, recheck, requested_at, started_at, ended_at)
       VALUES ('T1', $1, $4, '/var/lib/postgresql', 'x', 'db', $2, false, 'd', 'k', '[]', 'Restart PostgreSQL', 'e', 'r', 0,
         'succeeded', 'U01ANA', $3, now(), now(), now())`,
      [run.id, host, recheck.id, finding],
    )
  const lastTime = (run: Run) => readSolvedBefore(store.db, run)

  it('is the fix whose re-check found the host healthy', async () => {
    const first = await ran(trouble)
    await addFix(first, await ran(healthy, { parent: first }))
    const now = await ran(trouble)
    expect(await lastTime(now)).toMatchObject({
      code: first.code,
      solved: { fix: { title: 'Restart PostgreSQL' } },
      times: 2,
    })
    expect(await lastTime(first)).toBeUndefined()
  })

  it('is what somebody wrote when they closed its ticket, where a healthy run came after it', async () => {
    const first = await ran(trouble)
    const { id } = await openFor(first, 1)
    await dated(() => store.db.tx((tx) => close(tx, { id, actor: 'U02BO' }, 'emptied the archive')))
    await ran(healthy)
    expect(await lastTime(await ran(trouble))).toMatchObject({
      code: first.code,
      words: { said: 'emptied the archive', ticket: expect.any(Number), by: 'U02BO', channel: 'C1' },
    })
  })

  it('is not what somebody wrote when it had come back, and nothing shows that it was over then', async () => {
    const first = await ran(trouble)
    await ran(healthy)
    const { id } = await openFor(await ran(trouble), 1)
    await dated(() => store.db.tx((tx) => close(tx, { id, actor: 'U02BO' }, "won't fix")))
    const now = await ran(trouble)
    expect(await lastTime(now)).toBeUndefined()
    expect(await readLastEnding(store.db, now)).toMatchObject({ code: first.code })
    expect(await readLastEnding(store.db, now)).not.toHaveProperty('words')
  })

  it('is not a fix that was made for something else', async () => {
    const first = await ran(trouble)
    await addFix(first, await ran(healthy, { parent: first }), 'postgresql.slow')
    const now = await ran(trouble)
    expect(await lastTime(now)).toBeUndefined()
    expect((await readLastEnding(store.db, now))?.solved).toEqual({ healthy: expect.anything() })
  })

  it('is not told where the ticket was closed and nothing shows that it was over', async () => {
    const { id } = await openFor(await ran(trouble), 1)
    await dated(() => store.db.tx((tx) => close(tx, { id, actor: 'U02BO' }, 'emptied the archive')))
    expect(await lastTime(await ran(trouble))).toBeUndefined()
  })

  it('is that somebody resolved it, and what came up once more since then is a second time', async () => {
    const first = await ran(trouble)
    await openFor(first, 2)
    await dated(() => store.db.tx((tx) => closeProblems(tx, 'T1', [key()], 'U02BO')))
    const now = await ran(trouble)
    expect(await lastTime(now)).toMatchObject({ solved: { resolved: { by: 'U02BO' } }, times: 2 })
    expect(await timesSeen(store.db, first, key())).toEqual({ times: 1, since: undefined })
  })

  it('is not told where it merely went away, or is still there', async () => {
    await ran(trouble)
    expect(await lastTime(await ran(trouble))).toBeUndefined()
    await ran(healthy)
    expect(await lastTime(await ran(trouble))).toBeUndefined()
  })

  it('is not told of another host, another topic, or a problem that another finding is', async () => {
    const first = await ran(trouble, { topic: 'service' })
    await addFix(first, await ran(healthy, { parent: first, topic: 'service' }))
    expect(await lastTime(await ran(trouble))).toBeUndefined()
    const other = diskReport({ findings: trouble.findings.map((f) => ({ ...f, id: `other.${f.id}` })) })
    expect(await lastTime(await ran(other, { topic: 'service' }))).toBeUndefined()
    host = `host-${randomUUID()}`
    expect(await lastTime(await ran(trouble, { topic: 'service' }))).toBeUndefined()
  })

  it('counts looks at one problem once, and no time before those days', async () => {
    const old = await ran(trouble)
    await moveTo(old.id, -31 * 24 * 60)
    await ran(trouble)
    await ran(trouble)
    await ran(healthy)
    const back = await ran(trouble)
    const now = await ran(trouble)
    expect(await timesSeen(store.db, back, key())).toEqual({ times: 2, since: undefined })
    expect(await timesSeen(store.db, now, key())).toEqual({ times: 2, since: back.createdAt })
  })
})

interface Ran {
  readonly parent?: Run
  readonly topic?: string
  readonly channel?: string
}
