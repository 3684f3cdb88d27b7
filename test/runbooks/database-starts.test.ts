import { describe, expect, it } from 'vitest'
import { type Changes, causes, denied, diagnose, finding, onlySshd } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** What keeps PostgreSQL from starting or from letting DebVisor in, and where that is set. */

const now = 'now=1795496539 zone=+0000\n'
const line = (text: string) => `2026-11-24 05:02:01.100 UTC [812] ${text}\n`
const failedUnit = `Id=postgresql@15-main.service
LoadState=loaded
ActiveState=failed
SubState=failed
Result=protocol
ExecMainCode=0
ExecMainStatus=0
StateChangeTimestamp=Tue 2026-11-24 05:02:01 UTC
`
const failing = (words: string): Changes => {
  const said = `${now}2026-11-24 05:02:10,001 ERROR psycopg2.OperationalError: ${words}\n`
  return {
    http: '/api/health\t500\t20\tapplication/json {"error":"Internal Server Error"}\n',
    said,
    said_again: said,
    pg_said_again: now,
  }
}
const down = (...log: readonly string[]): Changes => ({
  ...failing('connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused'),
  listeners: onlySshd,
  pg_clusters:
    '15 main 5432 down postgres /var/lib/postgresql/15/main /var/log/postgresql/postgresql-15-main.log\n',
  pg_processes: '',
  pg_units: failedUnit,
  pg_ready: { exitCode: 2, stdout: 'localhost:5432 - no response\n' },
  pg_hello: 'tried=127.0.0.1 port 5432 Connection refused\nconnect=Connection refused\n',
  pg_said: `${now}${line('LOG:  received fast shutdown request')}${log.map(line).join('')}`,
  pg_activity: { status: 'unanswered', exitCode: 69, stdout: '' },
  pg_numbers: { status: 'unanswered', exitCode: 69, stdout: '' },
  pg_look: { status: 'unanswered', exitCode: 69, stdout: '' },
})
const conf = '/etc/postgresql/15/main/postgresql.conf'
const configured = (...rows: readonly string[]): Changes => ({
  pg_configured: `${rows.map((row) => `${row}\n`).join('')}=== end\n`,
})

describe('a start that PostgreSQL refuses', () => {
  it.each([
    [
      'FATAL:  WAL streaming (max_wal_senders > 0) requires wal_level "replica" or "logical"',
      'wal_level',
      `set: wal_level = minimal (${conf}:816)`,
    ],
    ['FATAL:  required WAL directory "pg_wal" does not exist', 'pg_wal', 'directory "pg_wal"'],
    [
      'FATAL:  could not find an "/srv/pg/tablespaces" that fits',
      '/srv/pg/tablespaces',
      '/srv/pg/tablespaces',
    ],
    ['FATAL:  the sky is falling', 'postgresql 15-main', 'the sky is falling'],
  ])('is told in its own words: %s', (words, subject, detail) => {
    const changes = {
      ...down(words),
      ...configured(`port\t5432\t${conf}:64`, `wal_level\tminimal\t${conf}:816`),
    }
    const report = diagnose('db', { changes })
    expect(causes(report)).toEqual(['postgresql.start-refused'])
    expect(finding(report, 'postgresql.start-refused')).toMatchObject({
      subject,
      detail: expect.stringContaining(detail),
    })
    expect(finding(report, 'postgresql.down').explainedBy).toEqual(['postgresql.start-refused'])
  })

  it('is told in the words of pg_ctlcluster, which starts it', () => {
    const words = 'Error: Config owner (root:0) and data owner (postgres:104) do not match'
    const pg_said = `${now}2026-11-24T05:02:01+0000 postgresql@15-main[55]: ${words}\n`
    const report = diagnose('db', { changes: { ...down(), pg_said, ...configured() } })
    expect(finding(report, 'postgresql.start-refused')).toMatchObject({
      role: 'cause',
      detail: expect.stringContaining('Config owner (root:0)'),
    })
  })

  it('is no cause beside what another finding knows of its folder', () => {
    const changes = {
      ...down('FATAL:  the sky is falling'),
      ...configured(),
      pg_files: `${conf}\t/var/lib/postgresql/15/main\troot\t700\tauto\tlocalhost\t5432\t100\t3\t\n`,
    }
    expect(causes(diagnose('db', { changes }))).toEqual(['postgresql.data-folder'])
  })

  it('names the setting without its place, where the files are closed', () => {
    const changes: Changes = {
      ...down('FATAL:  WAL streaming (max_wal_senders > 0) requires wal_level "replica" or "logical"'),
      pg_configured: { status: 'unanswered', exitCode: 77, stdout: '' },
    }
    expect(finding(diagnose('db', { changes }), 'postgresql.start-refused').subject).toBe('wal_level')
  })

  it.each([
    ['that never was: it was stopped', { ...down(), pg_units: healthy.pg_units ?? '' }],
    ['that another finding knows', down('FATAL:  lock file "postmaster.pid" already exists')],
    [
      'of sessions, which end as it is stopped',
      {
        ...down('FATAL:  terminating connection due to administrator command'),
        pg_units: healthy.pg_units ?? '',
      },
    ],
  ])('is no cause %s', (_, changes) => {
    expect(causes(diagnose('db', { changes }))).not.toContain('postgresql.start-refused')
  })
})

describe('huge pages', () => {
  const words = [
    'FATAL:  could not map anonymous shared memory: Cannot allocate memory',
    'HINT:  This error usually means that … (currently 150994944 bytes), …',
  ]
  const memory = (free: number) =>
    `${healthy.memory}HugePages_Total: ${free}\nHugePages_Free: ${free}\nHugePages_Rsvd: 0\nHugepagesize: 2048 kB\n`
  const on = configured(`huge_pages\ton\t${conf}:133`)

  it('are the cause where the setting wants them and the kernel has too few', () => {
    const report = diagnose('db', { changes: { ...down(...words), ...on, memory: memory(0) } })
    expect(causes(report)).toEqual(['postgresql.huge-pages'])
    expect(finding(report, 'postgresql.huge-pages')).toMatchObject({
      subject: 'huge_pages',
      detail: expect.stringContaining(`huge_pages is on (${conf}:133)`),
    })
  })

  it.each([
    ['are only tried', { ...configured(`huge_pages\ttry\t${conf}:133`), memory: memory(0) }],
    ['are there', { ...on, memory: memory(2000) }],
    [
      'are of files that are closed',
      { pg_configured: { status: 'unanswered', exitCode: 77, stdout: '' }, memory: memory(0) },
    ],
  ] as const)('are no cause where they %s', (_, changes) => {
    expect(causes(diagnose('db', { changes: { ...down(...words), ...changes } }))).toEqual([
      'postgresql.memory',
    ])
  })
})

describe('the file that lets nobody in', () => {
  const words = 'FATAL:  no pg_hba.conf entry for host "::1", user "debvisor", database "debvisor"'
  const refused: Changes = {
    ...failing(words),
    pg_hello: `connect=ok\naddress=::1 port 5432\nreply=refused\nsqlstate=28000\nmessage=${words.slice(8)}\n`,
  }

  it('is the one that hba_file names', () => {
    const place = '/etc/postgresql/15/main/conf.d/20-hardening.conf:1'
    const changes = { ...refused, ...configured(`hba_file\t/etc/postgresql/15/main/own.conf\t${place}`) }
    const report = diagnose('db', { changes })
    expect(causes(report)).toEqual(['postgresql.hba-rejects'])
    expect(finding(report, 'postgresql.hba-rejects')).toMatchObject({
      subject: '/etc/postgresql/15/main/own.conf',
      detail: expect.stringContaining(`hba_file (${place})`),
    })
  })

  it.each([
    ['the usual one', configured(`hba_file\t/etc/postgresql/15/main/pg_hba.conf\t${conf}:45`)],
    ['the one that is there without a word', configured()],
    [
      'an unknown one, of closed files',
      { pg_configured: { status: 'unanswered', exitCode: 77, stdout: '' } },
    ],
  ] as const)('is called pg_hba.conf where it is %s', (_, changes) => {
    const report = diagnose('db', { changes: { ...refused, ...changes } })
    expect(causes(report)).toEqual(['postgresql.hba-rejects'])
    expect(finding(report, 'postgresql.hba-rejects').subject).toBe('pg_hba.conf')
  })
})

describe('a server that listens on an address of this host that no client asks for', () => {
  const place = '/etc/postgresql/15/main/pg_ctl.conf:9'
  const changes: Changes = {
    listeners: (healthy.listeners ?? '').replace('127.0.0.1:5432', '127.0.0.9:5432'),
    pg_ready: { exitCode: 2, stdout: 'localhost:5432 - no response\n' },
    pg_hello: 'tried=127.0.0.1 port 5432 Connection refused\nconnect=Connection refused\n',
    pg_files: `${conf}\t/var/lib/postgresql/15/main\tpostgres\t700\tauto\t127.0.0.9 of ${place}\t5432\t100\t3\t\n`,
    ...failing('connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused'),
  }

  it('is that, and no firewall, and names the file that has the last word', () => {
    const report = diagnose('db', { changes })
    expect(causes(report)).toEqual(['postgresql.other-address'])
    const { evidence, resolution } = finding(report, 'postgresql.other-address')
    expect(JSON.stringify(evidence)).toContain(`listen_addresses = 127.0.0.9 of ${place}`)
    expect(resolution[0]).toContain('in /etc/postgresql/15/main/pg_ctl.conf (')
  })
})

describe('a server that listens on its socket only', () => {
  const socketOnly: Changes = {
    listeners: (healthy.listeners ?? '')
      .split('\n')
      .filter((row) => !row.includes(':5432'))
      .join('\n'),
    pg_ready: { exitCode: 2, stdout: 'localhost:5432 - no response\n' },
    pg_hello: 'tried=127.0.0.1 port 5432 Connection refused\nconnect=Connection refused\n',
    pg_files: `${conf}\t/var/lib/postgresql/15/main\tpostgres\t700\tauto\t-\t5432\t100\t3\t\n`,
  }
  const bySocket: Changes = {
    db_settings: (healthy.db_settings ?? '').replace('\tlocalhost\t', '\t/var/run/postgresql\t'),
  }

  it('is well where DebVisor asks it there', () => {
    expect(diagnose('db', { changes: { ...socketOnly, ...bySocket } }).verdict).toBe('healthy')
  })

  it('is not where DebVisor asks for an address', () => {
    const report = diagnose('db', { changes: socketOnly })
    expect(causes(report)).toEqual(['postgresql.other-address'])
    const { evidence, resolution } = finding(report, 'postgresql.other-address')
    expect(JSON.stringify(evidence)).toContain("listen_addresses = '' (its socket only)")
    expect(resolution[0]).toContain('in postgresql.conf (')
  })

  it('is not where DebVisor, whose environment may say something else, fails on an address', () => {
    const words = 'connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused'
    const changes = { ...socketOnly, ...bySocket, ...failing(words) }
    expect(causes(diagnose('db', { changes }))).toEqual(['postgresql.other-address'])
  })
})

describe('PostgreSQL that finds no checkpoint', () => {
  const data = '/var/lib/postgresql/15/main'
  const missed = 'PANIC:  could not locate a valid checkpoint record'
  const withWal = (wal: Changes[string], line = missed): Changes => ({
    ...down(line),
    pg_files: `/etc/postgresql/15/main\t${data}\tpostgres\t700\tauto\tlocalhost\t5432\t100\t3\t\n`,
    pg_wal_files: wal,
  })
  const told = (changes: Changes) => causes(diagnose('db', { changes }))

  it('has lost its WAL where pg_wal holds none', () => {
    const report = diagnose('db', { changes: withWal({ exitCode: 0, stdout: '' }) })
    expect(causes(report)).toEqual(['postgresql.wal-missing'])
    expect(finding(report, 'postgresql.wal-missing').subject).toBe(`${data}/pg_wal`)
    expect(finding(report, 'postgresql.wal-missing').resolution.join()).toContain('restore from a backup')
  })

  it.each([
    ['its WAL is there', `${data}/pg_wal/000000010000000000000001\n`],
    ['pg_wal is a link to another disk', `${data}/pg_wal\n`],
    ['nobody could look', denied],
  ])('is damaged where %s', (_, wal) => {
    expect(told(withWal(wal))).toEqual(['postgresql.damaged'])
  })

  it('is told of the label of a backup by name', () => {
    const hint = [
      'FATAL:  could not locate required checkpoint record',
      `HINT:  If you are restoring from a backup, touch "${data}/recovery.signal" and add required recovery options.`,
      `\tIf you are not restoring from a backup, try removing the file "${data}/backup_label".`,
    ].join('\n')
    const report = diagnose('db', { changes: withWal(`${data}/pg_wal/000000010000000000000001\n`, hint) })
    expect(causes(report)).toEqual(['postgresql.backup-label'])
    expect(finding(report, 'postgresql.backup-label').subject).toBe(`${data}/backup_label`)
    expect(finding(report, 'postgresql.backup-label').resolution[0]).toContain(`mv ${data}/backup_label`)
  })
})

it('PostgreSQL that cannot write its log is told of the folder, and not of its data', () => {
  const words =
    'FATAL:  could not open log file "/srv/pglog/postgresql-2026-11-24.log": No such file or directory'
  const changes = { ...down(words), ...configured(`log_directory\t/srv/pglog\t${conf}:816`) }
  const report = diagnose('db', { changes })
  expect(causes(report)).toEqual(['postgresql.log-folder'])
  expect(finding(report, 'postgresql.log-folder').subject).toBe(`log_directory (${conf}:816)`)
  expect(finding(report, 'postgresql.log-folder').resolution[0]).toContain(
    'install -d -o postgres -g postgres -m 750 /srv/pglog',
  )
})
