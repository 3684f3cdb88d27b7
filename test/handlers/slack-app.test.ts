import { randomUUID } from 'node:crypto'
import type { Receiver } from '@slack/bolt'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeApp } from '../../src/handlers/slack-app.ts'
import { recentRuns } from '../../src/runs/run-store.ts'
import { firstDelivery } from '../../src/store/seen-deliveries.ts'
import { openTestStore, type TestStore } from '../fakes/stores.ts'
import { makeMentionWorld } from './mentions/mention-world.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore('embedded')
})
afterAll(() => store?.stop())

const receiver: Receiver = { init: () => {}, start: async () => {}, stop: async () => {} }
const self = { token: 'xoxb-1', id: 'B0BOT', user: 'U0BOT', team: 'T1' }

it('a mention that Slack sends again in the same second, after a replica died with it, is no replay', async () => {
  const { bot } = makeMentionWorld(store.db)
  const app = makeApp(bot, { receiver, self, apiUrl: undefined })
  const event = { type: 'app_mention', user: 'U1', text: '<@U0BOT> db host1', channel: 'C1', ts: '1.0' }
  const body = { type: 'event_callback', event, team_id: 'T1', event_id: randomUUID(), api_app_id: 'A1' }
  let acknowledged = 0
  const send = () =>
    app.processEvent({
      body,
      ack: async () => void acknowledged++,
      customProperties: { signature: 'v0=the-same' },
    })
  // The one that died had seen it, and stored nothing else.
  await firstDelivery(store.db, 'signature:v0=the-same')
  await send()
  expect(await recentRuns(store.db, 'T1', 10)).toHaveLength(1)
  await send()
  expect(await recentRuns(store.db, 'T1', 10)).toHaveLength(1)
  expect(acknowledged).toBe(2)
})
