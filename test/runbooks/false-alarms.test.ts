import { describe, expect, it } from 'vitest'
import { altered, type Changes, causes, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** Ordinary hosts that a rule which looks at one thing alone takes for broken, each beside the host that the rule is for. */

const config = healthy.nginx_config ?? ''
const refusedByNginx: Changes = {
  ws_nginx: `nginx	ws	-	404	404 Not Found
nginx	ws	http://dash.example.com	404	404 Not Found
nginx	poll	-	404	404 Not Found
direct	ws	-	101	0{}
direct	ws	http://dash.example.com	101	0{}
`,
  nginx_said_again: 'now=1795496545 zone=+0000\n',
}

describe('a deleted file that is held open', () => {
  const full = (size: number): Changes => ({
    disk: `${healthy.disk}debvisor 10218772 10218772 0 100 2 rw /srv\n`,
    deleted_files: `${size} 2049 /proc/812/fd/9\n`,
    deleted_by: 'args=python3 export.py\nunit=export.service\n',
    disk_devices: '2048 /\n2049 /srv\n2050 /var/lib/postgresql\n',
  })

  it('explains a full disk when it holds a good part of it', () => {
    const report = diagnose('db', { changes: full(5_000_000_000) })
    expect(finding(report, 'host.deleted-file')).toMatchObject({
      role: 'cause',
      subject: 'python3 export.py',
      detail: expect.stringContaining('4.7 GB of /srv'),
    })
    expect(causes(report)).toEqual(['host.deleted-file'])
  })

  it.each([
    ['small', full(16_777_216)],
    ['on another disk', { ...full(5_000_000_000), deleted_files: '5000000000 2050 /proc/692/fd/9\n' }],
  ])('is none of its business when it is %s', (_, changes) => {
    expect(causes(diagnose('db', { changes }))).toEqual(['debvisor.disk-full'])
  })
})

describe('names that resolve slowly', () => {
  it('are the order of sources, not a busy host that reads /etc/hosts first', () => {
    const slow = (order: string) => ({ names: altered('names', ['ms=1400', `order=${order}`]) })
    expect(causes(diagnose('performance', { changes: slow('dns files') }))).toEqual(['host.names-slow'])
    expect(diagnose('performance', { changes: slow('files dns') }).verdict).toBe('healthy')
  })
})

describe('a second server block of nginx', () => {
  const other = (listen: string) => `server {\n    listen ${listen};\n    server_name dash.example.com;\n}\n`
  const [main = '', own = ''] = config.split('# configuration file /etc/nginx/sites-enabled/debvisor:\n')
  const withOther = (listen: string) =>
    `${main}# configuration file /etc/nginx/conf.d/other.conf:\n${other(listen)}\n# configuration file /etc/nginx/sites-enabled/debvisor:\n${own}`

  it('answers where it stands first, with the same name and port', () => {
    const changes = { ...refusedByNginx, nginx_config: withOther('80') }
    expect(causes(diagnose('websocket', { changes }))).toEqual(['nginx.other-server'])
  })

  it('is another door where its port is another one', () => {
    const changes = { ...refusedByNginx, nginx_config: withOther('443 ssl') }
    expect(causes(diagnose('websocket', { changes }))).toEqual(['nginx.path-wrong'])
  })

  it('does not answer where it stands behind the other of that name', () => {
    const nginx_config = `${config}# configuration file /etc/nginx/zz.conf:\n${other('80')}`
    expect(causes(diagnose('websocket', { changes: { ...refusedByNginx, nginx_config } }))).toEqual([
      'nginx.path-wrong',
    ])
  })
})

describe("nginx's cache", () => {
  const cached = (more = '') =>
    config
      .replace('include /etc', 'proxy_cache pages;\n    proxy_cache_valid 200 10m;\n    include /etc')
      .replace('location / {', `${more}location / {`)
  const answers = (line: string): Changes => ({
    nginx_config: cached(),
    api_caching: `${line}\nstatus=200\ncontrol=\ncookie=no\n`,
  })

  it('is told where it holds answers that nobody forbids to hold', () => {
    expect(causes(diagnose('websocket', { changes: answers('control=') }))).toEqual(['nginx.api-cached'])
  })

  it.each(['control=no-store', 'control=private, max-age=0', 'cookie=yes'])(
    'holds nothing that says %s',
    (line) => {
      expect(diagnose('websocket', { changes: answers(line) }).verdict).toBe('healthy')
    },
  )

  it('is none over an API where it is switched off', () => {
    const nginx_config = cached('location /api/ { proxy_cache off; proxy_pass http://127.0.0.1:8080; }\n    ')
    expect(diagnose('websocket', { changes: { nginx_config } }).verdict).toBe('healthy')
  })
})

describe('a rate limit of nginx', () => {
  const limit = (location: string) => ({
    front_limits: `# configuration file /etc/nginx/sites-enabled/debvisor:
${location === '-' ? 'limit_rate 64k;' : `location ${location} { limit_rate 64k; }`}
`,
  })

  it('slows the dashboard where it is over all, and nothing where it is over downloads', () => {
    expect(causes(diagnose('performance', { changes: limit('-') }))).toEqual(['performance.rate-limited'])
    expect(causes(diagnose('performance', { changes: limit('/api/') }))).toEqual(['performance.rate-limited'])
    expect(diagnose('performance', { changes: limit('/downloads/') }).verdict).toBe('healthy')
  })
})

describe('short jobs', () => {
  const jobs = {
    top: `900\t1.0\t70.0\t900\tS\t0\t1\t3\tbackup.service\troot\tuser\t/bin/sh backup\n${healthy.top}`,
  }

  const pressure = (healthy.pressure ?? '').replace(
    /some avg10=\S+ avg60=\S+ avg300=\S+ total=\d+/,
    'some avg10=62.00 avg60=40.00 avg300=9.00 total=1',
  )

  it('are the cause where the CPU is short, and a job that runs where it is not', () => {
    expect(causes(diagnose('performance', { changes: { ...jobs, pressure } }))).toEqual([
      'performance.short-jobs',
    ])
    expect(diagnose('performance', { changes: jobs }).verdict).toBe('healthy')
  })

  const job = (nice: number) =>
    `900\t1.0\t70.0\t900\tS\t0\t1\t3\tbackup.service\troot\tuser\t/bin/sh backup\t0.0\t/system.slice/backup.service\t-\t0\t0.0\t0\t0.0\t0\t2\t0-1\t${nice}\n${healthy.top}`
  const held =
    'backup.service\t50\t10\t10\t326\t315\t0\t0\t0\t3\t28909\t/system.slice/backup.service\t-\t0\t-1.0\t0\t0\t-1.0\n'

  it('are no cause where they give way, by their low priority or their quota', () => {
    const found = (changes: Changes) => causes(diagnose('performance', { changes: { pressure, ...changes } }))
    expect(found({ top: job(0) })).toEqual(['performance.short-jobs'])
    expect(found({ top: job(19) })).toEqual([])
    expect(found({ top: job(0), groups: `${held}${healthy.groups ?? ''}` })).toEqual([])
  })
})

describe('PostgreSQL over a second', () => {
  const rates = (sessions: number, temporary: number) => `debvisor\t${sessions}\t90\t0\t${temporary}\n`

  it('has the sessions of this look itself, which are no churn', () => {
    expect(causes(diagnose('performance', { changes: { pg_rates: rates(60, 0) } }))).toEqual([
      'performance.connection-churn',
    ])
    expect(diagnose('performance', { changes: { pg_rates: rates(14, 0) } }).verdict).toBe('healthy')
  })

  it('may sort a large report on disk, unless work_mem is below its default', () => {
    const sorts = (kb: number) => ({ pg_rates: rates(1, 9_000_000), pg_look: `setting,work_mem,${kb},0\n` })
    expect(causes(diagnose('performance', { changes: sorts(64) }))).toEqual(['performance.temporary-files'])
    expect(diagnose('performance', { changes: sorts(4096) }).verdict).toBe('healthy')
  })
})

describe('statements that fail', () => {
  const said = (text: string, at: string, times: number) => ({
    said: `now=1795496538 zone=+0000 written=1795496530\n${Array.from({ length: times }, () => `2026-11-24T${at}+0000 debvisor-server[83]: ${text}\n`).join('')}`,
  })
  const duplicate =
    'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "metrics_pkey"'

  // The healthy host's clock says 05:02:18.
  it('count while they go on, not a quarter of an hour later, and not once', () => {
    expect(causes(diagnose('db', { changes: said(duplicate, '05:01:50', 4) }))).toEqual([
      'postgresql.duplicate-key',
    ])
    expect(diagnose('db', { changes: said(duplicate, '04:50:00', 4) }).verdict).toBe('healthy')
    expect(diagnose('db', { changes: said(duplicate, '05:01:50', 2) }).verdict).toBe('healthy')
  })

  it('by a numbered primary key, once, are a sequence behind its rows; by another key a race that was lost', () => {
    const once = (constraint: string, key: string) =>
      said(
        `${duplicate.replace('metrics_pkey', constraint)}\nDETAIL:  Key ${key} already exists.`,
        '05:01:50',
        1,
      )
    expect(causes(diagnose('db', { changes: once('metrics_pkey', '(id)=(7)') }))).toEqual([
      'postgresql.duplicate-key',
    ])
    expect(diagnose('db', { changes: once('hosts_name_key', '(name)=(web1)') }).verdict).toBe('healthy')
    expect(diagnose('db', { changes: once('tokens_pkey', '(id)=(6f1c-ab)') }).verdict).toBe('healthy')
  })

  it('by one deadlock, told in three logs, are no deadlocks', () => {
    const once = '2026-11-24 05:01:50.339 UTC [155] debvisor@debvisor ERROR:  deadlock detected\n'
    const changes = (times: number) => ({
      ...said('psycopg2.errors.DeadlockDetected: deadlock detected', '05:01:50', 2 * times),
      pg_said: `${healthy.pg_said}${once.repeat(times)}`,
    })
    expect(diagnose('db', { changes: changes(1) }).verdict).toBe('healthy')
    expect(causes(diagnose('db', { changes: changes(4) }))).toEqual(['postgresql.deadlocks'])
  })
})

describe('a replication slot that nobody reads', () => {
  const slot = 'slot,replica2,inactive,90000000\n'
  const tight = (roles: string, mount: string) => ({
    pg_look: slot,
    disk: `${roles} 10218772 9911000 307772 97 2 rw ${mount}\n`,
  })

  it('explains a tight disk of PostgreSQL, and no other one', () => {
    expect(causes(diagnose('db', { changes: tight('postgresql', '/var/lib/postgresql') }))).toEqual([
      'postgresql.slot-keeps-wal',
    ])
    expect(causes(diagnose('db', { changes: tight('debvisor', '/var/lib/debvisor') }))).toEqual([
      'host.disk-nearly-full',
    ])
  })
})

describe('a sandbox of the unit', () => {
  const denied = (path: string, why: string, setting: string): Changes => ({
    unit: altered('unit', [
      'ActiveState=failed',
      'SubState=failed',
      'Result=exit-code',
      'ExecMainStatus=1',
      'TriedAgo=10',
      'ChangedAgo=9',
      setting,
    ]),
    http: '/api/health\t0\t0\tconnect: Connection refused\n',
    listeners: (healthy.listeners ?? '')
      .split('\n')
      .filter((line) => !line.includes(':8080'))
      .join('\n'),
    said: `now=1795496538 zone=+0000\n2026-11-24T05:02:12+0000 debvisor-server[9]: CRITICAL debvisor: cannot start: ${why}: '${path}'\n`,
  })
  const eacces = '[Errno 13] Permission denied'
  const erofs = '[Errno 30] Read-only file system'

  it.each([
    ['/home/debvisor/data/lock', eacces, 'ProtectHome=yes', 'debvisor.sandboxed'],
    ['/home/debvisor/data/lock', erofs, 'ProtectHome=read-only', 'debvisor.sandboxed'],
    ['/home/debvisor/data/lock', eacces, 'ProtectHome=read-only', 'debvisor.permission-denied'],
    ['/srv/data/lock', erofs, 'ReadOnlyPaths=/srv', 'debvisor.sandboxed'],
    ['/mnt/data/lock', erofs, 'ReadOnlyPaths=/srv', 'debvisor.permission-denied'],
  ])('%s with %s under %s is %s', (path, why, setting, id) => {
    expect(causes(diagnose('service', { changes: denied(path, why, setting) }))).toEqual([id])
  })
})
