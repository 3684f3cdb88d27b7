import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { psqlFolder } from '../fakes/postgres/binaries.ts'
import { type RealPostgres, startPostgres } from '../fakes/postgres.ts'
import { evidenceOf, plant, runScript, scriptAfter, scriptOf } from './scripts.ts'

describe('a refusal that was seen once', () => {
  const root = mkdtempSync(join(tmpdir(), 'debvisor-refused-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  const where = { errorLog: join(root, 'error.log'), pgLog: join(root, 'pg') }
  const stamp = () => new Date().toISOString().slice(0, 19).replace('T', ' ')
  const own = () => `${stamp()},000 ERROR collector: lost\npsycopg2.errors.RaiseException: no sensor "a"\n`
  const server = () => `${stamp()}.000 UTC [9] app@app ERROR:  no sensor "a"\n`
  const seen = {
    said: 'now=1795496538 zone=+0000\n2026-11-24 05:02:10,001 ERROR psycopg2.errors.RaiseException: no sensor "a"\n',
  }
  const script = scriptAfter('db', 'pg_refused', seen, where)
  const ages = (out: string, who: string) =>
    evidenceOf('db', 'pg_refused', out)
      .rows.map(({ text }) => String(text))
      .filter((text) => text.startsWith(who) && text.includes('no sensor')).length

  it('is looked for again, until it comes', () => {
    plant(root, {
      'error.log': own(),
      'pg/main.log': `${stamp()}.000 UTC [9] x@y ERROR:  of before\n${stamp()}.000 UTC [1] LOG:  database system is ready to accept connections\n${server()}`,
    })
    const late = 'sleep 1.5; printf "%s" "$1" >>"$2"'
    spawn('/bin/sh', ['-c', late, 'sh', own(), where.errorLog], { stdio: 'ignore' })
    const began = Date.now()
    const out = runScript(script)
    expect(Date.now() - began).toBeLessThan(5000)
    expect([ages(out, 'debvisor'), ages(out, 'postgres')]).toEqual([2, 1])
    expect(out).not.toContain('of before')
  })

  it('is looked for no longer than six seconds, without either log too', () => {
    rmSync(join(root, 'pg'), { recursive: true })
    const began = Date.now()
    expect(ages(runScript(script), 'postgres')).toBe(0)
    expect(Date.now() - began).toBeLessThan(9000)
  })
}, 20_000)

describe('empty answers of the API', () => {
  it('are counted by path, with the answers since the first that held something', () => {
    const script = scriptAfter('db', 'api_empty', {
      pg_look: 'policy,hosts,for debvisor: tenant false,8\n=== end\n',
    })
    const line = (path: string, bytes: number) =>
      `10.0.0.9 - - [24/Nov/2026:05:02:10 +0000] "GET ${path} HTTP/1.1" 200 ${bytes} "-" "curl"`
    const folder = mkdtempSync(join(tmpdir(), 'debvisor-access-'))
    const log = [
      line('/api/v1/hosts', 800),
      line('/api/v1/hosts?page=2', 2),
      line('/api/v1/hosts', 2),
      line('/api/v1/hosts', 2),
      line('/api/v1/alerts', 12),
      line('/api/v1/alerts', 700),
      '10.0.0.9 - - [24/Nov/2026:05:02:10 +0000] "\\x16\\x03" 400 150 "-" "-"',
    ]
    plant(folder, { 'access.log': `${log.join('\n')}\n` })
    const out = runScript(script.replaceAll('/var/log/nginx/', `${folder}/`))
    rmSync(folder, { recursive: true })
    expect(evidenceOf('db', 'api_empty', out).rows).toEqual([
      // Not the second page of the list: it may well be empty.
      { times: 2n, others: 0n, path: '/api/v1/hosts' },
      { times: 1n, others: 1n, path: '/api/v1/alerts' },
    ])
  })
})

describe.runIf(psqlFolder() !== undefined)('what the views of a real server say', () => {
  let server: RealPostgres
  let one: pg.Client
  beforeAll(async () => {
    const started = await startPostgres({ empty: true })
    if (!started) throw new Error('there is no PostgreSQL here')
    server = started
    one = new pg.Client({ connectionString: server.url })
    await one.connect()
  })
  afterAll(async () => {
    await one?.end()
    await server?.stop()
  })
  /** As its login, over TCP; the statement is the probe's own. */
  const ask = (script: string) => {
    const statement = /-X -w -q --csv -t -c "([^"]*)"/.exec(script)?.[1]
    if (!statement) throw new Error('the probe is not written as this test thinks')
    const { port, username } = new URL(server.url)
    const PGOPTIONS = /PGOPTIONS='([^']*)'/.exec(script)?.[1]
    const env = { PATH: process.env.PATH, PGHOST: '127.0.0.1', PGPORT: port, PGUSER: username, PGOPTIONS }
    const args = ['-X', '-w', '-q', '--csv', '-t', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-c', statement]
    const { stdout, stderr } = spawnSync('psql', args, { env, encoding: 'utf8' })
    expect(stderr).toBe('')
    return `${stdout}=== end\n`
  }

  it('comes from the server itself, where somebody made functions of the same names', async () => {
    await one.query(`CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$`)
    await one.query('ALTER ROLE CURRENT_USER SET work_mem = 4096')
    const settings = evidenceOf('db', 'pg_look', ask(scriptOf('db', 'pg_look'))).rows
    expect(settings).toContainEqual(expect.objectContaining({ kind: 'role', value: 'work_mem=4096' }))
    await one.query('DROP FUNCTION public.unnest(text[])')
    await one.query('ALTER ROLE CURRENT_USER RESET work_mem')
  })

  it('row level security, for the roles that it holds for', async () => {
    await one.query(`CREATE ROLE app LOGIN; CREATE ROLE owner LOGIN; CREATE ROLE free LOGIN BYPASSRLS;
      CREATE TABLE hosts (name text); GRANT SELECT ON hosts TO app, free; ALTER TABLE hosts OWNER TO owner;
      CREATE POLICY tenant ON hosts USING (name = current_setting('app.tenant', true)); ALTER TABLE hosts ENABLE ROW LEVEL SECURITY`)
    const script = scriptOf('db', 'pg_look')
    const held = () =>
      evidenceOf('db', 'pg_look', ask(script))
        .rows.filter(({ kind }) => kind === 'policy')
        .map(({ name, value }) => `${name} ${String(value).split(':')[0]}`)
    expect(held()).toEqual(['hosts for app'])
    await one.query('ALTER TABLE hosts FORCE ROW LEVEL SECURITY')
    expect(held().sort()).toEqual(['hosts for app', 'hosts for owner'])
    await one.query('ALTER TABLE hosts DISABLE ROW LEVEL SECURITY')
    expect(held()).toEqual([])
  })

  it('tables of one name in the search path of a role, and what is in them', async () => {
    await one.query(`CREATE ROLE finder LOGIN; CREATE ROLE stranger LOGIN; CREATE SCHEMA finder; CREATE SCHEMA old;
      CREATE TABLE public.seen AS SELECT 1 AS n; CREATE TABLE finder.seen (n int); CREATE TABLE old.seen (n int);
      CREATE TABLE public.twin AS SELECT 1; CREATE TABLE finder.twin AS SELECT 1; ANALYZE; GRANT USAGE ON SCHEMA finder, old TO finder`)
    const shadows = () =>
      evidenceOf('db', 'pg_look', ask(scriptOf('db', 'pg_look')))
        .rows.filter(({ kind }) => kind === 'shadow')
        .map(({ value, number }) => `${value}, ${number}`)
    expect(shadows()).toEqual([
      'for finder: finder.seen comes before public.seen, 1',
      'for finder: finder.twin comes before public.twin, 0',
    ])
    await one.query('ALTER ROLE finder SET search_path = old, public')
    expect(shadows()).toEqual(['for finder: old.seen comes before public.seen, 1'])
    await one.query('ALTER ROLE finder IN DATABASE postgres SET search_path = public')
    expect(shadows()).toEqual([])
    await one.query(`DROP SCHEMA finder, old CASCADE; DROP TABLE public.seen, public.twin; ALTER ROLE finder RESET ALL;
      ALTER ROLE finder IN DATABASE postgres RESET ALL`)
  })

  it('what takes the place of a built-in, in a search path that names its schema before pg_catalog', async () => {
    await one.query(`CREATE ROLE frozen LOGIN; CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '2025-03-01' $$;
      CREATE FUNCTION public.now(text) RETURNS text LANGUAGE sql AS 'SELECT $1'`)
    const eclipses = () =>
      evidenceOf('db', 'pg_look', ask(scriptOf('db', 'pg_look')))
        .rows.filter(({ kind }) => kind === 'eclipse')
        .map(({ value, number }) => `${value}, ${number}`)
    const byName = 'the function public.now() goes by the name of a built-in one, 0'
    expect(eclipses()).toEqual([byName])
    await one.query('ALTER ROLE frozen SET search_path = pg_catalog, public')
    expect(eclipses()).toEqual([byName])
    await one.query('ALTER ROLE frozen SET search_path = public, pg_catalog')
    expect(eclipses()).toEqual([
      'for frozen: the function public.now() comes before the built-in one (search_path public, pg_catalog), 1',
      byName,
    ])
    await one.query('DROP FUNCTION public.now(), public.now(text); ALTER ROLE frozen RESET ALL')
  })

  it('schemas that the owner of a table there may not use', async () => {
    await one.query(`CREATE ROLE tenant LOGIN; CREATE SCHEMA closed; CREATE TABLE closed.hosts (n int); CREATE TABLE closed.other (n int);
      ALTER TABLE closed.hosts OWNER TO tenant`)
    const unusable = () =>
      evidenceOf('db', 'pg_look', ask(scriptOf('db', 'pg_look'))).rows.filter(
        ({ kind }) => kind === 'unusable',
      )
    expect(unusable()).toEqual([{ kind: 'unusable', name: 'closed', value: 'for tenant: hosts', number: 1n }])
    await one.query('GRANT USAGE ON SCHEMA closed TO tenant')
    expect(unusable()).toEqual([])
    await one.query('DROP SCHEMA closed CASCADE')
  })

  it('tables with rows that inherit from another, and how many keys both have', async () => {
    await one.query(`CREATE TABLE nodes (id int PRIMARY KEY, name text); INSERT INTO nodes SELECT n, 'node' || n FROM generate_series(1, 8) n;
      CREATE TABLE nodes_import (LIKE nodes); INSERT INTO nodes_import SELECT id + 5, name FROM nodes; ALTER TABLE nodes_import INHERIT nodes;
      CREATE TABLE nodes_empty () INHERITS (nodes); CREATE TABLE parts (id int) PARTITION BY LIST (id);
      CREATE TABLE part PARTITION OF parts FOR VALUES IN (1); INSERT INTO parts VALUES (1)`)
    const heirs = () =>
      evidenceOf('db', 'pg_look', ask(scriptOf('db', 'pg_look')))
        .rows.filter(({ kind }) => kind === 'heir')
        .map(({ name, value, number }) => `${name} ${value}, ${number}`)
    await expect
      .poll(heirs, { timeout: 10_000 })
      .toEqual([
        'nodes_import inherits from nodes and has 8 rows; of the first 100, 3 have the primary key (id) of a row of nodes, 3',
      ])
    await one.query('UPDATE nodes_import SET id = id + 100')
    expect(heirs()).toEqual([expect.stringMatching(/, 0$/)])
    await one.query('ALTER TABLE nodes ENABLE ROW LEVEL SECURITY')
    expect(heirs()).toEqual(['nodes_import inherits from nodes and has 8 rows, -1'])
    await one.query('DROP TABLE nodes, parts CASCADE')
  })

  it('unlogged tables, of which none was emptied yet, and by its files what changes what everybody reads', async () => {
    await one.query('CREATE UNLOGGED TABLE scratch (n int)')
    await one.query('ALTER SYSTEM SET extra_float_digits = -2')
    await one.query("ALTER SYSTEM SET default_transaction_isolation = 'serializable'")
    await one.query('SELECT pg_reload_conf()')
    const look = () => evidenceOf('db', 'pg_look', ask(scriptOf('db', 'pg_look'))).rows
    await expect
      .poll(() => look().filter(({ kind }) => kind === 'server'))
      .toEqual([
        { kind: 'server', name: 'default_transaction_isolation', value: 'serializable', number: 0n },
        { kind: 'server', name: 'extra_float_digits', value: '-2', number: 0n },
      ])
    expect(look().filter(({ kind }) => kind === 'unlogged')).toEqual([
      { kind: 'unlogged', name: 'scratch', value: expect.stringMatching(/^0 rows were added/), number: -1n },
    ])
    await one.query('ALTER SYSTEM RESET ALL')
    await one.query('SELECT pg_reload_conf()')
    await one.query('DROP TABLE scratch')
  })

  it('partitions, and an index that a broken build left', async () => {
    await one.query(`CREATE TABLE metrics (at date) PARTITION BY RANGE (at);
      CREATE TABLE metrics_old PARTITION OF metrics FOR VALUES FROM ('2020-01-01') TO ('2026-11-01');
      CREATE TABLE events (id int); INSERT INTO events VALUES (1), (1)`)
    await expect(one.query('CREATE UNIQUE INDEX CONCURRENTLY events_id ON events (id)')).rejects.toThrow()
    const scanned = { pg_tables: 'public.events\t9\t3600000\t900\t4\t400000\n=== end\n' }
    const indexes = ask(scriptAfter('performance', 'pg_indexes', scanned))
    expect(evidenceOf('performance', 'pg_indexes', indexes).rows).toEqual([
      expect.objectContaining({ kind: 'invalid', table: 'public.events', name: 'events_id' }),
    ])
    const lines = `now=1795496538 zone=+0000\n2026-11-24 05:02:17,001 ERROR psycopg2.errors.CheckViolation: no partition of relation "metrics" found for row\n`
    const failing = { http: '/api/health\t500\t20\tapplication/json {}\n', said_again: lines, said: lines }
    const partitions = ask(scriptAfter('db', 'pg_partitions', failing))
    expect(evidenceOf('db', 'pg_partitions', partitions).rows).toEqual([
      { of: 'metrics', name: 'metrics_old', bound: "FOR VALUES FROM ('2020-01-01') TO ('2026-11-01')" },
    ])
  })
})
