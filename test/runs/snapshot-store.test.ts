import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { healthySnapshot, saveSnapshot, siblingSnapshot } from '../../src/runs/snapshot-store.ts'
import type { Snapshot } from '../../src/snapshots/snapshot.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { removeAll } from '../retention/remove-all.ts'

const now = Math.floor(Date.now() / 1000)
const day = 86_400
const taken = (at: number): Snapshot => ({
  at,
  hostKey: 'SHA256:x',
  answers: { of_host: [`host\tnow\t${at}\t\t`] },
})
const db = { team: 'T1', host: 'host1', topic: 'db' }

describe.each(storeKinds)('snapshots of healthy runs in the %s store', (kind) => {
  let store: TestStore
  const save = (about: Partial<typeof db>, at: number) =>
    saveSnapshot(store.db, { ...db, ...about, id: randomUUID() }, taken(at))
  const newestFor = async (about: Partial<typeof db> = {}) =>
    (await healthySnapshot(store.db, { ...db, ...about }))?.at

  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    await store.db.query('DELETE FROM debvisor.snapshots')
  })

  it('come back as they were', async () => {
    await save({}, now)
    expect(await healthySnapshot(store.db, db)).toEqual(taken(now))
  })

  it('of siblings are the newest one of the same topic', async () => {
    await save({ host: 'host2' }, now - 20)
    await save({ host: 'host3' }, now - 10)
    await save({ host: 'host4' }, now)
    await save({ host: 'host2', topic: 'service' }, now)
    expect(await siblingSnapshot(store.db, db, ['host2', 'host3'])).toEqual({
      name: 'host3',
      snapshot: taken(now - 10),
    })
    expect(await siblingSnapshot(store.db, { ...db, team: 'T2' }, ['host2'])).toBeUndefined()
    expect(await siblingSnapshot(store.db, db, [])).toBeUndefined()
  })

  it('are none where no run of this host was healthy yet', async () => {
    await save({ host: 'host2' }, now)
    await save({ team: 'T2' }, now)
    expect(await newestFor()).toBeUndefined()
  })

  it('are kept one a topic, the newest, whichever run ends last', async () => {
    await save({}, now - 20)
    await save({}, now - 10)
    await save({}, now - 30)
    expect(await newestFor()).toBe(now - 10)
    const { rows } = await store.db.query('SELECT 1 FROM debvisor.snapshots')
    expect(rows).toHaveLength(1)
  })

  it('of the same topic are preferred to newer ones of another, which are better than none', async () => {
    await save({ topic: 'service' }, now - 10)
    expect(await newestFor()).toBe(now - 10)
    await save({}, now - 20)
    expect(await newestFor()).toBe(now - 20)
  })

  it('are forgotten after a month, also those of hosts that are gone', async () => {
    await save({ host: 'gone' }, now - 31 * day)
    await save({ topic: 'service' }, now - 29 * day)
    await save({ host: 'host2' }, now)
    await removeAll(store.db)
    const { rows } = await store.db.query<{ host: string }>('SELECT host FROM debvisor.snapshots ORDER BY 1')
    expect(rows.map(({ host }) => host)).toEqual(['host1', 'host2'])
  })

  it('that another version wrote in a form of its own are passed over', async () => {
    await save({}, now)
    await store.db.query(`UPDATE debvisor.snapshots SET snapshot = '{"version": 9}'`)
    expect(await newestFor()).toBeUndefined()
  })
})
