import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { escalationsOfProblem } from '../../src/escalation/escalation-store.ts'
import { openEscalation } from '../../src/escalation/open-escalation.ts'
import { runsOfThread } from '../../src/runs/history/runs-of-thread.ts'
import type { Run } from '../../src/runs/run.ts'
import { createRun } from '../../src/runs/run-store.ts'
import { saveMessage } from '../../src/store/posted-messages.ts'
import { ancestorsOf, findOtherThreads, threadOf } from '../../src/threads/other-threads.ts'
import { makeParts } from '../escalation/escalation-world.ts'
import { makePagerStub } from '../escalation/pager-stub.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

const [kind = 'embedded'] = storeKinds
let store: TestStore
beforeAll(async () => {
  store = await openTestStore(kind)
})
afterAll(() => store?.stop())

const newRun = (parent: string | null, channel = 'C1', thread: string | null = null): Promise<Run> =>
  store.db.tx((tx) =>
    createRun(tx, {
      ...{ team: 'T1', actor: { kind: 'user', id: 'U1' }, topic: 'db', host: 'host1', channel, parent },
      ...{ production: true, responseUrl: null, thread },
    }),
  )

it('a re-check stands in the thread of the first run: what either of them escalates is elsewhere for others only', async () => {
  const parts = makeParts(store.db, makePagerStub(), { now: 'works' })
  const first = await newRun(null)
  const again = await newRun(first.id)
  const third = await newRun(again.id)
  const other = await newRun(null)
  const problemKey = `problem-${randomUUID()}`
  const actor = { kind: 'user', id: 'U1' } as const
  const about = { team: 'T1', problemKey, runId: again.id, channel: 'C1', actor, host: 'host1' }
  await store.db.tx((tx) =>
    openEscalation(tx, parts, { ...about, level: 2, title: 't', body: 'b', severity: 'critical' }),
  )
  const escalations = await escalationsOfProblem(store.db, 'T1', problemKey)
  const delivery = {
    permalink: async (channel: string, ts: string) => `https://x.slack.com/${channel}/${ts}`,
  }
  const seenFrom = async (run: Run) => [
    ...(await findOtherThreads({ store: store.db, slack: { delivery } }, run, escalations)),
  ]

  for (const run of [first, again, third]) expect(await seenFrom(run)).toEqual([])
  expect(await seenFrom(other)).toEqual([[again.id, { url: undefined }]])
  await saveMessage(store.db, {
    runId: again.id,
    key: 'main',
    channel: 'C1',
    ts: '7.7',
    fileId: null,
    hash: null,
  })
  expect(await seenFrom(other)).toEqual([[again.id, { url: 'https://x.slack.com/C1/7.7' }]])
})

const posted = ({ id: runId, channel }: Run, ts: string) =>
  saveMessage(store.db, { runId, key: 'main', channel, ts, fileId: null, hash: null })

it('a run that was asked for in a thread stands there, and so do its re-checks', async () => {
  const first = await newRun(null)
  await posted(first, '5.1')
  const asked = await newRun(null, 'C1', '5.1')
  await posted(asked, '5.2')
  const again = await newRun(asked.id)
  await newRun(null, 'C2', '5.1')
  const thread = async (run: Run) => threadOf(store.db, run, await ancestorsOf(store.db, run))
  expect([await thread(asked), await thread(again)]).toEqual(['5.1', '5.1'])
  const place = { team: 'T1', channel: 'C1', thread: '5.1' }
  expect(new Set((await runsOfThread(store.db, place)).map(({ id }) => id))).toEqual(
    new Set([first.id, asked.id, again.id]),
  )
  expect(await runsOfThread(store.db, { ...place, team: 'T2' })).toEqual([])
  const parts = makeParts(store.db, makePagerStub(), { now: 'works' })
  const problemKey = `problem-${randomUUID()}`
  await store.db.tx((tx) =>
    openEscalation(tx, parts, {
      ...{
        team: 'T1',
        problemKey,
        runId: again.id,
        channel: 'C1',
        host: 'host1',
        level: 2,
        title: 't',
        body: 'b',
      },
      ...{ actor: { kind: 'user', id: 'U1' }, severity: 'critical' },
    }),
  )
  const escalations = await escalationsOfProblem(store.db, 'T1', problemKey)
  const delivery = { permalink: async () => undefined }
  expect(await findOtherThreads({ store: store.db, slack: { delivery } }, first, escalations)).toEqual(
    new Map(),
  )
})

it('a check stands in the first thread above it that there is, in its own channel only', async () => {
  const thread = async (run: Run) => threadOf(store.db, run, await ancestorsOf(store.db, run))
  const first = await newRun(null)
  const second = await newRun(first.id)
  const third = await newRun(second.id)
  expect(await thread(third)).toBeUndefined()
  // The first one was told privately alone, because the bot was not in the channel then.
  await posted(second, '2.2')
  expect(await thread(third)).toBe('2.2')
  await posted(first, '1.1')
  expect(await thread(third)).toBe('1.1')
  expect(await thread(await newRun(first.id, 'C2'))).toBeUndefined()
})
