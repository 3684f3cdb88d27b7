import { describe, expect, it } from 'vitest'
import { altered, type Changes, causes, denied, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** What PostgreSQL refuses while it runs: the newest error that goes on is named with its object, and nothing that is over. */

const noon = Date.parse('2026-11-24T05:02:18Z')
const at = (age: number): string => new Date(noon - age * 1000).toISOString().slice(0, 19)
const now = `now=${noon / 1000} zone=+0000\n`

/** DebVisor's own words, as a collector writes them, and PostgreSQL's, of the same moment. */
const told = (age: number, text: string): string =>
  `${at(age)}+0000 debvisor-server[83]: ERROR debvisor.collector: no metrics collected\n${at(age)}+0000 debvisor-server[83]: ${text}\n`
const refused = (age: number, text: string, who = 'debvisor@debvisor'): string =>
  `${at(age).replace('T', ' ')}.100 UTC [87] ${who} ${text}\n`

interface Refusal {
  /** DebVisor's line, PostgreSQL's, and what PostgreSQL adds to it. */
  readonly line: string
  readonly server: string
  readonly detail?: string
}

/** Refused `ages` seconds ago, as seen some seconds later (`waited`); the first look saw those of before. */
function refusing({ line, server, detail }: Refusal, ages: readonly number[], waited = 6): Changes {
  const own = (seen: readonly number[]) => seen.map((age) => told(age, line)).join('')
  const log = (seen: readonly number[]) =>
    seen.map((age) => refused(age, server) + (detail ? refused(age, detail) : '')).join('')
  const first = ages.filter((age) => age >= waited).map((age) => age - waited)
  const tagged = (who: string, text: string) => text.replace(/^(?=.)/gm, `${who} `)
  return {
    said: `${now}${own(first)}`,
    pg_said: `${now}${log(first)}`,
    pg_refused: `${now}${tagged('debvisor', own(ages))}${tagged('postgres', log(ages))}`,
    pg_partitions: 'metrics,metrics_2026_10,FOR VALUES FROM (2026-10-01) TO (2026-11-01)\n',
  }
}

const sequence: Refusal = {
  line: 'psycopg2.errors.SequenceGeneratorLimitExceeded: nextval: reached maximum value of sequence "metrics_id_seq" (2147483647)',
  server: 'ERROR:  nextval: reached maximum value of sequence "metrics_id_seq" (2147483647)',
}
const constraint: Refusal = {
  line: 'org.postgresql.util.PSQLException: ERROR: new row for relation "metrics" violates check constraint "metrics_cpu_check"',
  server: 'ERROR:  new row for relation "metrics" violates check constraint "metrics_cpu_check"',
  detail: 'DETAIL:  Failing row contains (1, 140).',
}
const library: Refusal = {
  line: 'pq: could not access file "timescaledb-2.11": No such file or directory',
  server: 'ERROR:  could not access file "timescaledb-2.11": No such file or directory',
}
/** A driver that nobody knows: the words are the server's. */
const unlisted: Refusal = {
  line: 'db: insert of metrics failed, type "mood" does not exist',
  server: 'ERROR:  type "mood" does not exist',
}

describe('a refusal that goes on', () => {
  it.each([
    ['sequence "metrics_id_seq"', sequence],
    ['relation "metrics"', constraint],
    ['file "timescaledb-2.11"', library],
  ])('is the cause, with %s', (subject, refusal) => {
    const report = diagnose('db', { changes: refusing(refusal, [13, 8, 3]) })
    expect(causes(report)).toEqual(['postgresql.refuses'])
    const told = finding(report, 'postgresql.refuses')
    expect(told.subject).toBe(subject)
    expect(told.detail).toContain(refusal.server.replace(/^ERROR: +/, '').split(' (')[0])
    if (refusal.detail) expect(told.detail).toContain('Failing row contains')
  })

  it('is known by the words of the server where the driver is not known', () => {
    const report = diagnose('db', { changes: refusing(unlisted, [13, 8, 3]) })
    expect(finding(report, 'postgresql.refuses')).toMatchObject({ role: 'cause', subject: 'type "mood"' })
  })

  it('is seen to come again where the first look saw it once', () => {
    expect(causes(diagnose('db', { changes: refusing(sequence, [8, 3]) }))).toEqual(['postgresql.refuses'])
  })

  it('explains an API that fails at it now', () => {
    const text = `${now}${told(1, 'PG::UndefinedFunction: ERROR:  function rollup(integer) does not exist')}`
    const report = diagnose('service', {
      changes: {
        http: '/api/health\t500\t20\tapplication/json {"error":"Internal Server Error"}\n',
        said: text,
        said_again: text,
        pg_said_again: `${now}${refused(1, 'ERROR:  function rollup(integer) does not exist')}`,
      },
    })
    expect(causes(report)).toEqual(['postgresql.refuses'])
    expect(finding(report, 'debvisor.api-errors').explainedBy).toEqual(['postgresql.refuses'])
  })
})

describe('no refusal that goes on', () => {
  const hostOf = (changes: Changes) => diagnose('db', { changes }).verdict

  it('is one that did not come again', () => {
    expect(hostOf(refusing(sequence, [9]))).toBe('healthy')
  })

  it('is one that came each five seconds and is overdue: it was mended', () => {
    expect(hostOf(refusing(sequence, [29, 24, 19, 14]))).toBe('healthy')
  })

  it('are two in two minutes', () => {
    expect(hostOf(refusing(sequence, [110, 30]))).toBe('healthy')
  })

  it('is a burst of one request', () => {
    expect(hostOf(refusing(sequence, [9, 9, 8]))).toBe('healthy')
  })

  it('is what was refused to DebVisor before its last start', () => {
    const changes = {
      ...refusing(sequence, [33, 28, 23]),
      unit: altered('unit', ['TriedAgo=9', 'ChangedAgo=9']),
    }
    expect(hostOf(changes)).toBe('healthy')
  })

  it('are the mistakes that somebody makes in psql, be it as the role of DebVisor', () => {
    const typos = [30, 22, 15, 8, 3].map((age) =>
      refused(age, 'ERROR:  syntax error at or near "selct" at character 1'),
    )
    expect(hostOf({ pg_said: `${healthy.pg_said}${typos.join('')}` })).toBe('healthy')
  })

  it('is what programs are to try again', () => {
    const serialization = {
      line: 'psycopg2.errors.SerializationFailure: could not serialize access due to concurrent update',
      server: 'ERROR:  could not serialize access due to concurrent update',
    }
    expect(hostOf(refusing(serialization, [13, 8, 3]))).toBe('healthy')
  })
})

describe('a partition', () => {
  const row: Refusal = {
    line: 'psycopg2.errors.CheckViolation: no partition of relation "metrics" found for row',
    server: 'ERROR:  no partition of relation "metrics" found for row',
    detail: 'DETAIL:  Partition key of the failing row contains (taken_at) = (2026-11-24 05:02:15+00).',
  }

  it('that nobody made is named with the newest that there is', () => {
    const report = diagnose('db', { changes: refusing(row, [13, 8, 3]) })
    expect(causes(report)).toEqual(['postgresql.partition-missing'])
    expect(finding(report, 'postgresql.partition-missing')).toMatchObject({
      subject: 'table metrics',
      detail: expect.stringMatching(/metrics_2026_10 FOR VALUES.*taken_at/),
    })
  })

  it('that was made since is none', () => {
    expect(diagnose('db', { changes: refusing(row, [29, 24, 19]) }).verdict).toBe('healthy')
  })
})

/** The API fails, and DebVisor says why. */
const failing = (...lines: readonly string[]): Changes => {
  const text = `${now}${lines.map((line) => told(1, line)).join('')}`
  return {
    http: '/api/health\t500\t20\tapplication/json {"error":"Internal Server Error"}\n',
    said: text,
    said_again: text,
    pg_said_again: now,
  }
}

it('is not missed, and nothing is green, where the log of the server is closed', () => {
  const closed = { ...refusing(sequence, [13, 8, 3]), pg_said: denied }
  expect(causes(diagnose('db', { changes: closed }))).toEqual(['postgresql.refuses'])
  const words = { said: `${now}${told(9, 'ValueError: no such sensor')}`, pg_said: denied }
  expect(diagnose('db', { changes: words }).verdict).toBe('healthy')
})

describe('a locale', () => {
  const changes: Changes = {
    ...failing(
      'psycopg2.OperationalError: connection to server at "localhost" (::1), port 5432 failed: FATAL:  database locale is incompatible with operating system',
    ),
    pg_said_again: `${now}${refused(1, 'FATAL:  database locale is incompatible with operating system')}${refused(1, 'DETAIL:  The database was initialized with LC_COLLATE "de_DE.UTF-8",  which is not recognized by setlocale().')}`,
  }

  it('that the host does not have is named', () => {
    const report = diagnose('db', { changes })
    expect(causes(report)).toEqual(['postgresql.locale-missing'])
    expect(finding(report, 'postgresql.locale-missing').subject).toBe('locale de_DE.UTF-8')
  })

  it('that was made is no cause while the log still tells of it', () => {
    const { http: _, ...mended } = changes
    expect(diagnose('db', { changes: { ...mended, pg_refused: now } }).verdict).toBe('healthy')
  })
})

describe('a Unix socket', () => {
  const gone = (socket: string, why = 'No such file or directory'): Changes =>
    failing(
      `psycopg2.OperationalError: connection to server on socket "${socket}" failed: ${why}`,
      '        Is the server running locally and accepting connections on that socket?',
    )
  const look = (there: string, sockets: string, places = '') =>
    `there=${there}\nsockets=${sockets}\nTemporaryFileSystem=\nRootDirectory=\nRootImage=\nplaces=${places}\n`

  it.each([
    ['/tmp/.s.PGSQL.5432', 'PrivateTmp=yes'],
    ['/var/tmp/pg/.s.PGSQL.5433', 'PrivateTmp=yes'],
    ['/home/pg/.s.PGSQL.5432', 'ProtectHome=tmpfs'],
    ['/srv/pg/.s.PGSQL.5432', 'InaccessiblePaths=-/srv'],
  ])('%s that %s hides is the sandbox, at its line', (socket, setting) => {
    const report = diagnose('db', {
      changes: {
        ...gone(socket),
        unit: altered('unit', [setting]),
        pg_socket: look('yes', socket, `/etc/systemd/system/debvisor.service.d/private.conf:2:${setting}`),
      },
    })
    expect(causes(report)).toEqual(['postgresql.socket-hidden'])
    expect(finding(report, 'postgresql.socket-hidden')).toMatchObject({
      subject: setting,
      detail: expect.stringContaining('private.conf:2'),
    })
  })

  it('that is somewhere else is no matter of the sandbox', () => {
    const report = diagnose('db', {
      changes: {
        ...gone('/tmp/.s.PGSQL.5432'),
        unit: altered('unit', ['PrivateTmp=yes']),
        pg_socket: look('no', '/var/run/postgresql/.s.PGSQL.5432'),
      },
    })
    expect(causes(report)).toEqual(['postgresql.socket-elsewhere'])
    expect(finding(report, 'postgresql.socket-elsewhere').detail).toContain('/var/run/postgresql/')
  })

  it('that is there for all, sandbox or not, is hidden by none', () => {
    const report = diagnose('db', {
      changes: {
        ...gone('/run/postgresql/.s.PGSQL.5432'),
        unit: altered('unit', ['PrivateTmp=yes']),
        pg_socket: look('yes', ''),
      },
    })
    expect(causes(report)).toEqual(['debvisor.api-errors'])
  })
})

describe('a setting that ends sessions', () => {
  const ended = (what: string, who?: string): Changes => ({
    said: `${now}${told(4, 'psycopg2.OperationalError: SSL connection has been closed unexpectedly')}`,
    pg_said: `${now}${[7, 6].map((age) => refused(age, `FATAL:  terminating connection due to ${what} timeout`, who)).join('')}`,
    pg_refused: now,
  })
  const setting = (name: string, of = 'debvisor in all databases') => ({ pg_look: `role,${of},${name},0\n` })

  it.each([
    ['idle-session', 'idle_session_timeout=2s', 'debvisor in all databases'],
    ['idle-in-transaction', 'idle_in_transaction_session_timeout=1s', 'all roles in debvisor'],
    ['transaction', 'transaction_timeout=1', 'debvisor in all databases'],
  ])('%s, by %s of %s, is the cause while it is set', (what, value, of) => {
    const report = diagnose('db', { changes: { ...ended(what), ...setting(value, of) } })
    expect(causes(report)).toEqual(['postgresql.role-setting'])
    expect(finding(report, 'postgresql.role-setting').subject).toBe(value)
    expect(diagnose('db', { changes: ended(what) }).verdict).toBe('healthy')
  })

  it('is taken back with the words of PostgreSQL', () => {
    const of = (name: string) => {
      const changes = { ...ended('transaction'), ...setting('transaction_timeout=1', name) }
      return finding(diagnose('db', { changes }), 'postgresql.role-setting').resolution.join()
    }
    expect(of('debvisor in debvisor')).toContain(
      'ALTER ROLE debvisor IN DATABASE debvisor RESET transaction_timeout',
    )
    expect(of('all roles in debvisor')).toContain('ALTER DATABASE debvisor RESET transaction_timeout')
    expect(of('all roles in all databases')).toContain('ALTER ROLE ALL RESET transaction_timeout')
  })

  it('of the whole server is called by what it ends', () => {
    const changes = { ...ended('transaction'), pg_look: 'setting,transaction_timeout,5,0\n' }
    expect(finding(diagnose('db', { changes }), 'postgresql.session-timeout').title).toBe(
      "PostgreSQL ends DebVisor's sessions whose transaction takes more than 5 ms",
    )
  })

  it('of the whole server is one too', () => {
    const changes = { ...ended('idle-session'), pg_look: 'setting,idle_session_timeout,2000,0\n' }
    expect(causes(diagnose('db', { changes }))).toEqual(['postgresql.session-timeout'])
  })

  it.each([
    [
      'of another role',
      { ...ended('idle-session'), ...setting('idle_session_timeout=2s', 'report in all databases') },
    ],
    [
      'for sessions of others',
      { ...ended('idle-session', 'report@debvisor'), ...setting('idle_session_timeout=2s') },
    ],
    ['that ended nothing', setting('idle_session_timeout=10min')],
    ['that ends no transaction', setting('transaction_timeout=60s')],
    [
      'for transactions of others',
      { ...ended('transaction', 'report@debvisor'), ...setting('transaction_timeout=1') },
    ],
    [
      'that DebVisor does not suffer from',
      { ...ended('idle-session'), said: now, ...setting('idle_session_timeout=2s') },
    ],
  ] satisfies readonly [string, Changes][])('%s is none', (_, changes) => {
    expect(diagnose('db', { changes }).verdict).toBe('healthy')
  })
})

describe('row level security', () => {
  const policy = (role = 'debvisor', rows = 8) =>
    `policy,hosts,"for ${role}: tenant (name ~~ current_setting('app.tenant'::text, true))",${rows}\n`
  const answers = (...rows: readonly string[]): Changes => ({
    pg_look: policy(),
    api_empty: `${rows.map((row) => `${row}\n`).join('')}=== end\n`,
  })

  it('is the cause where the API answers without a row of that table', () => {
    const report = diagnose('db', { changes: answers('6\t0\t/api/v1/hosts', '2\t0\t/api/v1/alerts') })
    expect(causes(report)).toEqual(['postgresql.row-security'])
    expect(finding(report, 'postgresql.row-security')).toMatchObject({
      subject: 'table hosts',
      detail: expect.stringMatching(/tenant .* 8 rows, and GET \/api\/v1\/hosts gives none/),
    })
  })

  it.each([
    ['other lists are empty', answers('6\t0\t/api/v1/alerts')],
    ['some answers have rows: each tenant has its own', answers('6\t9\t/api/v1/hosts')],
    ['nobody asked', answers()],
    ['the table is empty', { ...answers('6\t0\t/api/v1/hosts'), pg_look: policy('debvisor', 0) }],
  ] satisfies readonly [string, Changes][])('is a notice where %s', (_, changes) => {
    const report = diagnose('db', { changes })
    expect(report.verdict).toBe('healthy')
    expect(finding(report, 'postgresql.row-security-on').role).toBe('notice')
  })

  it.each(['service', 'db', 'websocket'])('is the cause where no policy is for the owner (%s)', (topic) => {
    const denied = (what: string, rows = 8): Changes => ({
      pg_look: `policy,alerts,"for debvisor: ${what}; audit true",${rows}\n`,
    })
    const report = diagnose(topic, { changes: denied('no policy for it, the owner, so no row') })
    expect(causes(report)).toEqual(['postgresql.row-security-denies'])
    expect(finding(report, 'postgresql.row-security-denies')).toMatchObject({
      title: 'Row level security shows DebVisor no row of alerts',
      subject: 'row level security of table alerts',
    })
    for (const changes of [
      denied('no policy for it, the owner, so no row', 0),
      denied('no policy for it, so no row'),
      denied('may add rows and read none'),
    ])
      expect(diagnose(topic, { changes }).verdict).toBe('healthy')
  })

  it('for other roles is nothing to tell', () => {
    const report = diagnose('db', { changes: { pg_look: policy('report') } })
    expect(report.findings.map(({ id }) => id)).not.toContain('postgresql.row-security-on')
  })
})

describe('a table that is read whole', () => {
  const scanned = 'public.metrics\t9\t3600000\t900\t4\t400000\n'
  const look = (...rows: readonly string[]): Changes => ({
    pg_tables: scanned,
    pg_indexes: rows.map((row) => `${row}\n`).join(''),
  })
  const invalid = (table: string) =>
    `invalid,${table},metrics_host_taken,"CREATE INDEX metrics_host_taken ON public.metrics USING btree (host_id, taken_at)"`

  it('although it has an index: that one is invalid', () => {
    const report = diagnose('performance', { changes: look(invalid('public.metrics')) })
    expect(causes(report)).toEqual(['performance.invalid-index'])
    expect(finding(report, 'performance.invalid-index')).toMatchObject({
      subject: 'index metrics_host_taken',
      resolution: expect.arrayContaining([
        expect.stringContaining('reindex index concurrently metrics_host_taken'),
      ]),
    })
  })

  it('has no index where the invalid one is of another table', () => {
    const report = diagnose('performance', { changes: look(invalid('public.events')) })
    expect(causes(report)).toEqual(['performance.table-scan'])
  })

  it.each([
    [
      'setting,enable_indexscan,off,/etc/postgresql/15/main/postgresql.conf:830',
      '',
      /enable_indexscan=off .*:830/,
    ],
    ['', 'role,debvisor in all databases,enable_indexscan=off,0\n', /enable_indexscan=off \(debvisor in/],
  ])('by a setting: "%s%s"', (row, pg_look, subject) => {
    const report = diagnose('performance', { changes: { ...look(...(row ? [row] : [])), pg_look } })
    expect(causes(report)).toEqual(['performance.index-off'])
    expect(finding(report, 'performance.index-off').subject).toMatch(subject)
  })
})

describe('dead rows', () => {
  const dead = 'dead,public.hosts,8,300000\n'
  const holder =
    'holder\tpid 811 (audit, nightly-audit)\t4\t61\tidle in transaction: select count(*) from metrics\n'
  const reads = (blocks: number, scans: number) => `reads\tpublic.hosts\t${blocks}\t${scans}\t\n`

  it('that each scan reads are named with the session that keeps them', () => {
    const report = diagnose('performance', { changes: { pg_look: dead, pg_dead: reads(24000, 9) + holder } })
    expect(causes(report)).toEqual(['performance.dead-rows'])
    expect(finding(report, 'performance.dead-rows')).toMatchObject({
      subject: 'pid 811 (audit, nightly-audit)',
      detail: expect.stringMatching(/300000 dead rows beside 8 .* 9 scans .* idle in transaction/),
    })
  })

  it('that nobody vacuums are the switch of that table', () => {
    const off = 'off\thosts\t0\t0\tautovacuum_enabled=false\n'
    const report = diagnose('performance', { changes: { pg_look: dead, pg_dead: reads(24000, 9) + off } })
    expect(finding(report, 'performance.dead-rows')).toMatchObject({
      subject: 'table public.hosts',
      detail: expect.stringContaining('autovacuum_enabled=false: nothing vacuums it'),
    })
  })

  it.each([
    ['that nobody reads', reads(0, 0)],
    ['beside an index by which single rows are read', reads(400, 90)],
  ])('%s are nothing', (_, rows) => {
    expect(diagnose('performance', { changes: { pg_look: dead, pg_dead: rows + holder } }).verdict).toBe(
      'healthy',
    )
  })
})

describe('what only looks like PostgreSQL', () => {
  const now = 1_795_496_538
  const at = (age: number): string => new Date((now - age) * 1000).toISOString().slice(0, 19)
  const saying = (...lines: readonly string[]): Changes => {
    const said = `now=${now} zone=+0000\n${lines.map((line, i) => `${at(20 - i)}+0000 gunicorn[7]: ${line}\n`).join('')}`
    return { said, said_again: said }
  }
  const mismatch =
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: IP address mismatch, certificate is not valid for '127.0.0.1'. (_ssl.c:1029)"
  const ended =
    'sqlalchemy.exc.DataError: (psycopg2.errors.SequenceGeneratorLimitExceeded) nextval: reached maximum value of sequence "metrics_id_seq" (2147483647)'
  const rpcd = `${healthy.listeners}tcp LISTEN 0 5 127.0.0.1:7443 0.0.0.0:* uid:999 ino:1 sk:1 cgroup:/system.slice/debvisor-rpcd.service <->\n`
  const certificate =
    'debvisor-rpcd\ttls_cert_file\t/etc/debvisor/certs/rpc-server.crt\tcertificate\tthere\tyes\t364\trpc.debvisor.local\tyes\t-\n=== end\n'
  const judged = (changes: Changes) =>
    diagnose('service', {
      variables: { layout: 'own', services: 'debvisor-rpcd' },
      changes: { listeners: rpcd, certificates: certificate, ...changes },
    })

  it('is a handshake with another service, whose certificate is for other names', () => {
    const report = judged(
      saying(
        ended,
        `ssl.SSLCertVerificationError: ${mismatch}`,
        `rpc.RpcError: UNAUTHENTICATED: handshake with 127.0.0.1:7443: ${mismatch}`,
      ),
    )
    expect(causes(report)).toContain('debvisor.certificate-of-service')
    expect(causes(report)).not.toContain('postgresql.tls')
    expect(finding(report, 'debvisor.certificate-of-service').subject).toBe(
      '/etc/debvisor/certs/rpc-server.crt',
    )
  })

  it('and PostgreSQL itself is told as before', () => {
    const own = `psycopg2.OperationalError: connection to server at "db1" (10.0.0.9), port 5432 failed: SSL error: certificate verify failed`
    expect(causes(judged(saying(own)))).toContain('postgresql.tls')
    expect(
      causes(
        judged(saying('asyncpg.exceptions.ConnectionError', `ssl.SSLCertVerificationError: ${mismatch}`)),
      ),
    ).toContain('postgresql.tls')
  })

  it('is a cache that has become a replica', () => {
    const report = judged({
      ...saying("redis.exceptions.ReadOnlyError: You can't write against a read only replica."),
      found: `cache=127.0.0.1:6379\nlayout=own\n=== end\n`,
      cache_role: 'role=slave\nmaster=198.18.0.61:6379\nlink=down\nsaid=\n=== end\n',
    })
    expect(causes(report)).toContain('debvisor.cache-read-only')
    expect(finding(report, 'debvisor.cache-read-only').detail).toContain(
      'it is a replica of 198.18.0.61:6379 (link down)',
    )
  })
})

it('idle sessions that hold the slots are told with the units of this host that have them', () => {
  const sessions = [1, 2, 3, 4]
    .map((n) => `   27${n}       9        0 postgres: 15/main: postgres postgres [local] idle\n`)
    .join('')
  const words = 'psycopg2.OperationalError: FATAL: sorry, too many clients already'
  const said = `${now}${told(5, words)}`
  const changes: Changes = {
    http: '/api/health\t500\t20\tapplication/json {"error":"Internal Server Error"}\n',
    said,
    said_again: said,
    pg_backends: `${sessions}=== end\n`,
    pg_clients:
      'tcp\tdebvisor.service\t3\t-\t-\naccount\treport-builder.service\t1\tpostgres\tpython3 report.py\naccount\t-\t1\tpostgres\tps\n=== end\n',
  }
  const found = finding(diagnose('db', { changes }), 'postgresql.idle-connections')
  expect(found.detail).toMatch(
    /; on this host report-builder\.service runs as postgres \(python3 report\.py\)$/,
  )
})
