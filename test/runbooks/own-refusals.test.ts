import { describe, expect, it } from 'vitest'
import { altered, type Changes, causes, diagnose, finding, since } from './diagnosis.ts'

const judged = (changes: Changes, variables: Record<string, unknown> = {}) =>
  diagnose('service', { changes, variables })
const found = (changes: Changes): string[] => {
  const report = judged(changes)
  return report.verdict === 'healthy' ? ['healthy'] : causes(report)
}
/** Lines of DebVisor's log, the newest half a minute old. */
const said = (...lines: readonly string[]): Changes => ({
  said: since(
    lines.map((line, i) => `${String(8 - lines.length + i).padStart(2, '0')}+0000 debvisor[7]: ${line}`),
  ),
})

describe('a cache that refuses', () => {
  const refused = (words: string) => `ERROR request failed: redis.exceptions.ResponseError: ${words}`
  const wrongType = 'WRONGTYPE Operation against a key holding the wrong kind of value'

  it.each([
    wrongType,
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    'NOAUTH Authentication required.',
    'WRONGPASS invalid username-password pair or user is disabled.',
    "NOPERM User panel has no permissions to run the 'get' command",
    'CLUSTERDOWN Hash slot not served',
  ])('is a cause from the first time: %s', (words) => {
    const report = judged(said(refused(words)))
    expect(causes(report)).toEqual(['debvisor.cache-refuses'])
    expect(finding(report, 'debvisor.cache-refuses').title).toBe(
      `DebVisor's cache refuses what it asks: ${words.replace(/\.$/, '')}`,
    )
  })

  it('is one, too, where the client has made a name of the word', () => {
    const words = "User default has no permissions to run the 'set' command"
    const report = judged(
      said(`ERROR panel: GET /api/stats failed; redis.exceptions.NoPermissionError: ${words}`),
    )
    expect(causes(report)).toEqual(['debvisor.cache-refuses'])
    const { title, resolution } = finding(report, 'debvisor.cache-refuses')
    expect(title).toBe(`DebVisor's cache refuses what it asks: NoPermissionError: ${words}`)
    expect(resolution[0]).toContain('redis-cli ACL LIST')
  })

  it.each([
    "OOM command not allowed when used memory > 'maxmemory'.",
    'LOADING Redis is loading the dataset in memory',
    'max number of clients reached',
  ])('is one where it goes on, of what passes: %s', (words) => {
    expect(found(said(refused(words), refused(words), refused(words)))).toEqual(['debvisor.cache-refuses'])
    expect(causes(judged(said(refused(words))))).not.toContain('debvisor.cache-refuses')
  })

  it('is none that was long ago, or that another word is', () => {
    const before = '2026-11-24T04:12:00+0000 debvisor[7]: ERROR redis.exceptions.ResponseError: '
    expect(found({ said: `now=1795496538 zone=+0000\n${before}${wrongType}\n` })).toEqual(['healthy'])
    expect(found(said('INFO the queue LOADING_DOCK is empty', 'INFO NOAUTHOR is set'))).toEqual(['healthy'])
  })
})

describe('request lines that DebVisor refuses for their length', () => {
  const refused = (length: number, limit: number) =>
    `[WARNING] Invalid request from ip=127.0.0.1: Request Line is too large (${length} > ${limit})`

  it('are a cause, with the limit and where it is set', () => {
    const report = judged({
      ...said(refused(74, 60)),
      env_names: 'SECRET_KEY\t1\t/opt/debvisor/.env:1\nGUNICORN_CMD_ARGS\t1\t/opt/debvisor/.env:7\n',
    })
    expect(causes(report)).toEqual(['debvisor.request-limit'])
    expect(finding(report, 'debvisor.request-limit')).toMatchObject({
      title: 'DebVisor refuses request lines of more than 60 bytes (limit_request_line)',
      subject: 'GUNICORN_CMD_ARGS (/opt/debvisor/.env:7)',
    })
  })

  it('are none that no server takes, which strangers send', () => {
    expect(found(said(refused(5200, 4094)))).toEqual(['healthy'])
    expect(found(said(refused(9000, 1024)))).toEqual(['healthy'])
  })
})

describe('a package that is missing', () => {
  const down: Changes = {
    unit: altered('unit', [
      'ActiveState=failed',
      'SubState=failed',
      'Result=exit-code',
      'ExecMainStatus=3',
      'NRestarts=5',
    ]),
    http: '/api/health\t0\t1\tconnect: Connection refused\n',
    listeners: 'tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* ino:1 sk:3 cgroup:/system.slice/ssh.service <->\n',
    ...said(
      'Traceback (most recent call last):',
      '  File "/usr/lib/python3/dist-packages/flask_socketio/__init__.py", line 201, in init_app',
      'ValueError: Invalid async_mode specified',
    ),
  }

  it('is a cause where DebVisor fails in what depends on it', () => {
    const unmet =
      'debtags\tdebtags\tlibtag\npython3-flask-socketio\tflask_socketio\tpython3-simple-websocket\n'
    const report = judged({ ...down, unmet })
    expect(causes(report)).toEqual(['debvisor.dependency-missing'])
    expect(finding(report, 'debvisor.dependency-missing')).toMatchObject({
      title: "A package that DebVisor's libraries need is not installed: python3-simple-websocket",
      subject: 'python3-simple-websocket',
    })
  })

  it('is none where it fails elsewhere', () => {
    const unmet = 'python3-uno\tuno\tlibreoffice-core\n'
    expect(causes(judged({ ...down, unmet }))).toEqual(['debvisor.failed'])
    expect(causes(judged({ ...down, unmet: '' }))).toEqual(['debvisor.failed'])
  })
})

describe('DebVisor that takes connections and never answers', () => {
  const silent = (holders: string): Changes => ({
    http: '/api/health\t0\t6000\tno answer within 6 s\n',
    unit: altered('unit', [
      'ExecStart={ path=/usr/bin/gunicorn ; argv[]=/usr/bin/gunicorn --workers 1 --threads 64 app:app ; ignore_errors=no }',
    ]),
    holders: `${holders}\n`.replaceAll('|', '\t').replaceAll(';', '\n'),
  })

  it('is held by a program of this host that has most of its connections', () => {
    const report = judged(
      silent('client|tls-audit.service|90;client|nginx.service|4;accepted|-|94;waiting|-|0'),
    )
    expect(causes(report)).toEqual(['debvisor.connections-held'])
    expect(finding(report, 'debvisor.connections-held')).toMatchObject({
      title: "tls-audit.service holds the connections of DebVisor's port 8080",
      subject: 'tls-audit.service: port 8080',
    })
  })

  it('has a limit of connections, where it has threads for more and takes none', () => {
    const report = judged({
      ...silent('client|nginx.service|3;accepted|-|3;waiting|-|2'),
      env_names: 'GUNICORN_CMD_ARGS\t1\t/opt/debvisor/.env:7\n',
    })
    expect(causes(report)).toEqual(['debvisor.connection-limit'])
    expect(finding(report, 'debvisor.connection-limit')).toMatchObject({
      title: 'DebVisor takes only 3 connections at a time (worker_connections)',
      subject: 'GUNICORN_CMD_ARGS (/opt/debvisor/.env:7)',
    })
  })

  it.each([
    ['users hold them, by nginx', 'client|nginx.service|90;accepted|-|90;waiting|-|0'],
    ['a program has few', 'client|exporter.service|3;accepted|-|90;waiting|-|0'],
    ['all threads are busy', 'client|nginx.service|64;accepted|-|64;waiting|-|9'],
    ['nobody waits', 'client|nginx.service|3;accepted|-|3;waiting|-|0'],
  ])('waits for something else where %s', (_, holders) => {
    expect(causes(judged(silent(holders)))).toEqual(['debvisor.hung'])
  })
})
