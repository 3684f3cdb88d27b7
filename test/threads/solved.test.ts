import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addEscalation, escalationsOfProblem } from '../../src/escalation/escalation-store.ts'
import { closeProblems, moveEscalation } from '../../src/escalation/move-store.ts'
import { moves } from '../../src/escalation/moves.ts'
import type { Finding } from '../../src/findings/finding.ts'
import { problemKey } from '../../src/findings/problem-key.ts'
import type { Report } from '../../src/findings/report.ts'
import { redrawSolved } from '../../src/runs/history/healthy-runs.ts'
import type { Run } from '../../src/runs/run.ts'
import { claimRun, finishRun } from '../../src/runs/run-lease.ts'
import { createRun, getRun } from '../../src/runs/run-store.ts'
import type { Queryable } from '../../src/store/db.ts'
import { saveMessage } from '../../src/store/posted-messages.ts'
import type { Job } from '../../src/store/queue.ts'
import { readSolved } from '../../src/threads/views/solved.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { diskReport, unexplainedError } from '../slack/messages/sample-views.ts'

const causeOf = ({ findings: [cause] }: Report): Finding => cause as Finding
const answered = (id: string) => ({ id, status: 'answered', exitCode: 0, ms: 1 }) as const
const healthy = diskReport({
  verdict: 'healthy',
  findings: [],
  ruledOut: [
    { id: 'postgresql.disk-full', title: 'The disk is full' },
    { id: 'postgresql.down', title: 'Down' },
  ],
  probes: [answered('disk'), answered('log')],
})
const inconclusive = diskReport({ verdict: 'inconclusive', findings: [] })

describe.each(storeKinds)('whether a problem is over, on the %s store', (kind) => {
  let store: TestStore
  let host: string
  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store?.stop())
  beforeEach(() => {
    host = `host-${randomUUID()}`
  })

  const asked = (topic = 'db', parent?: Run) =>
    store.db.tx((tx) =>
      createRun(tx, {
        parent: parent?.id ?? null,
        ...{ team: 'T1', actor: { kind: 'user', id: 'U02BO' }, topic, host, production: true },
        ...{ channel: 'C1', responseUrl: null },
      }),
    )
  const end = async (run: Run, report: Report | 'unreachable'): Promise<Run> => {
    const { epoch } = (await claimRun(store.db, run.id, 'w')) as Run
    const keyOf = (finding: string, subject = host) => problemKey({ team: 'T1', host, finding, subject })
    const lease = { runId: run.id, epoch }
    if (report === 'unreachable') {
      const failure = { hop: host, stage: 'network', reason: 'no answer', remedy: 'look' } as const
      await finishRun(store.db, lease, {
        state: 'failed',
        failure,
        problemKeys: [keyOf('unreachable.network')],
      })
    } else {
      const causes = report.findings.filter(({ role }) => role === 'cause')
      const keys = causes.map(({ id, subject }) => keyOf(id, subject))
      const problemKeys = keys.length > 0 ? keys : [keyOf(`${report.verdict}.${run.topic}`)]
      await finishRun(store.db, lease, { state: 'done', report, problemKeys })
    }
    return (await getRun(store.db, run.id)) as Run
  }
  const ran = async (report: Report | 'unreachable', topic?: string) => end(await asked(topic), report)
  const checkedAgain = async (run: Run, report: Report | 'unreachable') =>
    end(await asked(run.topic, run), report)
  const solved = (run: Run) => readSolved(store.db, run)
  const escalate = async (run: Run, level: 1 | 2 | 3): Promise<string> => {
    const [key = ''] = run.problemKeys
    const about = { team: 'T1', problemKey: key, level, runId: run.id, channel: 'C1', actor: run.actor }
    const { escalation } = await store.db.tx((tx) =>
      addEscalation(tx, { ...about, title: 't', body: 'b', severity: 'critical' }),
    )
    return escalation.id
  }
  const addFix = (run: Run, recheck: Run) =>
    store.db.query(
      `INSERT INTO debvisor.fixes (team, run_id, finding, subject, fix, topic, host, production, runbook_digest, host_key,
         steps, title, effect, risk, settle_ms, state, requester, recheck, requested_at, started_at, ended_at)
       VALUES ('T1', $1, 'f', 's', 'x', 'db', $2, false, 'd', 'k', '[]', 'Restart PostgreSQL', 'e', 'r', 0,
         'succeeded', 'U01ANA', $3, now(), now(), now())`,
      [run.id, host, recheck.id],
    )
  const resolve = (run: Run, by = 'U01ANA') => closeProblems(store.db, 'T1', run.problemKeys, by)

  it('a later healthy run of the same topic and host says so, and goes on saying so when it comes back', async () => {
    const problem = await ran(diskReport())
    expect(await solved(problem)).toBeUndefined()
    await ran(inconclusive)
    await ran('unreachable')
    await ran(healthy, 'service')
    expect(await solved(problem)).toBeUndefined()

    const well = await ran(healthy)
    const found = { healthy: { code: well.code, by: 'U02BO', at: well.endedAt } }
    expect(await solved(problem)).toEqual(found)
    expect(await solved(well)).toBeUndefined()
    const back = await ran(diskReport())
    await ran(healthy)
    expect(await solved(problem)).toEqual(found)
    expect((await solved(back))?.healthy?.code).not.toBe(well.code)
  })

  it('what counts is when a run looked, not when it was asked for or shown', async () => {
    const early = await asked()
    const slow = await asked()
    await claimRun(store.db, early.id, 'w')
    const problem = await end(slow, diskReport())
    await end(early, healthy)
    // It had begun before the problem was found.
    expect(await solved(problem)).toBeUndefined()
    const late = await asked()
    const second = await ran(diskReport())
    await end(late, healthy)
    // It was asked for before, and looked after.
    expect((await solved(second))?.healthy?.code).toBe(late.code)
  })

  it('a host that could not be reached, and a run without an answer, are over with it too', async () => {
    const [failed, open] = [await ran('unreachable'), await ran(inconclusive)]
    await ran(healthy)
    expect(await solved(failed)).toHaveProperty('healthy')
    expect(await solved(open)).toHaveProperty('healthy')
  })

  it('a healthy run that could not rule a cause out says nothing of it, whichever probe is to blame', async () => {
    const problem = await ran(diskReport())
    await ran({ ...healthy, ruledOut: [], unknown: [{ probe: 'root', reason: 'denied', remedy: 'look' }] })
    expect(await solved(problem)).toBeUndefined()
    const seen = await ran({ ...healthy, unknown: [{ probe: 'pg', reason: 'denied', remedy: 'look' }] })
    expect((await solved(problem))?.healthy?.code).toBe(seen.code)
  })

  it('what kept failing in a log is over when that log was read again', async () => {
    const cause = causeOf(diskReport())
    const evidence = [{ probe: 'log', text: 'open() "/x" failed' }]
    const problem = await ran(diskReport({ findings: [{ ...cause, id: 'log.failed-call', evidence }] }))
    await ran({ ...healthy, probes: [answered('disk')] })
    expect(await solved(problem)).toBeUndefined()
    await ran(healthy)
    expect(await solved(problem)).toHaveProperty('healthy')
  })

  it('a run without an answer is over when all is answered that was not', async () => {
    const unknown = [{ probe: 'disk', reason: 'denied', remedy: 'look' }]
    const silent = await ran({ ...inconclusive, unknown })
    const probes = [answered('log')]
    const doubtful = await ran({ ...inconclusive, probes, unexplained: [unexplainedError()] })
    await ran({
      ...healthy,
      probes: [
        { ...answered('disk'), status: 'timed-out' },
        { ...answered('log'), status: 'refused' },
      ],
    })
    expect([await solved(silent), await solved(doubtful)]).toEqual([undefined, undefined])
    await ran(healthy)
    expect(await solved(silent)).toHaveProperty('healthy')
    expect(await solved(doubtful)).toHaveProperty('healthy')
  })

  it('what came back in its own thread is not over until a later look says so', async () => {
    const problem = await ran(diskReport())
    const well = await checkedAgain(problem, healthy)
    expect((await solved(problem))?.healthy?.code).toBe(well.code)
    for (const report of [diskReport(), inconclusive, 'unreachable'] as const) {
      const again = await checkedAgain(problem, report)
      expect(await solved(problem)).toBeUndefined()
      const below = await checkedAgain(again, healthy)
      expect((await solved(problem))?.healthy?.code).toBe(below.code)
      await checkedAgain(below, report)
      expect(await solved(problem)).toBeUndefined()
    }
    // Another cause by now: a look that rules out only the first one is not enough.
    const cause = causeOf(diskReport())
    await checkedAgain(problem, diskReport({ findings: [{ ...cause, id: 'postgresql.down' }] }))
    await ran({ ...healthy, ruledOut: healthy.ruledOut.slice(0, 1) })
    expect(await solved(problem)).toBeUndefined()
    await ran(healthy)
    expect(await solved(problem)).toHaveProperty('healthy')
    await ran(diskReport())
    expect(await solved(problem)).toHaveProperty('healthy')
  })

  it('what was resolved is not over if a later look in its thread finds it again', async () => {
    const problem = await ran(diskReport())
    await escalate(problem, 2)
    await resolve(problem)
    expect(await solved(problem)).toHaveProperty('resolved')
    await checkedAgain(problem, diskReport())
    expect(await solved(problem)).toBeUndefined()
  })

  it('of several causes all were resolved, where another run’s thread says so', async () => {
    const cause = causeOf(diskReport())
    const other = { ...cause, id: 'postgresql.down', subject: 'postgresql' }
    const [both, first, second] = [
      await ran(diskReport({ findings: [cause, other] })),
      await ran(diskReport({ findings: [cause] })),
      await ran(diskReport({ findings: [other] })),
    ]
    await escalate(first, 2)
    await resolve(first)
    expect(await solved(first)).toHaveProperty('resolved')
    expect(await solved(both)).toBeUndefined()
    await escalate(second, 2)
    await resolve(second)
    expect(await solved(both)).toHaveProperty('resolved')
  })

  it('a fix is named in its own thread, not by other runs that its re-check concerns', async () => {
    const [first, other] = [await ran(diskReport()), await ran(diskReport())]
    const second = await checkedAgain(first, diskReport())
    const recheck = await checkedAgain(second, healthy)
    await addFix(second, recheck)
    const fix = { title: 'Restart PostgreSQL', by: 'U01ANA' }
    expect(await solved(second)).toMatchObject({ fix })
    expect(await solved(first)).toMatchObject({ fix })
    expect(await solved(other)).toHaveProperty('healthy')
    expect(await solved(other)).not.toHaveProperty('fix')
  })

  it('a run says nothing of one that was asked for more than a week before', async () => {
    const problem = await ran(diskReport())
    const old = `UPDATE debvisor.runs SET created_at = created_at - interval '8 days' WHERE id = $1`
    await store.db.query(old, [problem.id])
    await ran(healthy)
    expect(await solved((await getRun(store.db, problem.id)) as Run)).toBeUndefined()
  })

  it('Resolve says so, if nothing above a ticket was left open; a ticket that was closed alone does not', async () => {
    const problem = await ran(diskReport())
    await escalate(problem, 1)
    await resolve(problem)
    expect(await solved(problem)).toBeUndefined()

    await escalate(problem, 1)
    await escalate(problem, 2)
    const page = await escalate(problem, 3)
    await store.db.tx((tx) => moveEscalation(tx, page, moves.resolve, 'Carla Night'))
    // PagerDuty says so of the page; the lead still has it.
    expect(await solved(problem)).toBeUndefined()
    await resolve(problem)
    expect(await solved(problem)).toMatchObject({ resolved: { by: 'U01ANA' } })
  })

  it('of a page that was resolved and opened again it is not over', async () => {
    const problem = await ran(diskReport())
    const page = await escalate(problem, 3)
    await store.db.tx((tx) => moveEscalation(tx, page, moves.resolve, 'Carla Night'))
    expect(await solved(problem)).toMatchObject({ resolved: { by: 'Carla Night' } })
    await store.db.tx((tx) => moveEscalation(tx, page, moves.reopen))
    expect(await solved(problem)).toBeUndefined()
  })

  it('a problem that comes back is the new run’s: the old one stays as it was', async () => {
    const problem = await ran(diskReport())
    await escalate(problem, 2)
    await resolve(problem)
    const before = await solved(problem)
    expect(before).toEqual({ resolved: { by: 'U01ANA', at: expect.any(Date) } })
    const back = await ran(diskReport())
    expect(await solved(back)).toBeUndefined()
    await escalate(back, 2)
    expect(await solved(problem)).toEqual(before)
    await ran(healthy)
    expect(await solved(problem)).toEqual(before)
    expect(await solved(back)).toHaveProperty('healthy')
    // Whoever escalates it from the old message says that it is not over.
    await resolve(back, 'U03EVE')
    await escalate(problem, 2)
    expect(await escalationsOfProblem(store.db, 'T1', problem.problemKeys[0] ?? '')).toHaveLength(3)
    expect(await solved(problem)).toBeUndefined()
  })

  it('of what was escalated from its own thread afterwards it is not over, also where nobody could be reached', async () => {
    const problem = await ran(diskReport())
    await ran(healthy)
    expect(await solved(problem)).toHaveProperty('healthy')
    const page = await escalate(problem, 3)
    expect(await solved(problem)).toBeUndefined()
    await store.db.tx((tx) => moveEscalation(tx, page, moves.failed, 'no answer'))
    expect(await solved(problem)).toBeUndefined()
    await escalate(problem, 2)
    await resolve(problem)
    expect(await solved(problem)).toHaveProperty('resolved')
  })

  describe('a healthy verdict', () => {
    const redrawn = async (run: Run): Promise<string[]> => {
      const sent: string[] = []
      const send = async (_: Queryable, job: Job) =>
        void sent.push(job.kind === 'redraw' ? job.runId : job.kind)
      const queue = {
        send,
        waiting: async () => 0,
        isLooking: () => true,
        work: async () => {},
        stop: async () => {},
      }
      await store.db.tx((tx) => redrawSolved(tx, queue, run))
      return sent
    }
    const posted = async (run: Run): Promise<Run> => {
      const main = { runId: run.id, key: 'main', channel: 'C1', ts: '1.1', fileId: null, hash: null }
      await saveMessage(store.db, main)
      return run
    }

    it('leaves in peace what was solved before and where nothing has happened since', async () => {
      const quiet = await posted(await ran(diskReport()))
      const unreached = await posted(await ran('unreachable'))
      const again = await posted(await ran(diskReport()))
      const escalated = await posted(await ran(diskReport()))
      const unseen = await posted(
        await ran(diskReport({ findings: [{ ...causeOf(diskReport()), id: 'x' }] })),
      )
      const first = await ran(healthy)
      expect(await redrawn(first)).toHaveLength(5)
      await checkedAgain(again, diskReport())
      await escalate(escalated, 2)
      const back = await posted(await ran(diskReport()))
      const ids = await redrawn(await ran(healthy))
      expect(ids.toSorted()).toEqual([again, escalated, unseen, back].map(({ id }) => id).toSorted())
      expect(ids).not.toContain(quiet.id)
      expect(ids).not.toContain(unreached.id)
    })

    it('has the messages that it concerns drawn again, the newest fifty', async () => {
      await posted(await ran(healthy))
      await posted(await ran(diskReport(), 'service'))
      await ran(diskReport())
      const shown: string[] = []
      for (let i = 0; i < 51; i += 1)
        shown.unshift((await posted(await ran(i % 2 ? inconclusive : diskReport()))).id)
      const well = await ran(healthy)
      expect((await redrawn(well)).sort()).toEqual(shown.slice(0, 50).sort())
      await store.db.query('UPDATE debvisor.runs SET ended_at = started_at WHERE id = $1', [well.id])
      expect(await redrawn({ ...well, endedAt: well.startedAt })).toHaveLength(50)
    })
  })
})
