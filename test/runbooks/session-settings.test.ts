import { describe, expect, it } from 'vitest'
import { type Changes, causes, denied as closed, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** What is set for DebVisor's sessions, by its environment file, its connection string or its role, and what it gets of it. */

const now = 'now=1795496538 zone=+0000\n'
const failing = (...words: readonly string[]): Changes => {
  const text = `${now}${words.map((line) => `2026-11-24 05:02:17,001 ERROR debvisor: ${line}\n`).join('')}`
  return {
    http: '/api/health\t500\t20\tapplication/json {"error":"Internal Server Error"}\n',
    said: text,
    said_again: text,
    pg_said_again: now,
  }
}
const set = (...rows: readonly (readonly [string, string, string?])[]): string =>
  `${healthy.db_settings}${rows.map(([key, value, place = '/opt/debvisor/.env:7']) => `${key}\t${value}\t${place}\n`).join('')}`

const missing = 'psycopg2.errors.UndefinedTable: relation "metrics" does not exist'
const timeout = 'psycopg2.errors.QueryCanceled: canceling statement due to statement timeout'
const denied = 'psycopg2.errors.InsufficientPrivilege: permission denied for table metrics'

describe('a setting of its sessions is the cause', () => {
  it.each([
    ['session', 'search_path=archive', [missing]],
    [
      'session',
      'default_transaction_read_only=on',
      ['psycopg2.errors.ReadOnlySqlTransaction: cannot execute INSERT in a read-only transaction'],
    ],
    ['session', 'statement_timeout=1ms', [timeout, timeout]],
    ['session', 'role=reporting', [denied]],
    [
      'session',
      'client_encoding=latin1',
      [
        'psycopg2.errors.UntranslatableCharacter: character with byte sequence 0xe2 0x82 0xac in encoding "UTF8" has no equivalent in encoding "LATIN1"',
      ],
    ],
    [
      'session',
      'lock_timout=1s',
      ['psycopg2.OperationalError: FATAL: unrecognized configuration parameter "lock_timout"'],
    ],
    ['libpq', 'PGDATABASE=postgres', [missing]],
    ['libpq', 'PGSERVICE=old', ['psycopg2.OperationalError: definition of service "old" not found']],
    [
      'libpq',
      'PGSSLMODE=verify-full',
      ['psycopg2.OperationalError: root certificate file "/root/.postgresql/root.crt" does not exist'],
    ],
    ['libpq', 'PGTARGETSESSIONATTRS=read-only', ['psycopg2.OperationalError: session is not read-only']],
    ['libpq', 'PGUSER=reporting', [denied]],
  ])('%s %s', (key, value, words) => {
    const report = diagnose('db', { changes: { ...failing(...words), db_settings: set([key, value]) } })
    expect(causes(report)).toEqual(['postgresql.session-setting'])
    expect(finding(report, 'postgresql.session-setting')).toMatchObject({
      subject: '/opt/debvisor/.env:7',
      detail: expect.stringContaining(`/opt/debvisor/.env:7 sets ${value} for`),
    })
  })

  it('beside the role that acts as another one', () => {
    const changes = {
      ...failing(denied),
      pg_look: `${healthy.pg_look}role,debvisor in all databases,role=reporting,0\n`,
    }
    const report = diagnose('db', { changes })
    expect(causes(report)).toEqual(['postgresql.role-setting'])
    expect(finding(report, 'postgresql.role-setting').subject).toBe('role=reporting')
  })
})

describe('a setting of its sessions is no cause', () => {
  const settings = set(
    ['session', 'search_path=debvisor'],
    ['session', 'statement_timeout=30s'],
    ['session', 'role=debvisor'],
    ['libpq', 'PGSSLMODE=prefer'],
    ['libpq', 'PGDATABASE=debvisor'],
  )

  it('where nothing goes wrong', () => {
    expect(diagnose('db', { changes: { db_settings: settings } }).verdict).toBe('healthy')
  })

  it.each([
    ['something else does', 'FATAL: sorry, too many clients already', 'postgresql.idle-connections'],
    [
      'the same database is meant',
      'FATAL:  database "debvisor" does not exist',
      'postgresql.database-missing',
    ],
  ])('where %s', (_, words, cause) => {
    const changes = { ...failing(`psycopg2.OperationalError: ${words}`), db_settings: settings }
    expect(causes(diagnose('db', { changes }))).toEqual([cause])
  })

  it('where one statement was cancelled', () => {
    const said = `${now}2026-11-24 05:02:17,001 ERROR debvisor: ${timeout}\n`
    expect(diagnose('db', { changes: { said, db_settings: settings } }).verdict).toBe('healthy')
  })
})

describe('an address of its environment, whose file is closed', () => {
  const calls = (host: string, ending = 'timeout expired') =>
    failing(`psycopg2.OperationalError: connection to server at ${host}, port 5432 failed: ${ending}`)

  it.each(['timeout expired', 'No route to host', 'Connection refused'])(
    'is the cause where no setting names it: %s',
    (ending) => {
      const report = diagnose('db', { changes: calls('"198.18.0.77"', ending) })
      expect(causes(report)).toEqual(['postgresql.settings-differ'])
      expect(finding(report, 'postgresql.settings-differ')).toMatchObject({
        subject: '198.18.0.77',
        detail: expect.stringMatching(/PGHOSTADDR .* \/opt\/debvisor\/\.env; .*host localhost \(/),
      })
    },
  )

  it('is told with its line where the file is open', () => {
    const changes = { ...calls('"198.18.0.77"'), db_settings: set(['libpq', 'PGHOSTADDR=198.18.0.77']) }
    const report = diagnose('db', { changes })
    expect(causes(report)).toEqual(['postgresql.session-setting'])
    expect(finding(report, 'postgresql.session-setting').subject).toBe('/opt/debvisor/.env:7')
  })

  it.each([
    ['the address of a name that is set', calls('"localhost" (127.0.0.1)')],
    ['of this host', calls('"127.0.0.1"')],
    [
      'of which the settings are closed',
      { ...calls('"198.18.0.77"'), db_settings: { status: 'unanswered', exitCode: 77, stdout: '' } },
    ],
  ] as const)('is none where it is one %s', (_, changes) => {
    expect(diagnose('db', { changes }).findings.map(({ id }) => id)).not.toContain(
      'postgresql.settings-differ',
    )
  })
})

describe('slots that are reserved', () => {
  const refused = 'FATAL: remaining connection slots are reserved for non-replication superuser connections'
  const changes = {
    ...failing(`psycopg2.OperationalError: ${refused}`),
    pg_hello: `connect=ok\naddress=::1 port 5432\nreply=refused\nsqlstate=53300\nmessage=${refused.slice(7)}\n`,
    pg_look: { status: 'unanswered', exitCode: 2, stdout: '' },
    pg_numbers: { status: 'unanswered', exitCode: 2, stdout: '' },
    pg_activity: { status: 'unanswered', exitCode: 2, stdout: '' },
  } as const satisfies Changes
  const place = '/etc/postgresql/15/main/conf.d/9.conf:1'
  const files = (reserved: string) =>
    `/etc/postgresql/15/main/postgresql.conf\t/var/lib/postgresql/15/main\tpostgres\t700\tauto\tlocalhost\t5432\t100\t${reserved}\n`

  it('are named with the line that reserves them, by the files where nobody is let in', () => {
    const report = diagnose('db', { changes: { ...changes, pg_files: files(`97\t${place}`) } })
    expect(causes(report)).toEqual(['postgresql.slots-reserved'])
    expect(finding(report, 'postgresql.slots-reserved')).toMatchObject({
      subject: place,
      detail: expect.stringContaining('97 of 100 slots'),
    })
  })

  it('are named by the server itself where it lets its superuser in', () => {
    const pg_look = `${healthy.pg_look}reserved,100,superuser_reserved_connections = 95 (${place}),95\n`
    const report = diagnose('db', { changes: { ...changes, pg_look } })
    expect(finding(report, 'postgresql.slots-reserved')).toMatchObject({ role: 'cause', subject: place })
  })

  it.each([files('3\t'), files('3\t').replace('\t3\t', ''), files(`40\t${place}`)])(
    'are not the cause where few are: %j',
    (pg_files) => {
      const ids = diagnose('db', { changes: { ...changes, pg_files } }).findings.map(({ id }) => id)
      expect(ids).toContain('postgresql.slots-exhausted')
      expect(ids).not.toContain('postgresql.slots-reserved')
    },
  )

  it('are none where there is room for everybody', () => {
    expect(diagnose('db', { changes: { pg_files: files(`97\t${place}`) } }).verdict).toBe('healthy')
  })
})

describe('plans that are compiled each time', () => {
  const jit = `jit,jit_above_cost,0 (/etc/postgresql/15/main/postgresql.conf:44),0\n`
  const slow = { http: '/api/health\t200\t1850\tapplication/json {"db": 0}\n' }

  it.each([
    ['the server', { pg_look: `${healthy.pg_look}${jit}` }, '/etc/postgresql/15/main/postgresql.conf:44'],
    [
      'its role',
      { pg_look: `${healthy.pg_look}role,debvisor in all databases,jit_above_cost=10,0\n` },
      'jit_above_cost',
    ],
    ['its environment', { db_settings: set(['session', 'jit_above_cost=0']) }, '/opt/debvisor/.env:7'],
  ])('are the cause where %s wants them, and its API is slow', (_, changes, subject) => {
    const report = diagnose('performance', { changes: { ...slow, ...changes } })
    expect(causes(report)).toEqual(['performance.jit-always'])
    expect(finding(report, 'performance.jit-always')).toMatchObject({ subject, confidence: 'likely' })
    expect(finding(report, 'performance.slow-api').explainedBy).toEqual(['performance.jit-always'])
  })

  it('are none where nobody waits, or only dear ones are compiled', () => {
    expect(diagnose('performance', { changes: { pg_look: `${healthy.pg_look}${jit}` } }).verdict).toBe(
      'healthy',
    )
    const dear = { pg_look: `${healthy.pg_look}role,debvisor in all databases,jit_above_cost=50000,0\n` }
    expect(causes(diagnose('performance', { changes: { ...slow, ...dear } }))).toEqual([
      'performance.slow-api',
    ])
  })
})

describe('sessions that are read-only though PostgreSQL takes writes', () => {
  const told = 'psycopg2.errors.ReadOnlySqlTransaction: cannot execute INSERT in a read-only transaction'
  const names = 'SECRET_KEY\t1\t/opt/debvisor/.env:1\nPGOPTIONS\t1\t/opt/debvisor/.env:7\n'

  it('are so by what libpq reads of its environment, in a file that is closed to the bot', () => {
    const report = diagnose('db', { changes: { ...failing(told), env_names: names } })
    expect(causes(report)).toEqual(['debvisor.session-read-only'])
    expect(finding(report, 'debvisor.session-read-only')).toMatchObject({
      title: "DebVisor's own sessions of PostgreSQL are read-only: PGOPTIONS",
      subject: 'PGOPTIONS in /opt/debvisor/.env:7',
    })
    expect(finding(report, 'postgresql.read-only').role).toBe('consequence')
  })

  it('are so by its own settings at least, where those are not known', () => {
    const settings = {
      status: 'answered',
      stdout: `${healthy.db_settings}=== end\n`,
      stderr: '/etc/default/debvisor: Permission denied\n',
    } as const
    const changes = { ...failing(told), env_names: closed, db_settings: settings }
    const report = diagnose('db', { changes })
    expect(causes(diagnose('db', { changes: failing(told) }))).toEqual(['postgresql.read-only'])
    expect(finding(report, 'debvisor.session-read-only').subject).toBe('settings of debvisor')
  })

  it('are not where the server is a standby, or the role says so', () => {
    const numbers = String(healthy.pg_numbers)
    const standby = { ...failing(told), pg_numbers: numbers.replace('recovery=false', 'recovery=true') }
    expect(causes(diagnose('db', { changes: standby }))).not.toContain('debvisor.session-read-only')
    const role = {
      ...failing(told),
      pg_look: `${healthy.pg_look}role,debvisor in all databases,default_transaction_read_only=on,0\n`,
    }
    expect(causes(diagnose('db', { changes: role }))).toEqual(['postgresql.role-setting'])
  })
})
