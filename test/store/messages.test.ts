import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Db } from '../../src/store/db.ts'
import { beginMessage, type Message, messageOf, messagesOf, saveMessage } from '../../src/store/messages.ts'
import { createRun } from '../../src/store/runs.ts'
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

  it('are begun once by twenty jobs at once', async () => {
    const replica = await store.replica()
    const begun = await Promise.all(
      Array.from({ length: 20 }, (_, i) => beginMessage(i % 2 ? db : replica, runId, 'main', 'C1')),
    )
    expect(begun.filter(({ created }) => created)).toHaveLength(1)
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
    await beginMessage(db, runId, posted.key, 'C1')
    await saveMessage(db, posted)
    expect(await messageOf(db, runId, posted.key)).toEqual(posted)
    expect(await beginMessage(db, runId, posted.key, 'C1')).toEqual({ message: posted, created: false })
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
})
