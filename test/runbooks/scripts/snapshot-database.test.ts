import { execFileSync } from 'node:child_process'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KEPT_BYTES } from '../../../src/ssh/outcome.ts'
import { psqlFolder } from '../../fakes/postgres/binaries.ts'
import { type RealPostgres, startPostgres } from '../../fakes/postgres.ts'
import { ask, type World } from './ask.ts'

const script = 'snapshot/database.sh'

const schema = `
  CREATE ROLE app LOGIN PASSWORD 'correct-horse';
  CREATE ROLE readers; GRANT readers TO app;
  ALTER ROLE app SET work_mem = '8MB'; ALTER ROLE app SET app.jwt_secret = 'battery-staple';
  CREATE TYPE state AS ENUM ('up', 'down');
  CREATE TABLE hosts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT 'new', state state);
  CREATE INDEX hosts_by_name ON hosts (lower(name));
  CREATE TABLE metrics (at timestamptz NOT NULL, host bigint REFERENCES hosts, value real CHECK (value > 0))
    PARTITION BY RANGE (at);
  CREATE TABLE metrics_2026 PARTITION OF metrics FOR VALUES FROM ('2026-01-01Z') TO ('2027-01-01Z');
  CREATE VIEW names AS SELECT name FROM hosts;
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
  CREATE TRIGGER touched BEFORE UPDATE ON hosts FOR EACH ROW EXECUTE FUNCTION touch();
  ALTER TABLE hosts ENABLE ROW LEVEL SECURITY;
  CREATE POLICY mine ON hosts FOR SELECT TO readers USING (name = current_user);
  GRANT SELECT ON hosts TO readers`

/** psql as the login is there, though the script asks it by its socket and as who it is. */
const asLogin = (login: string): World => ({
  programs: {
    runuser: 'shift 3; exec "$@"',
    psql: `PATH=\${PATH#*:}; exec psql -h 127.0.0.1 -U ${login} "$@"`,
  },
})

const facts = (stdout: string, ...areas: string[]): string[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([area = '']) => areas.includes(area))
    .map(([area, key, , , value]) => `${area} ${key}: ${value}`)

/** Which facts are only in one of both. */
const differences = (before: string, after: string): string[] => {
  const [was, now] = [before.split('\n'), after.split('\n')]
  const only = [...was.filter((line) => !now.includes(line)), ...now.filter((line) => !was.includes(line))]
  return [...new Set(only.map((line) => line.split('\t').slice(0, 2).join(' ')))]
}

describe('the database of a snapshot', () => {
  it('is unseen, area by area, where nobody listens, or where psql is missing', async () => {
    const missing = "echo 'runuser: failed to execute psql: No such file or directory' >&2; exit 127"
    for (const [said, reason, world] of [
      ['refused', 'Connection refused', asLogin('debvisor')],
      ['missing', 'failed to execute psql', { programs: { runuser: missing, psql: missing } }],
    ] as const) {
      const { status, stdout, stderr } = await ask(script, ['1', 'postgres'], world)
      expect({ said, status, stderr }).toEqual({ said, status: 0, stderr: '' })
      const lines = stdout.trimEnd().split('\n')
      expect(lines.pop()).toBe('end\t\t\t\tdatabase')
      expect(lines.filter((line) => !line.startsWith('unseen\t') || !line.includes(reason))).toEqual([])
      expect(lines.map((line) => line.split('\t')[1])).toEqual(
        expect.arrayContaining(['setting', 'role', 'table', 'column', 'index', 'hba']),
      )
    }
  })
})

describe.runIf(psqlFolder() !== undefined)('the database of a snapshot, on a real server', () => {
  let server: RealPostgres
  let owner: pg.Client
  let port = ''
  beforeAll(async () => {
    const started = await startPostgres({ empty: true })
    if (!started) throw new Error('there is no PostgreSQL here')
    server = started
    port = new URL(server.url).port
    owner = new pg.Client({ connectionString: server.url })
    await owner.connect()
    await owner.query(schema)
  })
  afterAll(async () => {
    await owner?.end()
    await server?.stop()
  })

  const snapshot = async (login = 'debvisor', database = 'postgres'): Promise<string> => {
    const { status, stdout, stderr } = await ask(script, [port, database], asLogin(login))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/\nend\t\t\t\tdatabase\n$/)
    return stdout
  }

  it('has what a schema is made of', async () => {
    const stdout = await snapshot()
    const own = [
      'extension',
      'schema',
      'table',
      'column',
      'index',
      'constraint',
      'trigger',
      'policy',
      'sequence',
    ]
    expect(facts(stdout, ...own, 'type').filter((fact) => !fact.includes('extension'))).toEqual([
      'schema postgres.public: owner pg_database_owner',
      'table postgres.public.hosts: table owner debvisor row security',
      'table postgres.public.metrics: partitioned table owner debvisor',
      "table postgres.public.metrics_2026: table owner debvisor of public.metrics FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')",
      expect.stringMatching(/^table postgres\.public\.names: view owner debvisor definition [0-9a-f]{12}$/),
      'column postgres.public.hosts.id: bigint not null identity always',
      "column postgres.public.hosts.name: text not null default 'new'::text",
      'column postgres.public.hosts.state: public.state',
      'column postgres.public.metrics.at: timestamp with time zone not null',
      'column postgres.public.metrics.host: bigint',
      'column postgres.public.metrics.value: real',
      'index postgres.public.hosts.hosts_by_name: CREATE INDEX hosts_by_name ON public.hosts USING btree (lower(name))',
      'constraint postgres.public.hosts.hosts_pkey: PRIMARY KEY (id)',
      'constraint postgres.public.metrics.metrics_host_fkey: FOREIGN KEY (host) REFERENCES public.hosts(id)',
      'constraint postgres.public.metrics.metrics_value_check: CHECK ((value > (0)::double precision))',
      'trigger postgres.public.hosts.touched: CREATE TRIGGER touched BEFORE UPDATE ON public.hosts FOR EACH ROW EXECUTE FUNCTION public.touch()',
      'policy postgres.public.hosts.mine: permissive for r to readers using (name = CURRENT_USER)',
      expect.stringMatching(/^table all of postgres\.public\.metrics_2026: \d+ parts [0-9a-f]{12}$/),
      'sequence postgres.public.hosts_id_seq: owner debvisor bigint from 1 to 9223372036854775807 by 1 cache 1',
      'type postgres.public.state: owner debvisor up, down',
    ])
  })

  it('has settings with where they come from, roles, and grants', async () => {
    const stdout = await snapshot()
    expect(facts(stdout, 'setting')).toEqual(
      expect.arrayContaining([
        'setting fsync: off (command line)',
        'setting pg_is_in_recovery: false',
        'setting work_mem: 4MB (default)',
        'setting work_mem for role app: 8MB',
      ]),
    )
    expect(facts(stdout, 'role')).toEqual(
      expect.arrayContaining(['role app: login in readers', 'role readers: no login']),
    )
    expect(facts(stdout, 'grant')).toEqual(
      expect.arrayContaining(['grant postgres.public.hosts: debvisor=arwdDxt/debvisor, readers=r/debvisor']),
    )
    expect(facts(stdout, 'hba').length).toBeGreaterThan(2)
  })

  it('tells no secret, but that it is another one', async () => {
    const before = await snapshot()
    await owner.query(
      `ALTER ROLE app PASSWORD 'wrong-horse'; ALTER ROLE app SET app.jwt_secret = 'wrong-staple'`,
    )
    const after = await snapshot()
    expect(differences(before, after)).toEqual(['setting app.jwt_secret for role app', 'role app password'])
    expect(before + after).not.toMatch(/horse|staple/)
  })

  const changes: readonly (readonly [change: string, facts: readonly string[]])[] = [
    ["ALTER ROLE app SET work_mem = '64kB'", ['setting work_mem for role app']],
    ['DROP INDEX hosts_by_name', ['index postgres.public.hosts.hosts_by_name']],
    ['ALTER TABLE hosts DISABLE TRIGGER touched', ['trigger postgres.public.hosts.touched']],
    ['REVOKE SELECT ON hosts FROM readers', ['grant postgres.public.hosts']],
    ["ALTER TABLE hosts ALTER name SET DEFAULT 'other'", ['column postgres.public.hosts.name']],
    ['CREATE POLICY none ON hosts USING (false)', ['policy postgres.public.hosts.none']],
    ['ALTER TABLE hosts ALTER state SET NOT NULL', ['column postgres.public.hosts.state']],
    [
      // Those of its partitions with them.
      'ALTER TABLE metrics DISABLE TRIGGER ALL',
      ['constraint postgres.public.metrics.metrics_host_fkey', 'table all of postgres.public.metrics_2026'],
    ],
    ['ALTER ROLE app CONNECTION LIMIT 3 NOSUPERUSER', ['role app']],
    ['CREATE OR REPLACE VIEW names AS SELECT name FROM hosts LIMIT 9', ['table postgres.public.names']],
    ['ALTER SEQUENCE hosts_id_seq MAXVALUE 90', ['sequence postgres.public.hosts_id_seq']],
    [
      "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN null; END'",
      ['function postgres.public.touch()'],
    ],
    ['ALTER TABLE metrics_2026 ALTER value SET NOT NULL', ['table all of postgres.public.metrics_2026']],
  ]
  it('differs after a change in what was changed, and in nothing else', async () => {
    let before = await snapshot()
    for (const [change, changed] of changes) {
      await owner.query(change)
      const after = await snapshot()
      expect({ change, changed: differences(before, after) }).toEqual({ change, changed })
      before = after
    }
  })

  it('differs in a setting that a reload changed, and tells from which file', async () => {
    const set = async (value: string) => {
      await owner.query(`ALTER SYSTEM SET work_mem = '${value}'`)
      await owner.query('SELECT pg_reload_conf()')
      // The server has read the file before it tells its sessions to.
      await expect.poll(async () => (await owner.query('SHOW work_mem')).rows[0].work_mem).toBe(value)
    }
    // The first reload also says that max_connections waits for a restart: the command line has another one.
    await set('1MB')
    const before = await snapshot()
    await set('64kB')
    const after = await snapshot()
    expect(differences(before, after)).toEqual(['setting work_mem'])
    expect(facts(after, 'setting').find((fact) => fact.startsWith('setting work_mem:'))).toMatch(
      /^setting work_mem: 64kB \(\/.*\/postgresql\.auto\.conf\)$/,
    )
  })

  it('is the same twice, byte for byte, while rows are written, counted and cleaned up', async () => {
    const writer = new pg.Client({ connectionString: server.url })
    await writer.connect()
    await writer.query('CREATE TABLE written (id serial, note text)')
    let rounds = 0
    let writing = true
    const written = (async () => {
      while (writing) {
        await writer.query("INSERT INTO written (note) SELECT 'x' FROM generate_series(1, 50)")
        await writer.query("UPDATE written SET note = 'y' WHERE id % 7 = 0")
        await writer.query(
          rounds++ % 5 === 0 ? 'VACUUM ANALYZE written' : 'DELETE FROM written WHERE id % 3 = 0',
        )
      }
    })()
    const before = await snapshot()
    const from = rounds
    while (rounds < from + 10) await new Promise(setImmediate)
    const after = await snapshot()
    writing = false
    await written
    await writer.end()
    expect(after).toBe(before)
  })

  it('does not wait for a table that another session has locked, and says so', async () => {
    const other = new pg.Client({ connectionString: server.url })
    await other.connect()
    await other.query('BEGIN; LOCK TABLE hosts')
    const before = performance.now()
    const stdout = await snapshot()
    expect(performance.now() - before).toBeLessThan(2500)
    await other.end()
    const reason = 'postgres.public.hosts.: another session has locked it'
    expect(facts(stdout, 'unseen')).toContain(`unseen column: ${reason}`)
    expect(facts(stdout, 'column').filter((fact) => fact.includes('.hosts.'))).toEqual([])
    expect(facts(stdout, 'column').length).toBeGreaterThan(2)
    expect(facts(stdout, 'table')).toContain('table postgres.public.hosts: table owner debvisor row security')
  })

  it('says what a login without rights does not see, and sees the rest', async () => {
    const [all, some] = [await snapshot(), await snapshot('app')]
    const unseen = facts(some, 'unseen')
    expect(unseen).toContain('unseen hba: : not for this login')
    expect(unseen).toContain('unseen setting: config_file: not for this login')
    expect(unseen).toContain('unseen role: app password: not for this login')
    const areas = [
      'table',
      'column',
      'index',
      'constraint',
      'trigger',
      'policy',
      'function',
      'grant',
      'database',
    ]
    expect(facts(some, ...areas)).toEqual(facts(all, ...areas))
    const [nobody] = facts(await snapshot('nobody-there'), 'unseen')
    expect(nobody).toBe('unseen setting: : FATAL:  role "nobody-there" does not exist')
  })

  it('runs no function that somebody put in place of one of PostgreSQL', async () => {
    await owner.query(`CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql AS
      'BEGIN RAISE EXCEPTION ''called by %'', current_user; END'`)
    const stdout = await snapshot()
    await owner.query('DROP FUNCTION public.unnest(text[])')
    expect(facts(stdout, 'unseen')).toEqual([])
    expect(facts(stdout, 'setting')).toContain('setting search_path: "$user", public')
  })

  it('leaves room for the settings where there are 400 roles, each with a schema and a table', async () => {
    await owner.query('CREATE DATABASE tenants')
    const each = Array.from({ length: 400 }, (_, n) => {
      const name = `tenant_${n}`
      return `CREATE ROLE ${name} LOGIN; CREATE SCHEMA ${name} AUTHORIZATION ${name}; CREATE TABLE ${name}.t (id int);`
    })
    const psql = ['-h', '127.0.0.1', '-p', port, '-U', 'debvisor', '-d', 'tenants', '-q', '-c']
    for (let n = 0; n < 400; n += 100) execFileSync('psql', [...psql, each.slice(n, n + 100).join('\n')])
    const stdout = await snapshot('debvisor', 'tenants')
    await owner.query('DROP DATABASE tenants')
    await owner.query(`DO $$ BEGIN FOR n IN 0..399 LOOP EXECUTE 'DROP ROLE tenant_' || n; END LOOP; END $$`)
    expect(Buffer.byteLength(stdout)).toBeLessThan(KEPT_BYTES)
    expect(facts(stdout, 'unseen')).toContain('unseen role: t: no room left')
    expect(
      facts(stdout, 'unseen').filter((fact) => /^unseen (setting|table|column)\b.*room/.test(fact)),
    ).toEqual([])
    expect(stdout).toMatch(/^table\tall of tenants\t\t\t400 tables [0-9a-f]{12}$/m)
  })

  it.each([
    [35, /^column\tmany\.public\.t35\.note\t\t\ttext not null/m],
    [200, /^table\tall of many\.public\.t200\t\t\t5 parts [0-9a-f]{12}$/m],
    [1200, /^column\tall of many\.public\t\t\t2400 [0-9a-f]{12}$/m],
  ])('is within the bytes of a probe where there are %d tables', async (tables, told) => {
    await owner.query('CREATE DATABASE many')
    const many = ['-h', '127.0.0.1', '-p', port, '-U', 'debvisor', '-d', 'many', '-q', '-c']
    const text = Array.from({ length: tables }, (_, n) => {
      const name = `t${n + 1}`
      return `CREATE TABLE ${name} (id int PRIMARY KEY CHECK (id > 0), note text NOT NULL); CREATE INDEX ON ${name} (note);`
    })
    for (let n = 0; n < tables; n += 200) execFileSync('psql', [...many, text.slice(n, n + 200).join('\n')])
    const stdout = await snapshot('debvisor', 'many')
    await owner.query('DROP DATABASE many')
    expect(Buffer.byteLength(stdout)).toBeLessThan(KEPT_BYTES)
    expect(stdout).toMatch(told)
    expect(stdout).not.toContain('no room left')
    expect(facts(stdout, 'setting')).toContain('setting fsync: off (command line)')
  })
})
