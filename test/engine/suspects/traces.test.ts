import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withTraces } from '../../../src/engine/suspects/traces.ts'
import type { Difference } from '../../../src/findings/difference.ts'
import { difference, error, suspected, suspicion, symptom } from './sample-trouble.ts'

const added = (area: string, object: string, now = 'b') => difference(area, object, { was: '', now })
const gone = (area: string, object: string, was = 'a') => difference(area, object, { was, now: '' })

/** Each change by its object, with the objects that only show it: "LINE < UNIT, LIMIT". */
const folded = (...differences: readonly Difference[]): string[] =>
  withTraces(differences).map(({ difference: { object }, traces }) =>
    [object, traces.map((trace) => trace.object).join(', ')].filter((part) => part !== '').join(' < '),
  )

const dropIn = '/etc/systemd/system/debvisor.service.d/limit.conf'
const fileSize = added('line', `${dropIn}:1`, '[Service]\nLimitFSIZE=1M')

describe('what one change shows in several places', () => {
  it('is the line of a unit’s file, its setting and the limit of its process', () => {
    expect(
      folded(
        difference('limit', 'debvisor.service file size'),
        difference('unit', 'debvisor.service LimitFSIZE'),
        difference('unit', 'debvisor.service DropInPaths', { was: '', now: dropIn }),
        fileSize,
      ),
    ).toEqual([
      `${dropIn}:1 < debvisor.service file size, debvisor.service LimitFSIZE, debvisor.service DropInPaths`,
    ])
  })

  it.each([
    ['CPUQuotaPerSecUSec', 'CPUQuota=20%'],
    ['RestartUSec', 'RestartSec=9'],
    ['LimitNOFILESoft', 'LimitNOFILE=64'],
    ['EnvironmentFiles', 'EnvironmentFile=/etc/x'],
  ])('is %s, which %s set', (property, line) => {
    const other = added('line', `${dropIn.replace('limit', 'other')}:1`, 'Nice=19')
    const set = added('line', `${dropIn}:1`, line)
    expect(folded(set, other, difference('unit', `debvisor.service ${property}`))).toEqual([
      `${set.object} < debvisor.service ${property}`,
      other.object,
    ])
  })

  it('is what follows from the one line that changed of a unit, under whatever name', () => {
    const user = difference('line', '/etc/systemd/system/postgresql@.service:9', { was: 'PrivateTmp=no' })
    expect(folded(user, difference('unit', 'postgresql@15-main.service Requires'))).toEqual([
      `${user.object} < postgresql@15-main.service Requires`,
    ])
  })

  it('is a default of systemd, and each unit that has it', () => {
    const set = difference('line', '/etc/systemd/system.conf:30', { now: 'DefaultLimitNOFILE=64' })
    const units = ['nginx.service', 'debvisor.service'].map((unit) =>
      difference('unit', `${unit} LimitNOFILE`),
    )
    expect(folded(set, ...units, difference('limit', 'nginx.service open files'))).toEqual([
      `${set.object} < nginx.service LimitNOFILE, debvisor.service LimitNOFILE, nginx.service open files`,
    ])
  })

  it('is a limit that was set without a file, and the unit’s setting', () => {
    expect(
      folded(difference('limit', 'x.service processes'), difference('unit', 'x.service LimitNPROC')),
    ).toEqual(['x.service LimitNPROC < x.service processes'])
  })

  it('is a new unit, its file and the link that enables it', () => {
    const [line, link, unit] = [
      added('line', '/etc/systemd/system/sweep.timer:1', '[Timer]'),
      added(
        'file',
        '/etc/systemd/system/timers.target.wants/sweep.timer',
        'root:root 0777 link -> ../sweep.timer',
      ),
      added('unit', 'sweep.timer', 'enabled active'),
    ]
    expect(folded(link, unit, line)).toEqual([`${line.object} < ${link.object}, ${unit.object}`])
  })

  it('is a unit that was disabled, and the link that is gone', () => {
    const [unit, link] = [
      difference('unit', 'nginx.service', { was: 'enabled active', now: 'disabled active' }),
      gone(
        'file',
        '/etc/systemd/system/multi-user.target.wants/nginx.service',
        'root:root 0777 link -> /lib/x',
      ),
    ]
    expect(folded(link, unit)).toEqual([`${unit.object} < ${link.object}`])
  })

  it('is a setting of PostgreSQL or of the kernel, and the line that sets it', () => {
    const conf = '/etc/postgresql/15/main/postgresql.conf'
    const pg = difference('line', `${conf}:9`, { was: '#', now: "work_mem = '64kB'" })
    const sysctl = added('line', '/etc/sysctl.d/90-x.conf:1', 'vm/overcommit_memory=2')
    expect(
      folded(
        pg,
        sysctl,
        difference('setting', 'work_mem', { now: `64kB (${conf})` }),
        difference('sysctl', 'vm.overcommit_memory'),
      ),
    ).toEqual([`${pg.object} < work_mem`, `${sysctl.object} < vm.overcommit_memory`])
  })

  it('is a rule of pg_hba.conf and of the firewall, and a mount', () => {
    const lines = [
      added('line', '/etc/postgresql/15/main/pg_hba.conf:3', 'host all bob 10.0.0.0/8 reject'),
      added('line', '/etc/nftables.conf:7', 'tcp dport 5432 counter drop'),
      difference('line', '/etc/fstab:2', { now: 'UUID=1 /srv ext4 ro 0 0' }),
    ]
    expect(
      folded(
        ...lines,
        added('hba', 'host all bob 10.0.0.0 255.0.0.0', 'reject'),
        difference('hba', 'order'),
        added('firewall', 'inet filter input tcp dport 5432', 'drop'),
        difference('mount', '/srv'),
      ),
    ).toEqual([
      `${lines[0]?.object} < host all bob 10.0.0.0 255.0.0.0, order`,
      `${lines[1]?.object} < inet filter input tcp dport 5432`,
      `${lines[2]?.object} < /srv`,
    ])
  })

  it('is the file of a new site, and the link that enables it', () => {
    const link = (target: string) =>
      added('file', '/etc/nginx/sites-enabled/shop', `root:root 0777 link -> ${target}`)
    const line = added('line', '/etc/nginx/sites-available/shop:1', 'server {')
    for (const target of ['/etc/nginx/sites-available/shop', '../sites-available/shop'])
      expect(folded(link(target), line)).toEqual([`${line.object} < ${link(target).object}`])
  })

  it('is the link, where it leads elsewhere now', () => {
    const link = difference('file', '/etc/nginx/sites-enabled/shop', {
      was: 'root:root 0777 link -> /srv/a',
      now: 'root:root 0777 link -> /srv/b',
    })
    expect(folded(gone('line', '/srv/a:1'), added('line', '/srv/b:1'), link)).toEqual([
      `${link.object} < /srv/a:1, /srv/b:1`,
    ])
  })

  it('is a table of the database with all that was of it, and an account with its group', () => {
    expect(
      folded(
        gone('column', 'd.public.hosts.id'),
        gone('index', 'd.public.hosts.by_id'),
        gone('table', 'd.public.hosts'),
        added('group', 'ann'),
        added('user', 'ann'),
      ),
    ).toEqual(['d.public.hosts < d.public.hosts.id, d.public.hosts.by_id', 'ann < ann'])
  })
})

describe('what are two changes', () => {
  it.each<[string, readonly Difference[]]>([
    ['a setting of another unit', [fileSize, difference('unit', 'nginx.service LimitFSIZE')]],
    ['a unit whose name only begins the same', [fileSize, difference('unit', 'debvisor.service-x Nice')]],
    [
      'a setting that neither of two lines names',
      [fileSize, added('line', `${dropIn}:9`, 'Nice=19'), difference('unit', 'debvisor.service User')],
    ],
    [
      'a unit that was disabled, and a line of its file',
      [
        difference('line', '/etc/systemd/system/x.service:3'),
        difference('unit', 'x.service', { was: 'enabled active', now: 'disabled active' }),
      ],
    ],
    ['another limit', [fileSize, difference('limit', 'nginx.service file size')]],
    [
      'a setting with no line of its own',
      [
        difference('line', '/etc/postgresql/15/main/postgresql.conf:9', { now: 'jit = off' }),
        difference('setting', 'work_mem'),
      ],
    ],
    [
      'a setting that another program has too',
      [
        difference('line', '/etc/redis/redis.conf:9', { now: 'timeout 3' }),
        difference('setting', 'timeout', { now: '3 (/etc/postgresql/15/main/postgresql.conf)' }),
      ],
    ],
    [
      'a column of a table that stays',
      [difference('table', 'd.public.hosts'), gone('column', 'd.public.hosts.id')],
    ],
    [
      'a link to what was there before',
      [
        added(
          'file',
          '/etc/nginx/sites-enabled/shop',
          'root:root 0777 link -> /etc/nginx/sites-available/shop',
        ),
        difference('line', '/etc/nginx/sites-available/shop:4'),
      ],
    ],
  ])('%s', (_, differences) => {
    expect(withTraces(differences).map(({ traces }) => traces.length)).toEqual(differences.map(() => 0))
  })
})

describe('a change that shows in three places', () => {
  const told = { unexplained: [error('DebVisor', 'OSError: [Errno 27] File too large')] }
  const dated = { ...fileSize, age: 310 }
  const property = difference('unit', 'debvisor.service LimitFSIZE', { was: 'infinity', now: '1048576' })
  const limit = difference('limit', 'debvisor.service file size')
  const other = difference('file', '/opt/debvisor/app.py', { age: 320 })

  it('is one suspect, so that another change has a place beside it', () => {
    expect(suspected(told, property, limit, dated, other)).toEqual([`${dated.object}!`, other.object])
  })

  it('weighs by the trace that is closest to what is wrong, and by when the file changed', () => {
    const quiet = { ...dated, now: '… and 9 more lines' }
    const [first] = suspicion(told, quiet, property).suspects
    expect(first).toMatchObject({ difference: quiet, traces: [property], isStrong: true })
    expect(first?.reasons).toContain('it changed 10 s before the first error in the log')
    const late = { ...quiet, age: 10 }
    expect(suspicion(told, late, property).suspects[0]?.weight).toBeLessThan(first?.weight ?? 0)
  })

  it('is rare: that it shows three times does not make its words common', () => {
    const named = { findings: [symptom('debvisor.x', { detail: 'it keeps to its bolt_count of 3' })] }
    const line = difference('line', '/etc/postgresql/15/main/postgresql.conf:9', { now: 'bolt_count = 3' })
    const setting = difference('setting', 'bolt_count')
    expect(suspicion(named, line, setting).suspects[0]?.reasons[0]).toBe('what is wrong names bolt_count')
    expect(suspicion(named, line).suspects[0]?.weight).toBeLessThanOrEqual(
      suspicion(named, line, setting).suspects[0]?.weight ?? 0,
    )
  })
})

it('tells each difference once, whichever ones show each other', () => {
  const unit = '/etc/systemd/system/x.service'
  const wanted = '/etc/systemd/system/multi-user.target.wants/x.service'
  const values = fc.constantFrom('', 'a', 'Nice=1', `r:r 0777 link -> ${unit}`, `r:r 0777 link -> ${wanted}`)
  const things = fc.constantFrom(
    ...['unit x.service', 'unit x.service Nice', 'limit x.service file size', 'unit x.service LimitFSIZE'],
    ...[`file ${unit}`, `file ${wanted}`, `line ${unit}:1`, `line ${wanted}:1`, 'table d.s', 'schema d'],
  )
  const one = fc.record({ thing: things, was: values, now: values })
  fc.assert(
    fc.property(fc.uniqueArray(one, { selector: ({ thing }) => thing, maxLength: 10 }), (all) => {
      const given = all.map(({ thing, was, now }) => {
        const [area = '', ...object] = thing.split(' ')
        return difference(area, object.join(' '), { was, now })
      })
      const told = withTraces(given).flatMap((change) => [change.difference, ...change.traces])
      expect(told).toHaveLength(given.length)
      expect(new Set(told)).toEqual(new Set(given))
    }),
  )
})

it('looks thousands of differences up in thousands of lines', () => {
  const lines = Array.from({ length: 1_500 }, (_, i) =>
    added('line', `/etc/sysctl.d/${i}.conf:1`, 'x'.repeat(300)),
  )
  const kernel = Array.from({ length: 1_500 }, (_, i) => difference('sysctl', `net.core.x${i}`))
  expect(withTraces([...lines, ...kernel])).toHaveLength(3_000)
})
