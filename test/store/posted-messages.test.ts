import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRun } from '../../src/runs/run-store.ts'
import type { Db } from '../../src/store/db.ts'
import {
  beginMessage,
  type Message,
  messageOf,
  messagesOf,
  releaseHold,
  renewHold,
  saveMessage,
} from '../../src/store/posted-messages.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

describe.each(storeKinds)('messages in the %s store', (kind) => {
  let store: TestStore
  let db: Db
  let runId: string
  beforeAll(async () => {
    store = await openTestStore(kind)
    db = store.db
    const run = await db.tx((tx) =>
      createRun(tx, {
        team: 'T1',
        actor: { kind: 'cli', id: 'root' },
        topic: 'db',
        host: 'host1',
        production: false,
        channel: 'C1',
        responseUrl: null,
      }),
    )
    runId = run.id
  })
  afterAll(() => store.stop())

  const begin = (key: string, by = 'me', on = db) => beginMessage(on, { runId, key, channel: 'C1' }, by)

  it('are begun once by twenty jobs at once', async () => {
    const replica = await store.replica()
    const begun = await Promise.all(
      Array.from({ length: 20 }, (_, i) => begin('main', `${i}`, i % 2 ? db : replica)),
    )
    expect(begun.map((each) => each.begun).sort()).toEqual(['first', ...Array(19).fill('held')])
    const message: Message = { runId, key: 'main', channel: 'C1', ts: null, fileId: null, hash: null }
    for (const each of begun) expect(each.message).toEqual(message)
  })

  it('are known to a retried job by their key', async () => {
    expect(await messageOf(db, runId, 'thread:evidence')).toBeNull()
    const posted: Message = {
      runId,
      key: 'thread:evidence',
      channel: 'C1',
      ts: '171.2',
      fileId: null,
      hash: 'h1',
    }
    await begin(posted.key)
    await saveMessage(db, posted)
    expect(await messageOf(db, runId, posted.key)).toEqual(posted)
    expect(await begin(posted.key)).toEqual({ message: posted, begun: 'posted' })
    await saveMessage(db, { ...posted, hash: 'h2' })
    expect(await messageOf(db, runId, posted.key)).toEqual({ ...posted, hash: 'h2' })
  })

  it('of a run are many, files among them', async () => {
    await saveMessage(db, { runId, key: 'file:output', channel: 'C1', ts: null, fileId: 'F1', hash: 'h' })
    expect((await messagesOf(db, runId)).map((message) => message.key)).toEqual([
      'main',
      'thread:evidence',
      'file:output',
    ])
  })

  it('that one let go, or held until it died, are begun again by the next', async () => {
    expect((await begin('held', 'one')).begun).toBe('first')
    await releaseHold(db, runId, 'held', 'another')
    expect((await begin('held', 'two')).begun).toBe('held')
    await releaseHold(db, runId, 'held', 'one')
    expect((await begin('held', 'two')).begun).toBe('again')
    await db.query(`UPDATE debvisor.messages SET held_till = now() - interval '1 second' WHERE key = 'held'`)
    await renewHold(db, runId, 'held', 'two')
    expect((await begin('held', 'three')).begun).toBe('held')
    await db.query(`UPDATE debvisor.messages SET held_till = now() - interval '1 second' WHERE key = 'held'`)
    expect((await begin('held', 'three')).begun).toBe('again')
  })
})
