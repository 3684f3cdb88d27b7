import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Difference } from '../../src/findings/difference.ts'
import { type Comparison, compare } from '../../src/snapshots/compare.ts'
import { type Snapshot, snapshotOf } from '../../src/snapshots/snapshot.ts'
import { record } from '../engine/sample-runbook.ts'

const NOON = 1_795_500_000
const HOUR = 3_600
const END = 'end\t\t\t\tprobe'

/** A fact as snapshot probes print it. */
const fact = (area: string, key: string, value: string, { number = '', check = '' } = {}): string =>
  [area, key, number, check, value].join('\t')
const unseen = (area: string, what: string): string => fact('unseen', area, what)

/** The file's lines with their numbers; empty ones are comments, which probes leave out. */
const linesOf = (path: string, ...lines: readonly string[]): string[] =>
  lines.flatMap((line, i) => (line === '' ? [] : [fact('line', path, line, { number: `${i + 1}` })]))

const look = (facts: readonly string[], more: Partial<Snapshot> = {}): Snapshot => ({
  at: NOON,
  answers: { probe: [...facts, END] },
  ...more,
})

const compared = (before: Snapshot, after: Snapshot): readonly Difference[] => {
  const comparison = compare(before, after)
  if (!comparison.ok) throw new Error(comparison.reason)
  return comparison.compared.differences
}

/** What differs after an hour, as "OBJECT: WAS → NOW". */
const differences = (before: readonly string[], after: readonly string[]): string[] =>
  compared(look(before), look(after, { at: NOON + HOUR })).map(
    ({ object, was, now }) => `${object}: ${was || '∅'} → ${now || '∅'}`,
  )

const reasonOf = (comparison: Comparison): string => (comparison.ok ? 'none' : comparison.reason)

const CONF = '/etc/nginx/nginx.conf'

describe('the lines of a file', () => {
  const before = linesOf(CONF, 'http {', '', 'gzip on;', 'sendfile on;', '}')

  it('are told where one changed, with its number in the newer text', () => {
    const after = linesOf(CONF, 'http {', '', '', '', 'gzip off;', 'sendfile on;', '}')
    expect(differences(before, after)).toEqual([`${CONF}:5: gzip on; → gzip off;`])
  })

  it('are told where one was added or removed', () => {
    const longer = linesOf(CONF, 'http {', '', 'gzip on;', 'limit_rate 1k;', 'sendfile on;', '}')
    expect(differences(before, longer)).toEqual([`${CONF}:4: ∅ → limit_rate 1k;`])
    expect(differences(longer, before)).toEqual([`${CONF}:4: limit_rate 1k; → ∅`])
  })

  it('are told hunk by hunk, and a long one by its first lines', () => {
    const many = Array.from({ length: 9 }, (_, i) => `allow 10.0.0.${i};`)
    const after = linesOf(CONF, 'http {', ...many, 'gzip on;', 'sendfile off;', '}')
    expect(differences(before, after)).toEqual([
      `${CONF}:2: ∅ → ${many.slice(0, 6).join('\n')}\n… and 3 more lines`,
      `${CONF}:12: sendfile on; → sendfile off;`,
    ])
  })

  it('are not told where only a comment changed', () => {
    const was = fact('file', CONF, 'root:root 0644 file 90 aaaa', { number: `${NOON - 9}` })
    const now = fact('file', CONF, 'root:root 0644 file 99 bbbb', { number: `${NOON + 9}` })
    const after = linesOf(CONF, '', 'http {', 'gzip on;', 'sendfile on;', '}')
    expect(differences([was, ...before], [now, ...after])).toEqual([])
  })

  it('do not hide that the rights of the file changed', () => {
    const was = fact('file', CONF, 'root:root 0644 file 90 aaaa')
    const now = fact('file', CONF, 'root:root 0600 file 90 aaaa')
    expect(differences([was, ...before], [now, ...before])).toEqual([
      `${CONF}: root:root 0644 file 90 aaaa → root:root 0600 file 90 aaaa`,
    ])
  })

  it('are told where they hide a secret that is another one now', () => {
    const secret = (check: string) =>
      fact('line', '/etc/app.env', 'PASSWORD=(hidden)', { number: '1', check })
    expect(differences([secret('abc')], [secret('abc')])).toEqual([])
    expect(differences([secret('abc')], [secret('abd')])).toEqual([
      '/etc/app.env:1: PASSWORD=(hidden) → PASSWORD=(hidden)',
    ])
  })

  it('tell when the file changed, by the clock of the host', () => {
    const file = (number: number) =>
      fact('file', CONF, 'root:root 0644 file 90 aaaa', { number: `${number}` })
    const clock = (now: number) => fact('host', 'now', '', { number: `${now}` })
    const after = linesOf(CONF, 'http {', '', 'gzip off;', 'sendfile on;', '}')
    const [difference] = compared(
      look([...before, file(5), clock(10)]),
      look([...after, file(1_000), clock(1_420)], { at: NOON + HOUR }),
    )
    expect(difference?.age).toBe(420)
  })

  it('are told with the links that lead to the file, or to a folder above it, at either time', () => {
    const link = (path: string, target: string) =>
      fact('file', path, `root:root 0777 link -> ${target} acl=m:r-x`)
    const [was, now] = ['on', 'off'].map((line) => linesOf('/etc/nginx/sites-available/shop', line))
    const before = [link('/etc/nginx/sites-enabled/shop', '../sites-available/shop'), ...(was ?? [])]
    const after = [link('/srv/nginx', '/etc/nginx/'), link('/srv/x', '/etc/ngin'), ...(now ?? [])]
    const found = compared(look(before), look(after, { at: NOON + HOUR }))
    expect(found.find(({ area }) => area === 'line')?.links).toEqual([
      '/etc/nginx/sites-enabled/shop',
      '/srv/nginx/sites-available/shop',
    ])
    const [alone] = compared(look(was ?? []), look(now ?? [], { at: NOON + HOUR }))
    expect(alone).not.toHaveProperty('links')
  })

  it('are a new file’s only difference, and a new folder’s', () => {
    const added = [
      fact('file', '/etc/new.d', 'root:root 0755 folder'),
      fact('file', '/etc/new.d/a.conf', 'root:root 0644 file 5 aaaa'),
      ...linesOf('/etc/new.d/a.conf', 'on'),
    ]
    expect(differences([], added)).toEqual(['/etc/new.d/a.conf:1: ∅ → on'])
    expect(differences(added, [])).toEqual(['/etc/new.d/a.conf:1: on → ∅'])
  })

  it('do not stand for what else is in their folder', () => {
    const folder = (digest: string) => fact('file', '/etc/nginx', `root:root 0755 folder 40 files ${digest}`)
    const after = linesOf(CONF, 'http {', '', 'gzip off;', 'sendfile on;', '}')
    expect(differences([folder('aaaa'), ...before], [folder('bbbb'), ...after])).toHaveLength(2)
  })

  it('stand for the file too where all of them are gone', () => {
    const was = [fact('file', CONF, 'root:root 0644 file 90 aaaa'), ...before]
    expect(differences(was, [fact('file', CONF, 'root:root 0644 file 0 bbbb')])).toHaveLength(1)
  })

  it('that could not be read before do not hide that the file is new', () => {
    const now = [fact('file', CONF, 'root:root 0644 file 90 aaaa'), ...before]
    expect(differences([unseen('line', `${CONF}: more than 64 KB`)], now)).toEqual([
      `${CONF}: ∅ → root:root 0644 file 90 aaaa`,
    ])
  })
})

describe('what one of the two could not see', () => {
  const key = '/etc/ssl/private/site.key'

  it('is not told where only one has it, and is told where both do', () => {
    const blind = unseen('file', '/etc/ssl/private: permission denied')
    expect(differences([fact('file', key, 'root:root 0600 file 1 aaaa')], [blind])).toEqual([])
    expect(differences([blind], [fact('file', key, 'root:root 0600 file 1 aaaa')])).toEqual([])
    expect(
      differences(
        [fact('file', key, 'root:root 0600 file 1 aaaa')],
        [blind, fact('file', key, 'root:root 0600 file 1 bbbb')],
      ),
    ).toHaveLength(1)
  })

  it('is all of an area where no key is named, and nothing of other areas', () => {
    const was = [fact('setting', 'work_mem', '4MB'), fact('file', '/etc/hosts', 'root:root 0644 file 1 aaaa')]
    expect(differences(was, [unseen('setting', ': psql: connection refused')])).toEqual([
      '/etc/hosts: root:root 0644 file 1 aaaa → ∅',
    ])
  })

  it('is listed once, with the reason', () => {
    const blind = unseen('file', '/etc/ssl/private: permission denied')
    const comparison = compare(look([blind]), look([blind]))
    expect(comparison).toMatchObject({
      ok: true,
      compared: { unseen: ['file /etc/ssl/private: permission denied'] },
    })
  })

  it('is the whole of an answer that was cut, or that did not come', () => {
    const whole = [fact('package', 'nginx', '1.22'), END]
    const other = [fact('sysctl', 'vm.swappiness', '60'), END]
    const before = { at: NOON, answers: { files: whole, system: other } }
    expect(compared(before, { at: NOON, answers: { files: ['package\tngi'], system: other } })).toEqual([])
    expect(compared(before, { at: NOON, answers: { system: other } })).toEqual([])
    expect(reasonOf(compare(before, { at: NOON, answers: { files: whole.slice(0, 1) } }))).toBe(
      'no part of it was asked the same and read whole both times',
    )
  })
})

describe('two looks', () => {
  it('are not compared where they are of two hosts', () => {
    const machine = (id: string) => look([fact('host', 'machine-id', id)])
    expect(reasonOf(compare(machine('aaa'), machine('bbb')))).toBe('it is of another host')
    expect(reasonOf(compare(machine('aaa'), machine('aaa')))).toBe('none')
    const behind = (hostKey: string) => look([], { hostKey })
    const renewed = (hostKey: string) => ({ ...machine('aaa'), hostKey })
    expect(compare(renewed('SHA256:a'), renewed('SHA256:b')).ok).toBe(true)
    expect(reasonOf(compare(behind('SHA256:a'), behind('SHA256:b')))).toBe('it is of another host')
    expect(reasonOf(compare(behind('SHA256:a'), look([])))).toBe('none')
  })

  it('are not compared where the earlier one is the newer one', () => {
    expect(reasonOf(compare(look([], { at: NOON + 1 }), look([])))).toBe('it is newer than this look')
  })

  it('are compared only in what was asked the same way, for another script prints other facts', () => {
    const of = (script: string, ...facts: readonly string[]) =>
      snapshotOf(
        [
          record('files', { command: `sh ${script}`, stdout: [...facts, END].join('\n') }),
          record('system', { command: 'sh system.sh', stdout: END }),
        ],
        { at: NOON, hostKey: undefined },
      )
    const added = fact('file', '/etc/new', 'root:root 0644 file 1 aaaa')
    expect(compared(of('files.sh'), of('files.sh', added))).toHaveLength(1)
    expect(compared(of('files.sh'), of('files.sh /etc/new', added))).toEqual([])
  })

  it('tell which probes are left out, also one that answered neither time', () => {
    const of = (...lost: readonly string[]) =>
      snapshotOf(
        ['files', 'system'].map((id) =>
          record(id, lost.includes(id) ? { status: 'timed-out' } : { stdout: `${END}\n` }),
        ),
        { at: NOON, hostKey: undefined },
      )
    const unseen = (before: Snapshot, after: Snapshot) => {
      const result = compare(before, after)
      return result.ok ? result.compared.unseen : result.reason
    }
    const system = ['all of system: not asked the same, or not answered whole, both times']
    expect(unseen(of(), of())).toEqual([])
    expect(unseen(of(), of('system'))).toEqual(system)
    expect(unseen(of('system'), of('system'))).toEqual(system)
  })

  it('tell how far they lie apart', () => {
    expect(compare(look([]), look([], { at: NOON + 90 }))).toMatchObject({ compared: { seconds: 90 } })
  })

  it('leave out probes that did not answer', () => {
    const records = [
      record('a', { stdout: `x\n\n${END}\n` }),
      record('b', { status: 'timed-out', stdout: END }),
    ]
    expect(snapshotOf(records, { at: 5, hostKey: undefined })).toMatchObject({
      at: 5,
      answers: { a: ['x', END] },
    })
    expect(snapshotOf(records, { at: 5, hostKey: undefined }).answers).not.toHaveProperty('b')
  })
})

describe('what follows from something else', () => {
  const followed = (before: readonly string[], after: readonly string[]): boolean[] =>
    compared(look(before), look(after, { at: NOON + HOUR })).map((one) => one.followed)
  const unit = (value: string) => [fact('unit', 'debvisor.service', value, { number: `${NOON}` })]

  it('is a listener that came or went', () => {
    const listener = [fact('listener', 'tcp 0.0.0.0:80', 'LISTEN nginx')]
    expect(followed(listener, [])).toEqual([true])
    expect(followed([], listener)).toEqual([true])
  })

  it('is what a unit does, but not whether it is enabled, nor its settings', () => {
    expect(followed(unit('enabled active'), unit('enabled failed(failed exit-code)'))).toEqual([true])
    expect(followed(unit('enabled active'), unit('masked inactive'))).toEqual([false])
    expect(followed(unit('enabled active'), [])).toEqual([false])
    const limit = (value: string) => [fact('unit', 'debvisor.service LimitNOFILE', value)]
    expect(followed(limit('1024'), limit('64'))).toEqual([false])
  })

  it('is a unit that is told because it failed, but not one that was made', () => {
    const backup = (value: string) => [fact('unit', 'backup.service', value)]
    expect(followed([], backup('static failed(failed exit-code)'))).toEqual([true])
    expect(followed(backup('static failed(failed exit-code)'), [])).toEqual([true])
    expect(followed([], backup('enabled failed(failed exit-code)'))).toEqual([false])
    expect(followed([], backup('enabled active'))).toEqual([false])
  })

  it('is a process, unless it is a new one of others', () => {
    const process = (name: string, value = '1') => fact('process', name, value, { number: `${NOON + 60}` })
    expect(followed([process('root backup')], [])).toEqual([true])
    expect(followed([process('root backup')], [process('root backup', '2 to 5')])).toEqual([true])
    expect(followed([], [process('postgres postgres')])).toEqual([true])
    expect(followed([], [process('root backup')])).toEqual([false])
  })

  it('is no new process where it was there already, too young to be seen', () => {
    const started = (at: number) => fact('process', 'root backup', '1', { number: `${at}` })
    expect(differences([], [started(NOON - 1)])).toEqual([])
    expect(differences([], [started(NOON + 1)])).toEqual(['root backup: ∅ → 1'])
    expect(differences([], [started(0)])).toHaveLength(1)
  })
})

describe('whatever a host prints', () => {
  const word = fc.constantFrom(
    'line',
    'file',
    'unit',
    'process',
    'host',
    'unseen',
    'end',
    'now',
    '/a',
    '/a/b',
    '',
    '1',
  )
  const hostile = fc.oneof(
    fc
      .array(fc.oneof(word, fc.string({ maxLength: 6 })), { maxLength: 8 })
      .map((columns) => columns.join('\t')),
    fc.constantFrom(
      'host\tnow\t1e999\t\t',
      'file\t/a\t99999999999999999999\t\tx',
      '__proto__\t__proto__\t\t\tx',
      'file\t/a\t-5\t\ty',
    ),
    fc.string(),
  )
  const looks = fc.array(hostile, { maxLength: 30 }).map((facts) => look(facts))

  it('is compared without an exception, and with ages that are numbers', () => {
    fc.assert(
      fc.property(looks, looks, (before, after) => {
        const comparison = compare(before, after)
        if (!comparison.ok) return
        for (const { age } of comparison.compared.differences) {
          expect(age === undefined || (Number.isSafeInteger(age) && age >= 0)).toBe(true)
        }
      }),
    )
  })

  it('does not differ from itself', () => {
    fc.assert(
      fc.property(looks, (one) => {
        expect(compared(one, one)).toEqual([])
      }),
    )
  })

  /** Without lines that stand twice, whose hunks may be cut in more than one way. */
  const facts = fc
    .record({
      lines: fc.subarray(['a', 'b', 'c', 'd', 'e', 'f']),
      things: fc.dictionary(fc.constantFrom('nginx', 'redis', 'perl'), fc.constantFrom('1', '2', '3')),
    })
    .map(({ lines, things }) =>
      look([
        ...linesOf('/etc/x.conf', ...lines),
        ...Object.entries(things).map(([name, version]) => fact('package', name, version)),
      ]),
    )

  it('differs the other way round where the looks are swapped', () => {
    const sidesOf = (all: readonly Difference[]) =>
      all.map(({ area, was, now }) => JSON.stringify({ area, was, now })).sort()
    fc.assert(
      fc.property(facts, facts, (one, other) => {
        const swapped = compared(other, one).map((each) => ({ ...each, was: each.now, now: each.was }))
        expect(sidesOf(compared(one, other))).toEqual(sidesOf(swapped))
      }),
    )
  })

  it('is one difference where all of a long file differs', () => {
    const long = (letter: string) =>
      look(linesOf('/etc/long', 'same', ...Array.from({ length: 20_000 }, (_, i) => `${letter}${i}`), 'last'))
    const [difference, ...others] = compared(long('a'), long('b'))
    expect(others).toEqual([])
    expect(difference).toMatchObject({ object: '/etc/long:2', area: 'line' })
    expect(difference?.now).toBe('b0\nb1\nb2\nb3\nb4\nb5\n… and 19994 more lines')
  })
})
