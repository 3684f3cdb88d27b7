import { expect, it } from 'vitest'
import { shippedRunbooks } from '../../../src/cli/set-up.ts'
import { buildRunbooks, loadRunbooks } from '../../../src/engine/load-runbooks.ts'
import { printProblem } from '../../../src/yaml/problem.ts'
import { topic } from '../sample-runbook.ts'

/** `detail` runs where there is a pool and the service is down; `other` wherever there is a pool. */
const probes = `probes:
  unit: { title: Unit, run: x, parse: { keyValue: { fields: { state: string } } } }
  pools: { title: Pools, run: x, parse: lines }
  detail: { title: Detail, run: x, parse: lines, needs: facts.down && facts.pools.size() > 0 }
  other: { title: Other, run: x, parse: lines, needs: facts.pools.size() > 0 }
facts:
  down: unit.fields.state != "active"
  pools: pools.lines.filter(line, line.startsWith("pool"))
  broken: detail.lines.exists(line, line == "broken")
  seen: "detail.ran ? detail.lines : []"
`
const finding = (condition: string): string =>
  topic(`${probes}findings:
  a:
${condition}
    title: x
    severity: warning
    subject: x
    detail: x
    evidence: [detail]
    resolution: [x]
`)

const problemsOf = (text: string): string[] => {
  const built = buildRunbooks([{ file: 'x.yml', text }], { guards: true })
  return built.ok ? [] : built.problems.map((problem) => printProblem(problem).replace(/^\S+ /, ''))
}
const when = (source: string) => problemsOf(finding(`    when: ${JSON.stringify(source)}`))

it.each([
  'detail.ran && detail.exit == 3',
  '!(!detail.ran || detail.exit != 3)',
  'detail.ran ? detail.exit == 3 : false',
  'facts.down && facts.pools.size() > 0 && detail.exit == 3',
  'unit.fields.state != "active" && facts.pools.size() != 0 && detail.exit == 3',
  'facts.down && facts.pools.exists(pool, detail.lines.exists(line, line == pool))',
  'facts.down && (facts.pools.size() == 0 ? false : detail.exit == 3)',
  'facts.down && other.ran && detail.exit == 3',
  'has(detail.lines) && detail.lines.size() > 3',
  'facts.seen.size() > 3',
  'facts.down && facts.pools.size() > 0 && facts.broken',
])('a condition with a guard is taken: %s', (source) => {
  expect(when(source)).toEqual([])
})

it.each([
  'detail.exit == 3',
  'facts.down && detail.exit == 3',
  'facts.down || facts.pools.size() > 0 && detail.exit == 3',
  'facts.broken',
  'facts.pools.size() == 0 && detail.exit == 3',
  'other.ran && detail.exit == 3',
  '(detail.ran || facts.down) && detail.exit == 3',
  'has(detail.lines) || detail.exit == 3',
  'pools.lines.exists(line, detail.lines.exists(other, other == line))',
])('a condition without one gets its place and the guard: %s', (source) => {
  expect(when(source)).toEqual([
    'findings.a.when: `detail` runs only where its `needs` is true; elsewhere this stays unknown, and a host with nothing wrong inconclusive: write `detail.ran && …`',
  ])
})

const names = (count: number, letter: string) =>
  Array.from({ length: count }, (_, i) => `pools.lines.exists(line, line == "${letter}${i}")`)

it('a condition of many parts is looked through to its end', () => {
  const many = names(40, 'a')
    .map((one, i) => `(${one} || ${names(40, 'b')[i]})`)
    .join(' && ')
  expect(when(`detail.ran && ${many} && detail.exit == 3`)).toEqual([])
  expect(when(`${many} && detail.exit == 3`)).toEqual([
    expect.stringContaining('`detail` runs only where its `needs` is true; elsewhere this stays unknown'),
  ])
})

it('one that is too long even so is said to be', () => {
  const [first, second] = [names(24, 'a'), names(24, 'b')]
  const pairs = first.map((one, i) => `${one} && ${second[i]}`).join(' || ')
  expect(when(`(${first.join(' || ')} || true) && (${pairs}) && detail.exit == 3`)).toEqual([
    'findings.a.when: `detail` runs only where its `needs` is true; whether this stays unknown elsewhere was not decided, for it is too long: write `detail.ran && …`, or divide it',
  ])
})

it('a list, and a condition of each of its elements', () => {
  expect(problemsOf(finding('    each: detail.lines'))).toEqual([
    expect.stringMatching(/^findings\.a\.each: `detail` runs only .*: write `detail\.ran \? … : \[\]`$/),
  ])
  expect(problemsOf(finding('    each: facts.seen\n    when: detail.exit == 3 && it == "x"'))).toEqual([])
  expect(problemsOf(finding('    each: pools.lines\n    when: detail.exit == 3 && it == "x"'))).toEqual([
    expect.stringMatching(/^findings\.a\.when: /),
  ])
})

it('what another probe needs', () => {
  const more = '  more: { title: More, run: x, needs: detail.exit == 3 }\nfacts:'
  expect(problemsOf(topic(probes.replace('facts:', more)))).toEqual([
    expect.stringMatching(/^probes\.more\.needs: `detail` runs only .*: write `detail\.ran && …`$/),
  ])
})

it('all shipped conditions have theirs', () => {
  const loaded = loadRunbooks([shippedRunbooks], { guards: true })
  expect(loaded.ok ? [] : loaded.problems.map(printProblem)).toEqual([])
})
