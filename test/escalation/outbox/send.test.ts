import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Escalation } from '../../../src/escalation/escalation.ts'
import { deEscalate, reassign } from '../../../src/escalation/escalation-actions.ts'
import { escalationsOfProblem } from '../../../src/escalation/escalation-store.ts'
import { openEscalation } from '../../../src/escalation/open-escalation.ts'
import { backlog, claimEntry, entriesOf } from '../../../src/escalation/outbox/outbox-store.ts'
import { send, sendDue } from '../../../src/escalation/outbox/send.ts'
import { keepSweeping } from '../../../src/escalation/sweep.ts'
import type { Run } from '../../../src/runs/run.ts'
import type { Delivery } from '../../../src/slack/transport/delivery.ts'
import { saveMessage } from '../../../src/store/posted-messages.ts'
import { makeThreads } from '../../../src/threads/threads.ts'
import { openTestStore, storeKinds, type TestStore } from '../../fakes/stores.ts'
import { makeParts, newRun, type WorldParts, withOutside } from '../escalation-world.ts'
import { makePagerStub, type PagerStub } from '../pager-stub.ts'

const [kind = 'embedded'] = storeKinds
const audit = async (): Promise<void> => {}
const never = new Promise<never>(() => {})
let store: TestStore
let pager: PagerStub
let world: WorldParts
let run: Run
let problemKey: string

beforeAll(async () => {
  store = await openTestStore(kind)
})
afterAll(() => store?.stop())
beforeEach(async () => {
  pager = makePagerStub()
  problemKey = `problem-${randomUUID()}`
  run = await newRun(store.db, problemKey)
  world = makeParts(store.db, pager, { now: 'works' })
})

const open = async (level: 1 | 2 | 3): Promise<string> => {
  const actor = { kind: 'user', id: 'U1' } as const
  const about = { team: 'T1', problemKey, level, runId: run.id, channel: 'C1', actor, host: 'host1' }
  const wanted = { ...about, title: 't', body: 'b', severity: 'critical' } as const
  return (await store.db.tx((tx) => openEscalation(tx, world, wanted))).escalation.id
}
const escalation = async (level: number): Promise<Escalation> =>
  (await escalationsOfProblem(store.db, 'T1', problemKey)).findLast(
    (each) => each.level === level,
  ) as Escalation
const withDelivery = (parts: Partial<Delivery>): WorldParts => {
  const slack = { ...world.slack, delivery: { ...world.slack.delivery, ...parts } }
  return withOutside({ ...world, slack }, { directMessages: makeThreads({ ...world, slack }) })
}
const step = async (level: number) => ({ escalation: await escalation(level), run, by: 'U1', audit })
const closedDm = { ok: false, reason: 'refused', detail: 'cannot_dm_user' } as const

describe('a Slack that does not answer', () => {
  const silent = () =>
    withDelivery({ permalink: () => never, replies: () => never, openDm: () => never, post: () => never })
  const thread = () =>
    saveMessage(store.db, { runId: run.id, key: 'main', channel: 'C1', ts: '1.1', fileId: null, hash: null })

  it('holds up neither the page nor the mail: they say less, and go', async () => {
    await thread()
    const id = await open(3)
    const mute = { ...silent(), displayName: () => never }
    await sendDue(mute, id)
    expect(pager.alerts).toHaveLength(1)
    expect(await escalation(3)).toMatchObject({ state: 'done' })
    await open(2)
    const mail = await claimEntry(store.db, 60_000, {
      escalationId: (await escalation(2)).id,
      channel: 'mail',
    })
    if (mail) await send(mute, mail)
    expect(await escalation(2)).toMatchObject({
      state: 'done',
      records: { mail: { to: 'lead@example.org' } },
    })
  }, 20_000)

  it('leaves the sweep room for the pages behind its messages', async () => {
    for (let many = 0; many < 10; many++) {
      problemKey = `problem-${randomUUID()}`
      await open(2)
    }
    problemKey = `problem-${randomUUID()}`
    await open(3)
    const sweeper = keepSweeping(silent())
    await vi.waitFor(() => expect(pager.alerts).toHaveLength(1), 10_000)
    await sweeper.stop(0)
  }, 20_000)
})

describe('whoever is given the lead’s problem', () => {
  const gaveTo = async (to: string): Promise<void> => {
    await sendDue(world, await open(2))
    expect(await escalation(2)).toMatchObject({ state: 'done', records: { message: { user: 'U9' } } })
    await reassign(world, await step(2), { to })
  }

  it('and cannot be written to was not reached: what follows an unacknowledged lead follows at once', async () => {
    await gaveTo('U2')
    const { id } = await escalation(2)
    await sendDue(withDelivery({ openDm: async () => closedDm }), id)
    const failed = await escalation(2)
    expect(failed).toMatchObject({ state: 'failed', error: 'direct message: cannot_dm_user' })
    expect(failed.dueAt?.getTime()).toBeLessThanOrEqual(Date.now() + 5_000)
  })

  it('is not reached by a message that goes to the one before', async () => {
    const id = await open(2)
    const first = await claimEntry(store.db, 60_000, { escalationId: id, channel: 'message' })
    await reassign(world, await step(2), { to: 'U2' })
    const posted: string[] = []
    const slow = withDelivery({
      openDm: async (user) => {
        posted.push(user)
        return { ok: true, channel: 'D1' }
      },
    })
    if (first) await send(slow, first)
    expect(posted).toEqual(['U2'])
    await sendDue(world, id)
    expect(await escalation(2)).toMatchObject({ state: 'done', records: { message: { user: 'U2' } } })
  })
})

describe('a page that is handed back to the lead', () => {
  it('gives a lead who has not acknowledged the time again, and tells them', async () => {
    await sendDue(world, await open(2))
    await sendDue(world, await open(3))
    // Nobody waits for the lead while the on-call has it.
    expect((await escalation(2)).dueAt).toBeNull()
    await deEscalate(world, await step(3), 2)
    const lead = await escalation(2)
    expect(lead).toMatchObject({ state: 'requested', closedAt: null })
    expect(lead.dueAt).not.toBeNull()
    const posted: string[] = []
    await sendDue(
      withDelivery({
        find: async () => ({ ok: true, ts: null }),
        post: async ({ channel }) => {
          posted.push(channel)
          return { ok: true, ts: '2.2' }
        },
      }),
      lead.id,
    )
    expect(posted).toEqual(['D1'])
    expect((await escalation(2)).state).toBe('done')
  })

  it('leaves a lead who has acknowledged in peace', async () => {
    await sendDue(world, await open(2))
    await store.db.query(
      `UPDATE debvisor.escalations SET state = 'acknowledged', acknowledged_by = 'U9', acknowledged_at = now(), due_at = NULL WHERE id = $1`,
      [(await escalation(2)).id],
    )
    await sendDue(world, await open(3))
    await deEscalate(world, await step(3), 2)
    expect(await escalation(2)).toMatchObject({ state: 'acknowledged', dueAt: null })
  })
})

it('leaves an entry of a channel that only a newer version knows to that version', async () => {
  const id = await open(2)
  await store.db.query(
    `INSERT INTO debvisor.sendings (escalation_id, channel, act, lane, reason) VALUES ($1, 'pigeon', 'open', $2, 'no wind')`,
    [id, `pigeon:${id}`],
  )
  await sendDue(world, id)
  expect(await escalation(2)).toMatchObject({ state: 'done' })
  expect((await entriesOf(store.db, [id])).map(({ channel }) => channel)).toEqual(['message', 'mail'])
  expect(await backlog(store.db, 'T1', 100)).not.toContainEqual(
    expect.objectContaining({ channel: 'pigeon' }),
  )
  const left = `SELECT 1 FROM debvisor.sendings WHERE channel = 'pigeon' AND state = 'waiting' AND tries = 0`
  expect((await store.db.query(left)).rowCount).toBe(1)
})
