import { describe, expect, it } from 'vitest'
import { type Changes, causes, denied, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** What grows in PostgreSQL without an error, until it hurts; and beside each what looks like it and is well. */

const noon = 1795496538
const now = `now=${noon} zone=+0000\n`
const at = (age: number) => new Date((noon - age) * 1000).toISOString().slice(0, 19).replace('T', ' ')
const looking = (...rows: readonly string[]): Changes => ({
  pg_look: `${healthy.pg_look}${rows.join('\n')}\n`,
})
const saying = (ages: readonly number[], ...lines: readonly string[]): Changes => ({
  pg_said: `${now}${ages.flatMap((age) => lines.map((line) => `${at(age)}.100 UTC [692] ${line}\n`)).join('')}`,
})
const ids = (topic: string, changes: Changes) => diagnose(topic, { changes }).findings.map(({ id }) => id)

describe('WAL that cannot be archived', () => {
  const row = (bytes: number) =>
    `archive,000000010000000000000007,"/usr/bin/wal-push failed 12 times, the last time 20 s ago; it worked last 2026-11-24 03:00 UTC",${bytes}`
  const failing = [
    'LOG:  archive command failed with exit code 1',
    'WARNING:  archiving write-ahead log file "000000010000000000000007" failed too many times, will try again later',
  ]

  it('is told where much is kept of it, also where the log is closed', () => {
    const report = diagnose('db', { changes: { ...looking(row(400_000_000)), pg_said: denied } })
    expect(causes(report)).toEqual(['postgresql.archive-fails'])
    expect(finding(report, 'postgresql.archive-fails').detail).toContain('/usr/bin/wal-push failed 12 times')
  })

  it('is told where it fails for minutes', () => {
    expect(
      causes(diagnose('db', { changes: { ...looking(row(0)), ...saying([300, 240, 20], ...failing) } })),
    ).toEqual(['postgresql.archive-fails'])
  })

  /** Of a server that ended for want of room, after the archive command had failed at these ages, with what it said itself. */
  const outOfRoom = (ages: readonly number[], ...said: readonly string[]): Changes => ({
    pg_hello: 'connect=Connection refused\n',
    pg_ready: { exitCode: 2, stdout: 'localhost:5432 - no response\n' },
    pg_processes: '',
    pg_clusters:
      '15 main 5432 down postgres /var/lib/postgresql/15/main /var/log/postgresql/postgresql-15-main.log\n',
    pg_backends: '',
    pg_look: { status: 'unanswered', exitCode: 69, stdout: '' },
    listeners: `${healthy.listeners}`
      .split('\n')
      .filter((line) => !line.includes('5432'))
      .join('\n'),
    pg_said: `${saying(ages, ...failing).pg_said}${said.join('')}${at(600)}.000 UTC [692] PANIC:  could not write to file "pg_wal/xlogtemp.9": No space left on device\n`,
  })
  const explained = (changes: Changes) =>
    finding(diagnose('db', { changes }), 'postgresql.out-of-space').explainedBy ?? []

  it.each([
    ['for minutes', [900, 700, 640]],
    ['three times within seconds', [603, 602, 601]],
  ])('explains a disk that is full of it, where it failed %s and the server is down', (_, ages) => {
    expect(explained(outOfRoom(ages))).toContain('postgresql.archive-fails')
  })

  it.each([
    [
      'failed for want of room itself',
      [603, 602, 601],
      'cp: error writing /var/backups/7: No space left on device\n',
    ],
    ['failed once', [601], ''],
  ])('does not explain it where the command %s', (_, ages, said) => {
    expect(explained(outOfRoom(ages, said))).not.toContain('postgresql.archive-fails')
  })

  it.each([
    ['one try of which failed', { ...looking(row(16_000_000)), ...saying([20], ...failing, ...failing) }],
    ['that was archived since', saying([500, 440, 380], ...failing)],
  ])('is none %s', (_, changes) => {
    expect(diagnose('db', { changes }).verdict).toBe('healthy')
  })
})

describe('transaction ids', () => {
  const row = 'wraparound,debvisor,"transaction ids, in this database most of them in metrics",1900000000'

  it('that run out are told with what holds them', () => {
    const report = diagnose('db', { changes: looking(row, 'slot,old_reporter,inactive,9000') })
    expect(causes(report)).toEqual(['postgresql.wraparound-near'])
    expect(finding(report, 'postgresql.wraparound-near').detail).toContain('replication slot old_reporter')
  })

  it.each([
    'to avoid wraparound data loss in database "debvisor"',
    'that assign new transaction IDs to avoid wraparound data loss in database "debvisor"',
    'that generate new MultiXactIds to avoid wraparound data loss in database "debvisor"',
  ])('that are used up are the cause: %s', (words) => {
    const said = `${now}2026-11-24 05:02:17,001 ERROR psycopg2.errors.ProgramLimitExceeded: database is not accepting commands ${words}\n`
    const changes = {
      http: '/api/health\t500\t20\tapplication/json {}\n',
      said,
      said_again: said,
      pg_said_again: now,
    }
    const report = diagnose('db', { changes })
    expect(causes(report)).toEqual(['postgresql.wraparound'])
    expect(finding(report, 'postgresql.wraparound').subject).toBe('database debvisor')
  })

  it('are no matter where vacuum to prevent wraparound just runs', () => {
    const changes = saying(
      [20],
      'LOG:  automatic aggressive vacuum to prevent wraparound of table "debvisor.public.metrics": index scans: 0',
    )
    expect(diagnose('db', { changes }).verdict).toBe('healthy')
  })
})

describe('pages that fail their checksum', () => {
  it('are told', () => {
    const report = diagnose('db', { changes: looking('checksum,debvisor,3 pages failed,3600') })
    expect(causes(report)).toEqual(['postgresql.checksum-failures'])
    expect(finding(report, 'postgresql.checksum-failures').subject).toBe('database debvisor')
  })
})

describe('another version of a collation', () => {
  const collation = (name: string) => ({
    pg_numbers: `${healthy.pg_numbers}collation=${name} has 2.31, the system 2.36\n`,
  })

  const doubled = 'ERROR:  duplicate key value violates unique constraint "hosts_name_key"'

  it('is a cause where a key is refused that may be there by a miss', () => {
    const report = diagnose('db', {
      changes: { ...collation('debvisor'), ...saying([30, 20], doubled) },
    })
    expect(causes(report)).toContain('postgresql.collation-changed')
    expect(finding(report, 'postgresql.collation-changed').detail).toContain(
      'debvisor has 2.31, the system 2.36',
    )
  })

  it('is a notice where nobody misses anything', () => {
    const report = diagnose('db', { changes: collation('debvisor') })
    expect(report.verdict).toBe('healthy')
    expect(finding(report, 'postgresql.collation-outdated').detail).toContain(
      'debvisor has 2.31, the system 2.36',
    )
  })

  it('is no matter of another database', () => {
    expect(diagnose('db', { changes: collation('template1') }).verdict).toBe('healthy')
  })
})

describe('a standby', () => {
  it.each([
    ['that its primary waits for', 'replica,standby2,"streaming, behind by 900 MB",240', 'standby standby2'],
    [
      'that does not apply what it has',
      'standby,this server,"has WAL that it did not apply, 60 MB",900',
      'standby host1',
    ],
  ])('%s lags', (_, row, subject) => {
    const report = diagnose('db', { changes: looking(row) })
    expect(causes(report)).toEqual(['postgresql.replica-lags'])
    expect(finding(report, 'postgresql.replica-lags').subject).toBe(subject)
  })
})

describe('statistics of a table that are missing', () => {
  const row = 'unanalyzed,metrics,"never analyzed, has 400000 rows",400000'
  const scanned = { pg_tables: 'public.metrics\t9\t3600000\t900\t4\t400000\n' }
  const slow = {
    pg_activity:
      '802,debvisor,debvisor,api,127.0.0.1,active,,9,0,9,,select * from metrics m join hosts using (id)\n',
  }

  it.each([
    ['where it is read whole', scanned, 'performance.table-scan'],
    ['where a query that reads it is slow', slow, 'performance.slow-query'],
  ])('are the cause %s', (_, changes, symptom) => {
    const report = diagnose('performance', { changes: { ...changes, ...looking(row) } })
    expect(causes(report)).toEqual(['performance.statistics-missing'])
    expect(finding(report, symptom).explainedBy).toEqual(['performance.statistics-missing'])
  })

  it('are none where nothing is slow, or something else is read', () => {
    expect(diagnose('performance', { changes: looking(row) }).verdict).toBe('healthy')
    const other = { pg_tables: 'public.hosts\t9\t3600000\t900\t4\t400000\n' }
    expect(ids('performance', { ...other, ...looking(row) })).not.toContain('performance.statistics-missing')
  })
})

describe('checkpoints', () => {
  const often = saying([300, 280, 20], 'LOG:  checkpoints are occurring too frequently (9 seconds apart)')
  const small = looking('small,max_wal_size,64 MB (/etc/postgresql/15/main/postgresql.conf:240),64')
  const slow = { http: '/api/health\t200\t1850\tapplication/json {"db": 0}\n' }

  it('that come too often are named with their setting, where the API is slow', () => {
    const report = diagnose('performance', { changes: { ...often, ...small, ...slow } })
    expect(causes(report)).toEqual(['performance.checkpoints'])
    expect(finding(report, 'performance.checkpoints').subject).toBe(
      '/etc/postgresql/15/main/postgresql.conf:240',
    )
    const step = (changes: Changes) =>
      finding(diagnose('performance', { changes }), 'performance.checkpoints').resolution[0]
    expect(step({ ...often, ...small, ...slow })).toContain("alter system set max_wal_size = '4GB'")
    expect(step({ ...often, ...slow })).toMatch(/to several times what SHOW max_wal_size says$/)
  })

  it('that come often while a host is quick are none', () => {
    expect(diagnose('performance', { changes: { ...often, ...small } }).verdict).toBe('healthy')
    const once = saying([20], 'LOG:  checkpoints are occurring too frequently (9 seconds apart)')
    expect(causes(diagnose('performance', { changes: { ...once, ...slow } }))).toEqual([
      'performance.slow-api',
    ])
  })
})
