import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { noteRecheck, proposeFix } from '../../src/fixes/fix-store.ts'
import type { OverLimit, WaitingLimits } from '../../src/runs/queue/waiting-limits.ts'
import { addWatcher, MOST_WATCHERS, watchersOf } from '../../src/runs/requests/watchers.ts'
import type { Run } from '../../src/runs/run.ts'
import { cancelRun, claimRun, finishRun } from '../../src/runs/run-lease.ts'
import { createRun, getRun, recentRuns } from '../../src/runs/run-store.ts'
import { type Request, type Started, startRun } from '../../src/runs/start-run.ts'
import { appendAudit, type WriteAudit } from '../../src/store/audit/audit.ts'
import type { Db } from '../../src/store/db.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'

const roomy = { waiting: 1_000, waitingPerChannel: 1_000, waitingPerUser: 1_000 }

describe.each(storeKinds)('a run in the %s store', (kind) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store.stop())

  let deliveries = 0
  let hosts = 0
  const sent: string[] = []
  const newHost = () => `host${++hosts}`
  interface Asking
    extends Partial<Pick<Request, 'topic' | 'team' | 'channel' | 'parent' | 'origin' | 'actor'>> {
    readonly host?: string
    readonly user?: string
    readonly delivery?: string
    readonly audit?: WriteAudit
    readonly db?: Db
    readonly limits?: WaitingLimits
  }
  const start = (asking: Asking = {}): Promise<Started | OverLimit | null> => {
    const { host: name = newHost(), user = 'U1', db = store.db, limits = roomy, ...request } = asking
    return startRun(
      storeWith(db, async (_tx, job) => void sent.push('runId' in job ? job.runId : '')),
      {
        team: 'T1',
        actor: { kind: 'user', id: user },
        topic: 'db',
        host: { name, groups: [], production: false, route: { kind: 'local' }, variables: {} },
        channel: 'C1',
        responseUrl: 'https://hooks.slack.com/x',
        delivery: String(deliveries++),
        audit: write,
        ...request,
      },
      limits,
    )
  }
  const started = async (asking: Asking = {}): Promise<Started> => (await start(asking)) as Started
  const write: WriteAudit = async (tx, target = null) => {
    const about = {
      team: 'T1',
      actor: 'U1',
      door: 'd',
      action: 'diagnose',
      host: null,
      topic: null,
      reason: null,
    }
    await appendAudit(tx, { ...about, decision: 'allowed', target, asked: '' })
  }
  /** Proposed, in words that do not matter. */
  const fixOf = ({ id: runId, host }: Run) =>
    proposeFix(store.db, {
      ...{ team: 'T1', runId, topic: 'db', host, production: false, requester: 'U1' },
      ...{ finding: 'pg.stopped', subject: 's', fix: 'restart', title: 't', effect: 'e', risk: 'r' },
      ...{ runbookDigest: 'd', hostKey: 'SHA256:x', settleMs: 0, touches: null },
      steps: [{ as: 'root', argv: ['x'], text: 'sudo x', timeoutMs: 1 }],
    })
  const isWaitingForLock = async (db: Db): Promise<boolean> => {
    const { rows } = await db.query<{ waits: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
         AND wait_event_type = 'Lock' AND query ILIKE '%debvisor.runs%') AS waits`,
      [],
    )
    return rows[0]?.waits ?? false
  }
  const targets = async () =>
    (
      await store.db.query<{ target: string }>(
        `SELECT entry::json->>'target' AS target FROM debvisor.audit ORDER BY position DESC LIMIT 1`,
      )
    ).rows.map(({ target }) => target)

  it('is there together with its row in the audit', async () => {
    const { run } = await started()
    const { rows } = await store.db.query<{ target: string; together: boolean }>(
      `SELECT a.entry::json->>'target' AS target, a.xmin::text = r.xmin::text AS together
       FROM debvisor.audit a, debvisor.runs r WHERE r.id = $1`,
      [run.id],
    )
    expect(rows).toEqual([{ target: `run ${run.code}`, together: true }])
  })

  it('is not there where the audit cannot be written, and the same request may be tried again', async () => {
    const before = await recentRuns(store.db, 'T1', 10)
    const audit = () => Promise.reject(new Error('the disk is full'))
    await expect(start({ audit, delivery: 'again' })).rejects.toThrow('full')
    expect(await recentRuns(store.db, 'T1', 10)).toHaveLength(before.length)
    expect(await start({ delivery: 'again' })).toMatchObject({ run: { topic: 'db' }, joined: false })
  })

  describe('is not started where as many wait as may', () => {
    const few = { waiting: 8, waitingPerChannel: 4, waitingPerUser: 2 }
    let teams = 0
    let team = ''
    beforeEach(() => {
      team = `T-limits-${++teams}`
    })
    const ask = (asking: Asking) => start({ team, limits: few, ...asking })
    const waiting = async () => (await recentRuns(store.db, team, 100)).length

    it('of one person, who may still join another, and ask again once one of theirs has begun', async () => {
      const { run: first } = (await ask({ user: 'U1' })) as Started
      const { run: second } = (await ask({ user: 'U1' })) as Started
      const theirs = (await ask({ user: 'U2' })) as Started
      const before = sent.length
      expect(await ask({ user: 'U1', delivery: `${team} third` })).toEqual({
        ...{ limit: 'user', most: 2, freeInMs: null, own: second.code },
      })
      expect([await waiting(), sent.length]).toEqual([3, before])
      // Slack delivers it again: nobody is told twice.
      expect(await ask({ user: 'U1', delivery: `${team} third` })).toBeNull()
      expect(await ask({ user: 'U1', host: theirs.run.host })).toMatchObject({ joined: true })
      await claimRun(store.db, first.id, 'w')
      expect(await ask({ user: 'U1' })).toMatchObject({ joined: false })
    })

    it('of one channel, while others have room', async () => {
      for (const user of ['U1', 'U2', 'U3', 'U4']) await ask({ user })
      expect(await ask({ user: 'U5' })).toMatchObject({ limit: 'channel', most: 4, own: null })
      expect(await ask({ user: 'U5', channel: 'C2' })).toMatchObject({ joined: false })
    })

    it('at all; alerts leave half of the places to people', async () => {
      const alert = (channel: string) =>
        ask({ origin: 'alert', actor: { kind: 'webhook', id: 'am' }, channel })
      for (const channel of ['C1', 'C2', 'C3', 'C4'])
        expect(await alert(channel)).toMatchObject({ joined: false })
      expect(await alert('C5')).toMatchObject({ limit: 'all', most: 4 })
      for (const user of ['U1', 'U2', 'U3', 'U4']) await ask({ user, channel: `C-${user}` })
      expect(await ask({ user: 'U5', channel: 'C6' })).toMatchObject({ limit: 'all', most: 8 })
      expect(await waiting()).toBe(8)
    })
  })

  describe('is joined by who asks for the same meanwhile', () => {
    it('while it waits and while it is under way: nothing new is started, and they are remembered', async () => {
      const host = newHost()
      const { run } = await started({ host })
      expect(await start({ host, user: 'U2' })).toMatchObject({ run: { id: run.id }, joined: true })
      expect(await targets()).toEqual([`joined run ${run.code}`])
      await claimRun(store.db, run.id, 'w')
      expect(await start({ host, user: 'U3' })).toMatchObject({ run: { id: run.id } })
      expect(await start({ host, user: 'U2' })).toMatchObject({ run: { id: run.id } })
      expect(sent.filter((id) => id === run.id)).toHaveLength(1)
      expect(await watchersOf(store.db, run.id)).toMatchObject([
        { user: 'U3', told: false },
        { user: 'U2', told: false, responseUrl: 'https://hooks.slack.com/x' },
      ])
    })

    it('by a person, for whom it waits among people from then on; by another alert it stays behind them', async () => {
      const host = newHost()
      const alert = { origin: 'alert', actor: { kind: 'webhook', id: 'am' } } as const
      const { run } = await started({ host, ...alert })
      const origin = async () =>
        (await store.db.query('SELECT origin FROM debvisor.runs WHERE id = $1', [run.id])).rows
      expect(await start({ host, ...alert })).toMatchObject({ joined: true })
      expect(await origin()).toEqual([{ origin: 'alert' }])
      expect(await start({ host, user: 'U2' })).toMatchObject({ run: { id: run.id }, joined: true })
      expect(await origin()).toEqual([{ origin: 'person' }])
      // What is under way takes the place of an alert that it took.
      const begun = await started({ host: newHost(), ...alert })
      await claimRun(store.db, begun.run.id, 'w')
      await start({ host: begun.run.host, user: 'U2' })
      const { rows } = await store.db.query('SELECT origin FROM debvisor.runs WHERE id = $1', [begun.run.id])
      expect(rows).toEqual([{ origin: 'alert' }])
    })

    it('by whoever asked for it, without being told twice', async () => {
      const host = newHost()
      const { run } = await started({ host })
      expect(await start({ host })).toMatchObject({ run: { id: run.id }, joined: true })
      expect(await watchersOf(store.db, run.id)).toEqual([])
    })

    it('of many requests on two replicas at the same instant, one starts it and all others join', async () => {
      const replica = await store.replica()
      for (let round = 0; round < 8; round++) {
        const host = newHost()
        const asked = Array.from({ length: 8 }, (_, i) =>
          started({ host, user: `U${i}`, db: i % 2 ? replica : store.db }),
        )
        const all = await Promise.all(asked)
        expect(new Set(all.map(({ run }) => run.id)).size).toBe(1)
        expect(all.filter(({ joined }) => !joined)).toHaveLength(1)
        expect(await watchersOf(store.db, all[0]?.run.id ?? '')).toHaveLength(7)
      }
    })

    // The embedded store has one process, and so nobody else who could end the run meanwhile.
    if (kind === 'postgres')
      it('at the moment of its end, and is known before its verdict is shown', async () => {
        const replica = await store.replica()
        const host = newHost()
        const { run } = await started({ host })
        const { epoch } = (await claimRun(store.db, run.id, 'w')) as Run
        let found = () => {}
        const foundIt = new Promise<void>((resolve) => {
          found = resolve
        })
        let commit = () => {}
        const committed = new Promise<void>((resolve) => {
          commit = resolve
        })
        const joining = start({
          host,
          user: 'U2',
          audit: () => {
            found()
            return committed
          },
        })
        await foundIt
        const failure = { hop: host, stage: 'network', reason: 'no answer', remedy: 'look' } as const
        const ending = { state: 'failed', failure, problemKeys: ['k'] } as const
        let over = false
        const shown = finishRun(replica, { runId: run.id, epoch }, ending).then(() => {
          over = true
          return watchersOf(replica, run.id)
        })
        // An end that waits for nobody ends this loop, and then has no watcher to show.
        while (!over && !(await isWaitingForLock(replica))) {}
        commit()
        expect(await joining).toMatchObject({ joined: true })
        expect((await shown).map(({ user }) => user)).toEqual(['U2'])
      })

    it('but not by who asks for another topic or host, or in another workspace', async () => {
      const host = newHost()
      await started({ host })
      expect(await start({ host, topic: 'service' })).toMatchObject({ joined: false })
      expect(await start({ host: newHost() })).toMatchObject({ joined: false })
      expect(await start({ host, team: 'T2' })).toMatchObject({ joined: false })
    })

    it('but not once it has ended or was cancelled', async () => {
      const host = newHost()
      const { run } = await started({ host })
      await cancelRun(store.db, run.id, 'U1')
      expect(await start({ host })).toMatchObject({ joined: false })
    })

    it('but not from another channel, by whomever: the run of one may be closed to the readers of the other', async () => {
      const host = newHost()
      const { run } = await started({ host, channel: 'G1' })
      expect(await start({ host, channel: 'G1' })).toMatchObject({ run: { id: run.id }, joined: true })
      const elsewhere = await started({ host, channel: 'C2' })
      expect(elsewhere).toMatchObject({ joined: false, run: { channel: 'C2' } })
      expect(await start({ host, channel: 'C2', user: 'U2' })).toMatchObject({
        run: { id: elsewhere.run.id },
      })
    })

    it('from wherever they click Check again, in the channel where that is shown', async () => {
      const host = newHost()
      const parent = (await started({ host, channel: 'C7' })).run
      await cancelRun(store.db, parent.id, 'U1')
      const { run } = await started({ host, channel: 'C7' })
      expect(await start({ host, parent, channel: 'D5', user: 'U2' })).toMatchObject({ run: { id: run.id } })
    })

    it('by as many as are called with its verdict; who comes after them joins the next one', async () => {
      const host = newHost()
      const { run } = await started({ host, user: 'U0' })
      for (let n = 1; n <= MOST_WATCHERS; n++)
        expect(await start({ host, user: `U${n}` })).toMatchObject({ run: { id: run.id } })
      const next = await started({ host, user: 'late' })
      expect(next).toMatchObject({ joined: false })
      expect(await start({ host, user: 'later' })).toMatchObject({ run: { id: next.run.id }, joined: true })
      for (const user of ['U0', 'U3'])
        expect(await start({ host, user })).toMatchObject({ run: { id: run.id } })
    })

    it('but not where it began before a change of its host was through', async () => {
      const host = newHost()
      const before = (await started({ host })).run
      await claimRun(store.db, before.id, 'w')
      const fix = await fixOf(before)
      expect(await start({ host })).toMatchObject({ run: { id: before.id } })
      await store.db.query(
        `UPDATE debvisor.fixes SET state = 'running', requested_at = now(), started_at = now() WHERE id = $1`,
        [fix.id],
      )
      const meanwhile = await started({ host })
      expect(meanwhile).toMatchObject({ joined: false })
      await claimRun(store.db, meanwhile.run.id, 'w')
      await store.db.query(`UPDATE debvisor.fixes SET state = 'succeeded', ended_at = now() WHERE id = $1`, [
        fix.id,
      ])
      expect(await start({ host, team: 'T2' })).toMatchObject({ joined: false })
      const after = await started({ host })
      expect(after).toMatchObject({ joined: false })
      await claimRun(store.db, after.run.id, 'w')
      expect(await start({ host })).toMatchObject({ run: { id: after.run.id }, joined: true })
    })

    it('but not where it is stuck: too long in the queue, or under way for longer than any run may be', async () => {
      const host = newHost()
      const aged = (column: string, id: string, minutes: number) =>
        store.db.query(
          `UPDATE debvisor.runs SET ${column} = now() - $2 * interval '1 minute' WHERE id = $1`,
          [id, minutes],
        )
      const first = (await started({ host })).run
      await aged('created_at', first.id, 9)
      expect(await start({ host })).toMatchObject({ run: { id: first.id } })
      await aged('created_at', first.id, 11)
      const second = (await started({ host })).run
      expect(second.id).not.toBe(first.id)
      await claimRun(store.db, second.id, 'dead')
      await aged('started_at', second.id, 7)
      // A worker that takes it anew is still at the same, stuck run.
      await claimRun(store.db, second.id, 'other')
      expect(await start({ host })).toMatchObject({ joined: false })
    })

    it('but not where it is a fix’s own look afterwards, which always runs by itself', async () => {
      const host = newHost()
      const { run: before } = await started({ host })
      await cancelRun(store.db, before.id, 'U1')
      const about = { team: 'T1', topic: 'db', host, production: false } as const
      const actor = { kind: 'user', id: 'U1' } as const
      const recheck = await createRun(store.db, { ...about, actor, channel: 'C1', responseUrl: null })
      await noteRecheck(store.db, (await fixOf(before)).id, recheck.id)
      const own = await started({ host })
      expect(own).toMatchObject({ joined: false, run: { afterFix: false } })
      expect(await getRun(store.db, recheck.id)).toMatchObject({ state: 'queued', afterFix: true })
    })
  })

  it('that checks another one again is shown where that one is, wherever it was asked for', async () => {
    const parent = (await started({ channel: 'C7' })).run
    const again = await started({ parent, channel: 'D5' })
    expect(again.run).toMatchObject({ parent: parent.id, channel: 'C7' })
  })

  it('is told to a watcher who joins twice in answer to what they asked last', async () => {
    const { run } = await started()
    await addWatcher(store.db, run, { user: 'U2', responseUrl: 'https://hooks.slack.com/1' })
    await addWatcher(store.db, run, { user: 'U2', responseUrl: 'https://hooks.slack.com/2' })
    expect(await watchersOf(store.db, run.id)).toMatchObject([
      { user: 'U2', responseUrl: 'https://hooks.slack.com/2' },
    ])
  })
})
