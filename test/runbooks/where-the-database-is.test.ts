import { describe, expect, it } from 'vitest'
import {
  altered,
  type Change,
  causes,
  diagnose,
  finding,
  missing,
  platformTopics,
  runbooks,
  since,
} from './diagnosis.ts'
import { healthy } from './healthy.ts'

const has = (topic: string, id: string): boolean => runbooks.find(topic)?.probes.has(id) === true
const of = (topic: string, changes: Readonly<Record<string, Change>>): Record<string, Change> =>
  Object.fromEntries(Object.entries(changes).filter(([id]) => has(topic, id)))

const elsewhere = { pgHost: 'db1.internal', psqlHost: 'elsewhere' }
/** As the probes answer that would ask a server of this host. */
const unasked = {
  pg_activity: '',
  pg_numbers: 'slots=0\nused=0\nbadSettings=\n',
  pg_look: '',
  pg_rates: '',
  pg_tables: '',
}

describe.each(platformTopics)('%s on a host whose database is on another one', (topic) => {
  it('is healthy, whatever became of the PostgreSQL that is left here', () => {
    const changes = of(topic, {
      ...unasked,
      pg_clusters:
        '15 main 5432 down postgres /var/lib/postgresql/15/main /var/log/postgresql/postgresql-15-main.log\n',
      pg_units: 'Id=postgresql@15-main.service\nLoadState=loaded\nActiveState=failed\nResult=signal\n',
      pg_processes: '',
      pg_said: since([
        '10.1 UTC [7] LOG:  database system was shut down',
        '11.1 UTC [8] PANIC:  could not locate a valid checkpoint record',
      ]),
    })
    const report = diagnose(topic, { variables: elsewhere, changes })
    expect(report).toMatchObject({ verdict: 'healthy', unknown: [] })
    expect(causes(report)).toEqual([])
  })

  it('is not, where that host gives no answer', () => {
    const pg_hello = 'tried=10.0.0.7 port 5432 timed out\nconnect=timed out\n'
    const report = diagnose(topic, { variables: elsewhere, changes: of(topic, { ...unasked, pg_hello }) })
    expect(finding(report, 'postgresql.unreachable').subject).toBe('db1.internal:5432')
  })
})

describe('a database behind a program that leads to it', () => {
  const variables = { pgHost: '127.0.0.1', pgPort: 6432, psqlHost: 'elsewhere' }
  const found = altered('found', [
    'said=debvisor on 8080; PostgreSQL at 127.0.0.1:6432 by database-way, which leads to db1.internal:5432; debvisor-rpcd',
  ])
  const none: Record<string, Change> = {
    pg_clusters: missing,
    pg_units: 'Id=postgresql.service\nLoadState=not-found\nActiveState=inactive\n',
    pg_processes: '',
  }

  it('is well where it answers, and nothing of PostgreSQL is missing here', () => {
    expect(diagnose('db', { variables, changes: { ...of('db', unasked), ...none, found } }).verdict).toBe(
      'healthy',
    )
  })

  it('is what is blamed where nobody answers, and no PostgreSQL of this host', () => {
    const pg_hello = 'connect=ok\naddress=127.0.0.1 port 6432\nreply=none\n'
    const report = diagnose('db', { variables, changes: { ...of('db', unasked), ...none, found, pg_hello } })
    expect(causes(report)).toEqual(['postgresql.unreachable'])
    expect(finding(report, 'postgresql.unreachable').detail).toBe(
      'From this host, 127.0.0.1:6432 says: it takes the connection, and no PostgreSQL answers. PostgreSQL at 127.0.0.1:6432 by database-way, which leads to db1.internal:5432',
    )
  })
})

describe('a database at the folder of a socket file', () => {
  const variables = { pgHost: '/var/run/postgresql', psqlHost: '/var/run/postgresql' }
  const pg_hello =
    'connect=ok\naddress=/var/run/postgresql/.s.PGSQL.5432\nreply=login\nmethod=by its account\n'

  it('is well', () => {
    expect(diagnose('db', { variables, changes: { pg_hello } }).verdict).toBe('healthy')
  })

  it('is down as any other', () => {
    const changes = {
      pg_hello:
        'tried=/var/run/postgresql/.s.PGSQL.5432 No such file or directory\nconnect=No such file or directory\n',
      pg_clusters: (healthy.pg_clusters ?? '').replace('online', 'down'),
      pg_processes: '',
      pg_ready: { exitCode: 2, stdout: '/var/run/postgresql:5432 - no response\n' },
      listeners: (healthy.listeners ?? '')
        .split('\n')
        .filter((line) => !line.includes(':5432'))
        .join('\n'),
    }
    expect(causes(diagnose('db', { variables, changes }))).toEqual(['postgresql.down'])
  })
})

describe('a database of which nothing can be read', () => {
  const found = altered('found', [
    'dbGuess=/etc/debvisor/config.yaml could not be read: line 4 is no YAML',
    'said=debvisor on 8080; PostgreSQL at localhost:5432 (a guess: /etc/debvisor/config.yaml could not be read: line 4 is no YAML)',
  ])

  it.each(platformTopics)('is never green for %s, and what could not be read is said', (topic) => {
    const report = diagnose(topic, { variables: { databaseGuessed: true }, changes: { found } })
    expect(report.verdict).not.toBe('healthy')
    expect(finding(report, 'debvisor.database-guessed').detail).toBe(
      '/etc/debvisor/config.yaml could not be read: line 4 is no YAML; what was looked at is a guess: localhost:5432, database debvisor, role debvisor',
    )
  })

  it('is no matter where the inventory says where it is', () => {
    const variables = { databaseGuessed: false, pgDatabase: 'fleet' }
    expect(diagnose('db', { variables, changes: { found } }).verdict).toBe('healthy')
  })
})
