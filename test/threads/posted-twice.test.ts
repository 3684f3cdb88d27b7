import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { endFleet } from '../../src/fleet/runs/end-fleet.ts'
import { saveProbe } from '../../src/runs/probe-store.ts'
import type { Run } from '../../src/runs/run.ts'
import { claimRun, finishRun } from '../../src/runs/run-lease.ts'
import { createRun, type NewRun } from '../../src/runs/run-store.ts'
import type { Db } from '../../src/store/db.ts'
import { messagesOf } from '../../src/store/posted-messages.ts'
import type { Job } from '../../src/store/queue.ts'
import { drawAlertSummary } from '../../src/threads/draw-alert-summary.ts'
import { drawDirectMessage } from '../../src/threads/draw-direct-messages.ts'
import { drawPlace } from '../../src/threads/draw-place.ts'
import { drawProgress } from '../../src/threads/draw-progress.ts'
import { drawScheduleEnd } from '../../src/threads/draw-schedule-end.ts'
import { drawThread } from '../../src/threads/draw-thread.ts'
import { drawFleet } from '../../src/threads/fleet/draw-fleet.ts'
import { SlackFailed } from '../../src/threads/slack-failed.ts'
import type { ThreadDrawer } from '../../src/threads/thread-drawer.ts'
import { addSchedule, endSchedule } from '../../src/watches/schedule-store.ts'
import { runbook, topic } from '../engine/sample-runbook.ts'
import { makeParts } from '../escalation/escalation-world.ts'
import { makePagerStub } from '../escalation/pager-stub.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'
import { finish, runsOf, started, worldOn } from '../fleet/runs/fleet-world.ts'
import { diskReport } from '../slack/messages/sample-views.ts'
import { type Gate, openSharedSlack, type SharedSlack, standStill } from './shared-slack.ts'

type Drawer = ThreadDrawer & { mostOf(source: string): undefined }

const asked: NewRun = {
  ...{ team: 'T1', actor: { kind: 'user', id: 'U1' }, topic: 'db', host: 'host1', production: true },
  ...{ channel: 'C1', responseUrl: null },
}

const book = runbook(
  topic(`
probes:
  disk: { title: Disks, run: df, parse: lines }
findings:
  it.broken: { title: It is broken, when: disk.exit == 0, severity: critical, subject: s, detail: d, evidence: [disk], resolution: [r] }
`),
)

/** What may be posted twice, and the job that draws it. */
interface Drawn {
  readonly runId: string
  draw(on: Drawer, options?: { readonly lookForCopies?: boolean }): Promise<unknown>
}

describe.each(storeKinds)('a process that stood still before a post, on the %s store', (kind) => {
  let store: TestStore
  let replica: Db
  let slack: SharedSlack
  let jobs: { readonly job: Job; readonly afterMs: number }[]
  beforeAll(async () => {
    store = await openTestStore(kind)
    replica = await store.replica()
  })
  afterAll(() => store?.stop())
  beforeEach(() => {
    slack = openSharedSlack()
    jobs = []
  })

  const drawerOn = (db: Db, gate?: Gate): Drawer => ({
    ...makeParts(db, makePagerStub(), { now: 'works' }),
    store: storeWith(db, async (_tx, job, { afterMs = 0 } = {}) => void jobs.push({ job, afterMs })),
    slack: { delivery: slack.of(gate) },
    mostOf: () => undefined,
  })
  /** As if nobody had renewed it for so long. */
  const expire = () =>
    store.db.query(
      `UPDATE debvisor.messages SET held_till = now() - interval '1 second' WHERE held_by IS NOT NULL`,
    )

  async function ended(): Promise<Run> {
    const { id } = await store.db.tx((tx) => createRun(tx, asked))
    const run = (await claimRun(store.db, id, 'w')) as Run
    const fence = { runId: id, epoch: run.epoch }
    await saveProbe(store.db, fence, {
      ...{ id: 'disk', title: 'Disks', command: 'df', status: 'exited', exitCode: 0 },
      ...{ output: 'full', stderr: '', cut: false, durationMs: 1, at: new Date(0) },
    } as never)
    await finishRun(store.db, fence, { state: 'done', report: diskReport(), problemKeys: [id] })
    return run
  }
  async function thread(): Promise<Drawn> {
    const { id: runId } = await ended()
    return { runId, draw: (on, options) => drawThread(on, runId, options) }
  }
  async function directMessage(): Promise<Drawn> {
    const run = await ended()
    const escalationId = randomUUID()
    await store.db.query(
      `INSERT INTO debvisor.escalations
         (id, team, problem_key, level, run_id, channel, actor_kind, actor_id, title, body, severity)
       VALUES ($1, 'T1', $2::text, 2, $2::uuid, 'C1', 'user', 'U1', 't', 'b', 'critical')`,
      [escalationId, run.id],
    )
    const about = { run, escalationId, user: 'U9', channel: 'D9', threadUrl: undefined }
    const key = `lead:${escalationId}:U9`
    return {
      runId: run.id,
      draw: (on, options) => drawDirectMessage(on, { ...about, key, ...options }),
    }
  }
  async function alertSummary(): Promise<Drawn> {
    const runId = randomUUID()
    await store.db.query(
      `INSERT INTO debvisor.alert_summaries (id, team, source, channel) VALUES ($1, 'T1', 'prometheus', 'C1')`,
      [runId],
    )
    await store.db.query(
      `INSERT INTO debvisor.alerts (team, source, fingerprint, name, outcome, summary)
       VALUES ('T1', 'prometheus', $1::text, 'DiskFull', 'no-host', $1::uuid)`,
      [runId],
    )
    return { runId, draw: (on, options) => drawAlertSummary(on, runId, options) }
  }
  async function scheduleEnd(): Promise<Drawn> {
    const made = await addSchedule(store.db, {
      ...{ team: 'T1', name: null, user: 'U01ANA', cron: '@daily', timezone: 'UTC', channel: 'C1' },
      ...{ topic: 'db', host: 'host1', hostGroup: null, nextAt: new Date() },
    })
    const runId = made?.id ?? ''
    await endSchedule(store.db, runId, { outcome: 'refused', why: 'This account is deactivated.' })
    return { runId, draw: (on, options) => drawScheduleEnd(on, runId, options) }
  }

  async function fleet(): Promise<Drawn> {
    const world = worldOn(store.db)
    const runId = await started(world.store, ['host1', 'host2'])
    for (const { id } of await runsOf(store.db)) await finish(world.store, id)
    return {
      runId,
      draw: async (on, options) => {
        await endFleet(on.store, runId)
        await drawFleet(on, runId, options)
      },
    }
  }

  /** Everything that the store knows of stands there once, where it says. */
  async function expectOnce(runId: string): Promise<void> {
    const stored = (await messagesOf(store.db, runId)).map(({ ts, fileId }) => ts ?? fileId)
    expect(
      slack
        .standing(runId)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(stored.toSorted())
  }

  /** The first stands still, the second takes over and posts. */
  async function takenOver(make: () => Promise<Drawn>, call: 'post' | 'upload' = 'post', about = /./) {
    const drawn = await make()
    const still = standStill('before', call, about)
    const first = drawn.draw(drawerOn(store.db, still.gate))
    await still.stands
    await expire()
    await drawn.draw(drawerOn(replica))
    const [standing] = slack.standing(drawn.runId)
    return { ...drawn, first, wake: still.wake, stored: standing?.id ?? '' }
  }
  it.each([
    ["a run's message", thread, 'post', /^main$/],
    ['a message in its thread', thread, 'post', /^thread:/],
    ['its file', thread, 'upload', /./],
    ['a direct message', directMessage, 'post', /./],
    ['a summary of alerts', alertSummary, 'post', /./],
    ['the end of a schedule', scheduleEnd, 'post', /./],
    ["a fleet's message", fleet, 'post', /^main$/],
    ["a fleet's end", fleet, 'post', /^end$/],
    ["a fleet's file", fleet, 'upload', /./],
  ] as const)('takes its own away again: %s', async (_, make, call, about) => {
    const { runId, first, wake } = await takenOver(make, call, about)
    wake()
    await first
    await expectOnce(runId)
  })

  it('takes "running" away again that it posts beside the verdict of another', async () => {
    const { id: runId } = await store.db.tx((tx) => createRun(tx, asked))
    const run = (await claimRun(store.db, runId, 'first')) as Run
    const still = standStill('before', 'post', /./)
    const first = drawProgress(drawerOn(store.db, still.gate), run, book)
    await still.stands
    await expire()
    const { epoch } = (await claimRun(replica, runId, 'second')) as Run
    await finishRun(replica, { runId, epoch }, { state: 'done', report: diskReport(), problemKeys: [runId] })
    await drawThread(drawerOn(replica), runId)
    still.wake()
    await first.posted
    await expectOnce(runId)
    expect(slack.standing(runId)[0]?.text).toMatch(/^🔴/u)
  })

  /** The run waits, and its message says something else of it by now. */
  async function waiting(): Promise<string> {
    const { id } = await store.db.tx((tx) => createRun(tx, asked))
    await drawPlace(drawerOn(store.db), id)
    await store.db.query(`UPDATE debvisor.messages SET hash = 'of another place' WHERE run_id = $1`, [id])
    return id
  }
  async function endElsewhere(runId: string): Promise<void> {
    const { epoch } = (await claimRun(replica, runId, 'second')) as Run
    await finishRun(replica, { runId, epoch }, { state: 'done', report: diskReport(), problemKeys: [runId] })
    await drawThread(drawerOn(replica), runId)
  }

  it('shows the verdict of another again that its "waiting" was sent over, and has it looked at', async () => {
    const runId = await waiting()
    const still = standStill('before', 'update', /./)
    const first = drawPlace(drawerOn(store.db, still.gate), runId)
    await still.stands
    await expire()
    await endElsewhere(runId)
    // The look of whoever took over is done by now.
    jobs = []
    still.wake()
    await first
    expect(slack.standing(runId)[0]?.text).toMatch(/^🔴/u)
    expect(jobs).toEqual([{ job: { kind: 'redraw', runId, lookForCopies: true }, afterMs: 30_000 }])
  })

  it('has any later draw show the newest state, where it cannot do so itself', async () => {
    const runId = await waiting()
    const still = standStill('before', 'update', /./)
    const both: Gate = async (...call) => {
      await still.gate(...call)
      if (call[0] === 'after' && call[1] === 'update') slack.say('update', out)
    }
    const out = { ok: false, reason: 'unavailable', detail: 'HTTP 503' } as const
    const first = drawPlace(drawerOn(store.db, both), runId)
    await still.stands
    await expire()
    await endElsewhere(runId)
    still.wake()
    await expect(first).rejects.toThrow(SlackFailed)
    expect(slack.standing(runId)[0]?.text).not.toMatch(/^🔴/u)
    slack.say('update', undefined)
    await drawThread(drawerOn(replica), runId)
    expect(slack.standing(runId)[0]?.text).toMatch(/^🔴/u)
  })

  it.each([
    ['to give its lock back', /held_by = NULL/],
    ['to store what it posted', /WITH held AS/],
  ])(
    'takes its own away, too, where the database is away as it wakes and is to be asked %s',
    async (_, sql) => {
      const drawn = await thread()
      const still = standStill('before', 'post', /^main$/)
      let refusals = 0
      const flaky: Db = {
        ...store.db,
        query: async (text, params) => {
          if (refusals > 0 && sql.test(text) && refusals-- > 0) throw new Error('the database is away')
          return store.db.query(text, params)
        },
        tx: async (work) => {
          if (refusals > 0 && refusals-- > 0) throw new Error('the database is away')
          return store.db.tx(work)
        },
      }
      const first = drawn.draw(drawerOn(flaky, still.gate))
      await still.stands
      await expire()
      await drawn.draw(drawerOn(replica))
      jobs = []
      refusals = 3
      still.wake()
      await first
      await expectOnce(drawn.runId)
      expect(jobs).toContainEqual({
        ...{ job: { kind: 'redraw', runId: drawn.runId, lookForCopies: true }, afterMs: 30_000 },
      })
    },
  )

  it('takes no lock over without the look that belongs to it', async () => {
    const drawn = await thread()
    const still = standStill('before', 'post', /^main$/)
    const first = drawn.draw(drawerOn(store.db, still.gate))
    await still.stands
    await expire()
    const dying = drawerOn(replica)
    const noQueue = storeWith(replica, async () => {
      throw new Error('it died before the job was there')
    })
    await expect(drawn.draw({ ...dying, store: noQueue })).rejects.toThrow('it died')
    await drawn.draw(drawerOn(replica))
    expect(jobs).toHaveLength(1)
    still.wake()
    await first
  })

  it('is looked at by one job at a time, which sends no further one', async () => {
    const { runId, draw } = await thread()
    await draw(drawerOn(replica))
    await store.db.query(
      `UPDATE debvisor.messages SET held_by = 'a dead one', held_till = now() - interval '1 second'
       WHERE run_id = $1 AND key = 'main'`,
      [runId],
    )
    const still = standStill('before', 'update', /./)
    const look = draw(drawerOn(store.db, still.gate), { lookForCopies: true })
    await still.stands
    await expire()
    await draw(drawerOn(replica), { lookForCopies: true })
    still.wake()
    await look
    expect(jobs).toEqual([])
    await expectOnce(runId)
  })

  it('takes its own away, too, where the answer to its post was lost', async () => {
    const { runId, first, wake } = await takenOver(thread, 'post', /^main$/)
    slack.loseAnswers('post')
    wake()
    await first
    await expectOnce(runId)
  })

  it.each([
    ['posts its own', undefined],
    ['cannot post', { ok: false, reason: 'unavailable', detail: 'HTTP 503' } as const],
  ])('waits for whoever took over and has looked in vain, where that one %s', async (_, said) => {
    const { runId, draw } = await thread()
    const [one, other] = [standStill('before', 'post', /^main$/), standStill('after', 'find', /^main$/)]
    const first = draw(drawerOn(store.db, one.gate))
    await one.stands
    await expire()
    const second = draw(drawerOn(replica, other.gate)).catch((error: unknown) => error)
    await other.stands
    one.wake()
    while (slack.standing(runId).length === 0) await delay(1)
    slack.say('post', said)
    other.wake()
    await second
    slack.say('post', undefined)
    await first
    await expectOnce(runId)
    expect(slack.standing(runId).filter(({ key }) => key === 'main')).toHaveLength(1)
  })

  it('leaves it to a job that is in the queue already, should it die as soon as it has posted', async () => {
    const { runId, draw } = await thread()
    const [before, after] = [standStill('before', 'post', /^main$/), standStill('after', 'post', /^main$/)]
    const both: Gate = async (...call) => {
      await before.gate(...call)
      await after.gate(...call)
    }
    void draw(drawerOn(store.db, both))
    await before.stands
    await expire()
    await draw(drawerOn(replica))
    expect(jobs).toEqual([{ job: { kind: 'redraw', runId, lookForCopies: true }, afterMs: 30_000 }])
    before.wake()
    // It gets no further: it is dead.
    await after.stands
    expect(slack.standing(runId).filter(({ key }) => key === 'main')).toHaveLength(2)
    await draw(drawerOn(replica), { lookForCopies: true })
    await expectOnce(runId)
  })

  it.each([
    ['a direct message', directMessage, 'redraw'],
    ['a summary of alerts', alertSummary, 'alert-summary'],
    ['the end of a schedule', scheduleEnd, 'schedule-ended'],
  ] as const)('leaves to such a job what Slack does not take away now: %s', async (_, make, kind) => {
    const { runId, draw, first, wake } = await takenOver(make)
    jobs = []
    slack.say('remove', { ok: false, reason: 'unavailable', detail: 'HTTP 503' })
    wake()
    await expect(first).rejects.toThrow(SlackFailed)
    expect(jobs).toMatchObject([{ job: { kind, lookForCopies: true }, afterMs: 30_000 }])
    expect(slack.standing(runId)).toHaveLength(2)
    slack.say('remove', undefined)
    await draw(drawerOn(replica), { lookForCopies: true })
    await expectOnce(runId)
  })

  it('leaves a file to it, too', async () => {
    const { runId, draw, first, wake } = await takenOver(thread, 'upload')
    slack.say('removeFile', { ok: false, reason: 'unavailable', detail: 'HTTP 503' })
    wake()
    await expect(first).rejects.toThrow(SlackFailed)
    expect(slack.standing(runId)).toHaveLength(4)
    slack.say('removeFile', undefined)
    await draw(drawerOn(replica), { lookForCopies: true })
    await expectOnce(runId)
  })

  it('has what it posted say where the real one is, where somebody has answered it', async () => {
    const { runId, draw, first, wake, stored } = await takenOver(thread, 'post', /^main$/)
    slack.say('copies', { ok: false, reason: 'unavailable', detail: 'HTTP 503' })
    wake()
    await expect(first).rejects.toThrow(SlackFailed)
    slack.say('copies', undefined)
    const copy = slack.standing(runId).find(({ id, key }) => key === 'main' && id !== stored)
    slack.answer(copy?.id ?? '')
    await draw(drawerOn(replica), { lookForCopies: true })
    const left = slack.standing(runId).filter(({ id }) => id === copy?.id)
    expect(left).toMatchObject([{ key: 'retired', text: expect.stringMatching(/posted twice/) }])
    expect(slack.standing(runId).filter(({ key }) => key === 'main')).toMatchObject([{ id: stored }])
  })

  it('does so, too, where Slack refuses to delete it', async () => {
    const { runId, first, wake, stored } = await takenOver(thread, 'post', /^main$/)
    slack.say('remove', { ok: false, reason: 'refused', detail: 'cant_delete_message' })
    wake()
    await first
    const keys = slack.standing(runId).map(({ key }) => key)
    expect(keys.filter((key) => key === 'main' || key === 'retired').toSorted()).toEqual(['main', 'retired'])
    expect(slack.standing(runId).find(({ key }) => key === 'main')?.id).toBe(stored)
  })

  it('leaves what it posted where somebody has deleted the other', async () => {
    const { runId, draw, first, wake, stored } = await takenOver(thread, 'post', /^main$/)
    await slack.of().remove('C1', stored)
    wake()
    await first
    await draw(drawerOn(replica), { lookForCopies: true })
    expect(slack.standing(runId).filter(({ key }) => key === 'main')).toHaveLength(1)
  })

  it('leaves each message and file once, whenever it stands still and whoever dies', async () => {
    const moment = fc.constantFrom('before' as const, 'after' as const)
    /** Of each call to Slack: it goes on, or the lock runs out around it and it goes on so much later, or never. */
    const fate = fc.oneof(
      { weight: 5, arbitrary: fc.constant('goes on' as const) },
      { weight: 4, arbitrary: fc.record({ moment, ms: fc.constantFrom(5, 30, 90) }) },
      { weight: 1, arbitrary: fc.record({ moment, ms: fc.constant(Number.POSITIVE_INFINITY) }) },
    )
    const fates = fc.array(fate, { minLength: 8, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fates, fates, fc.nat(20), async (ofFirst, ofSecond, apart) => {
        slack = openSharedSlack()
        jobs = []
        const { runId, draw } = await thread()
        const begin = (db: Db, fated: readonly (typeof ofFirst)[number][]) => {
          let [die, calls] = [() => {}, 0]
          const dead = new Promise<void>((resolve) => {
            die = resolve
          })
          const gate: Gate = async (when) => {
            const now = fated[Math.floor(calls++ / 2)] ?? 'goes on'
            if (now === 'goes on' || now.moment !== when) return
            await expire()
            if (now.ms < Number.POSITIVE_INFINITY) return delay(now.ms)
            die()
            return new Promise(() => {})
          }
          return Promise.race([draw(drawerOn(db, gate)).catch(() => undefined), dead])
        }
        const first = begin(store.db, ofFirst)
        await delay(apart)
        await Promise.all([first, begin(replica, ofSecond)])
        await expire()
        await draw(drawerOn(store.db))
        for (const { job } of jobs.splice(0))
          if (job.kind === 'redraw') await draw(drawerOn(replica), { lookForCopies: true })
        await expectOnce(runId)
        expect(slack.standing(runId)).toHaveLength(3)
      }),
      { numRuns: 12 },
    )
  }, 120_000)

  it('shows how it ended, though others draw what was so before, whenever they stand still', async () => {
    const moment = fc.constantFrom('before' as const, 'after' as const)
    const wakes = fc.constantFrom('soon' as const, 'once all is looked at' as const, 'never' as const)
    const fate = fc.option(fc.record({ moment, wakes, hasJumped: fc.boolean() }), { freq: 2 })
    const fates = fc.array(fate, { minLength: 6, maxLength: 6 })
    const drawn = fc.constantFrom(drawPlace, drawThread)
    const apart = fc.constantFrom(0, 5, 40, 100)
    const clock = performance.now.bind(performance)
    const holds = fc.asyncProperty(drawn, fates, fates, apart, async (drawBefore, ofFirst, ofSecond, ms) => {
      slack = openSharedSlack()
      jobs = []
      let skew = 0
      vi.spyOn(performance, 'now').mockImplementation(() => clock() + skew)
      const runId = await waiting()
      let lookedAt = () => {}
      const isLookedAt = new Promise<void>((resolve) => {
        lookedAt = resolve
      })
      const begin = (db: Db, draw: typeof drawBefore, fated: typeof ofFirst) => {
        let [die, calls] = [() => {}, 0]
        const dead = new Promise<void>((resolve) => {
          die = resolve
        })
        const gate: Gate = async (when) => {
          const now = fated[Math.floor(calls++ / 2)]
          if (now?.moment !== when) return
          await expire()
          if (now.hasJumped) skew += 11_000
          if (now.wakes === 'soon') return delay(20)
          if (now.wakes === 'once all is looked at') return isLookedAt
          die()
          return new Promise(() => {})
        }
        return Promise.race([draw(drawerOn(db, gate), runId).catch(() => undefined), dead])
      }
      const doJobs = async () => {
        for (const { job } of jobs.splice(0))
          if (job.kind === 'redraw') await drawThread(drawerOn(replica), runId, { lookForCopies: true })
      }
      const first = begin(store.db, drawBefore, ofFirst)
      await delay(ms)
      const { epoch } = (await claimRun(replica, runId, 'second')) as Run
      const end = { state: 'done', report: diskReport(), problemKeys: [runId] } as const
      await finishRun(replica, { runId, epoch }, end)
      const both = Promise.all([first, begin(replica, drawThread, ofSecond)])
      await Promise.race([both, delay(150)])
      await expire()
      await drawThread(drawerOn(replica), runId)
      await doJobs()
      lookedAt()
      await both
      await expire()
      await doJobs()
      await expectOnce(runId)
      expect(slack.standing(runId).map(({ key }) => key)).toEqual(['main', 'thread:evidence:1'])
      expect(slack.standing(runId)[0]?.text).toMatch(/^🔴/u)
    })
    const late = { moment: 'before', wakes: 'once all is looked at', hasJumped: false } as const
    await fc
      .assert(holds, { numRuns: 25, examples: [[drawPlace, [late], [], 100]] })
      .finally(() => vi.restoreAllMocks())
  }, 120_000)
})
