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
