import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, failed, finding } from './diagnosis.ts'

const of = (changes: Changes) => diagnose('service', { changes })
const ids = (changes: Changes) => of(changes).findings.map(({ id }) => id)

describe('UMask= of the unit takes the bits of the owner', () => {
  const lock = '/var/lib/debvisor/debvisor.lock'
  const denied = (umask: string, file: string): Changes => ({
    ...failed([], [`40+0000 python3[9]: CRITICAL cannot start: [Errno 13] Permission denied: '${lock}'`]),
    unit_settings: `UMask\t${umask}\t/etc/systemd/system/debvisor.service.d/override.conf:3\n=== end\n`,
    denied_file: `found=${file === '' ? '/var/lib/debvisor' : lock}\nattributes=\n/var/lib/debvisor debvisor:debvisor 750\n${file}`,
  })

  it.each([
    ['where the file can be seen', denied('0777', `${lock} debvisor:debvisor 0\n`)],
    ['where its folder is closed to the login', denied('0777', '')],
  ])('%s', (_, changes) => {
    const report = of(changes)
    expect(causes(report)).toEqual(['debvisor.umask'])
    expect(finding(report, 'debvisor.umask')).toMatchObject({
      title: 'UMask=0777 of the unit locks DebVisor out of its own files',
      subject: '/etc/systemd/system/debvisor.service.d/override.conf:3',
    })
  })

  it.each([
    ['all others out alone', denied('0077', `${lock} root:root 600\n`)],
    ['what another user owns', denied('0777', `${lock} root:root 600\n`)],
    ['what is open to its owner', denied('0777', `${lock} debvisor:debvisor 600\n`)],
  ])('and not where it keeps %s', (_, changes) => {
    expect(ids(changes)).not.toContain('debvisor.umask')
  })
})

describe('a process of an earlier start holds the port', () => {
  const taken = [
    '40+0000 sh[9]: CRITICAL cannot start: [Errno 98] cannot listen on 0.0.0.0:8080: Address already in use',
  ]
  const held = (seconds: number, group: string): Changes => ({
    ...failed(['Result=protocol', 'Type=notify', 'MainPID=0', 'TriedAgo=15'], taken),
    listeners: `tcp LISTEN 0 128 0.0.0.0:8080 0.0.0.0:* uid:999 ino:9 sk:1 cgroup:/system.slice/${group} <->\n`,
    processes: `    658 Sl   debvisor    28244    2   ${seconds} debvisor.service   /usr/bin/python3 /opt/debvisor/app.py\n`,
    unit_settings: 'KillMode\tprocess\t/etc/systemd/system/debvisor.service.d/override.conf:5\n=== end\n',
  })

  it('which KillMode= has a stop leave, so that Type= is not to blame', () => {
    const report = of(held(29, 'debvisor.service'))
    expect(causes(report)).toEqual(['debvisor.left-over'])
    const { title, subject, detail } = finding(report, 'debvisor.left-over')
    expect(title).toBe('Process 658 of an earlier start of DebVisor still holds its port')
    expect(subject).toBe('/etc/systemd/system/debvisor.service.d/override.conf:5')
    expect(detail).toContain('KillMode=process')
  })

  it.each([
    ['another unit holds it', held(29, 'other.service')],
    ['the process is of this start', held(15, 'debvisor.service')],
  ])('and not where %s', (_, changes) => {
    expect(ids(changes)).not.toContain('debvisor.left-over')
  })
})

describe('a unit file that systemd has not read again', () => {
  const unit = '/lib/systemd/system/debvisor.service'
  const gone = '/etc/debvisor/config.yaml'
  const start = (config: string) => `/opt/debvisor/bin/debvisor-server --config ${config}`
  const changes = (reload = 'yes') =>
    failed(
      [
        `NeedDaemonReload=${reload}`,
        `ExecStart={ path=/opt/debvisor/bin/debvisor-server ; argv[]=${start(gone)} ; ignore_errors=no ; start_time=[n/a] ; pid=475 ; code=exited ; status=1 }`,
      ],
      [`00+0000 debvisor-server[99]: CRITICAL configuration error: ${gone}: No such file or directory`],
    )
  const report = (onDisk: string, reload?: string) =>
    diagnose('service', {
      changes: { ...changes(reload), unit_settings: `ExecStart\t${onDisk}\t${unit}:13\n=== end\n` },
    })

  it('is the cause where only its new text misses nothing', () => {
    const told = report(start('/etc/debvisor/platform.yaml'))
    expect(causes(told)[0]).toBe('debvisor.start-not-reloaded')
    expect(causes(told)).not.toContain('debvisor.not-reloaded')
    const { subject, detail, resolution } = finding(told, 'debvisor.start-not-reloaded')
    expect(subject).toBe(`${unit}:13`)
    expect(detail).toContain('platform.yaml')
    expect(resolution.join()).toContain('systemctl daemon-reload && systemctl restart')
  })

  it.each([
    ['its new text misses the same file', start(gone), 'yes'],
    ['systemd knows it as it is', start('/etc/debvisor/platform.yaml'), 'no'],
  ])('is none where %s', (_, onDisk, reload) => {
    expect(causes(report(onDisk, reload))).not.toContain('debvisor.start-not-reloaded')
  })
})
