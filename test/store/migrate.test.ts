import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsAsker, createRun } from '../../src/runs/run-store.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { type Database, openDatabase } from '../fakes/postgres/shared-server.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

async function folderOf(files: Record<string, string>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'debvisor-migrations-'))
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql)
  return pathToFileURL(`${folder}/`)
}

describe.each(storeKinds)('migrations of the %s store', (kind) => {
  let store: TestStore
  const folders: URL[] = []
  const files = async (all: Record<string, string>) => {
    const folder = await folderOf(all)
    folders.push(folder)
    return folder
  }
  beforeAll(async () => {
    store = await openTestStore(kind, { empty: true })
  })
  afterAll(async () => {
    await store.stop()
    for (const folder of folders) await rm(folder, { recursive: true })
  })

  const versions = async () =>
    (
      await store.db.query<{ version: number }>('SELECT version FROM debvisor.migrations ORDER BY 1')
    ).rows.map((row) => row.version)

  it('apply what is missing, once, and undo one that fails', async () => {
    const first = await versions()
    const next = first.length + 1
    const old = Object.fromEntries(first.map((v) => [`${String(v).padStart(4, '0')}_old.sql`, 'SELECT 1/0']))
    const bad = await files({
      ...old,
      [`${String(next).padStart(4, '0')}_bad.sql`]: 'CREATE TABLE public.half (n int); SELECT 1/0',
    })
    await expect(migrate(store.db, bad)).rejects.toMatchObject({ code: '22012' })
    expect(await versions()).toEqual(first)
    const good = await files({
      ...old,
      [`${String(next).padStart(4, '0')}_good.sql`]: 'CREATE TABLE public.half (n int)',
    })
    await migrate(store.db, good)
    await migrate(store.db, good)
    expect(await versions()).toEqual([...first, next])
  })

  it('refuse a schema that is newer than the code', async () => {
    await store.db.query(`INSERT INTO debvisor.migrations (version, name) VALUES (999, 'future')`)
    await expect(migrate(store.db)).rejects.toThrow(
      /^The store has schema 999, and this DebVisor knows up to \d+: start/,
    )
    await store.db.query('DELETE FROM debvisor.migrations WHERE version = 999')
  })

  it('refuse a gap in their numbers', async () => {
    const gap = await files({ '0001_one.sql': '', '0003_three.sql': '' })
    await expect(migrate(store.db, gap)).rejects.toThrow('0003_three.sql does not follow number 1')
  })
})

describe.runIf(storeKinds.includes('postgres'))('replicas that start together', () => {
  let database: Database | undefined
  beforeAll(async () => {
    database = await openDatabase({ empty: true })
  })
  afterAll(() => database?.stop())

  it('migrate an empty database once', async () => {
    const databaseUrl = database?.url ?? ''
    const open = () => openStore({ databaseUrl, folder: '' })
    const dbs = await Promise.all([open(), open(), open(), open(), open(), open()])
    const { rows } = await dbs[0].query<{ n: number; versions: number }>(
      'SELECT count(*) AS n, count(DISTINCT version) AS versions FROM debvisor.migrations',
    )
    for (const db of dbs) await db.close()
    expect(rows[0]?.n).toBeGreaterThan(0)
    expect(rows[0]?.n).toBe(rows[0]?.versions)
  })

  it('are not cut short, nor those that wait for them', async () => {
    const impatient = `${database?.url}?statement_timeout=300&lock_timeout=300`
    const dbs = [await openPostgres(impatient), await openPostgres(impatient)]
    const known = (await readdir(new URL('../../src/store/migrations/', import.meta.url))).sort()
    const next = String(known.length + 1).padStart(4, '0')
    const old = Object.fromEntries(known.map((name) => [name, '']))
    const folder = await folderOf({ ...old, [`${next}_slow.sql`]: 'SELECT pg_sleep(1)' })
    await Promise.all(dbs.map((db) => migrate(db, folder)))
    await expect(dbs[0]?.query('SELECT pg_sleep(1)')).rejects.toMatchObject({ code: '57014' })
    for (const db of dbs) await db.close()
    await rm(folder, { recursive: true })
  })

  it('leave a re-check that waits for what its fix did the time to show it', async () => {
    const source = new URL('../../src/store/migrations/', import.meta.url)
    const earlier = (await readdir(source)).sort().slice(0, 18)
    const texts = earlier.map(async (name) => [name, await readFile(new URL(name, source), 'utf8')] as const)
    const folder = await folderOf(Object.fromEntries(await Promise.all(texts)))
    const old = await openDatabase({ empty: true })
    const db = await openPostgres(old?.url ?? '')
    await migrate(db, folder)
    await db.query(
      `INSERT INTO debvisor.runs (code, team, actor_kind, actor_id, topic, host, production, channel, state)
       SELECT code, 'T1', 'user', 'U1', 'db', 'host1', true, 'C1', 'queued'
       FROM unnest(ARRAY['LOOK', 'WAIT', 'AFTR']) AS codes (code)`,
    )
    await db.query(
      `INSERT INTO debvisor.fixes (team, run_id, finding, subject, fix, topic, host, production, runbook_digest,
         host_key, steps, title, effect, risk, settle_ms, requester, recheck)
       SELECT 'T1', r.id, 'f', 's', 'x', 'db', 'host1', true, 'd', 'k', '[]', 't', 'e', 'r', 10000, 'U1', after.id
       FROM debvisor.runs r, debvisor.runs after WHERE r.code = 'LOOK' AND after.code = 'AFTR'`,
    )
    await migrate(db)
    const { rows } = await db.query<{ code: string; wait: number }>(
      `SELECT code, extract(epoch FROM due_at - now())::float8 AS wait FROM debvisor.runs ORDER BY code`,
    )
    const waits = new Map(rows.map(({ code, wait }) => [code, wait]))
    expect(waits.get('AFTR')).toBeGreaterThan(30)
    expect(waits.get('AFTR')).toBeLessThanOrEqual(60)
    expect(waits.get('WAIT')).toBeLessThanOrEqual(0)
    await db.close()
    await old?.stop()
    await rm(folder, { recursive: true })
  })

  it('leave the runs that had ended as they are, and only the others call whoever asked', async () => {
    const source = new URL('../../src/store/migrations/', import.meta.url)
    const earlier = (await readdir(source)).sort().slice(0, 9)
    const texts = earlier.map(async (name) => [name, await readFile(new URL(name, source), 'utf8')] as const)
    const folder = await folderOf(Object.fromEntries(await Promise.all(texts)))
    const old = await openDatabase({ empty: true })
    const db = await openPostgres(old?.url ?? '')
    await migrate(db, folder)
    const about = {
      team: 'T1',
      topic: 'db',
      host: 'host1',
      production: true,
      channel: 'C1',
      responseUrl: null,
    }
    const newRun = () => createRun(db, { ...about, actor: { kind: 'user', id: 'U1' } })
    /** As the code of then wrote it. */
    const runOfThen = async (code: string, ended: string) => {
      const { rows } = await db.query<{ id: string }>(
        `INSERT INTO debvisor.runs
           (code, team, actor_kind, actor_id, topic, host, production, channel, state, ended_at)
         SELECT $1, 'T1', 'user', 'U1', 'db', 'host1', true, 'C1', $2, CASE $2 WHEN 'cancelled' THEN now() END
         RETURNING id`,
        [code, ended],
      )
      return { id: rows[0]?.id ?? '' }
    }
    const [ended, open] = [await runOfThen('AAAA', 'cancelled'), await runOfThen('BBBB', 'queued')]
    const placeOf = async ({ id }: { readonly id: string }) =>
      (await db.query('SELECT ctid::text AS place FROM debvisor.runs WHERE id = $1', [id])).rows
    const before = await placeOf(ended)
    await migrate(db)
    expect(await placeOf(ended)).toEqual(before)
    expect(await callsAsker(db, ended.id)).toBe(false)
    expect(await callsAsker(db, open.id)).toBe(true)
    expect(await callsAsker(db, (await newRun()).id)).toBe(true)
    await db.close()
    await old?.stop()
    await rm(folder, { recursive: true })
  })
})
