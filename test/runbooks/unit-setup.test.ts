import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, failed, finding } from './diagnosis.ts'

const user = 'User\tdebvisor\t/lib/systemd/system/debvisor.service:9\n'
const dropIn = '/etc/systemd/system/debvisor.service.d/override.conf'

/** systemd could not set up what the unit asks for, before it started the program. */
const setup = (status: number, step: string, words: string, more: Changes): Changes => ({
  ...failed(
    [`ExecMainStatus=${status}`],
    [
      `00+0000 (server)[99]: debvisor.service: ${words}`,
      `00+0000 (server)[99]: debvisor.service: Failed at step ${step} spawning /opt/debvisor/bin/debvisor-server: No such file or directory`,
      `00+0000 systemd[1]: debvisor.service: Main process exited, code=exited, status=${status}/${step}`,
    ],
  ),
  paths: '',
  ...more,
})

describe('a setting of the unit that systemd cannot set up', () => {
  it('is named with its value, its line, and the folder that is missing', () => {
    const changes = setup(209, 'STDOUT', 'Failed to set up standard output: No such file or directory', {
      unit_settings: `${user}StandardOutput\tappend:/srv/logs/console.log\t${dropIn}:2\nStandardError\tjournal\t${dropIn}:3\n`,
      paths: 'lost\tmissing\t/srv/logs\t-\t/srv/logs\t/srv/logs\n',
    })
    const report = diagnose('service', { changes })
    expect(causes(report)).toEqual(['debvisor.setup-failed'])
    const { title, subject, detail, resolution } = finding(report, 'debvisor.setup-failed')
    expect(title).toBe('StandardOutput= of its unit keeps systemd from starting DebVisor')
    expect(subject).toBe(`${dropIn}:2`)
    expect(detail).toContain(
      `${dropIn}:2 sets StandardOutput=append:/srv/logs/console.log, and /srv/logs does not exist`,
    )
    expect(resolution[0]).toContain('install -d -o debvisor /srv/logs;')
  })

  it.each([
    [205, 'LIMITS', 'Failed to adjust resource limit MEMLOCK: Operation not permitted', 'LimitMEMLOCK', '8G'],
    [
      214,
      'SETSCHEDULER',
      'Failed to set up CPU scheduling: Operation not permitted',
      'CPUSchedulingPolicy',
      'fifo',
    ],
    [222, 'STDERR', 'Failed to set up standard error: Is a directory', 'StandardError', 'append:/var/log'],
    [
      225,
      'NETWORK',
      'Failed to open network namespace path /run/netns/db: No such file or directory',
      'NetworkNamespacePath',
      '/run/netns/db',
    ],
    [
      226,
      'NAMESPACE',
      'Failed to set up mount namespacing: /run/systemd/unit-root/srv/x: No such file or directory',
      'ReadWritePaths',
      '/srv/x',
    ],
    [
      233,
      'RUNTIME_DIRECTORY',
      'Failed to set up special execution directory in /run: File exists',
      'RuntimeDirectory',
      'debvisor',
    ],
    [
      238,
      'STATE_DIRECTORY',
      'Failed to set up special execution directory in /var/lib: File exists',
      'StateDirectory',
      'debvisor',
    ],
    [
      243,
      'CREDENTIALS',
      'Failed to set up credentials: No such file or directory',
      'LoadCredential',
      'db:/etc/db.key',
    ],
  ])('is named for status %i/%s', (status, step, words, key, value) => {
    const others = `LimitNOFILE\t1024\t/lib/d.service:4\nProtectSystem\tstrict\t/lib/d.service:5\n`
    const changes = setup(status, step, words, {
      unit_settings: `${user}${others}${key}\t${value}\t${dropIn}:2\n`,
    })
    const { title, detail } = finding(diagnose('service', { changes }), 'debvisor.setup-failed')
    expect(title).toBe(`${key}= of its unit keeps systemd from starting DebVisor`)
    expect(detail).toContain(`${dropIn}:2 sets ${key}=${value}`)
  })

  it.each([
    ['belongs to another step', `StandardError\tjournal\t${dropIn}:2\n`],
    ['is not there, as the program sets it', ''],
  ])('is not blamed where it %s', (_, rows) => {
    const changes = setup(209, 'STDOUT', 'Failed to set up standard output: No such file or directory', {
      unit_settings: `${user}${rows}`,
    })
    const { title, subject } = finding(diagnose('service', { changes }), 'debvisor.setup-failed')
    expect(title).toBe("systemd could not set up DebVisor's surroundings")
    expect(subject).toBe('debvisor.service')
  })

  it('is not blamed where several are set and systemd names none of them', () => {
    const rows = `LimitMEMLOCK\t8G\t${dropIn}:2\nLimitNOFILE\t1M\t${dropIn}:3\n`
    const changes = setup(205, 'LIMITS', 'Failed to adjust a limit', { unit_settings: `${user}${rows}` })
    const { title } = finding(diagnose('service', { changes }), 'debvisor.setup-failed')
    expect(title).toBe("systemd could not set up DebVisor's surroundings")
  })
})

describe('a port that the program may not open', () => {
  const reserved = 'net.ipv4.ip_unprivileged_port_start\t20000\t/etc/sysctl.d/70-hardening.conf:2\n'
  const refused = (line: string, unit_settings: string): Changes => ({
    ...failed(['ExecMainStatus=1'], [`00+0000 debvisor-server[99]: ${line}`]),
    unit_settings: `${user}${unit_settings}`,
    paths: '',
  })

  it.each([
    '[Errno 13] cannot listen on 0.0.0.0:8080: Permission denied',
    'Error: listen EACCES: permission denied 0.0.0.0:8080',
    "[Errno 13] error while attempting to bind on address ('0.0.0.0', 8080): permission denied",
    'listen tcp :8080: bind: permission denied',
  ])('is one that the kernel keeps for root: %s', (line) => {
    const report = diagnose('service', { changes: refused(line, reserved) })
    expect(causes(report)).toEqual(['debvisor.port-reserved'])
    const { title, subject, resolution } = finding(report, 'debvisor.port-reserved')
    expect(title).toBe('The kernel keeps all ports below 20000 for root: DebVisor may not open 8080')
    expect(subject).toBe('net.ipv4.ip_unprivileged_port_start (/etc/sysctl.d/70-hardening.conf:2)')
    expect(resolution[0]).toContain('sysctl -w net.ipv4.ip_unprivileged_port_start=1024')
  })

  it('is kept from it by a value that no file sets', () => {
    const by = reserved.replace('/etc/sysctl.d/70-hardening.conf:2', '-')
    const changes = refused('cannot listen on 0.0.0.0:8080: Permission denied', by)
    const { subject, detail } = finding(diagnose('service', { changes }), 'debvisor.port-reserved')
    expect(subject).toBe('net.ipv4.ip_unprivileged_port_start')
    expect(detail).toContain('which no file of sysctl.d sets')
  })

  it.each([
    ['is above those', 'cannot listen on 0.0.0.0:28080: Permission denied', reserved],
    ['is a socket file', 'cannot listen on /run/debvisor/web.sock: Permission denied', reserved],
    [
      'is given to it all the same',
      'cannot listen on 0.0.0.0:8080: Permission denied',
      `${reserved}AmbientCapabilities\tCAP_NET_BIND_SERVICE\t${dropIn}:2\n`,
    ],
    [
      'is denied where the kernel keeps no more than 1024',
      'cannot listen on 0.0.0.0:8080: Permission denied',
      '',
    ],
  ])('and %s is not called reserved', (_, line, rows) => {
    const ids = diagnose('service', { changes: refused(line, rows) }).findings.map(({ id }) => id)
    expect(ids).not.toContain('debvisor.port-reserved')
    expect(ids).not.toContain('debvisor.low-port')
  })

  it('is below 1024: it lacks the capability, or its unit takes it', () => {
    const line = 'cannot listen on 0.0.0.0:443: Permission denied'
    expect(causes(diagnose('service', { changes: refused(line, '') }))).toEqual(['debvisor.low-port'])
    const bounded = `CapabilityBoundingSet\tCAP_CHOWN\t${dropIn}:4\n`
    const { subject, detail } = finding(
      diagnose('service', { changes: refused(line, bounded) }),
      'debvisor.low-port',
    )
    expect(subject).toBe(`CapabilityBoundingSet (${dropIn}:4)`)
    expect(detail).toContain(`${dropIn}:4 sets CapabilityBoundingSet=CAP_CHOWN, without`)
  })
})
