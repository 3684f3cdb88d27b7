import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRun } from '../../src/runs/run-store.ts'
import type { Db } from '../../src/store/db.ts'
import {
  keepMessage,
  lockMessage,
  messageOf,
  messagesOf,
  noteIntent,
  type PostedMessage,
  releaseLock,
  renewLock,
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

  const begin = (key: string, by = 'me', on = db) => lockMessage(on, { runId, key, channel: 'C1' }, by)
  const begunAs = (taken: Awaited<ReturnType<typeof begin>>) => taken?.begun ?? 'locked'

  it('are begun once by twenty jobs at once', async () => {
    const replica = await store.replica()
    const begun = await Promise.all(
      Array.from({ length: 20 }, (_, i) => begin('main', `${i}`, i % 2 ? db : replica)),
    )
    expect(begun.map(begunAs).sort()).toEqual(['first', ...Array(19).fill('locked')])
    const message: PostedMessage = { runId, key: 'main', channel: 'C1', ts: null, fileId: null, hash: null }
    expect(begun.find((each) => each !== null)?.message).toEqual(message)
    expect(await messageOf(db, runId, 'main')).toEqual(message)
  })

  it('are known to a retried job by their key', async () => {
    expect(await messageOf(db, runId, 'thread:evidence')).toBeNull()
    const posted: PostedMessage = {
      runId,
      key: 'thread:evidence',
      channel: 'C1',
      ts: '171.2',
      fileId: null,
      hash: 'h1',
    }
    await begin(posted.key)
    await saveMessage(db, posted)
    expect(await begin(posted.key)).toBeNull()
    expect(await releaseLock(db, runId, posted.key, 'me')).toBe(true)
    expect(await messageOf(db, runId, posted.key)).toEqual(posted)
    expect(await begin(posted.key)).toEqual({ message: posted, begun: 'posted', wasAbandoned: false })
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

  it('that one let go, or locked until it died, are begun again by the next', async () => {
    expect(begunAs(await begin('locked', 'one'))).toBe('first')
    expect(await releaseLock(db, runId, 'locked', 'another')).toBe(false)
    expect(begunAs(await begin('locked', 'two'))).toBe('locked')
    await releaseLock(db, runId, 'locked', 'one')
    expect(begunAs(await begin('locked', 'two'))).toBe('again')
    await db.query(
      `UPDATE debvisor.messages SET held_till = now() - interval '1 second' WHERE key = 'locked'`,
    )
    expect(await renewLock(db, runId, 'locked', 'two')).toBe(true)
    expect(begunAs(await begin('locked', 'three'))).toBe('locked')
    await db.query(
      `UPDATE debvisor.messages SET held_till = now() - interval '1 second' WHERE key = 'locked'`,
    )
    expect(begunAs(await begin('locked', 'three'))).toBe('again')
    expect(await renewLock(db, runId, 'locked', 'two')).toBe(false)
  })

  it('say when whoever had them never gave them back', async () => {
    expect(await begin('abandoned', 'one')).toMatchObject({ begun: 'first', wasAbandoned: false })
    await releaseLock(db, runId, 'abandoned', 'one')
    expect(await begin('abandoned', 'two')).toMatchObject({ wasAbandoned: false })
    await db.query(
      `UPDATE debvisor.messages SET held_till = now() - interval '1 second' WHERE key = 'abandoned'`,
    )
    expect(await begin('abandoned', 'three')).toMatchObject({ wasAbandoned: true })
    await releaseLock(db, runId, 'abandoned', 'three')
    expect(await begin('abandoned', 'four')).toMatchObject({ wasAbandoned: false })
  })

  it('are not written over by a process that lost the lock', async () => {
    const reply = { runId, key: 'reply', channel: 'C1', ts: '1.1', fileId: null, hash: 'h' }
    await begin('lock', 'one')
    expect(await keepMessage(db, reply, { key: 'lock', by: 'one' })).toBe(true)
    await db.query(`UPDATE debvisor.messages SET held_till = now() - interval '1 second' WHERE key = 'lock'`)
    expect(await keepMessage(db, { ...reply, hash: 'late' }, { key: 'lock', by: 'one' })).toBe(true)
    await begin('lock', 'two')
    expect(await keepMessage(db, { ...reply, ts: '2.2' }, { key: 'lock', by: 'one' })).toBe(false)
    expect(await messageOf(db, runId, 'reply')).toEqual({ ...reply, hash: 'late' })
    const own = { runId, key: 'lock', channel: 'C1', ts: '3.3', fileId: null, hash: null }
    expect(await keepMessage(db, own, { key: 'lock', by: 'one' })).toBe(false)
    expect(await keepMessage(db, own, { key: 'lock', by: 'two' })).toBe(true)
    expect((await messageOf(db, runId, 'lock'))?.ts).toBe('3.3')
  })

  it('are kept before another can take the lock, or not at all', async () => {
    const replica = await store.replica()
    await begin('raced', 'one')
    await db.query(`UPDATE debvisor.messages SET held_till = now() - interval '1 second' WHERE key = 'raced'`)
    const below = { runId, key: 'raced-reply', channel: 'C1', ts: '1.1', fileId: null, hash: null }
    const seen = async () => {
      const taken = await begin('raced', 'two', replica)
      return taken && (await messageOf(replica, runId, below.key))
    }
    const [kept, whatTheNextSaw] = await Promise.all([
      keepMessage(db, below, { key: 'raced', by: 'one' }),
      seen(),
    ])
    expect(kept).toBe(whatTheNextSaw !== null)
  })

  it('keep the intent to post beside what is there already', async () => {
    await noteIntent(db, { runId, key: 'intent', channel: 'C1' })
    const intent = { runId, key: 'intent', channel: 'C1', ts: null, fileId: null, hash: null }
    expect(await messageOf(db, runId, 'intent')).toEqual(intent)
    await saveMessage(db, { ...intent, ts: '1.1', hash: 'h' })
    await noteIntent(db, { runId, key: 'intent', channel: 'C1' })
    expect(await messageOf(db, runId, 'intent')).toEqual({ ...intent, ts: '1.1', hash: 'h' })
  })
})
