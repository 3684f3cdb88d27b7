import { describe, expect, it } from 'vitest'
import { evidenceContext } from '../../src/engine/plan/evidence-context.ts'
import { resolveParameters } from '../../src/engine/runbook/parameters.ts'
import { diagnose, onlySshd, runbooks } from './diagnosis.ts'

const topics = [...runbooks.topics.values()]

describe.each(topics)('what $topic says', (runbook) => {
  const { findings, probesOf } = runbook

  it('has words for what could not be seen: only what makes a finding true is certain to be known', () => {
    const open = findings.flatMap(({ id, probes, title, because, detail, subject, resolution }) =>
      [title, because, detail, subject, ...resolution]
        .flatMap((template) => template?.uncertain ?? [])
        .filter((expression) => probesOf(expression).some((probe) => !probes.includes(probe)))
        .map(({ source }) => `${id}: write \${${source} ?? "other words"}`),
    )
    expect([...new Set(open)]).toEqual([])
  })

  it('names each finding in words where it does not hold', () => {
    const resolved = resolveParameters(runbook, {})
    if (!resolved.ok) throw new Error(resolved.problems.join('\n'))
    const host = { name: 'host1', production: true }
    const { context } = evidenceContext(runbook, { parameters: resolved.values, host, records: new Map() })
    const nameless = findings.filter(({ title }) => title.renderKnown(context) === undefined)
    expect(nameless.map(({ id }) => id)).toEqual([])
  })
})

it('a host without systemd whose database is down is told without gaps', () => {
  const none = { status: 'unanswered', exitCode: 1, stdout: '', reason: 'no systemd' } as const
  const { findings } = diagnose('service', {
    changes: {
      unit: none,
      pg_units: none,
      pg_clusters: '15 main 5432 down postgres /var/lib/postgresql/15/main /var/log/x.log\n',
      listeners: onlySshd,
      pg_processes: '',
      pg_ready: { exitCode: 2, stdout: 'localhost:5432 - no response\n' },
      pg_hello: 'tried=127.0.0.1 port 5432 Connection refused\nconnect=Connection refused\n',
      ownership: 'home - - missing /opt/debvisor\n',
    },
  })
  expect(findings.map(({ id }) => id)).toContain('postgresql.down')
  expect(findings.flatMap((f) => [f.title, f.detail, f.subject, ...f.resolution]).join('\n')).not.toMatch(
    /\?/,
  )
})
