import { describe, expect, it } from 'vitest'
import { altered, causes, denied, diagnose, missing, platformTopics, runbooks } from './diagnosis.ts'

describe('a healthy host', () => {
  it('is judged by all four of DebVisor’s topics', () => {
    expect([...platformTopics].sort()).toEqual(
      expect.arrayContaining(['db', 'performance', 'service', 'websocket']),
    )
  })

  it.each(platformTopics)('is healthy for %s', (topic) => {
    const report = diagnose(topic)
    expect(report).toMatchObject({ verdict: 'healthy', unknown: [] })
    expect(causes(report)).toEqual([])
    expect(report.ruledOut.length).toBeGreaterThan(60)
  })

  it.each(platformTopics)('stays healthy for %s with what an old host carries around', (topic) => {
    const report = diagnose(topic, {
      changes: {
        failed_units: 'apt-daily.service loaded failed failed Daily apt download activities\n',
        kernel: `now=1795496537 zone=+0000
2026-11-24T03:20:10+0000 host1 kernel: Out of memory: Killed process 4121 (backup) total-vm:912044kB
`,
        said: `now=1795496538 zone=+0000 written=1795485100
2026-11-24 01:40:51,002 ERROR request failed
psycopg2.OperationalError: FATAL:  password authentication failed for user "debvisor"
2026-11-24T02:01:49+0000 systemd[1]: Started debvisor.service - DebVisor platform.
`,
        pg_said: `now=1795496539 zone=+0000
2026-11-24 02:01:46.695 UTC [692] LOG:  database system is ready to accept connections
2026-11-24 02:41:02.101 UTC [930] backup@postgres FATAL:  password authentication failed for user "backup"
`,
        pg_clusters: `13 main 5433 down postgres /var/lib/postgresql/13/main /var/log/postgresql/postgresql-13-main.log
15 main 5432 online postgres /var/lib/postgresql/15/main /var/log/postgresql/postgresql-15-main.log
`,
        clock: 'NTP=no\nNTPSynchronized=no\n',
      },
    })
    expect(report).toMatchObject({ verdict: 'healthy', unknown: [] })
  })

  it('stays healthy when a load spike has passed', () => {
    const report = diagnose('performance', { changes: { load: '3.10 7.92 5.40 1/280 11206\n' } })
    expect(report.verdict).toBe('healthy')
    expect(report.findings).toContainEqual(
      expect.objectContaining({ id: 'performance.load-passed', role: 'notice' }),
    )
  })
})

describe('what cannot be seen', () => {
  it('asks for a server to be installed only where it is meant to run', () => {
    const { unknown } = diagnose('performance', { changes: { front_limits: missing } })
    expect(unknown).toEqual([
      {
        probe: 'front_limits',
        reason: 'the program is not installed on the host',
        remedy: 'only if nginx is meant to run on this host: sudo apt install nginx',
      },
    ])
  })

  it.each([...runbooks.topics.keys()])('is never green for %s: no probe answered', (topic) => {
    const report = diagnose(topic, { others: { status: 'lost', stdout: '', exitCode: null } })
    expect(report.verdict).toBe('inconclusive')
    expect(report.unknown.length).toBeGreaterThan(0)
  })

  it.each(platformTopics)('is never green for %s: every output is garbage', (topic) => {
    expect(diagnose(topic, { others: '\u0000???\n' }).verdict).not.toBe('healthy')
  })

  it.each(platformTopics)('is inconclusive for %s without systemd', (topic) => {
    const none = { status: 'unanswered', exitCode: 1, stdout: '', reason: 'not booted with systemd' } as const
    const report = diagnose(topic, {
      changes: {
        unit: none,
        journal: denied,
        pg_status: none,
        pg_units: none,
        dependencies: none,
        kernel: denied,
      },
    })
    expect(report.verdict).toBe('inconclusive')
    expect(report.unknown).toContainEqual(expect.objectContaining({ probe: 'unit' }))
  })

  it('is inconclusive where the error log is closed, and says what would open it', () => {
    const report = diagnose('db', { changes: { said: denied } })
    expect(report.verdict).toBe('inconclusive')
    expect(report.unknown[0]).toMatchObject({
      probe: 'said',
      remedy: expect.stringContaining('usermod -aG adm'),
    })
  })

  it('is healthy for a login without root, psql, CLI and kernel log, which decide nothing where all works', () => {
    const report = diagnose('service', {
      changes: {
        kernel: denied,
        journal: denied,
        pg_activity: denied,
        pg_numbers: denied,
        config_check: missing,
      },
    })
    expect(report.verdict).toBe('healthy')
  })

  it('is no problem of a host without perl or ss, but inconclusive', () => {
    expect(diagnose('service', { changes: { http: missing, listeners: missing } }).verdict).toBe(
      'inconclusive',
    )
  })
})

describe('altered', () => {
  it('replaces lines by their key', () => {
    expect(altered('load', ['a=1'])).toBe('a=1\n0.20 0.18 0.12 1/280 11206\n')
  })
})
