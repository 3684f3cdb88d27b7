import { describe, expect, it } from 'vitest'
import { altered, type Changes, causes, denied, diagnose, finding, onlySshd } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** The API fails, and says so in DebVisor's error log. */
const failing = (...log: readonly string[]): Changes => {
  const text = `now=1795496538 zone=+0000\n${log.map((line) => `2026-11-24 05:02:10,001 ERROR ${line}\n`).join('')}`
  return {
    http: '/api/health\t500\t20\tapplication/json {"error":"Internal Server Error"}\n',
    said: text,
    said_again: text,
    pg_said_again: 'now=1795496538 zone=+0000\n',
  }
}

const down = (...log: readonly string[]): Changes => ({
  ...failing(
    'psycopg2.OperationalError: connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused',
  ),
  listeners: onlySshd,
  pg_clusters:
    '15 main 5432 down postgres /var/lib/postgresql/15/main /var/log/postgresql/postgresql-15-main.log\n',
  pg_processes: '',
  pg_ready: { exitCode: 2, stdout: 'localhost:5432 - no response\n' },
  pg_hello: 'tried=127.0.0.1 port 5432 Connection refused\nconnect=Connection refused\n',
  pg_said: [
    'now=1795496539 zone=+0000',
    ...log.map((line) => `2026-11-24 05:00:01.100 UTC [812] ${line}`),
    '',
  ].join('\n'),
  pg_activity: denied,
  pg_numbers: denied,
})

const full =
  'postgresql 20511312 20511312 0 100 3 rw /var/lib/postgresql\nsystem 20511312 8204524 11239552 43 12 rw /\n'

describe('db', () => {
  it('tells a full disk as one cause with its chain', () => {
    const report = diagnose('db', {
      changes: {
        ...down('FATAL:  could not write lock file "postmaster.pid": No space left on device'),
        disk: full,
      },
    })
    expect(report.summary).toBe('PostgreSQL is down because its disk is full')
    expect(causes(report)).toEqual(['host.disk-full'])
    expect(report.findings.slice(0, 4).map(({ id, role }) => [id, role])).toEqual([
      ['host.disk-full', 'cause'],
      ['postgresql.out-of-space', 'consequence'],
      ['postgresql.down', 'consequence'],
      ['debvisor.api-errors', 'consequence'],
    ])
    expect(report.findings[0]).toMatchObject({
      subject: '/var/lib/postgresql',
      detail: '/var/lib/postgresql is 100 % used (0 B free of 20 GB)',
    })
  })

  it('says that the wrapper unit looks active', () => {
    expect(finding(diagnose('db', { changes: down() }), 'postgresql.down').detail).toContain(
      'active (exited)',
    )
  })

  it.each([
    ['LOG:  received fast shutdown request', 'postgresql.stopped'],
    [
      'LOG:  unrecognized configuration parameter "max_conn" in file "/etc/postgresql/15/main/postgresql.conf" line 816',
      'postgresql.config-invalid',
    ],
    ['FATAL:  lock file "postmaster.pid" already exists', 'postgresql.lock-file'],
    [
      'FATAL:  private key file "/etc/ssl/private/x.key" has group or world access',
      'postgresql.files-denied',
    ],
    ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'postgresql.memory'],
    ['LOG:  server process (PID 7) was terminated by signal 9: Killed', 'postgresql.killed'],
    ['PANIC:  could not locate a valid checkpoint record', 'postgresql.damaged'],
  ])('down after "%s" is %s', (line, id) => {
    const report = diagnose('db', { changes: down(line) })
    expect(causes(report)).toEqual([id])
    expect(finding(report, 'postgresql.down').explainedBy).toEqual([id])
  })

  it('is down for no known reason where its log is closed, and says what it could not see', () => {
    const report = diagnose('db', { changes: { ...down(), pg_said: denied } })
    expect(causes(report)).toEqual(['postgresql.down'])
    expect(report.unknown).toContainEqual(expect.objectContaining({ probe: 'pg_said' }))
  })

  it.each([
    ['FATAL:  password authentication failed for user "debvisor"', 'postgresql.password-wrong'],
    ['FATAL:  no pg_hba.conf entry for host "127.0.0.1", user "debvisor"', 'postgresql.hba-rejects'],
    ['FATAL:  database "debvisr" does not exist', 'postgresql.database-missing'],
    ['FATAL:  too many connections for role "debvisor"', 'postgresql.connection-limit'],
    ['FATAL:  Peer authentication failed for user "debvisor"', 'postgresql.peer-mismatch'],
    ['psycopg2.errors.UndefinedTable: relation "metrics" does not exist', 'postgresql.schema-wrong'],
    [
      'psycopg2.errors.InsufficientPrivilege: permission denied for table metrics',
      'postgresql.privilege-missing',
    ],
    ['cannot execute UPDATE in a read-only transaction', 'postgresql.read-only'],
    ['SSL error: certificate verify failed', 'postgresql.tls'],
  ])('failing with "%s" is %s', (line, id) => {
    const report = diagnose('db', { changes: failing(`OperationalError: ${line}`) })
    expect(causes(report)).toEqual([id])
    expect(finding(report, 'debvisor.api-errors').explainedBy).toEqual([id])
  })

  it('sends whoever has to mend a wrong password to the line where DebVisor has it', () => {
    const line = 'FATAL:  password authentication failed for user "debvisor"'
    const steps = (of: Readonly<Record<string, string>>) =>
      finding(
        diagnose('db', { changes: { ...failing(`OperationalError: ${line}`), ...of } }),
        'postgresql.password-wrong',
      ).resolution
    const guide = 'Verify credentials in `.env` or `config.yaml`.'
    expect(steps({})[0]).toBe(guide)
    const place = '/etc/default/debvisor-panel:3'
    const db_settings = `${healthy.db_settings}password\tset\t${place}\n`
    expect(steps({ db_settings })[0]).toBe(`${guide} Here: ${place}.`)
  })

  it('tells a role that does not exist from a wrong password by the log of PostgreSQL', () => {
    const report = diagnose('db', {
      changes: {
        ...failing('OperationalError: FATAL:  password authentication failed for user "debvsr"'),
        pg_said_again: `now=1795496539 zone=+0000
2026-11-24 05:02:10.100 UTC [9] debvsr@debvisor DETAIL:  Role "debvsr" does not exist.
`,
      },
    })
    expect(causes(report)).toEqual(['postgresql.role-missing'])
    expect(finding(report, 'postgresql.role-missing').subject).toBe('debvsr')
  })

  it('names who holds the slots, and what it left open', () => {
    const rows = Array.from(
      { length: 9 },
      (_, i) => `${800 + i},debvisor,debvisor,leaky,::1,idle in transaction,Client,300,290,300,,select 1`,
    )
    const titles = rows.map(
      (_, i) =>
        `${800 + i} 300 0 postgres: 15/main: debvisor debvisor ::1(${40000 + i}) idle in transaction\n`,
    )
    const report = diagnose('db', {
      changes: {
        ...failing(
          'OperationalError: FATAL:  remaining connection slots are reserved for non-replication superuser connections',
        ),
        pg_activity: `${rows.join('\n')}\n`,
        pg_backends: titles.join(''),
        pg_numbers: altered('pg_numbers', ['slots=12', 'used=9']),
      },
    })
    expect(causes(report)).toEqual(['postgresql.idle-in-transaction'])
    expect(finding(report, 'postgresql.idle-in-transaction').subject).toBe('pid 800 (debvisor, leaky)')
    expect(finding(report, 'postgresql.slots-exhausted').role).toBe('consequence')
  })

  it('finds PostgreSQL on another port', () => {
    const report = diagnose('db', {
      changes: {
        ...down(),
        pg_clusters:
          '15 main 5433 online postgres /var/lib/postgresql/15/main /var/log/postgresql/postgresql-15-main.log\n',
        pg_processes:
          '  692 Ss   postgres   /usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main\n',
      },
    })
    expect(causes(report)).toEqual(['postgresql.other-port'])
    expect(finding(report, 'postgresql.other-port').detail).toContain('port 5433')
  })

  it('tells a firewall from a server that is down: it listens, and nobody gets there', () => {
    const report = diagnose('db', {
      changes: {
        ...failing('OperationalError: timeout expired'),
        pg_hello: 'tried=127.0.0.1 port 5432 timed out\nconnect=timed out\n',
        firewall: '\t\ttcp dport 5432 drop\n',
      },
    })
    expect(causes(report)).toEqual(['postgresql.firewall'])
    expect(finding(report, 'postgresql.firewall').evidence).toContainEqual({
      probe: 'firewall',
      text: expect.stringContaining('tcp dport 5432 drop'),
    })
  })

  const unreachable = (routes: string): Changes => ({
    ...failing('OperationalError: Network is unreachable'),
    pg_hello: 'tried=127.0.0.1 port 5432 Network is unreachable\nconnect=Network is unreachable\n',
    pg_routes: `${routes}=== end\n`,
  })
  const noWay = 'way\t127.0.0.1\tRTNETLINK answers: Network is unreachable\n'

  it('tells a rule of policy routing from a firewall', () => {
    const report = diagnose('db', {
      changes: unreachable(`${noWay}rule\t4\t50: from all ipproto tcp dport 5432 unreachable\n`),
    })
    expect(causes(report)).toEqual(['postgresql.policy-route'])
    const { subject, resolution } = finding(report, 'postgresql.policy-route')
    expect(subject).toBe('50: from all ipproto tcp dport 5432 unreachable')
    expect(resolution[1]).toBe('Where it is a remnant: ip -4 rule del pref 50')
  })

  it('blames no rule of policy routing where the kernel has a way: a firewall refuses then', () => {
    const report = diagnose('db', {
      changes: unreachable(
        'way\t127.0.0.1\tlocal 127.0.0.1 dev lo src 127.0.0.1\nrule\t4\t50: from all dport 9999 unreachable\n',
      ),
    })
    expect(causes(report)).toEqual(['postgresql.firewall'])
  })

  it.each([
    'rule\t4\t5250: from all fwmark 0x80000/0xff0000 unreachable',
    'rule\t4\t32765: from all lookup 51820',
    'rule\t6\t50: from all unreachable',
    'barrier\t4\tblackhole 10.244.0.0/26',
  ])('blames none of a VPN, of another family or for other traffic, where the route is lost: %s', (rule) => {
    const report = diagnose('db', { changes: unreachable(`${noWay}${rule}\n`) })
    expect(report.findings.map(({ id }) => id)).not.toContain('postgresql.policy-route')
  })

  it('finds settings that name a server that is not there', () => {
    const report = diagnose('db', {
      changes: {
        ...failing('OperationalError: port 5999 failed: Connection refused'),
        db_settings:
          'host\tlocalhost\t/etc/debvisor/config.yaml:4\nport\t5999\t/etc/debvisor/config.yaml:5\n',
      },
    })
    expect(causes(report)).toEqual(['postgresql.settings-differ'])
    expect(finding(report, 'postgresql.settings-differ').subject).toBe('/etc/debvisor/config.yaml:5')
  })

  it('finds localhost that is somewhere else', () => {
    const report = diagnose('db', {
      changes: {
        ...failing('OperationalError: Network is unreachable'),
        names: altered('names', ['localhost=10.255.0.9']),
        pg_hello: 'tried=10.255.0.9 port 5432 Network is unreachable\nconnect=Network is unreachable\n',
      },
    })
    expect(causes(report)).toEqual(['host.localhost-wrong'])
  })

  it('says that pool metrics are not enabled, as a notice', () => {
    expect(finding(diagnose('db'), 'postgresql.pool-not-enabled')).toMatchObject({
      role: 'notice',
      severity: 'info',
    })
  })

  it('reads a pool that is saturated', () => {
    const report = diagnose('db', {
      variables: { poolMetrics: 'http://localhost:9187/metrics' },
      changes: { pool: 'db_pool_connections_in_use 20\ndb_pool_waiting_requests 7\n' },
    })
    expect(causes(report)).toEqual(['postgresql.pool-saturated'])
  })

  it('asks a database on another host', () => {
    const report = diagnose('db', {
      variables: { pgHost: 'db1.internal' },
      changes: {
        ...down(),
        pg_hello: 'tried=10.0.0.7 port 5432 timed out\nconnect=timed out\n',
        firewall: '',
      },
    })
    expect(causes(report)).toEqual(['postgresql.unreachable'])
  })
})
