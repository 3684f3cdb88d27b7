import { spawnSync } from 'node:child_process'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { evidenceContext } from '../../src/engine/plan/evidence-context.ts'
import { nextWave } from '../../src/engine/plan/plan.ts'
import { renderFix } from '../../src/engine/plan/render-fix.ts'
import { resolveParameters } from '../../src/engine/runbook/parameters.ts'
import { record, recordsOf } from '../engine/sample-runbook.ts'
import { psqlFolder } from '../fakes/postgres/binaries.ts'
import { type RealPostgres, startPostgres } from '../fakes/postgres.ts'
import { runbooks } from './diagnosis.ts'

const found = runbooks.find('db')
if (!found) throw new Error('there is no topic db')
const db = found
const host = { name: 'host1', production: true }

/** Against a real server: which session is seen, and which one the fix that was rendered from it ends. */
describe.runIf(psqlFolder() !== undefined)('the fix that ends a session', () => {
  let server: RealPostgres
  let parameters: Readonly<Record<string, string | number | boolean>>
  const clients: pg.Client[] = []
  beforeAll(async () => {
    const started = await startPostgres()
    if (!started) throw new Error('there is no PostgreSQL here')
    server = started
    const resolved = resolveParameters(db, { pgPort: Number(new URL(server.url).port) })
    if (!resolved.ok) throw new Error(resolved.problems.join('\n'))
    parameters = resolved.values
  })
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)))
  })
  afterAll(() => server?.stop())

  async function client(): Promise<pg.Client> {
    const one = new pg.Client({ connectionString: server.url })
    one.on('error', () => {})
    await one.connect()
    clients.push(one)
    return one
  }
  async function idling(): Promise<pg.Client> {
    const one = await client()
    await one.query('BEGIN')
    await one.query('SELECT 1')
    return one
  }
  const lives = (one: pg.Client): Promise<boolean> =>
    one.query('SELECT 1').then(
      () => true,
      () => false,
    )
  /** As the login that both may use; only the way in differs from a host's. */
  const psql = (args: readonly string[]) => {
    const { port, username } = new URL(server.url)
    const env = { PATH: process.env.PATH, PGHOST: '127.0.0.1', PGPORT: port, PGUSER: username }
    return spawnSync('psql', args, { env, encoding: 'utf8' })
  }

  /** The probe's own query, and the fix as it is rendered from the answer. */
  async function seen(): Promise<readonly string[]> {
    const activity = record('pg_activity', {
      stdout: '1,a,b,c,d,idle in transaction,,100,100,100,,x\n=== end\n',
    })
    const { commands } = nextWave(db, { parameters, host }, recordsOf(activity))
    const probe = commands.find(({ id }) => id === 'pg_idle')
    const query = probe?.kind === 'shell' ? /-c "([^"]*)"/.exec(probe.script)?.[1] : undefined
    if (!query) throw new Error('pg_idle is not asked as this test thinks')
    const stdout = psql(['-X', '-w', '-q', '--csv', '-t', '-d', 'postgres', '-c', query]).stdout
    const { context } = evidenceContext(db, {
      parameters,
      host,
      records: recordsOf(activity, record('pg_idle', { stdout })),
    })
    const use = db.findings.find(({ id }) => id === 'postgresql.idle-in-transaction')?.fix
    const rendered = use && renderFix(db, use, { context, parameters })
    if (!rendered?.ok) throw new Error(rendered?.reason ?? 'there is no such fix')
    return rendered.fix.steps[0]?.argv ?? []
  }
  const apply = (argv: readonly string[]) => psql(argv.slice(1))

  it('ends the session that was seen, and no other', async () => {
    const [meant, other] = [await idling(), await client()]
    const ended = apply(await seen())
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    expect([await lives(meant), await lives(other)]).toEqual([false, true])
  })

  it('ends nothing where that session went on and is idle in another transaction by now', async () => {
    const meant = await idling()
    const argv = await seen()
    await meant.query('COMMIT')
    await meant.query('BEGIN')
    await meant.query('SELECT 1')
    const refused = apply(argv)
    expect(refused.status).not.toBe(0)
    expect(refused.stderr).toContain('nothing was ended')
    expect(await lives(meant)).toBe(true)
  })

  it('ends nothing where the session is no longer idle in a transaction, or gone', async () => {
    const meant = await idling()
    const argv = await seen()
    await meant.query('COMMIT')
    expect(apply(argv).stderr).toContain('nothing was ended')
    expect(await lives(meant)).toBe(true)
    await meant.end()
    expect(apply(argv).stderr).toContain('nothing was ended')
  })

  it('ends nothing where another session has that pid', async () => {
    const meant = await idling()
    const argv = await seen()
    const { rows } = await meant.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const other = await idling()
    const taken = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const reused = argv.map((word) => word.replaceAll(`pid=${rows[0]?.pid} `, `pid=${taken.rows[0]?.pid} `))
    expect(reused).not.toEqual(argv)
    expect(apply(reused).stderr).toContain('nothing was ended')
    expect([await lives(meant), await lives(other)]).toEqual([true, true])
  })
})
