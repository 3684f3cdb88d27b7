import { EventEmitter, once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Queryable, Rows } from '../../src/store/db.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

describe.each(storeKinds)('the %s store', (kind) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(kind)
    await store.db.query('CREATE TABLE public.counters (name text PRIMARY KEY, value integer NOT NULL)')
  })
  afterAll(() => store.stop())

  const countOf = async (db: Queryable, name: string) =>
    (await db.query<{ value: number }>('SELECT value FROM public.counters WHERE name = $1', [name])).rows[0]
      ?.value

  it('answers with the same types', async () => {
    const { rows } = await store.db.query(
      `SELECT $1::int8 AS int8, $2::bytea AS bytea, $3::timestamptz AS at, $4::jsonb AS jsonb, $5::json AS json,
              $6::text[] AS texts, $7::text AS nothing, true AS yes, 1.5::float8 AS float8, 2.50::numeric AS numeric,
              date '2026-11-24' AS date, timestamp '2026-11-24 01:02:03' AS local, interval '90 minutes' AS interval`,
      [
        2 ** 40,
        Buffer.from([0, 255]),
        new Date(1_790_000_000_123),
        JSON.stringify([1, { a: null }]),
        JSON.stringify('\0\ud800'),
        ['a', 'b,"c"', 'NULL', ''],
        undefined,
      ],
    )
    expect(rows).toStrictEqual([
      {
        int8: 2 ** 40,
        bytea: Buffer.from([0, 255]),
        at: new Date(1_790_000_000_123),
        jsonb: [1, { a: null }],
        json: '\0\ud800',
        texts: ['a', 'b,"c"', 'NULL', ''],
        nothing: null,
        yes: true,
        float8: 1.5,
        numeric: '2.50',
        date: '2026-11-24',
        local: '2026-11-24 01:02:03',
        interval: '01:30:00',
      },
    ])
  })

  it('counts the rows that a statement changed or answered', async () => {
    const insert = `INSERT INTO public.counters VALUES ('rows1', 1), ('rows2', 2)`
    expect((await store.db.query(insert)).rowCount).toBe(2)
    expect((await store.db.query(`${insert} ON CONFLICT DO NOTHING`, [])).rowCount).toBe(0)
    expect((await store.db.query(`SELECT 1 FROM public.counters WHERE name LIKE 'rows%'`, [])).rowCount).toBe(
      2,
    )
    expect((await store.db.query(`DELETE FROM public.counters WHERE name LIKE 'rows%'`, [])).rowCount).toBe(2)
  })

  it('takes several statements in a text without parameters', async () => {
    const { rows } = await store.db.query('BEGIN; SELECT 1 AS n; SELECT 2 AS n; COMMIT')
    expect(rows).toEqual([{ n: 1 }, { n: 2 }])
  })

  it('is not left in the transaction of a text that failed half-way', async () => {
    await expect(store.db.query('BEGIN; SELECT 1/0; COMMIT')).rejects.toMatchObject({ code: '22012' })
    expect((await store.db.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  })

  it('tells errors apart by their code', async () => {
    await store.db.query(`INSERT INTO public.counters VALUES ('twice', 1)`)
    const again = store.db.query(`INSERT INTO public.counters VALUES ('twice', 1)`)
    await expect(again).rejects.toMatchObject({ code: '23505', constraint: 'counters_pkey' })
  })

  it('keeps a transaction whole and resolves with what its work gave', async () => {
    const given = await store.db.tx(async (tx) => {
      await tx.query('INSERT INTO public.counters VALUES ($1, $2)', ['kept', 1])
      return countOf(tx, 'kept')
    })
    expect(given).toBe(1)
    expect(await countOf(store.db, 'kept')).toBe(1)
  })

  it('undoes a transaction whose work throws', async () => {
    const failing = store.db.tx(async (tx) => {
      await tx.query(`INSERT INTO public.counters VALUES ('undone', 1)`)
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await countOf(store.db, 'undone')).toBeUndefined()
  })

  it('says so when work swallowed an error and thinks that it committed', async () => {
    const failing = store.db.tx(async (tx) => {
      await tx.query(`INSERT INTO public.counters VALUES ('lost', 1)`)
      await tx.query('SELECT 1/0').catch(() => undefined)
    })
    await expect(failing).rejects.toThrow('nothing of it was kept')
    expect(await countOf(store.db, 'lost')).toBeUndefined()
  })

  it('refuses its own use inside a transaction instead of waiting for itself', async () => {
    await expect(store.db.tx(() => store.db.query('SELECT 1'))).rejects.toThrow('use the handle')
    await expect(store.db.tx(() => store.db.tx(async () => 1))).rejects.toThrow('use the handle')
    expect(await store.db.tx(async (tx) => (await tx.query('SELECT 1 AS n')).rows)).toEqual([{ n: 1 }])
  })

  it('refuses a handle after its transaction', async () => {
    const kept = await store.db.tx(async (tx) => tx)
    await expect(kept.query('SELECT 1')).rejects.toThrow('after its end')
  })

  it('lets nobody else join a running transaction', async () => {
    const gate = new EventEmitter()
    const running = store.db.tx(async (tx) => {
      await tx.query(`INSERT INTO public.counters VALUES ('alone', 1)`)
      const goOn = once(gate, 'go on')
      gate.emit('inserted')
      await goOn
      throw new Error('undo')
    })
    await once(gate, 'inserted')
    const outside = store.db.query(`INSERT INTO public.counters VALUES ('outside', 1)`)
    gate.emit('go on')
    await expect(running).rejects.toThrow('undo')
    await outside
    expect(await countOf(store.db, 'outside')).toBe(1)
    expect(await countOf(store.db, 'alone')).toBeUndefined()
  })

  it('loses no update of fifty transactions at once', async () => {
    await store.db.query(`INSERT INTO public.counters VALUES ('sum', 0)`)
    const add = () =>
      store.db.tx(async (tx) => {
        const { rows } = await tx.query<{ value: number }>(
          `SELECT value FROM public.counters WHERE name = 'sum' FOR UPDATE`,
        )
        await tx.query(`UPDATE public.counters SET value = $1 WHERE name = 'sum'`, [
          (rows[0]?.value ?? 0) + 1,
        ])
      })
    await Promise.all(Array.from({ length: 50 }, add))
    expect(await countOf(store.db, 'sum')).toBe(50)
  })
})

describe.runIf(storeKinds.includes('postgres'))('a PostgreSQL that goes away', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore('postgres', { ownServer: true })
  })
  afterAll(() => store.stop())

  it('fails the statement under way and serves the next one', async () => {
    const killed = store.db.tx(async (tx) => {
      await tx.query('SELECT pg_terminate_backend(pg_backend_pid())')
    })
    await expect(killed).rejects.toThrow()
    expect((await store.db.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  })

  it('is waited for while it restarts', async () => {
    let answer: Promise<Rows<unknown>> | undefined
    await store.postgres?.restart(async () => {
      // Refused: the server is down, and the pool has heard that its idle connections are gone.
      const url = store.config.databaseUrl ?? ''
      await expect(openPostgres(url, { patienceMs: 0 })).rejects.toThrow(/ECONNREFUSED/)
      answer = store.db.query('SELECT 1 AS n')
      answer.catch(() => {})
    })
    expect((await answer)?.rows).toEqual([{ n: 1 }])
  })

  it('is named in one sentence when it does not answer at the start, without its password', async () => {
    const opening = openPostgres('postgres://someone:hunter2@127.0.0.1:1/x', { patienceMs: 200 })
    await expect(opening).rejects.toThrow(/^PostgreSQL at DATABASE_URL does not answer: .*ECONNREFUSED/)
    await expect(opening).rejects.not.toThrow('hunter2')
  })
})
