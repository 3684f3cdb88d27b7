import { describe, expect, it } from 'vitest'
import { evidenceContext } from '../../../src/engine/plan/evidence-context.ts'
import { host, problems, record, recordsOf, runbook, topic } from '../sample-runbook.ts'

const db = runbook(
  topic(`
probes:
  up: { title: Up, run: up }
  set: { title: Set, run: set, parse: { table: { columns: { key: string, value: int } } } }
facts:
  way:
    cases:
      gone: { when: up.exit == 127, gives: '"gone"' }
      late: { when: up.exit > 1, gives: '"exit " + string(up.exit)' }
    otherwise: '"fine"'
  large:
    when: up.exit != 3
    each: set.rows
    cases:
      memory: it.key == "memory" && it.value > 10
      any: it.value > 100
  bad:
    any:
      down: up.exit == 2
      many: facts.large.size() > 1
  some: facts.large.map(l, l.key).join(",")
`),
)

/** Of facts as they are for that answer; "?" where one is not known. */
function told(exit: number | undefined, set: string | undefined) {
  const answers = [
    ...(exit === undefined ? [] : [record('up', { exitCode: exit, status: 'answered' })]),
    ...(set === undefined ? [] : [record('set', { stdout: set })]),
  ]
  const { context } = evidenceContext(db, { parameters: {}, host, records: recordsOf(...answers) })
  return Object.fromEntries(
    db.facts.flatMap(({ name, expression }) => {
      const answer = expression?.evaluate(context)
      if (name === 'large') return []
      return [[name, answer?.known ? answer.value : '?']]
    }),
  )
}

describe('a table of cases', () => {
  it('gives what the first true one gives, keeps what one of them keeps, is true where one is', () => {
    expect(told(0, 'memory 11\ndisk 101\ncpu 5\n')).toEqual({ way: 'fine', bad: true, some: 'memory,disk' })
    expect(told(127, 'memory 9\n')).toEqual({ way: 'gone', bad: false, some: '' })
    expect(told(2, 'memory 9\n')).toEqual({ way: 'exit 2', bad: true, some: '' })
    expect(told(3, 'memory 11\n')).toMatchObject({ way: 'exit 3', some: '' })
  })

  it('is not known where a case that decides is not, and true where another one is', () => {
    expect(told(undefined, 'memory 11\ndisk 101\n')).toEqual({ way: '?', bad: '?', some: '?' })
    expect(told(2, undefined)).toEqual({ way: 'exit 2', bad: true, some: '?' })
    expect(told(0, undefined)).toEqual({ way: 'fine', bad: '?', some: '?' })
  })

  it('is mended by the place of its cell', () => {
    const file = `
probes:
  up: { title: Up, run: up, parse: lines }
facts:
  way:
    cases: { gone: { when: up.exi == 1, gives: '"gone"' } }
    otherwise: '"fine"'
  kept:
    each: up.lines
    cases: { one: it.size() > nothing }
  bad: { any: { down: upp.exit == 2 } }
`
    expect(problems(topic(file)).map((problem) => problem.replace(/\n.*/s, ''))).toEqual([
      expect.stringContaining('facts.way.cases.gone.when: there is no `exi`'),
      expect.stringContaining('facts.kept.cases.one: no probe gives `nothing`'),
      expect.stringContaining('facts.bad.any.down: no probe gives `upp`'),
    ])
  })
})
