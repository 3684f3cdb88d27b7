import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Db } from '../../src/store/db.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { watchWrites } from '../../src/store/writes.ts'
import { tempFolder } from '../e2e/bot.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

const folder = tempFolder()
afterAll(() => folder.remove())

const refusing = (code: string, kind: Db['kind'] = 'postgres'): Db => {
  const refuse = () => Promise.reject(Object.assign(new Error('refused'), { code }))
  const query = async (sql: string) =>
    /^SELECT/.test(sql) ? { rows: [{ writable: true }], rowCount: 1 } : refuse()
  return { kind, query: query as Db['query'], tx: refuse, close: async () => {} }
}

describe('a store takes no writes', () => {
  it.each([
    ['53100', 'its disk is full'],
    ['58030', 'its disk fails'],
    ['25006', 'it is read-only'],
  ])('after it refused one with %s: %s', async (code) => {
    for (const write of [(db: Db) => db.query('INSERT'), (db: Db) => db.tx(async () => {})]) {
      const { db, takesWrites } = watchWrites(refusing(code), folder.path)
      expect(await takesWrites()).toBe(true)
      await expect(write(db)).rejects.toThrow('refused')
      expect(await takesWrites()).toBe(false)
    }
  })

  it('for no other reason: a constraint that holds says nothing of its disk', async () => {
    const { db, takesWrites } = watchWrites(refusing('23505'), folder.path)
    await expect(db.query('INSERT')).rejects.toThrow('refused')
    expect(await takesWrites()).toBe(true)
  })

  it('where the folder of the embedded store is gone', async () => {
    const at = join(folder.path, 'none')
    const { takesWrites } = watchWrites(refusing('', 'embedded'), at)
    await rm(at, { recursive: true, force: true })
    await expect(takesWrites()).rejects.toThrow('ENOENT')
    const { takesWrites: there } = watchWrites(refusing('', 'embedded'), folder.path)
    expect(await there()).toBe(true)
  })
})

describe.runIf(storeKinds.includes('postgres'))('PostgreSQL', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore('postgres')
  })
  afterAll(() => store?.stop())

  it('says itself that it is read-only, as a standby does', async () => {
    const { takesWrites } = watchWrites(store.db, folder.path)
    expect(await takesWrites()).toBe(true)
    const readOnly = await openPostgres(
      `${store.config.databaseUrl}?options=-c%20default_transaction_read_only%3Don`,
    )
    expect(await watchWrites(readOnly, folder.path).takesWrites()).toBe(false)
    await readOnly.close()
  })
})
