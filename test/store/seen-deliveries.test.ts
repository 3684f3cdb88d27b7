import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  finishDelivery,
  firstDelivery,
  type Hold,
  type Taken,
  takeDelivery,
} from '../../src/store/seen-deliveries.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { removeAll } from '../retention/remove-all.ts'

function holdOf(taken: Taken | undefined): Hold {
  if (taken?.state !== 'ours') throw new Error(`the delivery is ${taken?.state}`)
  return taken.hold
}

describe.each(storeKinds)('deliveries in the %s store', (kind) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store.stop())

  it('take effect once, however often and wherever Slack delivers them', async () => {
    const replica = await store.replica()
    const keys = Array.from({ length: 50 }, (_, i) => `trigger-${i}`)
    const first = await Promise.all(
      [...keys, ...keys, ...keys, ...keys].map((key, i) => firstDelivery(i % 2 ? store.db : replica, key)),
    )
    expect(first.filter(Boolean)).toHaveLength(50)
  })

  it('count again when the transaction that saw them first was undone', async () => {
    const undone = store.db.tx(async (tx) => {
      expect(await firstDelivery(tx, 'undone')).toBe(true)
      throw new Error('undo')
    })
    await expect(undone).rejects.toThrow('undo')
    expect(await firstDelivery(store.db, 'undone')).toBe(true)
  })

  it('that are sent until they are finished are one replica’s at a time, and nobody’s afterwards', async () => {
    const replica = await store.replica()
    const taken = await Promise.all([store.db, replica].map((db) => takeDelivery(db, 'event')))
    expect(taken.map(({ state }) => state).toSorted()).toEqual(['held', 'ours'])
    const hold = holdOf(taken.find(({ state }) => state === 'ours'))
    expect(await finishDelivery(store.db, hold)).toBe(true)
    expect(await takeDelivery(replica, 'event')).toEqual({ state: 'finished' })
    expect(await finishDelivery(replica, hold)).toBe(false)
    await firstDelivery(store.db, 'taken for good')
    expect(await takeDelivery(replica, 'taken for good')).toEqual({ state: 'finished' })
  })

  it('are another’s where whoever had them died, and whoever froze finishes none of theirs', async () => {
    const replica = await store.replica()
    const frozen = holdOf(await takeDelivery(store.db, 'orphan'))
    await store.db.query(
      `UPDATE debvisor.deliveries SET held_till = now() - interval '1 second' WHERE key = 'orphan'`,
    )
    const taken = holdOf(await takeDelivery(replica, 'orphan'))
    expect(await finishDelivery(store.db, frozen)).toBe(false)
    expect(await takeDelivery(store.db, 'orphan')).toEqual({ state: 'held' })
    expect(await finishDelivery(replica, taken)).toBe(true)
    expect(await finishDelivery(store.db, frozen)).toBe(false)
  })

  it('are forgotten after a day', async () => {
    await firstDelivery(store.db, 'old')
    await firstDelivery(store.db, 'young')
    await store.db.query(
      `UPDATE debvisor.deliveries SET seen_at = now() - interval '25 hours' WHERE key <> 'young'`,
    )
    await takeDelivery(store.db, 'under way')
    await store.db.query(
      `UPDATE debvisor.deliveries SET seen_at = now() - interval '25 hours' WHERE key = 'under way'`,
    )
    await removeAll(store.db)
    const { rows } = await store.db.query('SELECT key FROM debvisor.deliveries ORDER BY key')
    expect(rows).toEqual([{ key: 'under way' }, { key: 'young' }])
  })
})
