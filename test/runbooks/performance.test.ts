import { describe, expect, it } from 'vitest'
import { altered, type Change, causes, denied, diagnose, finding, missing } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const busy = (healthy.cpu ?? '').replace(
  'cpu  411272 20385 162866 921634 10549 0 1794 1328 0 0',
  'cpu  411442 20385 162876 921464 10549 0 1794 1328 0 0',
)
const hog = '4021\t98.0\t0.0\t9120\tR\t0\t1\t410\thog.service\troot\tuser\tpython3 -c while True: pass\n'
const own = healthy.top ?? ''

describe('performance', () => {
  it('names the process and the unit that use the CPU', () => {
    const report = diagnose('performance', {
      changes: { cpu: busy, load: '4.20 2.18 1.12 5/280 11206\n', top: hog + own },
    })
    expect(causes(report)).toEqual(['performance.cpu'])
    expect(finding(report, 'performance.cpu')).toMatchObject({
      subject: 'python3 -c while True: pass',
      detail: expect.stringContaining('pid 4021, hog.service'),
    })
  })

  it('names who is kept waiting for the CPU where a neighbour of the container has it', () => {
    const waits = (pid: number, cpu: string, delayed: string, args: string): string =>
      `${pid}\t${cpu}\t0.0\t8000\tR\t0\t1\t41\treport.service\troot\tuser\t${args}\t${delayed}\n`
    const load = '2.20 2.18 1.12 5/280 11206\n'
    const report = diagnose('performance', {
      changes: {
        load,
        top:
          waits(4021, '24.0', '81.0', '/usr/bin/report a') +
          waits(4022, '24.0', '76.0', '/usr/bin/report b') +
          own,
      },
    })
    expect(causes(report)).toEqual(['performance.cpu'])
    expect(finding(report, 'performance.cpu')).toMatchObject({
      subject: '/usr/bin/report a',
      detail: expect.stringContaining('24 % of a core, and waits for 81 % of one'),
    })
    // One of them, and a core is left: nobody else has to wait for it.
    const one = diagnose('performance', {
      changes: { load, top: waits(4021, '60.0', '26.0', '/usr/bin/report a') + own },
    })
    expect(one.verdict).toBe('healthy')
  })

  it('names the work that together uses most, and not the busiest process of somebody else', () => {
    const row = (pid: number, cpu: string, unit: string, args: string, work: string): string =>
      `${pid}\t${cpu}\t0.0\t8000\tR\t0\t1\t41\t${unit}\troot\tuser\t${args}\t20.0\t/system.slice/${unit}\t${work}\n`
    const session = row(
      900,
      '38.0',
      'postgresql@15-main.service',
      'postgres: 15/main: debvisor debvisor ::1(4000) idle',
      'postgres: debvisor debvisor\t1\t38.0\t4\t39.0',
    )
    const workers = [31, 32, 33].map((pid) =>
      row(
        pid,
        '25.0',
        'index.service',
        `/usr/bin/python3 /opt/index.py ${pid}`,
        'python3 index.py\t6\t150.0\t6\t150.0',
      ),
    )
    const load = '6.20 2.18 1.12 5/280 11206\n'
    const together = diagnose('performance', {
      changes: { cpu: busy, load, top: session + workers.join('') + own },
    })
    expect(finding(together, 'performance.cpu')).toMatchObject({
      subject: 'python3 index.py (index.service)',
      detail: expect.stringContaining('6 processes of the same work'),
    })
    expect(finding(together, 'performance.cpu').evidence[0]?.text.split('\n')).toEqual([
      'postgres: debvisor debvisor (postgresql@15-main.service), processes together: 1, 38 % of a core',
      'python3 index.py (index.service), processes together: 6, 150 % of a core',
    ])
    const programs = ['cc1', 'as', 'ld'].map((program, i) =>
      row(40 + i, '25.0', 'ci-runner.service', `/usr/bin/${program}`, `${program}\t1\t25.0\t8\t150.0`),
    )
    expect(
      finding(
        diagnose('performance', { changes: { cpu: busy, load, top: session + programs.join('') + own } }),
        'performance.cpu',
      ),
    ).toMatchObject({
      subject: 'ci-runner.service',
      detail: expect.stringContaining('8 processes of ci-runner.service together use 150 % of a core'),
    })
    // One of PostgreSQL's sessions is named by what it is for, whatever it does at that moment.
    const alone = diagnose('performance', { changes: { cpu: busy, load, top: session + own } })
    expect(finding(alone, 'performance.cpu').subject).toBe('postgres: debvisor debvisor')
  })

  it('does not take one busy second for saturation', () => {
    expect(diagnose('performance', { changes: { cpu: busy } }).verdict).toBe('healthy')
  })

  it('names the process that holds the memory', () => {
    const report = diagnose('performance', {
      changes: {
        memory: 'MemTotal: 4018132 kB\nMemAvailable: 201100 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n',
        top: `4033\t2.0\t0.0\t3102210\tS\t0\t4\t22\tcron.service\tbackup\tuser\t/usr/bin/backup --all\n${own}`,
      },
    })
    expect(causes(report)).toEqual(['performance.memory-hog'])
    expect(finding(report, 'performance.memory-hog').detail).toContain(
      '/usr/bin/backup --all (pid 4033, cron.service, 3 GB)',
    )
    expect(finding(report, 'host.memory-out').role).toBe('consequence')
  })

  it('widens the range of local ports, and never narrows it', () => {
    const step = (ports: string) =>
      finding(diagnose('performance', { changes: { ports } }), 'performance.ports').resolution[0]
    expect(step('size=16\nrange=61000-61015\nused=16\npeer=127.0.0.1:5432\n')).toMatch(/^Widen it: /)
    expect(step('size=64512\nrange=1024-65535\nused=60000\npeer=127.0.0.1:5432\n')).not.toMatch(/32768 60999/)
  })

  it('leaves used swap and an old kill of the kernel alone', () => {
    expect(diagnose('performance').verdict).toBe('healthy')
  })

  it('finds a unit that its CPU quota holds back, now or since its start', () => {
    const groups = 'debvisor.service\t5\t2\t1\t900\t700\t0\t0\t0\t4\t0\n'
    const report = diagnose('performance', { changes: { groups } })
    expect(causes(report)).toEqual(['performance.throttled'])
    expect(finding(report, 'performance.throttled').subject).toBe('debvisor.service')
  })

  it('does not blame a quota for a start that is over', () => {
    const groups = 'debvisor.service\t100\t8\t0\t120\t60\t0\t0\t0\t4\t0\n'
    expect(diagnose('performance', { changes: { groups } }).verdict).toBe('healthy')
    const still = groups.replace('\t8\t0\t', '\t8\t1\t')
    expect(causes(diagnose('performance', { changes: { groups: still } }))).toEqual(['performance.throttled'])
  })

  it('does not call a CPU saturated that only a quota withholds', () => {
    const session = (pid: number): string =>
      `${pid}\t1.0\t0.0\t18000\tR\t0\t1\t3\tpostgresql@15-main.service\tpostgres\tuser\tpostgres: 15/main: debvisor debvisor ::1(4000) SELECT\t99.0\n`
    const top = [901, 902, 903].map(session).join('') + own
    const load = '3.10 2.18 1.12 5/280 11206\n'
    const groups = 'postgresql@15-main.service\t2\t10\t10\t900\t890\t0\t0\t0\t4\t0\n'
    const report = diagnose('performance', { changes: { top, load, groups } })
    expect(causes(report)).toEqual(['performance.throttled'])
    expect(finding(report, 'performance.throttled').subject).toBe('postgresql@15-main.service')
    // Without a quota they wait for the CPU itself.
    expect(causes(diagnose('performance', { changes: { top, load } }))).toEqual(['performance.cpu'])
  })

  describe('a unit that may use only some of the CPUs', () => {
    const on = (pid: number, unit: string, delayed: string, count: number, cpus: string): string =>
      `${pid}\t48.0\t0.0\t18000\tR\t0\t1\t3\t${unit}\tpostgres\tuser\tpostgres: 15/main: debvisor debvisor ::1(4000) SELECT\t${delayed}\t/system.slice/${unit}\tpostgres: debvisor debvisor\t2\t96.0\t2\t96.0\t0\t${count}\t${cpus}\n`
    const others = on(45, 'ssh.service', '0.0', 4, '0-3')
    const load = '3.10 2.18 1.12 5/280 11206\n'

    const pressed = (healthy.pressure ?? '').replace('cpu:some avg10=0.30', 'cpu:some avg10=61.20')

    it('is the cause where it waits and the host has time', () => {
      const top = [901, 902, 903].map((pid) => on(pid, 'postgresql@15-main.service', '91.0', 1, '0')).join('')
      const report = diagnose('performance', { changes: { top: top + others, load, pressure: pressed } })
      expect(causes(report)).toEqual(['performance.pinned'])
      const old = diagnose('performance', { changes: { top: top + others, load, pressure: missing } })
      expect(causes(old)).toEqual(['performance.pinned'])
      // One second may be a burst of dashboards.
      expect(causes(diagnose('performance', { changes: { top: top + others, load } }))).toEqual([])
      expect(finding(report, 'performance.pinned')).toMatchObject({
        subject: 'postgresql@15-main.service',
        detail: expect.stringMatching(/on CPU 0 alone, others on 4 CPUs; they waited for 273 %/),
      })
    })

    it('is none where it does not wait, where all are so few, or of another unit', () => {
      for (const top of [
        on(901, 'postgresql@15-main.service', '2.0', 1, '0') + others,
        on(901, 'postgresql@15-main.service', '91.0', 4, '0-3') + others,
        on(901, 'restic-backup.service', '91.0', 1, '3') + others,
      ])
        expect(causes(diagnose('performance', { changes: { top, load, pressure: pressed } }))).toEqual([])
    })
  })

  it('tells a neighbour of a container by its own words', () => {
    const waits = `4021\t24.0\t0.0\t8000\tR\t0\t1\t41\treport.service\troot\tuser\treport\t190.0\n`
    const report = diagnose('performance', {
      changes: { load: '4.20 2.18 1.12 5/280 11206\n', top: waits + own },
    })
    expect(finding(report, 'performance.cpu').title).toBe('Processes get too little of the CPU')
  })

  it.each(['checksum-archive.service', 'debvisor-backup.service'])(
    'only mentions a quota that slows %s down',
    (unit) => {
      const groups = `${unit}\t20\t10\t10\t900\t890\t0\t0\t0\t4\t0\t/system.slice/${unit}\t-\t0\t-1.0\t0\t0\t-1.0\n`
      const report = diagnose('performance', { changes: { groups } })
      expect(report).toMatchObject({ verdict: 'healthy', unknown: [] })
      expect(finding(report, 'performance.quota-elsewhere')).toMatchObject({ role: 'notice', subject: unit })
    },
  )

  it('finds the quota of a slice around DebVisor, and of the program behind its port', () => {
    const row = (unit: string, path: string): string =>
      `${unit}\t10\t10\t9\t900\t890\t0\t0\t0\t4\t0\t${path}\t-\t0\t-1.0\t0\t0\t-1.0\n`
    expect(
      causes(
        diagnose('performance', {
          changes: {
            groups: row('platform.slice', '/platform.slice'),
            unit: altered('unit', ['ControlGroup=/platform.slice/debvisor.service']),
          },
        }),
      ),
    ).toEqual(['performance.throttled'])
    const database = (healthy.listeners ?? '').replace(
      '/system.slice/system-postgresql.slice/',
      '/databases.slice/',
    )
    expect(
      causes(
        diagnose('performance', {
          changes: { listeners: database, groups: row('databases.slice', '/databases.slice') },
        }),
      ),
    ).toEqual(['performance.throttled'])
    const listeners = (healthy.listeners ?? '').replace('/debvisor.service', '/dashboard.service')
    expect(
      causes(
        diagnose('performance', {
          changes: { listeners, groups: row('dashboard.service', '/system.slice/dashboard.service') },
        }),
      ),
    ).toEqual(['performance.throttled'])
    expect(diagnose('performance', { changes: { groups: row('user.slice', '/user.slice') } }).verdict).toBe(
      'healthy',
    )
  })

  describe('a limit of disk traffic', () => {
    const limited = (unit: string, { used = 98, pressure = '81.5', io = 'vda wbps=1048576' } = {}): string =>
      `${unit}\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t/system.slice/${unit}\t${io}\t${used}\t${pressure}\t0\t0\t-1.0\n`
    const slowDisk = `=== uptime
100.00 1
=== diskstats
 254 0 vda 1000 0 8000 1000 1000 0 8000 1000 0 1000 2000
=== sleep
=== uptime
101.00 1
=== diskstats
 254 0 vda 1050 0 8400 9000 1050 0 8400 9000 20 2000 18000
`
    it('is a cause where it is used up, its unit waits and the disk has time', () => {
      const report = diagnose('performance', {
        changes: {
          groups: limited('system-postgresql.slice'),
          http: '/api/health\t200\t3200\tapplication/json {}\n',
        },
      })
      expect(causes(report)).toEqual(['performance.io-limited'])
      expect(finding(report, 'performance.io-limited')).toMatchObject({
        subject: 'system-postgresql.slice',
        detail: expect.stringContaining('io.max vda wbps=1048576; 98 % of that were used'),
      })
    })

    it('is none where nothing waits, where it is not used up, or of another unit', () => {
      for (const groups of [
        limited('postgresql@15-main.service', { pressure: '0.2' }),
        limited('postgresql@15-main.service', { used: 12 }),
        limited('restic-backup.service'),
      ])
        expect(diagnose('performance', { changes: { groups } })).toMatchObject({
          verdict: 'healthy',
          unknown: [],
        })
    })

    it('is none where the disk itself is saturated', () => {
      const report = diagnose('performance', {
        changes: { groups: limited('postgresql@15-main.service'), disks: slowDisk },
      })
      expect(causes(report)).toEqual(['performance.disk-busy'])
    })
  })

  describe('limits of memory', () => {
    const row = (unit: string, memory: number, limit: number, rest: string): string =>
      `${unit}\t0\t0\t0\t0\t0\t${memory}\t${limit}\t${rest}\n`
    const held = (unit: string, pressure: string): string =>
      row(unit, 133_000_000, 0, `0\t0\t0\t/system.slice/${unit}\t-\t0\t-1.0\t134217728\t400\t${pressure}`)
    const cached = (unit: string, pressure: string): string =>
      row(unit, 20_000_000, 134_217_728, `900\t0\t0\t/system.slice/${unit}\t-\t0\t-1.0\t0\t0\t${pressure}`)

    it('slow DebVisor down where its processes wait for memory', () => {
      const report = diagnose('performance', { changes: { groups: held('debvisor.service', '41.0') } })
      expect(causes(report)).toEqual(['performance.memory-high'])
      expect(finding(report, 'performance.memory-high').detail).toContain('41 % of the last ten seconds')
      expect(
        causes(diagnose('performance', { changes: { groups: cached('debvisor.service', '41.0') } })),
      ).toEqual(['performance.unit-memory'])
    })

    it('are not felt where only cache is taken back, nor in a unit of somebody else', () => {
      for (const groups of [
        held('debvisor.service', '0.4'),
        held('restic-backup.service', '80.0'),
        cached('postgresql@15-main.service', '0.0'),
        row('restic-backup.service', 134_000_000, 134_217_728, '900\t0\t0'),
      ])
        expect(diagnose('performance', { changes: { groups } }).verdict).toBe('healthy')
    })
  })

  it('finds a disk that is nearly full', () => {
    const disk =
      'system 20511312 8204524 11239552 43 12 rw /\ndebvisor 262144 249036 13108 95 2 rw /var/lib/debvisor\n'
    const report = diagnose('performance', { changes: { disk } })
    expect(causes(report)).toEqual(['host.disk-nearly-full'])
    expect(finding(report, 'host.disk-nearly-full').subject).toBe('/var/lib/debvisor')
  })

  it('calls a large disk at 91 % with room for years healthy', () => {
    const disk = 'system 2051131200 1866529392 184601808 91 12 rw /\n'
    expect(diagnose('performance', { changes: { disk } }).verdict).toBe('healthy')
  })

  it('finds an array that lacks a disk, and none that is whole or only checked', () => {
    const limits = healthy.kernel_limits ?? ''
    const report = diagnose('performance', {
      changes: { kernel_limits: `${limits}degraded=md0 [U_] sdb1[1](F) recovery =  9.1%\n` },
    })
    expect(causes(report)).toEqual(['host.raid-degraded'])
    expect(finding(report, 'host.raid-degraded')).toMatchObject({
      title: 'md0 has lost a disk',
      subject: 'md0',
      detail: expect.stringContaining('md0 [U_] sdb1[1](F) recovery =  9.1%'),
    })
    expect(diagnose('performance', { changes: { kernel_limits: limits } }).verdict).toBe('healthy')
  })

  it('names the disk that is saturated and who waits for it', () => {
    const report = diagnose('performance', {
      changes: {
        disks: `=== uptime
100.00 1
=== diskstats
 254 0 vda 1000 0 8000 1000 1000 0 8000 1000 0 1000 2000
=== sleep
=== uptime
101.00 1
=== diskstats
 254 0 vda 1050 0 8400 9000 1050 0 8400 9000 20 2000 18000
`,
        top: `77\t1.0\t0.0\t9000\tS\t70\t1\t3\tbackup.service\troot\tuser\tdd if=/dev/vda of=/backup\n${own}`,
      },
    })
    expect(causes(report)).toEqual(['performance.disk-busy'])
    expect(finding(report, 'performance.disk-busy')).toMatchObject({
      subject: 'vda',
      detail: expect.stringContaining('dd if=/dev/vda'),
    })
  })

  it('names the session that others wait for', () => {
    const report = diagnose('performance', {
      changes: {
        http: '/api/health\t200\t3200\tapplication/json {}\n',
        pg_backends: `  850  90  0 postgres: 15/main: debvisor debvisor ::1(4000) idle in transaction
  851  90  0 postgres: 15/main: debvisor debvisor ::1(4001) SELECT waiting
`,
        pg_waiting: '  851  92  0 postgres: 15/main: debvisor debvisor ::1(4001) SELECT waiting\n',
        pg_activity: `850,debvisor,debvisor,migration,::1,idle in transaction,Client,70,65,70,,lock table metrics
851,debvisor,debvisor,api,::1,active,Lock,12,12,12,850,select count(*) from metrics
`,
      },
    })
    expect(causes(report)).toEqual(['postgresql.idle-in-transaction'])
    expect(finding(report, 'postgresql.blocked').subject).toBe('pid 850 (debvisor, migration)')
    expect(finding(report, 'performance.slow-api').role).toBe('consequence')
  })

  it('names the query that runs for long and the table that it reads whole', () => {
    const report = diagnose('performance', {
      changes: {
        pg_activity: '852,debvisor,debvisor,api,::1,active,,9,9,9,,select * from samples where host = 7\n',
        pg_tables: 'public.samples\t1\t900000\t800\t0\t900000\n',
      },
    })
    expect(causes(report)).toEqual(['performance.table-scan'])
    expect(finding(report, 'performance.table-scan').subject).toBe('public.samples')
    expect(finding(report, 'performance.slow-query').role).toBe('consequence')
  })

  describe('a collector that works without a pause', () => {
    const settings = (ms: number): string =>
      `${healthy.db_settings}pace\t${ms}\t/etc/debvisor/config.yaml:12 (collector.interval_seconds)\n`
    const pg_rates = 'debvisor\t0\t420\t0\t0\n'

    it('is the likely cause of work that nobody asked for', () => {
      const report = diagnose('performance', { changes: { db_settings: settings(0), pg_rates } })
      expect(causes(report)).toEqual(['performance.no-pause'])
      expect(finding(report, 'performance.no-pause')).toMatchObject({
        subject: '/etc/debvisor/config.yaml:12 (collector.interval_seconds)',
        confidence: 'likely',
        detail: expect.stringContaining('420 transactions a second'),
      })
      const top = own.replace('app.py', 'app.py --poll-interval 0').replace('725\t0.4', '725\t64.0')
      expect(causes(diagnose('performance', { changes: { top } }))).toEqual(['performance.no-pause'])
    })

    it.each([
      ['pauses', { db_settings: settings(10_000), pg_rates }],
      ['is switched off by the same zero, and idle', { db_settings: settings(0) }],
      [
        'serves many dashboards',
        { db_settings: settings(0), pg_rates, own_sockets: 'sockets=120\nopen=0\n' },
      ],
      [
        'tries again, and starts, without a delay',
        {
          db_settings: `${healthy.db_settings}pace\t0\t/etc/debvisor/config.yaml:9 (collector.retry_delay)\n`,
          top: own.replace('app.py', 'app.py --reload-interval 0').replace('725\t0.4', '725\t64.0'),
        },
      ],
      ['has much to collect', { pg_rates, top: own.replace('725\t0.4', '725\t64.0') }],
    ])('is none where it %s', (_, changes) => {
      expect(diagnose('performance', { changes })).toMatchObject({ verdict: 'healthy', unknown: [] })
    })
  })

  describe('children that nobody asks for', () => {
    const spawner = (zombies: number): string =>
      `77\t0.0\t0.0\t9000\tS\t0\t1\t3\tspawner.service\troot\tuser\t/usr/bin/spawner\t0.0\t/system.slice/spawner.service\t-\t0\t0.0\t0\t0.0\t${zombies}\n`

    it('are a notice, and who has them the cause where the kernel has few process ids left', () => {
      const report = diagnose('performance', { changes: { top: spawner(4000) + own } })
      expect(report.verdict).toBe('healthy')
      expect(finding(report, 'performance.zombies')).toMatchObject({
        role: 'notice',
        subject: '/usr/bin/spawner',
      })
      const kernel_limits = altered('kernel_limits', ['threads=29000'])
      const scarce = diagnose('performance', { changes: { top: spawner(27_000) + own, kernel_limits } })
      expect(causes(scarce)).toEqual(['performance.tasks'])
      expect(finding(scarce, 'performance.tasks')).toMatchObject({
        subject: '/usr/bin/spawner',
        detail: expect.stringContaining('27000 ended children'),
      })
      const nobody = diagnose('performance', { changes: { kernel_limits } })
      expect(finding(nobody, 'performance.tasks').subject).toBe('kernel.pid_max')
    })

    it('are not told where they are few', () => {
      const { findings } = diagnose('performance', { changes: { top: spawner(60) + own } })
      expect(findings.map(({ id }) => id)).not.toContain('performance.zombies')
    })
  })

  it('works on a kernel without pressure stall information', () => {
    expect(diagnose('performance', { changes: { pressure: missing } }).verdict).toBe('healthy')
  })

  it('says what one visit cannot see', () => {
    expect(diagnose('performance').blind).toBe(
      'a spike that ended before 14:02 shows only in averages (load 0.2, 0.18, 0.12; pressure of 5 minutes: CPU 1 %, disks 1 %, memory 0 %)',
    )
    const old = diagnose('performance', {
      changes: { pressure: missing, visit: 'at=23:59 now=1795496537 zone=CET\n' },
    })
    expect(old.blind).toBe('a spike that ended before 23:59 shows only in averages (load 0.2, 0.18, 0.12)')
  })
})

describe('the files that DebVisor has open, where the login may not count them', () => {
  const unit = altered('unit', ['LimitNOFILE=1024'])
  const openFiles = (sockets: number, open_files: Change = denied) =>
    diagnose('performance', {
      changes: { unit, own_sockets: `sockets=${sockets}\nopen=-1\n`, open_files },
    })

  it('are unknown, and not few', () => {
    const report = openFiles(14)
    expect(report.verdict).toBe('healthy')
    expect(report.unknown).toEqual([expect.objectContaining({ probe: 'open_files' })])
  })

  it('are too many where the sockets alone are', () => {
    expect(causes(openFiles(900))).toEqual(['performance.descriptors'])
  })

  it('are counted where the second look may', () => {
    const report = openFiles(14, 'open=1000\n')
    expect(causes(report)).toEqual(['performance.descriptors'])
    expect(finding(report, 'performance.descriptors').detail).toContain('1000 descriptors')
    expect(openFiles(14, 'open=20\n')).toMatchObject({
      verdict: 'healthy',
      unknown: [],
    })
  })
})
