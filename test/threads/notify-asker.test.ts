import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Runbook } from '../../src/engine/load-runbooks.ts'
import { openEscalation } from '../../src/escalation/open-escalation.ts'
import type { Report } from '../../src/findings/report.ts'
import { saveProbe } from '../../src/runs/probe-store.ts'
import { addWatcher } from '../../src/runs/requests/watchers.ts'
import type { Run } from '../../src/runs/run.ts'
import { cancelRun, claimRun, finishRun } from '../../src/runs/run-lease.ts'
import { createRun, getRun } from '../../src/runs/run-store.ts'
import type { Message } from '../../src/slack/message.ts'
import type { Delivery } from '../../src/slack/transport/delivery.ts'
import { toPlain } from '../../src/slack/transport/plain-text.ts'
import { saveMessage } from '../../src/store/posted-messages.ts'
import { drawProgress } from '../../src/threads/draw-progress.ts'
import { drawThread } from '../../src/threads/draw-thread.ts'
import { SlackFailed } from '../../src/threads/slack-failed.ts'
import type { ThreadDrawer } from '../../src/threads/thread-drawer.ts'
import { makeParts } from '../escalation/escalation-world.ts'
import { makePagerStub } from '../escalation/pager-stub.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { diskReport } from '../slack/messages/sample-views.ts'

/** What Slack got as new: a post notifies, an update does not. */
interface Post {
  readonly key: string
  readonly text: string
  readonly thread: string | undefined
}
const [kind = 'embedded'] = storeKinds
let store: TestStore
let posts: Post[]
let answers: Message[]
/** What Slack says to private answers. */
let refused: 'unavailable' | 'rate-limited' | 'refused' | undefined
/** The response_urls that they went to. */
let answeredIn: string[]
/** Of the posts that are about to come, how many are taken and lose their answer. */
let lost: number
let member: boolean

beforeAll(async () => {
  store = await openTestStore(kind)
})
afterAll(() => store?.stop())
beforeEach(() => {
  posts = []
  answers = []
  refused = undefined
  answeredIn = []
  lost = 0
  member = true
})

const drawer = (): ThreadDrawer => ({
  ...makeParts(store.db, makePagerStub(), { now: 'works' }),
  slack: {
    delivery: {
      post: async (
        { thread }: { thread: string | undefined },
        { text }: Message,
        { key }: { key: string },
      ) => {
        if (!member) return { ok: false, reason: 'not-in-channel', detail: '' }
        posts.push({ key, text, thread })
        if (key === 'main' || lost === 0) return { ok: true, ts: `${key}.1` }
        lost -= 1
        return { ok: false, reason: 'unavailable', detail: 'no answer' }
      },
      find: async (_place: object, { key }: { key: string }) => ({
        ok: true,
        ts: posts.some((post) => post.key === key) ? `${key}.1` : null,
      }),
      update: async (_channel: string, ts: string) => ({ ok: true, ts }),
      upload: async () => ({ ok: true, fileId: 'F1' }),
      permalink: async (channel: string, ts: string) => `https://x.slack.com/${channel}/${ts}`,
      respond: async (url: string, message: Message) => {
        answers.push(message)
        answeredIn.push(url)
        return refused ? { ok: false, reason: refused, detail: '' } : { ok: true }
      },
    } as unknown as Delivery,
  },
})

/** A run as it ended; `parent`: it looks after that run's fix. */
async function ended(
  ending: Report | 'failed' | 'cancelled' | 'running',
  parts: Partial<Run> = {},
): Promise<Run> {
  const { id } = await store.db.tx((tx) =>
    createRun(tx, {
      team: 'T1',
      actor: { kind: 'user', id: 'U01ANA' },
      topic: 'db',
      host: 'host1',
      production: true,
      channel: 'C1',
      responseUrl: 'https://hooks.slack.com/x',
      ...parts,
    }),
  )
  if (ending === 'cancelled') await cancelRun(store.db, id, 'U02BO')
  else {
    const { epoch } = (await claimRun(store.db, id, 'w')) as Run
    if (ending === 'running') return (await getRun(store.db, id)) as Run
    const lease = { runId: id, epoch }
    const failure = { hop: 'host1', stage: 'network', reason: 'no answer', remedy: 'look' } as const
    if (ending === 'failed')
      await finishRun(store.db, lease, { state: 'failed', failure, problemKeys: ['k'] })
    else {
      const answer = {
        status: 'answered',
        exitCode: 0,
        ms: 1,
        command: 'df',
        stdout: 'x',
        stderr: '',
      } as const
      await saveProbe(store.db, lease, { id: 'disk', ...answer })
      await finishRun(store.db, lease, { state: 'done', report: ending, problemKeys: ['k'] })
    }
  }
  return (await getRun(store.db, id)) as Run
}

/** The lead is asked about the run's problem, as somebody else does it elsewhere. */
const openLead = ({ id: runId, team, channel, actor, host, problemKeys: [problemKey = ''] }: Run) =>
  store.db.tx((tx) =>
    openEscalation(tx, makeParts(store.db, makePagerStub(), { now: 'works' }), {
      ...{ runId, team, channel, actor, host, problemKey },
      ...{ level: 2, title: 't', body: 'b', severity: 'critical' },
    }),
  )

const healthy = diskReport({
  verdict: 'healthy',
  findings: [],
  ruledOut: [],
  summary: 'nothing wrong found: 0 causes ruled out',
})
const unseen = [{ probe: 'disk', reason: 'no', remedy: 'look' }]
const calls = () => posts.filter(({ text }) => text.includes('<@'))

it.each([
  ['a problem', diskReport(), 'thread:evidence:1', 'critical: PostgreSQL is down because its disk is full'],
  ['a healthy host', healthy, 'thread:verdict', 'nothing wrong found: 0 causes ruled out'],
  [
    'an inconclusive run',
    diskReport({ verdict: 'inconclusive', findings: [], unknown: unseen, summary: 'could not look at Disk' }),
    'thread:rest',
    'inconclusive: could not look at Disk',
  ],
  ['a failed run', 'failed', 'thread:verdict', 'not examined, host1 cannot be reached'],
  ['a run that somebody else cancelled', 'cancelled', 'thread:verdict', 'cancelled, host1 was not diagnosed'],
] as const)(
  'whoever asked is called once, of %s, however often it is shown',
  async (_, ending, key, words) => {
    const run = await ended(ending)
    await Promise.all([drawThread(drawer(), run.id), drawThread(drawer(), run.id)])
    await drawThread(drawer(), run.id)
    expect(calls()).toEqual([{ key, text: `<@U01ANA> db on host1: ${words}`, thread: 'main.1' }])
    expect(posts.map((post) => post.key).slice(0, 2)).toEqual(['main', key])
  },
)

it.each([diskReport(), 'failed'] as const)(
  'and once where the answer to the post was lost',
  async (ending) => {
    const run = await ended(ending)
    lost = 1
    await expect(drawThread(drawer(), run.id)).rejects.toThrow(SlackFailed)
    await drawThread(drawer(), run.id)
    expect(calls()).toHaveLength(1)
  },
)

it('whoever asked for a fix is called with what the check after it found, in the thread of the run before', async () => {
  const before = await ended(diskReport())
  await drawThread(drawer(), before.id)
  posts = []
  const after = await ended(healthy, { parent: before.id, actor: { kind: 'user', id: 'U02BO' } })
  await drawThread(drawer(), after.id)
  expect(calls()).toEqual([
    {
      key: 'thread:verdict',
      text: '<@U02BO> db on host1: nothing wrong found: 0 causes ruled out',
      thread: 'main.1',
    },
  ])
})

describe('where the bot is not in the channel', () => {
  beforeEach(() => {
    member = false
  })

  it('whoever asked reads the verdict privately, once however often it is drawn, and nothing is posted', async () => {
    const failed = await ended('failed')
    await drawThread(drawer(), failed.id)
    await openLead(failed)
    await drawThread(drawer(), failed.id)
    expect(answers.map(({ text }) => text)).toEqual(['⚫ db on host1: not examined, host1 cannot be reached'])
    expect(posts).toEqual([])
  })

  it.each([
    [
      'C1',
      /^I am not in this channel, so only you can read this: `\/invite @debvisor`, then click Check again/,
    ],
    [
      'D1',
      /^Only you can read this, because I cannot write here\. To share a verdict, ask for it in a channel/,
    ],
  ])('of %s they read how to share it, and can check again', async (channel, words) => {
    const run = await ended(diskReport(), { channel })
    await drawThread(drawer(), run.id)
    const [answer] = answers
    const [how, buttons, ...verdict] = answer?.blocks ?? []
    expect(toPlain({ text: '', blocks: how ? [how] : [] })).toMatch(words)
    expect(buttons).toMatchObject({ elements: [{ action_id: 'run_again', value: run.id }] })
    expect(verdict.filter(({ type }) => type === 'actions')).toEqual([])
    expect(toPlain({ text: '', blocks: verdict })).toContain('PostgreSQL is down because its disk is full')
    expect(JSON.stringify(answer).includes('/invite')).toBe(channel === 'C1')
  })

  it('they are told once while the run is under way, so that the verdict can still be for all', async () => {
    const run = await ended('running')
    const { topics } = drawer().runbooks
    const runbook = topics.get('db') as Runbook
    await drawProgress(drawer(), run, runbook).posted
    await drawProgress(drawer(), run, runbook).posted
    expect(answers.map(({ text }) => text)).toEqual([
      'db on host1 is being examined. I am not in this channel: /invite @debvisor now, and everybody here sees the verdict. Otherwise it comes to you alone.',
    ])
    member = true
    await finishRun(
      store.db,
      { runId: run.id, epoch: run.epoch },
      { state: 'done', report: healthy, problemKeys: [] },
    )
    await drawThread(drawer(), run.id)
    expect(answers).toHaveLength(1)
    expect(posts[0]?.key).toBe('main')
  })

  it('an answer that did not reach Slack fails its job, which comes again; one that Slack refuses does not', async () => {
    const failed = await ended('failed')
    refused = 'unavailable'
    await expect(drawThread(drawer(), failed.id)).rejects.toThrow(SlackFailed)
    refused = 'refused'
    await drawThread(drawer(), failed.id)
    await drawThread(drawer(), failed.id)
    expect(answers).toHaveLength(2)
  })
})

it('a run that an older version has shown calls nobody when it is shown again', async () => {
  /** As the migration leaves a run that had ended. */
  const shownBefore = ({ id }: Run) =>
    store.db.query('UPDATE debvisor.runs SET calls_asker = false WHERE id = $1', [id])
  const failed = await ended('failed')
  await shownBefore(failed)
  const main = { runId: failed.id, key: 'main', channel: 'C1', ts: '1.1', fileId: null, hash: null }
  await saveMessage(store.db, main)
  await drawThread(drawer(), failed.id)
  const problem = await ended(diskReport())
  await shownBefore(problem)
  for (const key of ['main', 'thread:evidence:1', 'thread:rest'])
    await saveMessage(store.db, {
      runId: problem.id,
      key,
      channel: 'C1',
      ts: '1.1',
      fileId: null,
      hash: null,
    })
  await drawThread(drawer(), problem.id)
  expect(calls()).toEqual([])
})

describe('who asked for the same meanwhile', () => {
  const joined = (run: Run, user: string) =>
    addWatcher(store.db, run, { user, responseUrl: `https://hooks.slack.com/${user}` })

  it('is called with whoever asked, once', async () => {
    const run = await ended(diskReport())
    await joined(run, 'U02BO')
    await drawThread(drawer(), run.id)
    await drawThread(drawer(), run.id)
    expect(calls().map(({ text }) => text)).toEqual([
      '<@U01ANA> <@U02BO> db on host1: critical: PostgreSQL is down because its disk is full',
    ])
    expect(answers).toEqual([])
  })

  it('reads what whoever asked reads, alone and once, where the bot is not in the channel', async () => {
    member = false
    const run = await ended(diskReport())
    await joined(run, 'U02BO')
    await drawThread(drawer(), run.id)
    await drawThread(drawer(), run.id)
    expect(answeredIn).toEqual(['https://hooks.slack.com/x', 'https://hooks.slack.com/U02BO'])
    expect(answers[1]).toEqual(answers[0])
    expect(answers[1] && toPlain(answers[1])).toMatch(/\/invite @debvisor[\s\S]*its disk is full/)
    expect(posts).toEqual([])
  })

  it.each(['unavailable', 'rate-limited'] as const)(
    'is told by the next try where Slack was %s, after everybody else was told',
    async (reason) => {
      member = false
      const run = await ended('failed')
      await joined(run, 'U02BO')
      await joined(run, 'U03CY')
      refused = reason
      await expect(drawThread(drawer(), run.id)).rejects.toThrow(SlackFailed)
      expect(answeredIn).toHaveLength(3)
      refused = undefined
      await drawThread(drawer(), run.id)
      await drawThread(drawer(), run.id)
      expect(answeredIn).toHaveLength(6)
    },
  )

  it('is not told again what Slack refused', async () => {
    member = false
    const run = await ended('failed')
    await joined(run, 'U02BO')
    refused = 'refused'
    await drawThread(drawer(), run.id)
    await drawThread(drawer(), run.id)
    expect(answeredIn).toEqual(['https://hooks.slack.com/x', 'https://hooks.slack.com/U02BO'])
  })

  it('hears of a cancellation, and whoever cancelled it hears nothing', async () => {
    const run = await ended('cancelled', { actor: { kind: 'user', id: 'U02BO' } })
    await joined(run, 'U03CY')
    await drawThread(drawer(), run.id)
    expect(calls().map(({ text }) => text)).toEqual([
      '<@U03CY> db on host1: cancelled, host1 was not diagnosed',
    ])
  })
})
