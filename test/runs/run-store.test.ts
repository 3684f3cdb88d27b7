import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProbeRecord } from '../../src/findings/probe-record.ts'
import type { Report } from '../../src/findings/report.ts'
import { probesOf, saveProbe } from '../../src/runs/probe-store.ts'
import type { Run } from '../../src/runs/run.ts'
import { cancelRun, claimRun, finishRun, type Lease, noteRun } from '../../src/runs/run-lease.ts'
import {
  createRun,
  findRunByCode,
  getRun,
  type NewRun,
  openRuns,
  previousRun,
  recentRuns,
  sinceHealthyRun,
} from '../../src/runs/run-store.ts'
import type { ConnectFailure } from '../../src/ssh/outcome.ts'
import type { Db } from '../../src/store/db.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

const request: NewRun = {
  team: 'T1',
  actor: { kind: 'user', id: 'U1' },
  topic: 'db',
  host: 'host1',
  production: true,
  channel: 'C1',
  responseUrl: 'https://hooks.slack.com/commands/1',
}
const report: Report = {
  topic: 'db',
  host: 'host1',
  verdict: 'healthy',
  summary: 'nothing wrong',
  findings: [],
  ruledOut: [],
  unknown: [],
  probes: [],
  ms: 1200.5,
}
const failure: ConnectFailure = { hop: 'bastion', stage: 'network', reason: 'No route.', remedy: 'Look.' }
const probe = (id: string, stdout = ''): ProbeRecord => ({
  id,
  status: 'answered',
  exitCode: 0,
  ms: 3.25,
  command: 'df -P',
  stdout,
  stderr: '',
})
const leaseOf = (run: Run | null): Lease => ({ runId: run?.id ?? '', epoch: run?.epoch ?? 0 })

describe.each(storeKinds)('runs in the %s store', (kind) => {
  let store: TestStore
  let db: Db
  let teams = 0
  /** A team of its own for each test: they share the store. */
  const newTeam = () => `team-${++teams}`
  beforeAll(async () => {
    store = await openTestStore(kind)
    db = store.db
  })
  afterAll(() => store.stop())

  const create = (changes: Partial<NewRun> = {}) => db.tx((tx) => createRun(tx, { ...request, ...changes }))
  const finished = async (changes: Partial<NewRun>) => {
    const run = await create(changes)
    await finishRun(db, leaseOf(await claimRun(db, run.id, 'w')), { state: 'done', report, problemKeys: [] })
    return run
  }

  it('begin queued, with a code to read out', async () => {
    const run = await create()
    expect(run).toEqual({
      ...request,
      origin: 'person',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      code: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{4}$/),
      state: 'queued',
      epoch: 0,
      runbookDigest: null,
      hostKey: null,
      report: null,
      failure: null,
      problemKeys: [],
      reason: null,
      parent: null,
      thread: null,
      afterFix: false,
      isQuiet: false,
      cancelledBy: null,
      createdAt: expect.any(Date),
      startedAt: null,
      endedAt: null,
    })
    expect(await getRun(db, run.id)).toEqual(run)
    expect(await getRun(db, '00000000-0000-0000-0000-000000000000')).toBeNull()
  })

  it('keep why their topic was chosen', async () => {
    const run = await create({ reason: 'chosen by “stale”' })
    expect((await getRun(db, run.id))?.reason).toBe('chosen by “stale”')
  })

  it('draw a longer code when short ones are taken, within a team', async () => {
    const team = newTeam()
    const draw = (length: number) => 'A'.repeat(length)
    const codes: string[] = []
    for (let i = 0; i < 3; i++)
      codes.push((await db.tx((tx) => createRun(tx, { ...request, team }, draw))).code)
    expect(codes).toEqual(['AAAA', 'AAAAA', 'AAAAAA'])
    expect((await db.tx((tx) => createRun(tx, { ...request, team: newTeam() }, draw))).code).toBe('AAAA')
  })

  it('are found by their code as people type it', async () => {
    const team = newTeam()
    const run = await db.tx((tx) => createRun(tx, { ...request, team }, () => '7F10'))
    for (const typed of ['7F10', '7f10', ' 7fIO ', '7flo']) {
      expect((await findRunByCode(db, team, typed))?.id).toBe(run.id)
    }
    expect(await findRunByCode(db, newTeam(), '7F10')).toBeNull()
  })

  it('are taken again after a crash, and the dead worker can write no more', async () => {
    const run = await create()
    const first = await claimRun(db, run.id, 'a')
    expect(first).toMatchObject({ state: 'running', epoch: 1, startedAt: expect.any(Date) })
    expect(await saveProbe(db, leaseOf(first), probe('disk', 'old'))).toBe(true)
    const second = await claimRun(db, run.id, 'b')
    expect(second).toMatchObject({ state: 'running', epoch: 2, startedAt: first?.startedAt })

    expect(await saveProbe(db, leaseOf(first), probe('disk', 'zombie'))).toBe(false)
    expect(await noteRun(db, leaseOf(first), { runbookDigest: 'zombie' })).toBe(false)
    expect(await finishRun(db, leaseOf(first), { state: 'failed', failure, problemKeys: ['z'] })).toBe(false)

    expect((await probesOf(db, run.id)).map((p) => p.stdout)).toEqual(['old'])
    expect(await getRun(db, run.id)).toEqual(second)
  })

  it('note facts one by one', async () => {
    const lease = leaseOf(await claimRun(db, (await create()).id, 'w'))
    expect(await noteRun(db, lease, { runbookDigest: 'sha256:1' })).toBe(true)
    expect(await noteRun(db, lease, { hostKey: 'SHA256:2' })).toBe(true)
    expect(await getRun(db, lease.runId)).toMatchObject({ runbookDigest: 'sha256:1', hostKey: 'SHA256:2' })
  })

  it('end once: done with a verdict', async () => {
    const lease = leaseOf(await claimRun(db, (await create()).id, 'w'))
    const done = { state: 'done', report, problemKeys: ['k1', 'k2'] } as const
    expect(await finishRun(db, lease, done)).toBe(true)
    expect(await finishRun(db, lease, done)).toBe(false)
    expect(await claimRun(db, lease.runId, 'w')).toBeNull()
    expect(await cancelRun(db, lease.runId, 'U2')).toBeNull()
    expect(await getRun(db, lease.runId)).toMatchObject({
      state: 'done',
      report,
      failure: null,
      problemKeys: ['k1', 'k2'],
      endedAt: expect.any(Date),
    })
  })

  it('end failed without a verdict, or cancelled under the hands of a worker', async () => {
    const failed = leaseOf(await claimRun(db, (await create()).id, 'w'))
    expect(await finishRun(db, failed, { state: 'failed', failure, problemKeys: ['k'] })).toBe(true)
    expect(await getRun(db, failed.runId)).toMatchObject({ state: 'failed', report: null, failure })

    const lease = leaseOf(await claimRun(db, (await create()).id, 'w'))
    expect(await cancelRun(db, lease.runId, 'U2')).toMatchObject({
      state: 'cancelled',
      cancelledBy: 'U2',
      report: null,
      failure: null,
    })
    expect(await saveProbe(db, lease, probe('disk'))).toBe(false)
    expect(await finishRun(db, lease, { state: 'done', report, problemKeys: [] })).toBe(false)
  })

  it('are listed newest first, and the open ones oldest first', async () => {
    const team = newTeam()
    const [a, b, c] = [await finished({ team }), await create({ team }), await create({ team })]
    await claimRun(db, c.id, 'w')
    expect((await recentRuns(db, team, 2)).map((run) => run.id).sort()).toEqual([b.id, c.id].sort())
    expect((await recentRuns(db, team, 9)).at(-1)?.id).toBe(a.id)
    expect((await openRuns(db, team)).map((run) => run.id).sort()).toEqual([b.id, c.id].sort())
  })

  it('know the run before them with a verdict on the same topic and host', async () => {
    const team = newTeam()
    const old = await finished({ team })
    await db.query(`UPDATE debvisor.runs SET created_at = now() - interval '1 hour' WHERE id = $1`, [old.id])
    await finished({ team, host: 'host2' })
    await finished({ team, topic: 'service' })
    await create({ team })
    const now = await finished({ team })
    expect((await previousRun(db, now))?.id).toBe(old.id)
    expect(await previousRun(db, (await getRun(db, old.id)) ?? old)).toBeNull()
  })

  it('know how long ago the last healthy one of the same topic and host began', async () => {
    const team = newTeam()
    const ended = async (verdict: Report['verdict'], more: Partial<NewRun> = {}): Promise<void> => {
      const run = await create({ team, ...more })
      const lease = leaseOf(await claimRun(db, run.id, 'w'))
      await finishRun(db, lease, { state: 'done', report: { ...report, verdict }, problemKeys: [] })
    }
    const about = { team, topic: 'db', host: 'host1', createdAt: new Date(Date.now() + 60_000) }
    await ended('problem')
    expect(await sinceHealthyRun(db, about)).toBeUndefined()
    await ended('healthy')
    await db.query("UPDATE debvisor.runs SET started_at = started_at - interval '2 hours' WHERE team = $1", [
      team,
    ])
    await ended('problem')
    await ended('healthy', { topic: 'service' })
    await ended('healthy', { host: 'host2' })
    await ended('healthy', { team: newTeam() })
    const seconds = await sinceHealthyRun(db, about)
    expect(seconds).toBeGreaterThanOrEqual(7_200)
    expect(seconds).toBeLessThan(7_300)
  })

  it('forget the response_url when Slack does', async () => {
    const run = await create()
    await db.query(`UPDATE debvisor.runs SET created_at = now() - interval '31 minutes' WHERE id = $1`, [
      run.id,
    ])
    expect((await getRun(db, run.id))?.responseUrl).toBeNull()
  })

  it('have parents', async () => {
    const fleet = await create()
    expect((await create({ parent: fleet.id })).parent).toBe(fleet.id)
  })

  it('keep every character of what a probe answered, in the order of the first answers', async () => {
    const lease = leaseOf(await claimRun(db, (await create()).id, 'w'))
    await saveProbe(db, lease, probe('zeta'))
    await saveProbe(db, lease, probe('alpha'))
    const text = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 3 }),
        fc.constantFrom('\0', '\ud83d', '\udc00', '\\u0000', '"', '\n'),
      ),
    })
    await fc.assert(
      fc.asyncProperty(text, text, async (stdout, stderr) => {
        const record: ProbeRecord = {
          ...probe('zeta', stdout),
          stderr,
          status: 'lost',
          exitCode: null,
          reason: stderr,
          leftover: 2,
        }
        await saveProbe(db, lease, record)
        expect(await probesOf(db, lease.runId)).toStrictEqual([record, probe('alpha')])
      }),
      { numRuns: 100 },
    )
  })

  it('lets no old epoch write after a new one has begun, when both race', async () => {
    const other = await store.replica()
    for (let round = 0; round < 30; round++) {
      const run = await create()
      const old = leaseOf(await claimRun(db, run.id, 'a'))
      const writes = Array.from({ length: 5 }, (_, i) => saveProbe(db, old, probe(`p${i}`, 'old')))
      const claimed = await claimRun(other, run.id, 'b')
      const seen = (await probesOf(other, run.id)).length
      const written = (await Promise.all(writes)).filter(Boolean).length
      expect(claimed?.epoch).toBe(2)
      // What was not there when the new epoch began never comes.
      expect(written).toBe(seen)
      expect(await probesOf(db, run.id)).toHaveLength(seen)
    }
  })

  it('follow their life cycle whatever workers do, in any order', async () => {
    type Step = ['claim'] | ['cancel'] | ['finish', number] | ['probe', number]
    const epoch = fc.integer({ min: 0, max: 4 })
    const step = fc.oneof(
      fc.constant<Step>(['claim']),
      { arbitrary: fc.constant<Step>(['cancel']), weight: 1 },
      fc.tuple(fc.constant('finish' as const), epoch),
      fc.tuple(fc.constant('probe' as const), epoch),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { id } = await create()
        const model = { state: 'queued', epoch: 0, probes: 0 }
        const open = () => model.state === 'queued' || model.state === 'running'
        for (const [what, at = 0] of steps) {
          const lease = { runId: id, epoch: at }
          const holds = model.state === 'running' && model.epoch === at
          if (what === 'claim') {
            expect((await claimRun(db, id, 'w')) !== null).toBe(open())
            if (open()) Object.assign(model, { state: 'running', epoch: model.epoch + 1 })
          } else if (what === 'cancel') {
            expect((await cancelRun(db, id, 'U2')) !== null).toBe(open())
            if (open()) Object.assign(model, { state: 'cancelled', epoch: model.epoch + 1 })
          } else if (what === 'probe') {
            expect(await saveProbe(db, lease, probe(`p${model.probes}`))).toBe(holds)
            if (holds) model.probes++
          } else {
            expect(await finishRun(db, lease, { state: 'done', report, problemKeys: [] })).toBe(holds)
            if (holds) model.state = 'done'
          }
        }
        expect(await getRun(db, id)).toMatchObject({ state: model.state, epoch: model.epoch })
        expect(await probesOf(db, id)).toHaveLength(model.probes)
      }),
      { numRuns: 60 },
    )
  })
})
