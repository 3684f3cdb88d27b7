import { describe, expect, it } from 'vitest'
import { answerLines } from '../../src/snapshots/answers.ts'
import { compare } from '../../src/snapshots/compare.ts'
import { keepUnread } from '../../src/snapshots/keep-unread.ts'
import { compareWithSibling } from '../../src/snapshots/siblings.ts'
import { factsOf, type Snapshot } from '../../src/snapshots/snapshot.ts'

const NOON = 1_795_500_000
const HOUR = 3_600

type Parts = Readonly<Record<string, string>>
/** What one path was answered with: its parts, with how often they were seen. */
const answer = (path: string, parts: Parts, type = 'application/json', at = NOON): string[] => [
  `answer\t${path}\t${at}\t-\t${type}`,
  ...Object.entries(parts).map(([name, value]) => {
    const [seen = '1', ...rest] = value.split(' ')
    return `answer\t${path} ${name}\t${seen}\t-\t${rest.join(' ')}`
  }),
]
const look = (lines: readonly string[], at = NOON, others: readonly string[] = []): Snapshot => ({
  at,
  asked: { answers: 'a', files: 'f' },
  answers: { answers: [...lines, 'end\t\t0\t\tanswers'], files: [...others, 'end\t\t\t\tfiles'] },
})

function changes(was: readonly string[], now: readonly string[], others?: [string[], string[]]) {
  const result = compare(look(was, NOON, others?.[0]), look(now, NOON + HOUR, others?.[1]))
  if (!result.ok) throw new Error(result.reason)
  return result.compared.answers ?? []
}
const said = (...given: Parameters<typeof changes>): string[] =>
  changes(...given).map(({ path, said: what, worse }) => `${worse ? 'worse' : 'other'}: ${path} ${what}`)

const list: Parts = {
  '(all)': '1 always: list',
  '[]': '8 always: object',
  '[].at': '8 always: time with zone',
  '[].load': '8 always: fraction',
  '[].name': '8 always: text',
}
const hosts = (parts: Parts, type?: string): string[] => answer('/api/hosts', parts, type)
const changed = (parts: Parts): string[] => hosts({ ...list, ...parts })
const { '[].name': _, ...nameless } = list

describe('the form of an answer', () => {
  it('is the same as it was', () => expect(said(hosts(list), hosts(list))).toEqual([]))

  it.each<readonly [string, readonly string[]]>([
    ['the field [].name is gone', hosts(nameless)],
    ['the times of [].at have no zone any more', changed({ '[].at': '8 always: time without zone' })],
    [
      'the times of [].at have no zone any more',
      changed({ '[].at': '8 always: time with zone, time without zone' }),
    ],
    ['the field [].at is text now, and was a time with zone', changed({ '[].at': '8 always: text' })],
    [
      'the field [].at is a fraction now, and was a time with zone',
      changed({ '[].at': '8 always: fraction' }),
    ],
    [
      'the numbers of [].load have no fractions any more',
      changed({ '[].load': '8 always: whole number, zero' }),
    ],
    ['the field [].load is text now, and was a fraction', changed({ '[].load': '8 always: text' })],
    ['the field [].name is always null', changed({ '[].name': '8 always: null' })],
    [
      'the answer is an object now, and was a list',
      hosts({ '(all)': '1 always: object', error: '1 always: text' }),
    ],
    ['it is text/html now, and was application/json', hosts({}, 'text/html')],
  ])('is worse: %s', (what, now) => {
    expect(said(hosts(list), now)).toEqual([`worse: /api/hosts ${what}`])
  })

  it.each<readonly [string, readonly string[]]>([
    ['the field [].owner is new', changed({ '[].owner': '8 always: text' })],
    ['the list is empty', hosts({ '(all)': '1 always: empty list' })],
    ['the field [].name may be true or false too', changed({ '[].name': '8 always: boolean, text' })],
    ['the field [].name is always null', changed({ '[]': '1 always: object', '[].name': '1 always: null' })],
  ])('is another, and no worse: %s', (what, now) => {
    expect(said(hosts(list), now)).toEqual([`other: /api/hosts ${what}`])
  })

  it.each<readonly [string, Parts]>([
    ['a value that is null now and then', { '[].at': '8 always: null, time with zone' }],
    ['an idle host', { '[].load': '8 always: zero' }],
    ['a number that is whole by chance', { '[].load': '8 always: fraction, whole number' }],
    ['a name that is a number', { '[].name': '8 always: number in quotes, text' }],
    ['a field that some lack', { '[].name': '5 sometimes: text' }],
  ])('may have %s', (_what, parts) => expect(said(hosts(list), changed(parts))).toEqual([]))

  it.each<readonly [string, string, Parts, Parts]>([
    [
      'worse',
      'times of [].at lie in the future',
      { '[].at': '8 always: @fresh, @old, time with zone' },
      { '[].at': '8 always: @ahead, @old, time with zone' },
    ],
    [
      'other',
      'the times of [].at are all more than an hour old',
      { '[].at': '8 always: @fresh, time with zone' },
      { '[].at': '8 always: @old, time with zone' },
    ],
    [
      'other',
      'the list is much shorter',
      { '(all)': '1 always: @long, list' },
      { '(all)': '1 always: @short, list' },
    ],
  ])('is %s where %s', (how, what, was, now) => {
    expect(said(changed(was), changed(now))).toEqual([`${how}: /api/hosts ${what}`])
  })

  it.each<readonly [string, Parts, Parts]>([
    [
      'plans',
      { '[].next_run': '8 always: @old, time with zone' },
      { '[].next_run': '8 always: @ahead, time with zone' },
    ],
    [
      'a time that was ahead before',
      { '[].at': '8 always: @ahead, time with zone' },
      { '[].at': '8 always: @ahead, time with zone' },
    ],
    [
      'times of which some are old',
      { '[].at': '8 always: @fresh, @old, time with zone' },
      { '[].at': '8 always: @old, time with zone' },
    ],
    [
      'a list that is short now and then',
      { '(all)': '1 always: @long, @short, list' },
      { '(all)': '1 always: @short, list' },
    ],
    [
      'marks that an earlier bot did not know',
      { '[].at': '8 always: time with zone' },
      { '[].at': '8 always: @ahead, time with zone' },
    ],
  ])('may have %s', (_what, was, now) => expect(said(changed(was), changed(now))).toEqual([]))

  it('that was seen once only tells little', () => {
    const status = (parts: Parts) => answer('/api/status', { '(all)': '1 always: object', ...parts })
    const was = status({ warning: '1 always: text', battery: '1 always: whole number' })
    expect(said(was, status({ battery: '1 always: text' }))).toEqual([
      'other: /api/status the field warning is gone',
      'other: /api/status the field battery is text now, and was a whole number',
    ])
  })

  it('of a path that one look did not ask is not known', () => {
    expect(said(hosts(list), answer('/api/alerts', {}))).toEqual([])
  })

  it('of a page are its scripts, which go by name', () => {
    const page = (...scripts: readonly string[]) =>
      answer('/', Object.fromEntries(scripts.map((name) => [`script ${name}`, '1 script'])), 'text/html')
    expect(said(page('/app.js', '/chart.js'), page('/app.js'))).toEqual([
      'other: / the script /chart.js is not in the page any more',
    ])
    expect(said(page('/app.js'), page())).toEqual(['worse: / the script /app.js is not in the page any more'])
  })
})

describe('where DebVisor was upgraded in between', () => {
  const file = (path: string, value: string) => `file\t${path}\t${NOON}\t\t${value}`
  const upgrades: readonly (readonly [string, string[], string[]])[] = [
    ['its package', ['package\tdebvisor\t\t\t2.4.1'], ['package\tdebvisor\t\t\t2.5.0']],
    [
      'a link',
      [file('/opt/debvisor/current', 'root:root 777 link -> r1')],
      [file('/opt/debvisor/current', 'root:root 777 link -> r2')],
    ],
    [
      'several files',
      ['a', 'b', 'c'].map((name) => file(`/opt/debvisor/${name}.py`, 'root:root 644 file 10 aaa')),
      ['a', 'b', 'c'].map((name) => file(`/opt/debvisor/${name}.py`, 'root:root 644 file 12 bbb')),
    ],
  ]
  it.each(upgrades)('nothing is worse: %s', (_what, was, now) => {
    expect(said(hosts(list), hosts(nameless), [was, now])).toEqual([
      'other: /api/hosts the field [].name is gone',
    ])
  })

  it('one file that somebody edited is no upgrade, nor is a package of others', () => {
    const [was, now] = [
      [file('/opt/debvisor/a.py', 'root:root 644 file 10 aaa'), 'package\tvim\t\t\t1'],
      [file('/opt/debvisor/a.py', 'root:root 644 file 12 bbb'), 'package\tvim\t\t\t2'],
    ]
    expect(said(hosts(list), hosts(nameless), [was, now])[0]).toMatch(/^worse/)
  })
})

describe('numbers of which some had fractions', () => {
  const load = (kinds: string, seen = 60) => hosts({ ...list, '[].load': `${seen} always: ${kinds}` })
  const column = (type: string) => [`column\tdebvisor.public.hosts.load\t\t\t${type}`]
  const whole = 'the numbers of [].load are all whole now, and many had fractions'
  const [was, now] = [load('fraction, whole number, zero'), load('whole number, zero')]

  it('are worse where all are whole since their column changed', () => {
    expect(said(was, now, [column('double precision'), column('integer')])).toEqual([
      `worse: /api/hosts ${whole}`,
    ])
  })

  it('are told alone where nothing of the database changed', () => {
    expect(said(was, now)).toEqual([`other: /api/hosts ${whole}`])
  })

  it('may be whole by chance where there are few', () => {
    expect(said(was, load('whole number, zero', 8), [column('a'), column('b')])).toEqual([])
  })
})

describe('a list that is empty', () => {
  const empty = hosts({ '(all)': '1 always: empty list' })
  const table = (name: string) => `table\t${name}\t\t\ttable`
  it.each<readonly [string, string, string[], string[]]>([
    ['another table of its name', 'worse', [], [table('debvisor.debvisor.hosts')]],
    ['a policy of its table', 'worse', [], ['policy\tdebvisor.public.hosts.tenant\t\t\tall']],
    [
      'another search path',
      'worse',
      ['role\tdebvisor\t\t\tlogin'],
      ['role\tdebvisor\t\t\tlogin search_path=old'],
    ],
    ['another table alone', 'other', [], [table('debvisor.public.audit')]],
    ['another setting alone', 'other', [], ['setting\twork_mem\t\t\t64kB (/etc/x.conf)']],
  ])('beside %s is %s', (_what, how, was, now) => {
    expect(said(hosts(list), empty, [was, now])).toEqual([`${how}: /api/hosts the list is empty`])
  })
})

it('is no difference of the host, which somebody would be suspected of', () => {
  const result = compare(look(hosts(list)), look(hosts(nameless), NOON + HOUR))
  expect(result.ok && result.compared.differences).toEqual([])
})

it('is not compared with that of another host', () => {
  const result = compareWithSibling(
    { name: 'host2', snapshot: look(hosts(list)) },
    { name: 'host1', snapshot: look(hosts(nameless), NOON + HOUR) },
  )
  expect(result.ok && result.compared.answers).toBeUndefined()
})

it('is all of the probe that a snapshot has', () => {
  const printed = ['asked\t/\t200\t200\ttext/html', ...hosts(list), 'end\t\t0\t\tanswers', '=== end']
  expect(answerLines(printed.join('\n')).split('\n')).toEqual([...hosts(list), 'end\t\t0\t\tanswers'])
})

describe('healthy looks remember', () => {
  const next = (was: readonly string[], now: readonly string[], oldest = 0): readonly string[] =>
    keepUnread(look(now, NOON + HOUR), look(was), oldest).answers.answers ?? []
  const kept = (...given: Parameters<typeof next>): readonly string[] => {
    const { facts, whole } = factsOf(look(next(...given)))
    expect(whole.has('answers')).toBe(true)
    return facts.map(({ key, number, value }) => `${key} ${number} ${value}`)
  }

  it('the paths that they did not ask, for as long as anything is remembered', () => {
    const alerts = answer('/api/alerts', { '(all)': '1 always: empty list' }, 'application/json', NOON + HOUR)
    expect(kept(answer('/api/load', { '(all)': '1 always: object' }), alerts)).toEqual([
      `/api/alerts ${NOON + HOUR} application/json`,
      '/api/alerts (all) 1 always: empty list',
      `/api/load ${NOON} application/json`,
      '/api/load (all) 1 always: object',
    ])
    expect(kept(answer('/api/load', {}), alerts, NOON + 1).join()).not.toContain('/api/load')
  })

  it('all kinds that a field has had, and that it was missing once', () => {
    const was = answer('/api/load', {
      '(all)': '1 always: object',
      one: '1 always: null',
      old: '1 always: text',
    })
    const now = answer('/api/load', { '(all)': '1 always: object', one: '2 sometimes: fraction' })
    expect(kept(was, now)).toEqual([
      `/api/load ${NOON} application/json`,
      '/api/load (all) 2 always: object',
      '/api/load one 3 sometimes: fraction, null',
      '/api/load old 1 sometimes: text',
    ])
    expect(said(next(was, now), was)).toEqual([])
  })
})
