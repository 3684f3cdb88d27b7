import { describe, expect, it } from 'vitest'
import { altered, causes, diagnose, finding, onlySshd, platformTopics } from './diagnosis.ts'

const kernel = (...lines: readonly string[]) =>
  `now=1795496537 zone=+0000\n${lines.map((line) => `2026-11-24T05:00:10+0000 host1 kernel: ${line}\n`).join('')}`

describe('the clock', () => {
  const free = 'NTP=no\nNTPSynchronized=no\n'

  it.each([-2_700, 2_700])('that is %i s off is the cause, in every topic', (off) => {
    for (const topic of platformTopics) {
      const report = diagnose(topic, { at: 1795496537 - off, changes: { clock: free } })
      expect(causes(report)).toEqual(['host.clock-wrong'])
      expect(finding(report, 'host.clock-wrong').detail).toContain(off < 0 ? '2700 s behind' : '2700 s ahead')
    }
  })

  it('is not blamed for the seconds that a run takes, nor where a time service keeps it', () => {
    expect(diagnose('db', { at: 1795496537 - 90, changes: { clock: free } }).verdict).toBe('healthy')
    expect(diagnose('db', { at: 1795496537 - 9_000 }).verdict).toBe('healthy')
  })
})

describe('processes in state D', () => {
  const waiting = '  5102 D  803 rpc_wait_bit_killable backup.service tar -cf /mnt/archive/x.tar /srv\n'
  const complaint = 'INFO: task tar:5102 blocked for more than 120 seconds.'

  it('that the kernel complains of are named with their unit', () => {
    const report = diagnose('service', { changes: { waiting, kernel: kernel(complaint) } })
    expect(causes(report)).toEqual(['host.hung-tasks'])
    expect(finding(report, 'host.hung-tasks')).toMatchObject({
      subject: 'tar -cf /mnt/archive/x.tar /srv',
      detail: expect.stringContaining('pid 5102 (backup.service)'),
    })
  })

  it('for a moment, or once and no longer, are no trouble', () => {
    expect(diagnose('service', { changes: { waiting } }).verdict).toBe('healthy')
    expect(diagnose('service', { changes: { kernel: kernel(complaint) } }).verdict).toBe('healthy')
    const another = complaint.replace('5102', '51')
    expect(diagnose('service', { changes: { waiting, kernel: kernel(another) } }).verdict).toBe('healthy')
  })
})

describe('kills for want of memory', () => {
  const killed = (group: string, constraint = 'CONSTRAINT_MEMCG', times = 1) =>
    kernel(...Array<string[]>(times).fill(linesOf(group, constraint)).flat())
  const linesOf = (group: string, constraint: string): string[] => [
    `oom-kill:constraint=${constraint},nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=${group},task_memcg=${group},task=python3,pid=28218,uid=0`,
    'Memory cgroup out of memory: Killed process 28218 (python3) total-vm:105940kB, anon-rss:20224kB',
  ]
  const found = (lines: string) => diagnose('service', { changes: { kernel: lines } })

  it.each([
    ['of the platform', killed('/system.slice/debvisor.service')],
    ['of all system units', killed('/system.slice')],
    ['of the host', killed('/system.slice/import-1.service', 'CONSTRAINT_NONE')],
    ['of another unit, again and again', killed('/system.slice/thumbnails.service', 'CONSTRAINT_MEMCG', 3)],
    [
      'of a container, of PostgreSQL',
      killed('/system.slice/docker-4f.scope').replace('task=python3', 'task=postgres'),
    ],
    [
      'of a slice around DebVisor',
      killed('/platform.slice').replace(
        'task_memcg=/platform.slice',
        'task_memcg=/platform.slice/debvisor.service',
      ),
    ],
    ['of which the group is not told', kernel('Out of memory: Killed process 7 (java)')],
  ])('at the limit %s are a cause', (_, lines) => {
    expect(causes(found(lines))).toEqual(['host.oom'])
  })

  it('at the limit of another unit are a notice', () => {
    const report = found(killed('/system.slice/import-1.service'))
    expect(report.verdict).toBe('healthy')
    expect(finding(report, 'host.oom-elsewhere')).toMatchObject({
      role: 'notice',
      subject: 'system.slice/import-1.service',
    })
  })
})

describe('a full connection table', () => {
  it('is told in every topic while packets are dropped', () => {
    const full = kernel('nf_conntrack: nf_conntrack: table full, dropping packet').replace(
      '05:00:10',
      '05:01:10',
    )
    for (const topic of platformTopics)
      expect(causes(diagnose(topic, { changes: { kernel: full } }))).toEqual(['host.conntrack-full'])
  })
})

describe('a denial of AppArmor or SELinux', () => {
  const denial = (comm: string, name: string) =>
    `audit: type=1400 audit(1795496410.1:31): apparmor="DENIED" operation="open" profile="${comm}" name="${name}" pid=9 comm="${comm}" requested_mask="r" denied_mask="r"`
  const down = {
    unit: altered('unit', [
      'ActiveState=failed',
      'SubState=failed',
      'Result=exit-code',
      'ExecMainStatus=1',
      'ExecMainCode=1',
      'TriedAgo=60',
      'ChangedAgo=58',
      'MainPID=0',
    ]),
    http: '/api/health\t0\t0\tconnect: Connection refused\n',
    listeners: onlySshd,
    processes: '',
  }

  it.each([
    denial('debvisor-server', '/var/lib/debvisor/snapshot.json'),
    'audit: type=1400 audit(1795496410.1:31): avc:  denied  { open } for  pid=9 comm="debvisor-server" path="/var/lib/debvisor/x" scontext=a tcontext=b tclass=file permissive=0',
  ])('of the platform explains that it is down: %s', (line) => {
    const report = diagnose('service', { changes: { ...down, kernel: kernel(line) } })
    expect(causes(report)).toEqual(['debvisor.confined'])
    expect(finding(report, 'debvisor.confined').subject).toContain('debvisor-server')
  })

  it('of another program is none of ours, and one of ours without trouble is no trouble', () => {
    const others = diagnose('service', {
      changes: { ...down, kernel: kernel(denial('cupsd', '/etc/shadow')) },
    })
    expect(causes(others)).toEqual(['debvisor.failed'])
    const old = kernel(denial('debvisor-server', '/proc/1/maps'))
    expect(diagnose('service', { changes: { kernel: old } }).verdict).toBe('healthy')
  })
})

describe('the front port, tried from outside', () => {
  const front = 'connect=timed out\nto=10.0.0.11 port 80\nfrom=the bot\n'

  it('is a notice where the bot may stand elsewhere than browsers, and a cause where it does not', () => {
    const quiet = diagnose('websocket', { changes: { front } })
    expect(quiet.verdict).toBe('healthy')
    expect(finding(quiet, 'nginx.front-closed').role).toBe('notice')
    const counts = diagnose('websocket', { changes: { front }, variables: { botIsOutside: true } })
    expect(causes(counts)).toEqual(['nginx.not-reached'])
    expect(finding(counts, 'nginx.not-reached').detail).toContain(
      'From the bot, 10.0.0.11 port 80 says: timed out',
    )
  })

  it('says nothing where the host is this machine', () => {
    const report = diagnose('websocket', {
      changes: { front: { status: 'skipped', exitCode: null, stdout: '' } },
      variables: { botIsOutside: true },
    })
    expect(report.verdict).toBe('healthy')
  })

  it('is apart from pages that nginx does not pass on', () => {
    const front_http = '/api/health\t502\t<html>\n/\t200\t<html>\n'
    const report = diagnose('websocket', { changes: { front_http } })
    expect(causes(report)).toEqual(['nginx.site-fails'])
    expect(finding(report, 'nginx.site-fails').subject).toBe('/api/health')
  })
})
