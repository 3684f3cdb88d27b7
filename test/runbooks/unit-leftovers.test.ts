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
