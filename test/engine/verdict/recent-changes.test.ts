import { describe, expect, it } from 'vitest'
import { nextWave } from '../../../src/engine/plan/plan.ts'
import { sinceOf } from '../../../src/engine/runbook/run-window.ts'
import { judge } from '../../../src/engine/verdict/judge.ts'
import { host, problems, record, recordsOf, runbook, topic } from '../sample-runbook.ts'

const touched = `probes:
  touched:
    title: Touched
    run: touched {{since}}
    parse: { table: { separator: "\\t", columns: { kind: string, age: int, at: string, name: string } } }
  clock: { title: Clock, run: date, parse: lines }
findings:
  clock.odd:
    { title: t, when: clock.lines.size() > 1, severity: critical, subject: s, detail: d, evidence: [clock], resolution: [r] }
changed: touched
blind: what came before \${clock.lines[0]}
`
const watch = runbook(topic(touched))
const visit = { at: 0, since: { kind: 'healthy-run', seconds: 7_200 } } as const
const judged = (stdout: string, clock = '14:02\n') =>
  judge({
    ...{ runbook: watch, parameters: {}, host, visit, ms: 1, login: 'bot' },
    records: recordsOf(record('touched', { stdout }), record('clock', { stdout: clock })),
  })

describe('what was changed', () => {
  it('stands in the report, newest first, with how far back was asked', () => {
    const report = judged('package\t1200\t13:40\tnginx 1.22\nfile\t120\t13:58\t/etc/nginx/nginx.conf\n')
    expect(report.changed).toEqual({
      since: { kind: 'healthy-run', seconds: 7_200 },
      items: [
        { kind: 'file', name: '/etc/nginx/nginx.conf', at: '13:58', age: 120 },
        { kind: 'package', name: 'nginx 1.22', at: '13:40', age: 1_200 },
      ],
    })
  })

  it('is ranked where something is wrong, and only there', () => {
    const rows = 'package\t60\t14:01\tfonts-x 1\nfile\t900\t13:40\t/etc/hosts\n'
    expect(judged(rows).changed).not.toHaveProperty('related')
    const { items, related } = judged(rows, 'a\nb\n').changed ?? {}
    expect(items?.map(({ name }) => name)).toEqual(['/etc/hosts', 'fonts-x 1'])
    expect(related).toBe(1)
  })

  it('never changes the verdict', () => {
    expect(judged('file\t1\t13:58\t/etc/hosts\n').verdict).toBe('healthy')
    expect(judged('file\t1\t13:58\t/etc/hosts\n', 'a\nb\n').verdict).toBe('problem')
  })

  it('leaves out rows of another shape, and is absent where no probe answered', () => {
    expect(judged('directory\t1\t13:58\t/etc\nfile\tnow\t13:58\t/x\nfile\n').changed?.items).toEqual([])
    const silent = recordsOf(record('touched', { status: 'timed-out', exitCode: null }))
    const report = judge({ runbook: watch, parameters: {}, host, visit, ms: 1, login: 'x', records: silent })
    expect(report.changed).toBeUndefined()
  })

  it('is asked back to the last healthy run', () => {
    const { commands } = nextWave(watch, { parameters: {}, host, visit }, new Map())
    expect(commands.map(({ text }) => text)).toContain("touched '7200'")
  })

  it.each([
    [undefined, { kind: 'day', seconds: 86_400 }],
    [41.2, { kind: 'healthy-run', seconds: 42 }],
    [40 * 86_400, { kind: 'day', seconds: 86_400 }],
    [-3, { kind: 'healthy-run', seconds: 1 }],
  ] as const)('of a healthy run %s seconds ago is %o', (seconds, since) => {
    expect(sinceOf(seconds)).toEqual(since)
  })
})

describe('what one visit cannot see', () => {
  it('is said with the verdict, and not said where it is not known', () => {
    expect(judged('').blind).toBe('what came before 14:02')
    expect(judged('', '').blind).toBeUndefined()
  })
})

describe('a runbook with', () => {
  it.each([
    ['changed: clock\n', 'must give rows with kind (string), name (string), at (string), age (int)'],
    ['changed: nothing\n', 'there is no probe `nothing`'],
    ['changed: touched\nblind: ${cloc.lines[0]}\n', 'cloc'],
    [
      'changed: touched\nparameters: { since: { type: number, default: 1, description: d } }\n',
      '`{{since}}`',
    ],
    [
      'changed: touched\nfixes: { f: { title: t, steps: [[x, "{{since}}"]], effect: e, risk: r } }\n',
      '{{since}}',
    ],
  ])('%j is refused', (end, said) => {
    const [own = ''] = touched.split('changed: ')
    expect(problems(topic(own + end)).join('\n')).toContain(said)
  })
})
