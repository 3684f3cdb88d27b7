import { describe, expect, it } from 'vitest'
import { suspectsOf } from '../../../src/engine/suspects/suspects.ts'
import type { Difference } from '../../../src/findings/difference.ts'
import { difference, error, finding, suspected, suspicion, symptom } from './sample-trouble.ts'

const site = '/etc/nginx/sites-enabled/debvisor'
const gzip = difference('line', `${site}:31`, { was: 'gzip off;', now: 'gzip on;' })
const workMem = difference('setting', 'work_mem', { was: '4MB', now: '64kB' })

/** All differences in the order in which they are told. */
const ranked = (...given: Parameters<typeof suspicion>): string[] =>
  suspicion(...given).ranked.map(({ difference: { object } }) => object)
const reasons = (...given: Parameters<typeof suspicion>): readonly string[] =>
  suspicion(...given).suspects[0]?.reasons ?? []

describe('what weighs', () => {
  it('is first what the errors name, then where it lies, then when it changed', () => {
    const told = {
      findings: [symptom('debvisor.slow')],
      unexplained: [error('DebVisor', `bad line in ${site}`)],
    }
    const near = difference('file', '/opt/debvisor/app.py')
    const recent = difference('file', '/etc/nginx/mime.types', { age: 310 })
    const far = difference('file', '/etc/nginx/fastcgi_params')
    expect(ranked(told, far, recent, near, gzip)).toEqual([
      `${site}:31`,
      near.object,
      recent.object,
      far.object,
    ])
  })

  it('is nothing where a log has grown, but another owner of it counts', () => {
    const told = { findings: [symptom('debvisor.slow')] }
    const log = '/var/log/debvisor/panel-access.log'
    const of = (was: string, now: string) => difference('file', log, { was, now, age: 5 })
    const before = 'www-data:www-data 0644 file 1912'
    expect(ranked(told, of(before, 'www-data:www-data 0644 file 4652'))).toEqual([])
    expect(ranked(told, of(before, 'root:root 0640 file 1912'))).toEqual([log])
    expect(ranked(told, of(before, ''))).toEqual([log])
  })

  it('is told with the reasons', () => {
    const told = { unexplained: [error('nginx', `unknown directive in ${site}:31`, { first: 60 })] }
    expect(reasons(told, { ...gzip, age: 100 })).toEqual([
      `what is wrong names ${site}`,
      'it belongs to nginx, where the trouble is',
      'it changed 40 s before the first error in the log',
    ])
  })

  it('is less where it changed after the first error', () => {
    const told = { unexplained: [error('DebVisor', 'it broke', { first: 300 })] }
    const early = difference('file', '/opt/debvisor/early.py', { age: 310 })
    const late = difference('file', '/opt/debvisor/late.py', { age: 200 })
    const undated = difference('file', '/opt/debvisor/undated.py')
    expect(ranked(told, late, undated, early)).toEqual([early.object, undated.object, late.object])
    expect(suspected(told, late)).toEqual([])
  })

  it('does not go by errors that were there before the healthy run', () => {
    const old = error('DebVisor', 'it nags', { first: 50_000 })
    const late = difference('file', '/opt/debvisor/late.py', { age: 200 })
    expect(suspected({ unexplained: [old], seconds: 3_600 }, late)).toEqual([late.object])
    expect(suspected({ unexplained: [old], seconds: 86_400 }, late)).toEqual([])
  })

  it('counts what lies further along the way of a request, and not what lies before it', () => {
    const told = { findings: [symptom('postgresql.slow')] }
    expect(reasons(told, difference('sysctl', 'vm.overcommit_memory'), gzip)).toEqual([
      'all of the platform stands on it',
    ])
    expect(suspected(told, gzip)).toEqual([])
  })

  it('is an apt kind of change too', () => {
    const told = { findings: [symptom('debvisor.slow', { title: 'requests wait' })] }
    const limit = difference('line', `${site}:9`, { was: '', now: 'limit_req zone=api burst=1;' })
    const color = difference('line', `${site}:8`, { was: '', now: 'add_header X-Color blue;' })
    const [first] = suspicion(
      { findings: [symptom('nginx.slow', { title: 'requests wait' })] },
      color,
      limit,
    ).suspects
    expect(first?.difference).toBe(limit)
    expect(suspected(told, color)).toEqual([])
  })
})

describe('what is named', () => {
  const named = (said: string, one: Difference): boolean =>
    reasons({ findings: [symptom('nginx.x')], unexplained: [error('nginx', said)] }, one).some((reason) =>
      reason.startsWith('what is wrong names'),
    )

  it('is a path as a whole, and not the beginning of another', () => {
    const config = difference('file', '/etc/nginx/nginx.conf')
    expect(named('unknown directive in /etc/nginx/nginx.conf:31', config)).toBe(true)
    expect(named('cannot read /etc/nginx/nginx.conf.', config)).toBe(true)
    expect(named('cannot read /etc/nginx/nginx.conf.bak', config)).toBe(false)
    expect(named('cannot read /srv/etc/nginx/nginx.conf', config)).toBe(false)
  })

  it('is the file that a link of this name leads to', () => {
    const target = difference('line', '/etc/nginx/sites-available/shop:3', {
      links: ['/etc/nginx/sites-enabled/shop'],
    })
    const told = { unexplained: [error('nginx', 'unknown directive in /etc/nginx/sites-enabled/shop:3')] }
    expect(reasons(told, target)[0]).toBe('what is wrong names /etc/nginx/sites-enabled/shop')
    expect(reasons(told, { ...target, links: [] })[0]).not.toContain('names')
  })

  it('is not a folder that all lies in', () => {
    const mount = (path: string) => difference('mount', path)
    const told = {
      findings: [symptom('nginx.x')],
      unexplained: [error('nginx', 'cannot open /var/log/nginx/x.log')],
    }
    expect(reasons(told, mount('/var'))).toEqual(['all of the platform stands on it'])
    expect(reasons(told, mount('/var/log'))[0]).toBe('what is wrong lies in /var/log')
  })

  it('is an object of PostgreSQL by its own name, or by its table in a STATEMENT', () => {
    const statement = '2026-11-24 03:16:00 UTC [8] a@b STATEMENT:  SELECT * FROM metrics WHERE cpu > 5'
    const slow = symptom('postgresql.slow', { evidence: [{ probe: 'log', text: statement }] })
    const index = difference('index', 'debvisor.public.metrics.metrics_time_idx', { now: '' })
    expect(reasons({ findings: [slow] }, index)[0]).toBe('what is wrong names its table metrics')
    const trigger = difference('trigger', 'debvisor.public.hosts.refuse_all', { was: '' })
    const told = { unexplained: [error('PostgreSQL', 'function refuse_all() raised it')] }
    expect(reasons(told, trigger)[0]).toBe('what is wrong names refuse_all')
  })

  it('is a function by its name, and not by its arguments', () => {
    const changed = difference('function', 'debvisor.public.prune(integer, note text)')
    expect(named('ERROR: prune(integer, text) failed', changed)).toBe(true)
    expect(named('ERROR: create table x (note text) failed', changed)).toBe(false)
  })

  it.each(['debvisor.service', 'nginx', 'debvisor.public', 'postgresql'])(
    'is not %s, which is everywhere',
    (name) => {
      expect(named('debvisor, nginx, postgresql and public: service failed', difference('unit', name))).toBe(
        false,
      )
    },
  )

  it('is not what a finding quotes of a host that is well', () => {
    const quoting = symptom('nginx.x', { evidence: [{ probe: 'ps', text: `nginx -c ${site}` }] })
    expect(reasons({ findings: [quoting] }, gzip)).toEqual(['it belongs to nginx, where the trouble is'])
  })

  it('is not what has the words of any statement in it', () => {
    const proven = finding('postgresql.locked', {
      evidence: [
        { probe: 'log', text: 'STATEMENT:  insert into a select x from b where y values with returning' },
      ],
    })
    const other = difference('function', 'debvisor.public.f_other()', {
      was: '',
      now: 'insert into c select z from d where w values with returning',
    })
    expect(suspected({ findings: [proven] }, other)).toEqual([])
  })
})

describe('what is not as in its package', () => {
  const packaged = (object: string, conffile: boolean) =>
    difference('file', object, {
      was: 'as in package nginx',
      unlike: { kind: 'package', name: 'nginx', conffile },
    })
  const program = packaged('/usr/sbin/nginx', false)
  const conffile = packaged('/etc/nginx/nginx.conf', true)
  const quiet = { findings: [symptom('nginx.odd')] }

  it('is told where it belongs to what fails, unless people are meant to edit it', () => {
    expect(suspected(quiet, conffile, program)).toEqual([program.object])
    expect(suspected({ findings: [symptom('debvisor.odd')] }, program)).toEqual([])
  })

  it('weighs more where it changed just before the first error, however old that is', () => {
    const [first] = suspectsOf({
      findings: [],
      unexplained: [error('nginx', 'it broke', { first: 90_000 })],
      compared: {
        with: { kind: 'packages' },
        seconds: 0,
        differences: [{ ...program, age: 90_040 }],
        unseen: [],
      },
    }).suspects
    expect(first?.reasons).toContain('it changed 40 s before the first error in the log')
  })

  it('is told of what people edit where it is named, and never stands out', () => {
    const named = {
      findings: [symptom('nginx.odd', { detail: 'bad /etc/nginx/nginx.conf, not /usr/sbin/nginx' })],
    }
    expect(suspected(named, conffile, program)).toEqual([program.object, conffile.object])
  })
})

describe('what is not as on a sibling', () => {
  const unlike = { kind: 'sibling', name: 'web2' } as const

  it('weighs less than what changed, and stands out where an error names it alone', () => {
    const told = { findings: [symptom('nginx.odd')] }
    expect(suspected(told, { ...gzip, unlike })).toEqual([])
    expect(suspected(told, gzip)).toEqual([gzip.object])
    const named = { unexplained: [error('nginx', `bad ${site}`)] }
    expect(suspected(named, { ...gzip, unlike })).toEqual([`${gzip.object}!`])
  })
})

describe('what is not as in its package', () => {
  const file = difference('file', '/usr/share/nginx/html/x.conf', {
    was: 'as in package nginx-common',
    now: 'another content',
    unlike: { kind: 'package', name: 'nginx-common', conffile: false },
  })

  it.each([
    'another process holds the lock',
    'unexpected content of a reply',
    'ModuleNotFoundError: No module named flask',
    'permission denied',
  ])('is not suspected for how that is told: %s', (said) => {
    const told = { findings: [symptom('debvisor.odd')], unexplained: [error('DebVisor', said)] }
    expect(suspected(told, file)).toEqual([])
    expect(suspicion(told, file).ranked[0]?.reasons).toEqual([])
  })
})

describe('nobody’s suspect', () => {
  const told = { findings: [symptom('debvisor.down')], unexplained: [error('DebVisor', 'it broke')] }

  it('is what followed from something else', () => {
    expect(suspicion(told, difference('listener', 'tcp 0.0.0.0:5000', { now: '', followed: true }))).toEqual({
      suspects: [],
      ranked: [],
    })
  })

  it.each(['Description=DebVisor, the new one', 'Documentation=https://debvisor.example', '[Unit]', ''])(
    'is %j, which only people read',
    (now) => {
      const line = difference('line', '/etc/systemd/system/debvisor.service:2', {
        was: 'Description=DebVisor',
        now,
      })
      expect(suspected(told, line)).toEqual([])
      expect(suspected(told, { ...line, now: 'User=nobody' })).toHaveLength(1)
    },
  )

  it('is there where no healthy run is, or nothing is wrong with what could be looked at', () => {
    expect(suspected({}, gzip, workMem)).toEqual([])
  })
})

describe('one that stands out', () => {
  const told = { unexplained: [error('nginx', 'limiting requests by zone "slowpath"')] }
  const zone = difference('line', '/etc/nginx/nginx.conf:9', {
    was: '',
    now: 'limit_req_zone x zone=slowpath;',
    age: 320,
  })
  const use = difference('line', `${site}:31`, { was: '', now: 'limit_req zone=slowpath;', age: 320 })
  const named = difference('line', '/etc/nginx/nginx.conf:4', { age: 310 })
  const nameIt = { unexplained: [error('nginx', 'bad /etc/nginx/nginx.conf')] }

  it('is ahead of all others by some distance', () => {
    expect(suspected(nameIt, named, gzip)).toEqual(['/etc/nginx/nginx.conf:4!', `${site}:31`])
    const rival = difference('line', '/etc/nginx/nginx.conf:7', { age: 311 })
    expect(suspected(nameIt, named, rival)).toEqual(['/etc/nginx/nginx.conf:4', '/etc/nginx/nginx.conf:7'])
  })

  it('may have the other parts of one change beside it', () => {
    expect(suspected(told, zone, use)[0]).toMatch(/!$/)
    const others = { was: '', now: 'limit_req zone=slowpath nodelay;', age: 320 }
    const third = difference('line', '/etc/nginx/conf.d/x.conf:1', others)
    expect(suspected(told, zone, use, third).join()).not.toContain('!')
  })

  it('is none where its weight is low', () => {
    expect(suspected({ findings: [symptom('nginx.x')] }, gzip)).toEqual([`${site}:31`])
  })

  it('has at most two others beside it', () => {
    const many = Array.from({ length: 9 }, (_, i) => difference('line', `/etc/nginx/nginx.conf:${i}`))
    expect(suspected(nameIt, ...many)).toHaveLength(3)
    expect(suspicion(nameIt, ...many).ranked).toHaveLength(9)
  })
})

describe('beside a proven cause', () => {
  const proven = finding('nginx.config', { detail: 'unknown directive in /etc/nginx/nginx.conf' })
  const config = difference('line', '/etc/nginx/nginx.conf:4', { age: 100 })

  it('only what is named is told, and never in the headline', () => {
    expect(suspected({ findings: [proven] }, gzip, config)).toEqual(['/etc/nginx/nginx.conf:4'])
  })

  it('all is told again where an error goes on that nothing explains', () => {
    expect(
      suspected({ findings: [proven], unexplained: [error('nginx', 'odd')] }, gzip, config),
    ).toHaveLength(2)
    const foreign = error('nginx', 'odd', { strangers: true })
    expect(suspected({ findings: [proven], unexplained: [foreign] }, gzip, config)).toHaveLength(1)
  })
})

it('weighs very many differences against very long findings, whatever they repeat', () => {
  const many = Array.from({ length: 3_000 }, (_, i) =>
    difference('file', `/etc/${i}`, { was: `x${i}`, now: `y${i}` }),
  )
  for (const word of ['takes ', 'a_-', '/var/', 'no such', 'at (', '    ']) {
    const detail = word.repeat(100_000 / word.length)
    const findings = [symptom('debvisor.slow', { title: 'slow', detail })]
    expect(suspicion({ findings }, ...many).ranked).toHaveLength(many.length)
  }
})

it('weighs whatever a host calls its areas', () => {
  const odd = ['constructor', '__proto__', 'toString', ''].map((area) => difference(area, 'x'))
  for (const { weight } of suspicion({ unexplained: [error('the host', 'it broke')] }, ...odd).suspects)
    expect(weight).toBe(60)
})
