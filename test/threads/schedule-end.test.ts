import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Message } from '../../src/slack/message.ts'
import { drawScheduleEnd } from '../../src/threads/draw-schedule-end.ts'
import type { ThreadWriter } from '../../src/threads/thread-drawer.ts'
import { addSchedule, endSchedule } from '../../src/watches/schedule-store.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'

const [kind = 'embedded'] = storeKinds
let store: TestStore
beforeAll(async () => {
  store = await openTestStore(kind)
})
afterAll(() => store?.stop())

it('whoever made a schedule that ended by itself is told so once, in its channel', async () => {
  const posted: (Message & { readonly channel: string })[] = []
  const writer = {
    store: storeWith(store.db),
    log: { warn() {} },
    slack: {
      delivery: {
        post: async ({ channel }: { channel: string }, message: Message) => {
          posted.push({ ...message, channel })
          return { ok: true, ts: '1.1' }
        },
      },
    },
  } as unknown as ThreadWriter
  const made = await addSchedule(store.db, {
    ...{ team: 'T1', name: null, user: 'U01ANA', cron: '@daily', timezone: 'UTC', channel: 'C7' },
    ...{ topic: 'db', host: 'host1', hostGroup: null, nextAt: new Date() },
  })
  const id = made?.id ?? ''
  await drawScheduleEnd(writer, id)
  expect(posted).toEqual([])
  await endSchedule(store.db, id, { outcome: 'refused', why: 'This account is deactivated.' })
  for (let i = 0; i < 2; i++) await drawScheduleEnd(writer, id)
  expect(posted.map(({ channel, text }) => [channel, text])).toEqual([
    ['C7', `<@U01ANA> db on host1: schedule #${made?.number} has ended`],
  ])
})
