import { describe, expect, it } from 'vitest'
import { type Change, causes, diagnose, finding, missing, platformTopics, runbooks } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** What a host without a server of PostgreSQL says. */
const noPostgresql: Record<string, Change> = {
  ...Object.fromEntries(
    [
      'pg_activity',
      'pg_numbers',
      'pg_look',
      'pg_clusters',
      'pg_ready',
      'pg_rates',
      'pg_tables',
      'pg_indexes',
      'pg_dead_rows',
    ]
      .filter((id) => id in healthy)
      .map((id) => [id, missing]),
  ),
  certificates: '',
  pg_processes: '',
  pg_units: 'Id=postgresql.service\nLoadState=not-found\nActiveState=inactive\n',
  pg_hello: 'connect=refused\nreply=none\nsqlstate=\n',
}
const of = (topic: string): Record<string, Change> => {
  const probes = runbooks.find(topic)?.probes ?? new Map()
  return Object.fromEntries(Object.entries(noPostgresql).filter(([id]) => probes.has(id)))
}

describe.each(platformTopics)('%s on a host that uses SQLite', (topic) => {
  it('misses no PostgreSQL', () => {
    const report = diagnose(topic, { variables: { database: 'sqlite', layout: 'own' }, changes: of(topic) })
    expect(report.findings.filter(({ id }) => id.startsWith('postgresql.'))).toEqual([])
    expect(report.verdict).toBe('healthy')
  })

  it('misses it where PostgreSQL is what it uses', () => {
    expect(causes(diagnose(topic, { changes: of(topic) }))).toContain('postgresql.not-installed')
  })
})

describe.each(platformTopics)('%s on a host that did not say what it has', (topic) => {
  const lost = {
    variables: { discovered: false },
    changes: { found: { status: 'timed-out', exitCode: null, stdout: '' } as const },
  }

  it('is never well, and names no unit that is missing', () => {
    expect(diagnose(topic, lost).verdict).toBe('inconclusive')
    const unit = 'Id=debvisor.service\nLoadState=not-found\nActiveState=inactive\n'
    const report = diagnose(topic, { ...lost, changes: { ...lost.changes, unit } })
    expect(causes(report)).not.toContain('debvisor.not-installed')
  })
})

describe('a unit whose port nothing tells', () => {
  it('is asked about, and neither called silent nor well', () => {
    const listeners = (healthy.listeners ?? '')
      .split('\n')
      .filter((line) => !line.includes(':8080'))
      .join('\n')
    const http = '/api/health\t0\t0\tconnect: Connection refused\n'
    const changes = { listeners, http, said: 'now=1795496537 zone=+0000\n', certificates: '' }
    const told = (portKnown: boolean) =>
      causes(diagnose('service', { variables: { layout: 'own', portKnown }, changes }))
    expect(told(false)).toEqual(['debvisor.port-unknown'])
    expect(told(true)).toContain('debvisor.not-listening')
  })
})

describe('settings that are closed to the login', () => {
  it('are a notice where the host has its settings in the environment, and leave nothing open', () => {
    const db_settings = 'closed\t-\t/opt/panel/.env\n'
    const report = diagnose('db', {
      variables: { layout: 'own', envFile: '/opt/panel/.env' },
      changes: { certificates: '', db_settings },
    })
    expect(report.verdict).toBe('healthy')
    expect(finding(report, 'debvisor.settings-closed')).toMatchObject({
      role: 'notice',
      subject: '/opt/panel/.env',
    })
  })
})

describe('PostgreSQL by its socket', () => {
  const refused =
    'now=1795496537 zone=+0000\n2026-11-24T05:02:07+0000 gunicorn[9]: ERROR panel: connection to server at "localhost", port 5432 failed: Connection refused\n'
  const bySocket = (note: string) =>
    diagnose('db', {
      variables: { layout: 'own' },
      changes: {
        certificates: '',
        db_settings: 'host\t/var/run/postgresql\t/etc/systemd/system/debvisor-panel.service:13\n',
        pg_hello: 'tried=127.0.0.1 port 5432 Connection refused\nconnect=Connection refused\n',
        listeners: (healthy.listeners ?? '')
          .split('\n')
          .filter((line) => !line.includes(':5432'))
          .join('\n'),
        said: refused,
        http: `/api/health\t404\t2\tapplication/json {}\n/health/ready\t200\t9\tapplication/json ${note}\n`,
      },
    })

  it('is what DebVisor uses where its readiness says so, whatever its log told a moment ago', () => {
    const report = bySocket('{"dependencies":{"database":{"healthy":true,"latency_ms":0.8}}}')
    expect(causes(report)).not.toContain('postgresql.other-address')
  })

  it('is not believed where nothing says so', () => {
    expect(causes(bySocket('{"healthy":true}'))).toContain('postgresql.other-address')
  })
})

describe('websocket on a host without nginx', () => {
  it('leaves nothing open', () => {
    const topic = 'websocket'
    const probes = runbooks.find(topic)?.probes ?? new Map()
    const ofNginx = ['nginx_config', 'nginx_test', 'front_limits', 'front_members']
    const lacking = Object.fromEntries(ofNginx.filter((id) => probes.has(id)).map((id) => [id, missing]))
    const report = diagnose(topic, {
      variables: { layout: 'own', frontPort: 8080 },
      changes: {
        ...lacking,
        nginx_unit: 'Id=nginx.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n',
        listeners: (healthy.listeners ?? '')
          .split('\n')
          .filter((line) => !line.includes('/nginx'))
          .join('\n'),
        certificates: '',
      },
    })
    expect(report.unknown.map(({ probe, reason }) => `${probe}: ${reason}`)).toEqual([])
    expect(report.verdict).toBe('healthy')
  })
})

describe('the port that browsers use', () => {
  const own = { layout: 'own', frontPort: 443, port: 8080 }
  it('is a cause where nginx has a site for it and nobody listens', () => {
    const report = diagnose('service', { variables: own, changes: { certificates: '' } })
    expect(finding(report, 'front.nobody-listens')).toMatchObject({
      role: 'cause',
      subject: 'nginx (port 443)',
    })
  })

  it('is none where somebody does, or in the guide’s layout, which may have no nginx', () => {
    const listeners = `${healthy.listeners}tcp LISTEN 0 5 0.0.0.0:443 0.0.0.0:* ino:9 sk:9 cgroup:/system.slice/nginx.service <->\n`
    expect(causes(diagnose('service', { variables: own, changes: { certificates: '', listeners } }))).toEqual(
      [],
    )
    const guide = { ...own, layout: 'guide' }
    expect(causes(diagnose('service', { variables: guide }))).not.toContain('front.nobody-listens')
  })
})

describe('a setting that must be set', () => {
  it.each([
    'ConfigurationError: SECRET_KEY must be set in production environment',
    "KeyError: 'SECRET_KEY'",
    'SECRET_KEY is not set',
  ])('is named where the host has no config.yaml: %s', (words) => {
    const report = diagnose('service', {
      variables: { layout: 'own' },
      changes: {
        certificates: '',
        said: `now=1795496537 zone=+0000\n2026-11-24T05:02:15+0000 gunicorn[9]: ${words}\n`,
        said_again: `now=1795496537 zone=+0000\n2026-11-24T05:02:15+0000 gunicorn[9]: ${words}\n`,
        http: '/api/health\t0\t0\tconnect: Connection refused\n',
      },
    })
    expect(causes(report)).toContain('debvisor.settings-missing')
    expect(causes(report)).not.toContain('debvisor.config-invalid')
    expect(finding(report, 'debvisor.settings-missing').subject).toBe('SECRET_KEY')
  })
})

describe.each([...platformTopics, 'performance'])('%s on a host that has nothing of DebVisor', (topic) => {
  const absent = (kind: string): Change => `Id=${kind}.service\nLoadState=not-found\nActiveState=inactive\n`
  const nothing: Record<string, Change> = {
    ...noPostgresql,
    unit: absent('debvisor'),
    nginx_unit: absent('nginx'),
    nginx_config: missing,
    listeners: 'tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* ino:1 sk:1 cgroup:/system.slice/ssh.service <->\n',
    http: '/api/health\t0\t0\tconnect: Connection refused\n',
    ownership: 'home\t/opt/debvisor\t-\t-\t-\ndata\t/var/lib/debvisor\t-\t-\t-\n',
    said: 'now=1795496537 zone=+0000\n',
    found: 'nothing=yes\nlistening=blog on 3000\nlayout=\nport=\n',
  }

  it('says just that, and what could be named', () => {
    const probes = runbooks.find(topic)?.probes ?? new Map()
    const changes = Object.fromEntries(Object.entries(nothing).filter(([id]) => probes.has(id)))
    const report = diagnose(topic, { variables: { nothingThere: true, database: 'none' }, changes })
    expect(causes(report)).toEqual(['debvisor.not-installed'])
    expect(report.findings.filter(({ role }) => role === 'consequence')).toEqual([])
    expect(finding(report, 'debvisor.not-installed')).toMatchObject({
      title: 'There is nothing of DebVisor on this host',
      detail: expect.stringMatching(/What listens here: blog on 3000$/),
      resolution: [expect.stringContaining('name its unit and port in the inventory')],
    })
    expect(report.verdict).toBe('problem')
  })
})

describe('a URL of the database that is none', () => {
  const told = (note: string) =>
    diagnose('service', {
      variables: { layout: 'own', database: 'unknown', brokenUrl: 'DATABASE_URL' },
      changes: { certificates: '', http: `/api/health\t200\t9\tapplication/json ${note}\n` },
    })

  it('is never green, but where readiness says that the database is well', () => {
    expect(causes(told('{"ok":true}'))).toEqual(['debvisor.database-url-broken'])
    expect(finding(told('{"ok":true}'), 'debvisor.database-url-broken').title).toBe(
      'DATABASE_URL of debvisor is no URL',
    )
    expect(told('{"dependencies":{"database":{"healthy":true}}}').verdict).toBe('healthy')
  })
})
