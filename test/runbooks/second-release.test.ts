import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const exec = (path: string, args: string): string =>
  `{ path=${path} ; argv[]=${path} ${args} ; ignore_errors=no ; start_time=[n/a] }`
const server = '/opt/debvisor/bin/debvisor-server'
const config = '--config /etc/debvisor/config.yaml'
const older = (more: Readonly<Record<string, string>> = {}): string =>
  Object.entries({
    Id: 'debvisor-2.3.service',
    LoadState: 'loaded',
    ActiveState: 'active',
    SubState: 'running',
    Result: 'success',
    TriggeredBy: '',
    NRestarts: '0',
    ConditionResult: 'yes',
    Age: '4000',
    PrivateNetwork: 'no',
    ExecStart: exec(server.replace('debvisor/', 'debvisor-2.3/'), config),
    WorkingDirectory: '/opt/debvisor-2.3',
    ...more,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
const unit = (run: string): string =>
  (healthy.unit ?? '')
    .replace(/^ExecStart=.*$/m, `ExecStart=${run}`)
    .replace(/^WorkingDirectory=.*$/m, 'WorkingDirectory=/opt/debvisor')
const session = (asked: string, role = 'debvisor', of = 'debvisor-2.3.service'): string =>
  `${of}\t536\t${role}\t3\t${asked}\n`
const own = session('SELECT 1', 'debvisor', 'debvisor.service')
const insert = session('INSERT INTO metrics') + own

const judged = (changes: Changes, run = exec(server, config)) =>
  diagnose('service', {
    variables: { services: 'debvisor-2.3' },
    changes: { unit: unit(run), other_units: older(), unit_sessions: insert, ...changes },
  })

const gunicorn = (folder: string, app = 'wsgi:app') =>
  exec(`${folder}/venv/bin/gunicorn`, `--bind 127.0.0.1:8082 ${app} `)

describe('the release of before', () => {
  it('is told where it runs on and writes', () => {
    const report = judged({})
    expect(causes(report)).toEqual(['debvisor.second-release'])
    expect(finding(report, 'debvisor.second-release')).toMatchObject({
      subject: 'debvisor-2.3.service',
      confidence: 'likely',
      detail: expect.stringContaining('The last statement of debvisor-2.3.service was INSERT INTO metrics'),
    })
  })

  it('is told by its application where the program is a server of applications', () => {
    const other_units = older({ ExecStart: gunicorn('/opt/debvisor-2.3') })
    expect(causes(judged({ other_units }, gunicorn('/opt/debvisor')))).toEqual(['debvisor.second-release'])
  })

  it('is noticed where it only keeps its sessions', () => {
    const report = judged({ unit_sessions: session('SELECT 1') + own })
    expect(report.verdict).toBe('healthy')
    expect(report.findings.map(({ id }) => id)).toContain('debvisor.release-beside')
  })

  it.each<[string, Changes, string?]>([
    ['is kept and does not run', { other_units: older({ ActiveState: 'inactive', Restart: 'no' }) }],
    ['has a database of its own', { unit_sessions: own }],
    ['has a role of its own', { unit_sessions: session('INSERT INTO metrics', 'staging') + own }],
    ['is led to by nginx', { unit_sessions: `${insert}nginx\t0\t-\t0\t/etc/nginx/sites-enabled/debvisor\n` }],
    [
      'is another instance of the same folder',
      { other_units: older({ ExecStart: exec(server, config), WorkingDirectory: '/opt/debvisor' }) },
    ],
    [
      'is another service of the platform',
      { other_units: older({ ExecStart: exec('/opt/debvisor-rpc/bin/rpcd', config) }) },
    ],
    [
      'is another application of such a server',
      { other_units: older({ ExecStart: gunicorn('/opt/debvisor-rpc', 'rpc:app') }) },
      gunicorn('/opt/debvisor'),
    ],
    ['was asked of an older bot', { other_units: older({ ExecStart: '' }).replace('ExecStart=\n', '') }],
  ])('is none where it %s', (_, changes, run) => {
    const report = judged(changes, run)
    expect(causes(report)).toEqual([])
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.release-beside')
  })
})
