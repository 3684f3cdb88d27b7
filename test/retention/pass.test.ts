import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reopen } from '../../src/escalation/tickets/ticket-store.ts'
import { lookForOld } from '../../src/retention/keep-removing.ts'
import { removeOld } from '../../src/retention/pass.ts'
import { storedBytes, tableBytes, totalOf } from '../../src/retention/stored-bytes.ts'
import { takeTurn } from '../../src/retention/turn.ts'
import { auditRows } from '../../src/store/audit/audit.ts'
import type { Db } from '../../src/store/db.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'
import { removeAll, silent, usual } from './remove-all.ts'
import { storeRun, storeThreads, type WantedRun } from './stored-world.ts'

const old: WantedRun = {
  ...{ state: 'cancelled', topic: 'db', host: 'host1', age: 500, isQuiet: false, hanging: null },
}

/** The process dies before its n-th statement that has this. */
function dying(db: Db, at: string, nth: number): Db {
  let left = nth
  return {
    ...db,
    tx: (work) =>
      db.tx((tx) =>
        work({
          query: (sql, params) => {
            if (sql.includes(at)) left -= 1
            if (left <= 0) throw new Error('the process died')
            return tx.query(sql, params)
          },
        }),
      ),
  }
}

describe.each(storeKinds)('the retention of the %s store', (kind) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    for (const table of [
      'retention_totals',
      'probes',
      'messages',
      'snapshots',
      'fixes',
      'escalations',
      'runs',
    ])
      await store.db.query(`DELETE FROM debvisor.${table}`)
    await store.db.query('UPDATE debvisor.retention SET held_by = NULL, held_till = NULL, next_at = now()')
  })
  const count = async (table: string): Promise<number> =>
    (await store.db.query<{ n: number }>(`SELECT count(*) AS n FROM debvisor.${table}`)).rows[0]?.n ?? -1
  const many = (count: number, wanted: Partial<WantedRun> = {}) =>
    storeThreads(
      store.db,
      Array.from({ length: count }, () => ({ root: { ...old, ...wanted }, below: [] })),
    )

  it('takes away outputs before their verdicts, and says so in the run', async () => {
    await many(45, { age: 60 })
    expect((await removeAll(store.db))?.get('outputs')?.count).toBe(45)
    expect([await count('runs'), await count('probes'), await count('messages')]).toEqual([45, 0, 45])
    const { rows } = await store.db.query(
      'SELECT 1 FROM debvisor.runs WHERE outputs_gone_at IS NULL OR examined IS NOT NULL',
    )
    expect(rows).toEqual([])
    expect((await removeAll(store.db))?.get('outputs')?.count).toBe(0)
  })

  it('heeds what is reloaded while it is under way', async () => {
    await many(3)
    let settings = usual
    const db: Db = {
      ...store.db,
      tx: async (work) => {
        const done = await store.db.tx(work)
        settings = { ...usual, runs: 3_650, outputs: 3_650, looks: 3_650 }
        return done
      },
    }
    await removeOld({ store: db, settings: () => settings, log: silent }, { isAsked: true })
    expect(await count('runs')).toBe(3)
  })

  it('takes a thread of hundreds of looks in several batches, and its first run last', async () => {
    const root = await store.db.tx((tx) => storeRun(tx, old))
    for (let i = 0; i < 130; i++)
      await store.db.tx((tx) => storeRun(tx, { ...old, isQuiet: true }, root.id, root.id))
    expect((await removeAll(store.db, { looks: 10_000 }))?.get('runs')?.count).toBe(131)
    expect(await count('runs')).toBe(0)
  })

  it('is one replica’s at a time, and again after an hour', async () => {
    const settings = { store: store.db, settings: () => usual, log: silent }
    const other = await store.replica()
    await many(30)
    const passes = await Promise.all(
      [store.db, other, store.db].map((db) => removeOld({ ...settings, store: db })),
    )
    const whose = passes.filter((gone) => gone !== null)
    expect(whose.map((gone) => gone?.get('runs')?.count)).toEqual([30])
    expect(await removeOld(settings)).toBeNull()
    await store.db.query(`UPDATE debvisor.retention SET next_at = next_at - interval '1 hour'`)
    expect(await removeOld(settings)).not.toBeNull()
  })

  it.each(['DELETE FROM debvisor.messages', 'DELETE FROM debvisor.runs', 'retention_totals'])(
    'loses and forgets nothing where its replica dies before %s',
    async (statement) => {
      await many(45, { age: 400 })
      const total = async () =>
        (
          await store.db.query<{ n: number }>(
            `SELECT coalesce(sum(count), 0)::bigint AS n FROM debvisor.retention_totals WHERE kind = 'runs'`,
          )
        ).rows[0]?.n
      const nth = statement === 'retention_totals' ? 5 : 2
      const gone = await removeAll(dying(store.db, statement, nth))
      expect(gone?.get('runs')).toBeUndefined()
      const left = await count('runs')
      expect([left > 0 && left < 45, await total(), await count('messages')]).toEqual([true, 45 - left, left])
      await removeAll(store.db)
      expect([await count('runs'), await count('messages'), await total()]).toEqual([0, 0, 45])
    },
  )

  it('is taken over from a replica that stood still, which writes nothing more', async () => {
    await many(30)
    let frozen = false
    const freezing: Db = {
      ...store.db,
      tx: async (work) => {
        if (!frozen) {
          frozen = true
          // It stands still between two batches; meanwhile its time is over, and another is through.
          await store.db.query(`UPDATE debvisor.retention SET held_till = now() - interval '1 s'`)
          expect((await removeAll(store.db))?.get('runs')?.count).toBe(30)
          await many(30)
        }
        return store.db.tx(work)
      },
    }
    expect(await removeAll(freezing)).toBeNull()
    expect(await count('runs')).toBe(30)
    // The end of the one that stood still gives nobody's turn back.
    const { rows } = await store.db.query('SELECT 1 FROM debvisor.retention WHERE next_at > now()')
    expect(rows).toHaveLength(1)
  })

  it('has nobody wait for whoever died with the turn for longer than a minute', async () => {
    expect(await takeTurn(store.db, 'dead')).toBe(true)
    expect(await takeTurn(store.db, 'other')).toBe(false)
    await store.db.query(`UPDATE debvisor.retention SET held_till = held_till - interval '1 minute'`)
    expect(await takeTurn(store.db, 'other')).toBe(true)
  })

  it('tells the audit the total of a day that is over, once', async () => {
    await many(3)
    const keeper = { store: storeWith(store.db), team: 'T1', settings: () => usual, log: silent as never }
    await lookForOld(keeper)
    await store.db.query('UPDATE debvisor.retention_totals SET day = day - 1')
    await store.db.query(
      `INSERT INTO debvisor.retention_totals VALUES (current_date - 9, 'deliveries', 5, 5)`,
    )
    for (let again = 0; again < 2; again++) {
      await store.db.query('UPDATE debvisor.retention SET next_at = now()')
      await lookForOld(keeper)
    }
    const told: Record<string, unknown>[] = []
    for await (const { entry } of auditRows(store.db)) told.push(JSON.parse(entry))
    expect(told.filter(({ door }) => door === 'retention')).toMatchObject([
      {
        ...{ team: 'T1', actor: 'retention', action: 'delete', decision: 'allowed', host: null },
        asked: expect.stringMatching(/^what was too old on \d{4}-\d\d-\d\d$/),
        target: expect.stringMatching(/^outputs: 3 \(\d+ bytes\), runs: 3 \(/),
      },
    ])
  })

  describe('by size', () => {
    const heavy = async (count: number) => {
      const runs = await many(count, { age: 1, state: 'done' })
      // What does not compress.
      await store.db.query(
        `UPDATE debvisor.probes SET record = json_build_object('stdout',
           (SELECT string_agg(md5(run_id::text || probe || i::text), '') FROM generate_series(1, 300) AS i))`,
      )
      return runs
    }

    it('takes the oldest outputs until what is stored is below, and none more', async () => {
      const runs = await heavy(10)
      const before = totalOf(await storedBytes(store.db))
      expect(before).toBeGreaterThan(10 * 2 * 9_600)
      expect(await tableBytes(store.db)).toBeGreaterThan(before)
      await removeAll(store.db, { size: Math.round(before * 0.65) })
      const { rows } = await store.db.query<{ id: string }>(
        'SELECT id FROM debvisor.runs WHERE outputs_gone_at IS NULL ORDER BY ended_at DESC',
      )
      // Each is older than the one before it.
      expect(rows.map(({ id }) => id)).toEqual(runs.slice(0, 6).map(({ id }) => id))
      expect(totalOf(await storedBytes(store.db))).toBeLessThanOrEqual(Math.round(before * 0.65))
      expect(
        (await removeAll(store.db, { size: Math.round(before * 0.65) }))?.get('outputs beyond the size'),
      ).toBeUndefined()
    })

    it('takes none of the last hour, and says that it stays over', async () => {
      await heavy(3)
      await store.db.query('UPDATE debvisor.runs SET ended_at = now()')
      const said: string[] = []
      const log = { ...silent, warn: (...args: unknown[]) => void said.push(String(args[1])) }
      await removeOld({ store: store.db, settings: () => ({ ...usual, size: 1 }), log }, { isAsked: true })
      expect(await count('probes')).toBe(6)
      expect(said).toEqual([expect.stringContaining('stays over retention.size')])
    })

    it('leaves the room of what went to what comes', async () => {
      await heavy(15)
      const size = await tableBytes(store.db)
      for (let again = 0; again < 3; again++) {
        await removeAll(store.db, { outputs: 0.5 })
        if (kind === 'postgres') await store.db.query('VACUUM debvisor.probes, debvisor.runs')
        await heavy(15)
      }
      expect(await tableBytes(store.db)).toBeLessThan(2.2 * size)
    })
  })

  if (kind === 'postgres')
    it('takes no ticket that somebody reopens at that moment, and lets nobody reopen one that is gone', async () => {
      const threads = await many(5, { hanging: 'ticket-closed' })
      await store.db.query('UPDATE debvisor.runs SET outputs_gone_at = now()')
      const [first = '', second = ''] = threads.flatMap(({ rows }) => rows.map(([, id]) => id))
      const other = await store.replica()
      const reopened = (id: string) => other.tx((tx) => reopen(tx, { id, actor: 'U1' }))
      let late: Promise<unknown> | undefined
      const meeting: Db = {
        ...store.db,
        tx: (work) =>
          store.db.tx((tx) =>
            work({
              async query(sql, params) {
                const isLock = sql.includes(
                  'debvisor.escalations WHERE run_id = ANY ($1) ORDER BY id FOR UPDATE',
                )
                // It was read as closed by now, and is not locked yet.
                if (isLock && !late) expect(await reopened(first)).toEqual({ ok: true })
                const rows = await tx.query<never>(sql, params)
                if (isLock) late ??= reopened(second)
                return rows
              },
            }),
          ),
      }
      expect((await removeAll(meeting))?.get('runs')?.count).toBe(4)
      expect(await late).toEqual({ ok: false, open: null })
      const { rows } = await store.db.query('SELECT id FROM debvisor.escalations')
      expect(rows).toEqual([{ id: first }])
    })

  if (kind === 'postgres')
    it('gives way to whoever is at a run, and goes on with the others', async () => {
      const [first, ...others] = await many(3)
      let release = () => {}
      const holding = store.db.tx(async (tx) => {
        await tx.query('SELECT 1 FROM debvisor.runs WHERE id = $1 FOR KEY SHARE', [first?.id])
        await new Promise<void>((resolve) => {
          release = resolve
        })
      })
      await delay(50)
      expect((await removeAll(await store.replica()))?.get('runs')?.count).toBe(others.length)
      release()
      await holding
      expect((await removeAll(store.db))?.get('runs')?.count).toBe(1)
    })
})
