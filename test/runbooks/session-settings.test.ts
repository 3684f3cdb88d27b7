import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding } from './diagnosis.ts'
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
