import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fill } from '../../src/engine/language/placeholders.ts'
import { quote } from '../../src/text/quote.ts'
import {
  altered,
  type Changes,
  causes,
  diagnose,
  failed,
  finding,
  onlySshd,
  runbooks,
  since,
} from './diagnosis.ts'
import { healthy } from './healthy.ts'
import { evidenceOf, plant, runScript } from './scripts.ts'

/** Objects around the unit that keep it from running, each beside the host on which the same object is harmless. */

describe('a start that has not ended', () => {
  const starting = (lines: readonly string[], listeners = onlySshd): Changes => ({
    unit: altered('unit', lines),
    http: '/api/health\t0\t0\tconnect: Connection refused\n',
    listeners,
  })
  const activating = [
    'ActiveState=activating',
    'SubState=start',
    'NRestarts=0',
    'TriedAgo=14',
    'ChangedAgo=14',
  ]

  it.each([
    ['while systemd waits for it', activating],
    ['while it does not listen yet', ['ActiveState=active', 'TriedAgo=6', 'ChangedAgo=6']],
  ])('is nothing green: %s', (_, lines) => {
    const report = diagnose('service', { changes: starting(lines) })
    expect(causes(report)).toEqual(['debvisor.starting'])
    expect(finding(report, 'debvisor.starting').symptom).toBe(true)
  })

  it('is queued behind a unit that is not done, which is the cause', () => {
    const waiting = '214 debvisor.service      start waiting\n187 storage-ready.service start running\n'
    const down = ['ActiveState=inactive', 'SubState=dead', 'MainPID=0', 'TriedAgo=400', 'ChangedAgo=30']
    const report = diagnose('service', { changes: { ...starting(down), stopped_by: '', jobs: waiting } })
    expect(causes(report)).toEqual(['debvisor.start-waits'])
    expect(finding(report, 'debvisor.start-waits').subject).toBe('storage-ready.service')
    const idle = diagnose('service', {
      changes: { ...starting(down), stopped_by: '', jobs: '187 apt-daily.service start running\n' },
    })
    expect(causes(idle)).toEqual(['debvisor.stopped'])
  })

  it('is explained by a named pipe in the place of its log', () => {
    const ownership = `${healthy.ownership}pipe\tdebvisor\tadm\t640\t/var/log/debvisor/error.log\n`
    const report = diagnose('service', { changes: { ...starting(activating), ownership } })
    expect(causes(report)).toEqual(['debvisor.pipe'])
    expect(finding(report, 'debvisor.pipe').subject).toBe('/var/log/debvisor/error.log')
  })

  it('is none where it answers, and pipes of other names are meant', () => {
    const ownership = `${healthy.ownership}pipe\tdebvisor\tdebvisor\t600\t/var/lib/debvisor/control\n`
    const unit = altered('unit', ['TriedAgo=6', 'ChangedAgo=6'])
    expect(diagnose('service', { changes: { unit, ownership } }).verdict).toBe('healthy')
  })
})

describe('the account that its files belong to', () => {
  const denied = (path: string): Changes =>
    failed([], [`00+0000 debvisor-server[99]: PermissionError: [Errno 13] Permission denied: '${path}'`])
  const ownership = altered('ownership', []).replace('data\tdebvisor', 'data\tUNKNOWN')
  const paths =
    'data\tclosed\t/var/lib/debvisor\t999:debvisor, mode 700\t/var/lib/debvisor\t/var/lib/debvisor\n'

  it('has another number than they have: that is why they are closed to it', () => {
    const changes = { ...denied('/var/lib/debvisor/lock'), ownership, paths }
    const report = diagnose('service', { changes })
    expect(causes(report)).toEqual(['debvisor.owner-nameless'])
    expect(finding(report, 'debvisor.owner-nameless').detail).toContain('/var/lib/debvisor belongs to')
  })

  it('is no matter where nothing is denied, or something else is', () => {
    expect(diagnose('service', { changes: { ownership } }).verdict).toBe('healthy')
    const report = diagnose('service', { changes: { ...denied('/srv/exports/a'), ownership, paths: '' } })
    expect(causes(report)).not.toContain('debvisor.owner-nameless')
  })
})

describe('the way to its files', () => {
  const noModule = failed([], ["00+0000 python3[99]: ModuleNotFoundError: No module named 'debvisor'"])
  const dangling =
    'inside\tdangling\t/opt/debvisor/debvisor\treleases/7\t/opt/debvisor/releases/7\t/opt/debvisor/debvisor\n'

  it('ends at a link whose target is gone, not at a configuration that its broken checker cannot read', () => {
    const report = diagnose('service', {
      changes: {
        ...noModule,
        paths: dangling,
        config_check: {
          exitCode: 1,
          stdout: '',
          stderr: "ModuleNotFoundError: No module named 'debvisor'\n",
        },
      },
    })
    expect(causes(report)).toEqual(['debvisor.link-dangling'])
    expect(finding(report, 'debvisor.link-dangling')).toMatchObject({
      subject: '/opt/debvisor/debvisor',
      detail: expect.stringContaining('/opt/debvisor/releases/7 does not exist'),
    })
  })

  it('is not stopped by a link to nothing of which nothing complains', () => {
    const paths = dangling.replaceAll('debvisor/debvisor\t', 'debvisor/plugins\t')
    expect(causes(diagnose('service', { changes: { ...noModule, paths } }))).toEqual(['debvisor.code-broken'])
    const changes = { paths: dangling }
    expect(diagnose('service', { changes }).verdict).toBe('healthy')
  })

  it.each([
    ['the working folder', 'folder', ['ExecMainStatus=200']],
    ['the program', 'program', ['ExecMainStatus=203']],
    ['the interpreter of its script', 'interpreter', ['ExecMainStatus=203']],
  ])('is closed by a folder above %s', (_, role, properties) => {
    const changes = {
      ...failed(properties, [
        '00+0000 (debvisor)[99]: debvisor.service: Failed at step X: Permission denied',
      ]),
      paths: `${role}\tclosed\t/srv/apps\troot:root, mode 700\t-\t/srv/apps/debvisor/run\n`,
      exec_file: 'program=/srv/apps/debvisor/run\nstate=hidden\n',
    }
    const report = diagnose('service', { changes })
    expect(causes(report)).toEqual(['debvisor.folder-closed'])
    expect(finding(report, 'debvisor.folder-closed')).toMatchObject({
      subject: '/srv/apps',
      detail: expect.stringContaining('mode 700'),
    })
  })

  it('may be closed to a path of which nothing complains', () => {
    const changes = {
      ...failed([], ['00+0000 python3[99]: RuntimeError: licence expired']),
      paths: 'data\tclosed\t/var/lib\troot:root, mode 700\t-\t/var/lib/debvisor\n',
    }
    expect(causes(diagnose('service', { changes }))).toEqual(['debvisor.failed'])
  })
})

describe('who stopped it', () => {
  const stopped = (...around: readonly string[]): Changes => ({
    ...failed(['ActiveState=inactive', 'SubState=dead', 'Result=success'], []),
    stopped_by: `=== stop
at=1000
Id=debvisor.service
Conflicts=notice.service
BindsTo=vpn.service
ActiveExitTimestampMonotonic=500000000
${around.join('\n')}
`,
  })

  it.each([
    [
      'notice.service',
      '=== related\nId=notice.service\nInactiveExitTimestampMonotonic=500000000\nFragmentPath=/etc/notice.service',
      'Conflicts=',
    ],
    ['vpn.service', '=== related\nId=vpn.service\nActiveExitTimestampMonotonic=500000000', 'BindsTo='],
    [
      'alice: /usr/bin/systemctl stop debvisor',
      '=== journal\n999.9 host1 sudo[7]: alice : USER=root ; COMMAND=/usr/bin/systemctl stop debvisor',
      'sudo',
    ],
    [
      'nightly.service',
      `=== journal
999.9 host1 systemd[1]: Starting nightly.service - Nightly work...
=== began
Id=nightly.service
ExecStart={ path=/bin/sh ; argv[]=/bin/sh -c systemctl stop debvisor ; ignore_errors=no }
TriggeredBy=nightly.timer`,
      'nightly.timer',
    ],
  ])('is named: %s', (name, around, said) => {
    const report = diagnose('service', { changes: stopped(around) })
    expect(causes(report)).toEqual(['debvisor.stopped-by'])
    const found = finding(report, 'debvisor.stopped-by')
    expect(found.subject).toBe(name)
    expect(found.detail).toContain(said)
    expect(finding(report, 'debvisor.stopped').role).toBe('consequence')
  })

  it('is not known where nothing tells it', () => {
    expect(causes(diagnose('service', { changes: stopped() }))).toEqual(['debvisor.stopped'])
  })

  it('is asked only where it is stopped', () => {
    const { probes } = diagnose('service')
    expect(probes.find(({ id }) => id === 'stopped_by')?.status).toBe('skipped')
  })
})

describe('a port that systemd holds', () => {
  const held: Changes = {
    ...failed([], ['00+0000 python3[99]: OSError: [Errno 98] Address already in use']),
    listeners: `${onlySshd}tcp LISTEN 0 4096 *:8080 *:* ino:1 sk:2 cgroup:/init.scope v6only:0 <->\n`,
  }

  it('is held for a socket unit, which is named', () => {
    const socket_units =
      'other.socket\t[::]:18080\t-\t/x\ngateway.socket\t[::]:8080\tgateway.service\t/etc/systemd/system/gateway.socket\n'
    const report = diagnose('service', { changes: { ...held, socket_units } })
    expect(causes(report)).toEqual(['debvisor.port-conflict'])
    const { detail, resolution } = finding(report, 'debvisor.port-conflict')
    expect(detail).toContain(
      'systemd for gateway.socket (/etc/systemd/system/gateway.socket, which starts gateway.service)',
    )
    expect(resolution.join('\n')).toContain('systemctl disable --now gateway.socket')
  })

  it('names no socket unit of another port', () => {
    const socket_units = 'other.socket\t[::]:18080\t-\t/x\n'
    const { detail } = finding(
      diagnose('service', { changes: { ...held, socket_units } }),
      'debvisor.port-conflict',
    )
    expect(detail).not.toContain('other.socket')
    expect(detail).toContain('/init.scope')
  })
})

describe('a setting of the unit', () => {
  const place = '/etc/systemd/system/debvisor.service.d/hardening.conf:3'
  const said = (line: string, ...settings: readonly (readonly [string, string])[]): Changes => ({
    ...failed([], [`00+0000 python3[99]: ${line}`]),
    unit_settings: settings.map(([key, value]) => `${key}\t${value}\t${place}\n`).join(''),
    paths: '',
  })
  const family = 'OSError: [Errno 97] cannot listen on 0.0.0.0:8080: Address family not supported by protocol'

  it.each([
    ['RestrictAddressFamilies', 'AF_UNIX AF_NETLINK', family],
    ['RestrictAddressFamilies', '~AF_INET AF_INET6', family],
    ['SystemCallFilter', '@basic-io', 'debvisor.service: Main process exited, code=dumped, status=31/SYS'],
    ['MemoryDenyWriteExecute', 'yes', 'OSError: libffi.so.8: cannot enable executable stack'],
    ['LimitFSIZE', '1M', 'OSError: [Errno 27] File too large'],
    ['LimitAS', '64M', 'MemoryError'],
    ['LimitAS', '40M', "RuntimeError: can't start new thread"],
    ['LimitAS', '40M:80M', 'ImportError: libpq.so.5: failed to map segment from shared object'],
    ['LimitSTACK', '64K', 'debvisor.service: Main process exited, code=dumped, status=11/SEGV'],
    ['UnsetEnvironment', 'DATABASE_PASSWORD', 'connection failed: fe_sendauth: no password supplied'],
    [
      'UnsetEnvironment',
      'LANG DATABASE_HOST',
      'connection to server at "localhost" failed: Connection refused',
    ],
    ['UnsetEnvironment', 'API_TOKEN', "KeyError: 'API_TOKEN'"],
    ['NoNewPrivileges', 'yes', 'sudo: The "no new privileges" flag is set, which prevents sudo'],
    ['PrivateTmp', 'yes', 'connection on socket "/tmp/.s.PGSQL.5432" failed: No such file or directory'],
    ['PrivateDevices', 'yes', "FileNotFoundError: [Errno 2] No such file or directory: '/dev/ttyS1'"],
  ])('%s=%s explains its error', (key, value, line) => {
    const report = diagnose('service', { changes: said(line, [key, value]) })
    expect(causes(report)).toContain('debvisor.restricted')
    const found = finding(report, 'debvisor.restricted')
    expect(found.subject).toBe(place)
    expect(found.detail).toContain(`${key}=${value}`)
  })

  it.each([
    ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6', family],
    ['RestrictAddressFamilies', '~AF_PACKET', family],
    ['RestrictAddressFamilies', 'AF_UNIX', 'RuntimeError: licence expired'],
    ['SystemCallFilter', '@system-service', 'RuntimeError: licence expired'],
    ['PrivateTmp', 'no', 'connection on socket "/tmp/.s.PGSQL.5432" failed: No such file or directory'],
    ['PrivateTmp', 'yes', "FileNotFoundError: [Errno 2] No such file or directory: '/srv/x'"],
    ['LimitAS', 'infinity', "RuntimeError: can't start new thread"],
    ['LimitAS', '2T', 'MemoryError'],
    ['LimitSTACK', '8M', 'debvisor.service: Main process exited, code=dumped, status=11/SEGV'],
    ['LimitSTACK', '8388608', 'debvisor.service: Main process exited, code=dumped, status=11/SEGV'],
    ['LimitSTACK', '8192K:infinity', 'debvisor.service: Main process exited, code=dumped, status=11/SEGV'],
    ['UnsetEnvironment', 'LANG LC_ALL', 'connection failed: fe_sendauth: no password supplied'],
    ['UnsetEnvironment', 'PGPASSWORD', 'FATAL: password authentication failed for user "debvisor"'],
    ['UnsetEnvironment', 'API_TOKEN', 'RuntimeError: licence expired'],
  ])('%s=%s explains no other', (key, value, line) => {
    const report = diagnose('service', { changes: said(line, [key, value]) })
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.restricted')
  })

  it('explains what a part of it keeps logging while its API answers', () => {
    const lines = ['02', '05', '08', '11', '14'].flatMap((second) => [
      `${second}+0000 debvisor-server[99]: ERROR debvisor.collector: no metrics collected`,
      `${second}+0000 debvisor-server[99]: OSError: [Errno 27] File too large`,
    ])
    const limit = `LimitFSIZE\t2K\t${place}\n`
    const report = diagnose('service', { changes: { said: since(lines), unit_settings: limit, paths: '' } })
    expect(causes(report)).toEqual(['debvisor.restricted'])
    const ended = since(lines).replaceAll('T05:02:', 'T05:00:')
    const later = diagnose('service', { changes: { said: ended, unit_settings: limit, paths: '' } })
    expect(later.findings.map(({ id }) => id)).not.toContain('debvisor.restricted')
  })

  it('leaves a limit of threads that was reached to itself', () => {
    const changes = {
      ...said("RuntimeError: can't start new thread", ['LimitAS', '4G']),
      limits: 'group=/system.slice/debvisor.service\nmemory_max=-1\nmemory_oom_kill=0\npids_max=7\n',
    }
    expect(causes(diagnose('service', { changes }))).toEqual(['debvisor.task-limit'])
  })

  it.each([
    [
      '/etc/systemd/system.conf.d/60-limits.conf:3',
      'for all units (DefaultTasksMax=)',
      'Raise DefaultTasksMax= in /etc/',
    ],
    [
      '/etc/systemd/system/debvisor.service.d/more.conf:2',
      'more.conf:2; the limit',
      'Raise TasksMax= (systemctl edit',
    ],
  ])('tells where the limit of threads comes from: %s', (from, says, step) => {
    const changes = {
      ...said("RuntimeError: can't start new thread"),
      unit_settings: `TasksMax\t5\t${from}\n`,
      limits: 'group=/system.slice/debvisor.service\nmemory_max=-1\nmemory_oom_kill=0\npids_max=7\n',
    }
    const report = diagnose('service', { changes })
    expect(causes(report)).toEqual(['debvisor.task-limit'])
    const { detail, resolution } = finding(report, 'debvisor.task-limit')
    expect(detail).toContain(says)
    expect(resolution[0]).toContain(step)
  })

  it('hides no file of /tmp that is not there at all', () => {
    const changes = {
      ...said("No such file or directory: '/tmp/spool/in'", ['PrivateTmp', 'yes']),
      paths: 'lost\tmissing\t/tmp/spool\t-\t/tmp/spool\t/tmp/spool/in\n',
    }
    expect(causes(diagnose('service', { changes }))).toEqual(['debvisor.failed'])
  })

  it('lets in whom IPAddressAllow names', () => {
    const timedOut = { http: '/api/health\t0\t3000\tconnect: timed out\n' }
    const deny = ['IPAddressDeny', 'any'] as const
    const denied = { ...said('ready', deny), ...timedOut }
    expect(causes(diagnose('service', { changes: denied }))).toEqual(['debvisor.restricted'])
    const allowed = { ...said('ready', deny, ['IPAddressAllow', 'localhost']), ...timedOut }
    expect(causes(diagnose('service', { changes: allowed }))).toEqual(['debvisor.failed'])
  })
})

describe('settings that changed after the start', () => {
  const password =
    'connection to server at "db7", port 5432 failed: FATAL:  password authentication failed for user "debvisor"'
  const running = (line: string, name: string, age: number): Changes => ({
    unit: altered('unit', ['TriedAgo=900', 'EnvironmentFiles=/etc/default/debvisor (ignore_errors=no)']),
    said: since([`00+0000 debvisor-server[99]: ${line}`]),
    said_again: since([`00+0000 debvisor-server[99]: ${line}`]),
    http: '/api/health\t500\t9\tapplication/json {}\n',
    changes: `file\t${age}\t05:00\t${name}\n`,
    db_settings:
      'host\tdb7\t/etc/debvisor/config.yaml:7\nport\t5433\t/etc/debvisor/config.yaml:8\nuser\tdebvisor\t/etc/debvisor/config.yaml:10\n',
    unit_settings: '',
    paths: '',
    env_order: '',
  })
  const refused = 'connection to server at "db7" (10.0.0.7), port 5432 failed: Connection refused'

  it.each([
    ['the environment file', password, '/opt/debvisor/.env'],
    ['another one of the unit', password, '/etc/default/debvisor'],
    ['the configuration, which names another port', refused, '/etc/debvisor/config.yaml'],
  ])('of %s are not yet in use', (_, line, name) => {
    const report = diagnose('db', { changes: running(line, name, 300) })
    expect(causes(report)).toContain('debvisor.settings-stale')
    expect(finding(report, 'debvisor.settings-stale')).toMatchObject({ subject: name, confidence: 'likely' })
    if (line === password) expect(finding(report, 'postgresql.password-wrong').role).toBe('consequence')
  })

  it.each([
    ['that changed before', password, '/opt/debvisor/.env', 1000],
    ['of something else', password, '/etc/nginx/nginx.conf', 300],
    ['that hold no password', password.replace('5432', '5433'), '/etc/debvisor/config.yaml', 300],
    ['that name what is asked for', refused.replace('5432', '5433'), '/etc/debvisor/config.yaml', 300],
    ['of which nothing complains', 'RuntimeError: licence expired', '/opt/debvisor/.env', 300],
  ])('%s are not to blame', (_, line, name, age) => {
    const report = diagnose('db', { changes: running(line, name, age) })
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.settings-stale')
  })

  it('are not to blame where a file still names what is asked for: another database, or what counts', () => {
    const { db_settings, ...rest } = running(refused, '/etc/debvisor/config.yaml', 300)
    for (const place of ['/etc/debvisor/config.yaml:21', '/opt/debvisor/.env:3']) {
      const changes = { ...rest, db_settings: `${db_settings}port\t5432\t${place}\n` }
      const report = diagnose('db', { changes })
      expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.settings-stale')
    }
  })

  it('are no trouble where all works', () => {
    const { changes = '', unit = '' } = running(password, '/opt/debvisor/.env', 300)
    expect(diagnose('db', { changes: { changes, unit } }).verdict).toBe('healthy')
  })
})

describe('a path that the unit sees otherwise', () => {
  const place = '/etc/systemd/system/debvisor.service.d/release.conf:2'
  const seen = (line: string, key: string, value: string): Changes => ({
    ...failed([], [`00+0000 debvisor-server[99]: ${line}`]),
    unit_settings: `${key}\t${value}\t${place}\n`,
    paths: '',
  })
  const next = '/srv/debvisor/config-2.5.yaml:/etc/debvisor/config.yaml'
  const unknownKey = "CRITICAL debvisor: configuration error: /etc/debvisor/config.yaml:5: unknown key 'x'"
  const noPage = "FileNotFoundError: [Errno 2] No such file or directory: '/opt/debvisor/web/index.html'"

  it.each([
    ['BindReadOnlyPaths', next, unknownKey],
    ['BindReadOnlyPaths', `/run/x ${next}:norbind`, unknownKey],
    ['BindPaths', '-/srv/next/:/etc/debvisor/', unknownKey],
    ['BindPaths', '/srv/web:/opt/debvisor/web', noPage],
    ['TemporaryFileSystem', '/var:ro /opt/debvisor:ro', noPage],
  ])('by %s=%s is the cause', (key, value, line) => {
    const report = diagnose('service', { changes: seen(line, key, value) })
    expect(causes(report)).toEqual(['debvisor.covered'])
    const { subject, detail } = finding(report, 'debvisor.covered')
    expect(subject).toBe(place)
    expect(detail).toContain(`${key}=${value}`)
  })

  it.each([
    ['BindReadOnlyPaths', '/etc/debvisor/config.yaml', unknownKey],
    ['BindReadOnlyPaths', '/etc/debvisor:/etc/debvisor', unknownKey],
    ['BindPaths', '/srv/x:/etc/debvisor/config', unknownKey],
    ['BindPaths', '/srv/data:/var/lib/debvisor', noPage],
    ['BindPaths', '/srv/data:/var/lib/debvisor', "OSError: [Errno 28] No space left: '/var/lib/debvisor/x'"],
    ['TemporaryFileSystem', '/var:ro', unknownKey],
    [
      'BindReadOnlyPaths',
      next,
      'ERROR cannot reach 10.0.0.7, which /etc/debvisor/config.yaml names: timed out',
    ],
  ])('by %s=%s is not, where its errors are of something else', (key, value, line) => {
    const report = diagnose('service', { changes: seen(line, key, value) })
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.covered')
  })
})

it('a unit is given back what it needs of a folder that is empty for it', () => {
  const changes: Changes = {
    ...failed(
      [],
      ["00+0000 debvisor-server[99]: [Errno 2] No such file or directory: '/var/lib/debvisor/x'"],
    ),
    unit_settings:
      'TemporaryFileSystem\t/var:ro\t/etc/a.conf:2\nBindPaths\t/srv/a:/srv/b /var/lib/debvisor\t/etc/a.conf:3\n',
    paths: '',
  }
  expect(causes(diagnose('service', { changes }))).not.toContain('debvisor.covered')
})

describe('a setting that stands in two places', () => {
  const files = `file	1	/opt/debvisor/.env	0	/lib/systemd/system/debvisor.service:12
closed	2	/etc/default/debvisor	0	/etc/systemd/system/debvisor.service.d/more.conf:2
`
  const refused = (line: string, changes: Changes): Changes => ({
    said: since([`00+0000 python3[99]: ${line}`]),
    said_again: since([`00+0000 python3[99]: ${line}`]),
    http: '/api/health\t500\t9\tapplication/json {}\n',
    paths: '',
    unit_settings: '',
    ...changes,
  })
  const password = 'psycopg2.OperationalError: FATAL: password authentication failed for user "debvisor"'
  const names = (first: number, second: number) =>
    `DB_PASSWORD\t${first}\t/opt/debvisor/.env:3\nDB_PASSWORD\t${second}\t/etc/default/debvisor:7\n`

  it('is overridden by the file that is read later', () => {
    const changes = refused(password, { env_order: files, env_names: names(1, 2) })
    const report = diagnose('db', { changes })
    expect(causes(report)).toEqual(['debvisor.setting-overridden'])
    expect(finding(report, 'debvisor.setting-overridden')).toMatchObject({
      title: 'DB_PASSWORD is overridden by a file that is read later',
      subject: '/etc/default/debvisor:7',
    })
  })

  it('is told of an Environment= too, where the login may read the files', () => {
    const env_order = `set	0	DB_HOST	1	/etc/systemd/system/debvisor.service.d/more.conf:3
file	1	/etc/debvisor/env	0	/lib/systemd/system/debvisor.service:12
set	1	DB_HOST	2	/etc/debvisor/env:1
`
    const changes = refused('could not translate host name "db7" to address', { env_order })
    expect(causes(diagnose('db', { changes }))).toContain('debvisor.setting-overridden')
  })

  it.each([
    ['specifier', 'a percent sign in it'],
    ['unknown', 'a percent sign in it'],
    ['escape', 'a backslash in it'],
    ['cut', 'a space ends it'],
  ])('is not what systemd reads: %s', (kind, why) => {
    const env_order = `set\t0\tDATABASE_URL\t1\t/etc/d.service:9\n${kind}\t0\tDATABASE_URL\t0\t/etc/d.service:9\n`
    const report = diagnose('db', { changes: refused(password, { env_order }) })
    expect(causes(report)).toEqual(['debvisor.setting-misread'])
    expect(finding(report, 'debvisor.setting-misread')).toMatchObject({
      title: `systemd reads DATABASE_URL otherwise than it stands in the unit: ${why}`,
      subject: 'DATABASE_URL (/etc/d.service:9)',
    })
  })

  it.each([
    [
      'is set again by a file',
      password,
      'specifier\t0\tDATABASE_URL\t0\t/etc/d.service:9\nset\t1\tDATABASE_URL\t2\t/etc/e:1\n',
    ],
    ['has nothing to do with it', password, 'specifier\t0\tCACHE_DIR\t0\t/etc/d.service:9\n'],
    [
      'is fine where nothing is refused',
      'RuntimeError: licence expired',
      'specifier\t0\tDATABASE_URL\t0\t/etc/d.service:9\n',
    ],
  ])('with a percent sign %s: nothing is said', (_, line, env_order) => {
    const report = diagnose('db', { changes: refused(line, { env_order }) })
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.setting-misread')
  })

  it.each([
    ['has the same value in both', password, names(1, 1)],
    ['has nothing to do with the failure', 'RuntimeError: licence expired', names(1, 2)],
    [
      'has a short name, and nothing to do with it',
      'RuntimeError: licence expired',
      'TZ\t1\t/opt/debvisor/.env:3\nTZ\t2\t/etc/default/debvisor:7\n',
    ],
    [
      'is called like a level of its log',
      'DEBUG debvisor: RuntimeError: licence expired',
      'DEBUG\t1\t/opt/debvisor/.env:3\nDEBUG\t2\t/etc/default/debvisor:7\n',
    ],
  ])('%s: nothing is said', (_, line, env_names) => {
    const report = diagnose('db', { changes: refused(line, { env_order: files, env_names }) })
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.setting-overridden')
  })
})

describe('the looks themselves', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'debvisor-objects-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  /** Runs a probe of the second wave with a systemctl that says `text` whatever it is asked. */
  const look = (id: string, text: string, values: Readonly<Record<string, string>>) => {
    plant(root, { 'bin/systemctl': `#!/bin/sh\ncat <<'SAID'\n${text}\nSAID\n` }, 0o755)
    const run = runbooks.topics.get('service')?.probes.get(id)?.run ?? ''
    const script = fill(run, new Map(Object.entries(values)), quote)
    return evidenceOf('service', id, runScript(script, join(root, 'bin'))).rows
  }

  it('follow links to the component that stops them', () => {
    mkdirSync(join(root, 'app'))
    symlinkSync('releases/7', join(root, 'app/current'))
    symlinkSync('current', join(root, 'app/live'))
    plant(root, { 'etc/config.yaml': '', 'app/run': `#!${root}/venv/bin/python3\n` })
    const said = `User=root\nWorkingDirectory=${root}/app\nExecStart={ path=${root}/app/run ; argv[]=${root}/app/run ${root}/app/live/main ; ignore_errors=no }`
    const rows = look('paths', said, {
      unit: 'debvisor',
      home: join(root, 'app'),
      data: root,
      configFile: join(root, 'etc/config.yaml'),
      errorLog: join(root, 'etc/error.log'),
      lost: join(root, 'etc/config.yaml'),
    })
    expect(rows.map(({ role, state, object, stop }) => [role, state, object, stop])).toEqual([
      ['interpreter', 'missing', join(root, 'venv'), join(root, 'venv')],
      ['argument', 'dangling', join(root, 'app/live'), join(root, 'app/releases')],
      ['inside', 'dangling', join(root, 'app/current'), join(root, 'app/releases')],
    ])
  })

  it('keep of the settings what still holds, with its line, and no secret', () => {
    const said = `# /lib/x.service\n[Service]\nEnvironment=TOKEN=abc\nPrivateTmp=yes\nSystemCallFilter=@a\n\n# /etc/x.d/1.conf\n[Service]\nPrivateTmp=no\nSystemCallFilter=\nSystemCallFilter=@b \\\n  @c`
    const rows = look('unit_settings', said, { unit: 'x' })
    expect(rows).toEqual([
      { key: 'PrivateTmp', value: 'no', place: '/etc/x.d/1.conf:2' },
      { key: 'SystemCallFilter', value: '@b @c', place: '/etc/x.d/1.conf:5' },
    ])
  })

  it('tell equal values from others and print none', () => {
    plant(root, { a: '# A=1\nexport PASS="s3cret"\nHOST=x\n', b: "PASS=s3cret\nHOST='y'\n" })
    const said = `# /lib/x.service\n[Service]\nEnvironment="HOST=z w" PASS=other\nEnvironmentFile=${root}/a\nEnvironmentFile=-${root}/b`
    const rows = look('env_order', said, { unit: 'x' })
    expect(
      rows.filter(({ kind }) => kind === 'set').map(({ order, name, value }) => [order, name, value]),
    ).toEqual([
      [0n, 'HOST', 1n],
      [0n, 'PASS', 1n],
      [1n, 'PASS', 2n],
      [1n, 'HOST', 2n],
      [2n, 'PASS', 2n],
      [2n, 'HOST', 3n],
    ])
    const [, program = ''] = runbooks.topics.get('service')?.probes.get('env_names')?.privileged ?? []
    const files = [join(root, 'none'), join(root, 'a'), join(root, 'b')]
    const ran = spawnSync('awk', [program, ...files], { encoding: 'utf8' })
    expect(ran.stderr).toBe('')
    expect(ran.stdout).toBe(
      `PASS\t1\t${root}/a:2\nHOST\t1\t${root}/a:3\nPASS\t1\t${root}/b:1\nHOST\t2\t${root}/b:2\n`,
    )
  })
})

it('a healthy host needs none of these looks', () => {
  const { probes } = diagnose('service', { changes: { listeners: healthy.listeners ?? '' } })
  const looks = ['paths', 'stopped_by', 'socket_units', 'unit_settings', 'env_order', 'env_names']
  expect(probes.filter(({ id }) => looks.includes(id)).map(({ status }) => status)).toEqual(
    looks.map(() => 'skipped'),
  )
})

describe('the files that it may watch', () => {
  const limits = 'watches=8192\ninstances=128\n'
  it.each([
    [
      '05+0000 python3[99]: OSError: [Errno 28] inotify watch limit reached',
      'fs.inotify.max_user_watches',
      '8192',
    ],
    [
      "05+0000 node[99]: Error: ENOSPC: System limit for number of file watchers reached, watch '/etc/debvisor'",
      'fs.inotify.max_user_watches',
      '8192',
    ],
    [
      '05+0000 debvisor[99]: failed to create fsnotify watcher: too many open files',
      'fs.inotify.max_user_instances',
      '128',
    ],
    [
      "05+0000 node[99]: Error: EMFILE: too many open files, watch '/etc/debvisor'",
      'fs.inotify.max_user_instances',
      '128',
    ],
  ])('are used up, and neither disk nor descriptors: %s', (line, subject, limit) => {
    const report = diagnose('service', { changes: { ...failed([], [line]), inotify: limits } })
    expect(causes(report)).toEqual(['debvisor.inotify'])
    expect(finding(report, 'debvisor.inotify')).toMatchObject({
      subject,
      detail: expect.stringContaining(`and is ${limit}: `),
    })
  })

  it('are never made fewer', () => {
    const line = '05+0000 python3[99]: OSError: [Errno 28] inotify watch limit reached'
    const step = (inotify: string) =>
      finding(diagnose('service', { changes: { ...failed([], [line]), inotify } }), 'debvisor.inotify')
        .resolution[0]
    expect(step(limits)).toMatch(/ sysctl fs\.inotify\.max_user_watches=524288$/)
    expect(step('watches=1048576\ninstances=128\n')).toMatch(/ sysctl fs\.inotify\.max_user_watches=2097152$/)
  })

  it('are not meant by a full disk, nor by descriptors that are used up', () => {
    const full = failed(
      [],
      ["05+0000 python3[99]: OSError: [Errno 28] No space left on device: '/var/lib/debvisor/x'"],
    )
    const many = failed(
      [],
      ["05+0000 python3[99]: OSError: [Errno 24] Too many open files: '/etc/debvisor/config.yaml'"],
    )
    expect(causes(diagnose('service', { changes: full }))).not.toContain('debvisor.inotify')
    expect(causes(diagnose('service', { changes: many }))).toEqual(['debvisor.fd-limit'])
  })
})

describe('a module that hides another one', () => {
  const places = '/opt/debvisor/email.py\t40\n/usr/lib/python3.11/email\t9000000\n=== end\n'
  const one = '/usr/lib/python3/dist-packages/werkzeug\t9000000\n=== end\n'
  const missing = ["00+0000 debvisor-server[9]: ModuleNotFoundError: No module named 'email.utils'"]

  it('is the cause of what the program misses in it', () => {
    const report = diagnose('service', { changes: { ...failed([], missing), module_places: places } })
    expect(causes(report)).toEqual(['debvisor.module-shadowed'])
    expect(finding(report, 'debvisor.module-shadowed')).toMatchObject({
      title: '/opt/debvisor/email.py hides the module that DebVisor needs',
      detail: expect.stringContaining("No module named 'email.utils'"),
    })
  })

  it('may leave the service up, without what needs the module', () => {
    const said = `${healthy.said}2026-11-24T02:01:50+0000 gunicorn[7]: {"level": "ERROR", "message": "flask-socketio not installed: real-time updates are off"}\n`
    const report = diagnose('service', { changes: { said, module_places: places } })
    expect(causes(report)).toEqual(['debvisor.module-shadowed'])
    expect(diagnose('service', { changes: { said, module_places: '=== end\n' } }).verdict).toBe('healthy')
  })

  it('is none where the module is in one place, or in none', () => {
    for (const module_places of [one, '=== end\n']) {
      const report = diagnose('service', { changes: { ...failed([], missing), module_places } })
      expect(causes(report)).toEqual(['debvisor.code-broken'])
    }
  })
})
