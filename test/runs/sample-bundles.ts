import type { ProbeRecord } from '../../src/findings/probe-record.ts'
import type { Report } from '../../src/findings/report.ts'
import type { Bundle } from '../../src/runs/bundle.ts'
import type { Run } from '../../src/runs/run.ts'

export const aRun: Run = {
  id: '0b9f6f0e-3f0a-4f0e-9d2e-8b1f6a7c1d11',
  code: '7F3K',
  team: 'T1',
  actor: { kind: 'user', id: 'U1' },
  origin: 'person',
  topic: 'db',
  host: 'host1',
  production: true,
  channel: 'C1',
  responseUrl: null,
  state: 'done',
  epoch: 1,
  runbookDigest: 'sha256:1',
  hostKey: 'SHA256:1',
  report: null,
  failure: null,
  problemKeys: ['T1/host1/postgresql.disk-full/%2Fvar%2Flib%2Fpostgresql'],
  reason: null,
  parent: null,
  thread: null,
  afterFix: false,
  isQuiet: false,
  cancelledBy: null,
  createdAt: new Date('2026-11-05T14:02:11.250Z'),
  startedAt: new Date('2026-11-05T14:02:11.400Z'),
  endedAt: new Date('2026-11-05T14:02:12.600Z'),
}

export const records: readonly ProbeRecord[] = [
  record('uptime', 'cat /proc/uptime', '12345.67 23456.78'),
  record(
    'postgres_unit',
    'systemctl status postgresql',
    '○ postgresql.service - PostgreSQL\n  Active: inactive (dead)',
    {
      exitCode: 3,
    },
  ),
  record('pg_isready', 'pg_isready -h localhost -p 5432', 'localhost:5432 - no response', { exitCode: 2 }),
  record('disk', 'df -P -- /var/lib/postgresql', '/dev/sdb1 20971520 20971520 0 100% /var/lib/postgresql'),
  record('postgres_log', 'tail -n 200 /var/log/postgresql/postgresql-15-main.log', logLines(40)),
  record('pool', 'psql -c "show pools"', '', { status: 'skipped', exitCode: null }),
  record('hba', 'sudo -n cat /etc/postgresql/15/main/pg_hba.conf', '', {
    status: 'refused',
    exitCode: 1,
    reason: 'sudo: a password is required',
  }),
]

export const problem: Report = {
  topic: 'db',
  host: 'host1',
  verdict: 'problem',
  summary: 'PostgreSQL is down because its disk is full',
  findings: [
    {
      id: 'postgresql.disk-full',
      role: 'cause',
      severity: 'critical',
      title: 'The disk of PostgreSQL is full',
      because: 'its disk is full',
      detail: '/var/lib/postgresql is 100 % used (0 B free of 20 GB)',
      subject: '/var/lib/postgresql',
      evidence: [{ probe: 'disk', text: '/dev/sdb1 20971520 20971520 0 100% /var/lib/postgresql' }],
      resolution: ['Free space there', 'Restart PostgreSQL: `systemctl restart postgresql`'],
    },
    {
      id: 'postgresql.down',
      role: 'consequence',
      severity: 'critical',
      title: 'PostgreSQL is down',
      detail: 'No cluster runs',
      subject: 'postgresql@15-main',
      evidence: [{ probe: 'pg_isready', text: 'localhost:5432 - no response' }],
      resolution: ['Restart PostgreSQL: `systemctl restart postgresql`'],
      explainedBy: ['postgresql.disk-full'],
    },
  ],
  ruledOut: [{ id: 'postgresql.port-taken', title: 'Another program has port 5432' }],
  unknown: [{ probe: 'hba', reason: 'sudo refused it', remedy: 'grant `cat pg_hba.conf` in sudoers' }],
  probes: [],
  ms: 1200,
}

export const guideSteps: ReadonlyMap<string, string> = new Map([
  ['postgres_unit', 'Database 1'],
  ['pg_isready', 'Database 2'],
])

export const bundles = {
  problem: bundle({ report: problem }),
  inconclusive: bundle({
    report: {
      ...problem,
      verdict: 'inconclusive',
      summary: 'whether PostgreSQL accepts logins could not be seen',
      findings: [],
    },
  }),
  healthy: bundle({
    report: { ...problem, verdict: 'healthy', summary: 'nothing wrong was found', findings: [], unknown: [] },
  }),
  unreachable: failed('network', 'no answer on port 22 within 10 s'),
  refused: failed('host-key', 'the host key is not the pinned one'),
  unfinished: bundle({ run: { ...aRun, state: 'cancelled' }, records: [] }),
}

export function bundle(part: Partial<Bundle>): Bundle {
  const threadUrl = 'https://example.slack.com/archives/C1/p1730815331000100'
  return { run: aRun, report: null, failure: null, records, guideSteps, threadUrl, askedBy: '@ana', ...part }
}

function failed(stage: 'network' | 'host-key', reason: string): Bundle {
  const failure = { hop: 'bastion1', stage, reason, remedy: 'Ask who runs bastion1' }
  return bundle({ run: { ...aRun, state: 'failed' }, failure, records: [] })
}

function record(id: string, command: string, stdout: string, more: Partial<ProbeRecord> = {}): ProbeRecord {
  return { id, status: 'answered', exitCode: 0, ms: 12, command, stdout, stderr: '', ...more }
}

function logLines(count: number): string {
  const line = (at: number) =>
    `2026-11-05 14:01:${String(at).padStart(2, '0')} UTC [812] PANIC: could not write, try ${at}`
  return Array.from({ length: count }, (_, at) => line(at)).join('\n')
}
