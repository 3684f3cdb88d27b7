import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordClass, unreadable } from '../../../src/engine/language/evidence-types.ts'
import {
  compileExpression,
  type Expression,
  newEnvironment,
} from '../../../src/engine/language/expression.ts'
import { languageOf } from '../../../src/engine/language/language.ts'

const env = newEnvironment().registerVariable('text', 'string').registerVariable('rows', 'list<string>')
const language = languageOf(() => env, ['text', 'rows'])
const context = { text: 'one\n\n two 2\nthree 33\n', rows: ['b', 'a'] }

function value(source: string): unknown {
  const compiled = compileExpression(language, source)
  if (!compiled.ok) throw new Error(compiled.message)
  const answer = compiled.expression.evaluate(context)
  return answer.known ? answer.value : `unknown: ${answer.reason}`
}

const mistake = (source: string): string => {
  const compiled = compileExpression(language, source)
  return compiled.ok ? '' : compiled.message
}

describe('functions', () => {
  it.each<[string, unknown]>([
    ['re(text, "tw.\\\\s")', true],
    ['re(text, "^two")', false],
    ['capture(text, "three (\\\\d+)")', '33'],
    ['capture(text, "four (\\\\d+)")', ''],
    ['captureInt(text, "three (\\\\d+)") + 1', 34n],
    ['captureInt(text, "four (\\\\d+)")', 'unknown: no whole number matches four (\\d+)'],
    ['lines(text)', ['one', ' two 2', 'three 33']],
    ['grep(text, "\\\\d")', [' two 2', 'three 33']],
    ['grep(rows, "a")', ['a']],
    ['head(rows, 1)', ['b']],
    ['last(lines(text), 2)', [' two 2', 'three 33']],
    ['last(rows, 0)', []],
    ['first(rows)', 'b'],
    ['first(grep(rows, "z"))', 'unknown: first() of an empty list'],
    ['rows.join(", ")', 'b, a'],
    ['min([3, 1, 2])', 1n],
    ['max([1.5, 2.5])', 2.5],
    ['max([1].filter(n, n > 1))', 'unknown: min() or max() of an empty list'],
    ['sum([1, 2])', 3n],
    ['sum([1].filter(n, n > 1))', 0n],
    ['bytes(0)', '0 B'],
    ['bytes(1536)', '1.5 KB'],
    ['bytes(21003583488)', '20 GB'],
    ['bytes(536870912.0)', '512 MB'],
    ['percent(97.4)', '97 %'],
    ['percent(100)', '100 %'],
    ['round1(1.25) > 1.2', true],
    ['lower("ABC")', 'abc'],
    ['" a ".trim()', 'a'],
    ['size(rows)', 2n],
    ['int("x")', 'unknown: int() type error: cannot convert to int'],
    ['1 / 0', 'unknown: division by zero'],
    ['rows[5]', 'unknown: No such key: index out of bounds, index 5 >= size 2'],
  ])('%s', (source, expected) => {
    expect(value(source)).toEqual(expected)
  })
})

describe('mistakes found when a file is loaded', () => {
  it.each([
    ['txet == ""', 'no probe gives `txet`; did you mean `text`?\n>    1 | txet == ""\n         ^'],
    ['text + 1', 'types that do not go together: `string + int`\n>    1 | text + 1\n         ^'],
    ['text ==', 'the expression ends too early\n>    1 | text ==\n                ^'],
    ['size(rows', 'the expression ends too early; `)` is missing\n>    1 | size(rows\n                  ^'],
    ['size( == 2', '`==` is not expected here\n>    1 | size( == 2\n               ^'],
    ['rows[0 "a"', 'string is not expected here; `]` is missing\n>    1 | rows[0 "a"\n                ^'],
    ['text.matches("a")', '`matches` may take exponential time; write `re(text, "pattern")`'],
    ['rows.exists(r, r.matches("a"))', '`matches` may take exponential time; write `re(text, "pattern")`'],
    ['re(text, "(?=a)")', 'not an RE2 pattern: invalid or unsupported Perl syntax: `(?=`'],
    ['re(text, text)', 'the pattern of `re` must be a literal'],
    ['rows.exists(r, grep(rows, r).size() > 0)', 'the pattern of `grep` must be a literal'],
    [
      'int(capture(text, "(a)")) > 1',
      '`int(capture(…))` reads 0 where nothing matches; write `captureInt(…)`',
    ],
  ])('%s', (source, message) => {
    expect(mistake(source)).toBe(message)
  })

  it('stops at an expression that is too deep to evaluate', () => {
    expect(mistake(`${'('.repeat(500)}true${')'.repeat(500)}`)).toContain('Exceeded maxDepth')
  })
})

/**
 * Kleene's logic: with less evidence an expression may become unknown, and never says another thing than with more. Random conditions over
 * four records, evaluated with all of them and without some.
 */
const Item = recordClass()
const Probe = recordClass()
const Facts = recordClass()
const kleene = newEnvironment()
  .registerType('item', { ctor: Item, fields: { n: 'int', s: 'string' } })
  .registerType('probe', { ctor: Probe, fields: { ok: 'bool', n: 'int', rows: 'list<item>' } })
  .registerType('facts_record', { ctor: Facts, fields: { f: 'bool' } })
for (const name of ['a', 'b', 'c']) kleene.registerVariable(name, 'probe')
kleene.registerVariable('facts', 'facts_record')
const ofProbes = languageOf(() => kleene, [])

const atom = fc.tuple(
  fc.constantFrom('a', 'b', 'c'),
  fc.constantFrom(
    (v: string) => `${v}.ok`,
    (v: string) => `${v}.n > 2`,
    (v: string) => `has(${v}.n)`,
    (v: string) => `${v}.rows.exists(r, r.n > 2)`,
    (v: string) => `${v}.rows.all(r, r.n > 2 || has(r.s))`,
    (v: string) => `${v}.rows.filter(r, r.n > 1).size() == 1`,
    (v: string) => `first(${v}.rows).n == 1`,
    (v: string) => `${v}.rows.exists_one(r, r.s == "x")`,
    (v: string) => `${v}.rows.map(r, r.n) == [1, 2]`,
    () => 'facts.f',
    () => 'has(facts.f)',
  ),
)
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    atom.map(([name, make]) => make(name)),
    tie('condition').map((x) => `!(${x})`),
    fc.tuple(tie('condition'), tie('condition')).map(([x, y]) => `(${x}) && (${y})`),
    fc.tuple(tie('condition'), tie('condition')).map(([x, y]) => `(${x}) || (${y})`),
    fc
      .tuple(tie('condition'), tie('condition'), tie('condition'))
      .map(([x, y, z]) => `(${x}) ? (${y}) : (${z})`),
    fc.tuple(tie('condition'), tie('condition')).map(([x, y]) => `(${x}) == (${y})`),
    fc
      .tuple(fc.constantFrom('a', 'b'), tie('condition'))
      .map(([v, x]) => `${v}.rows.exists(r, r.n > 1 && (${x}))`),
  ),
}))
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })
const item = fc
  .record({ n: maybe(fc.bigInt({ min: 0n, max: 4n })), s: maybe(fc.constantFrom('x', 'y')) })
  .map((values) => new Item(values))
const evidence = fc
  .record({
    ok: maybe(fc.boolean()),
    n: maybe(fc.bigInt({ min: 0n, max: 4n })),
    rows: maybe(fc.array(item, { maxLength: 3 })),
  })
  .map((values) => new Probe(values))
const full = fc.record({
  a: evidence,
  b: evidence,
  c: evidence,
  facts: fc.boolean().map((f) => new Facts({ f })),
})
const lost = fc.subarray(['a', 'b', 'c', 'facts'] as const)

it('never says with less evidence what it does not say with more', () => {
  let decided = 0
  fc.assert(
    fc.property(condition, full, lost, (source, whole, without) => {
      const compiled = compileExpression(ofProbes, source)
      if (!compiled.ok) throw new Error(`${source}: ${compiled.message}`)
      const less: Record<string, unknown> = { ...whole }
      for (const name of without) delete less[name]
      if (without.includes('facts')) {
        const facts = new Facts({})
        Object.defineProperty(facts, 'f', unreadable('its probe gave no answer'))
        less.facts = facts
      }
      const before = compiled.expression.evaluate(whole)
      const after = compiled.expression.evaluate(less)
      if (!after.known) return
      decided++
      expect(before).toEqual(after)
    }),
    { numRuns: 3000 },
  )
  expect(decided).toBeGreaterThan(500)
})

it('lets a false or true that decides stand beside an unknown, on either side', () => {
  const compile = (source: string): Expression => {
    const compiled = compileExpression(ofProbes, source)
    if (!compiled.ok) throw new Error(compiled.message)
    return compiled.expression
  }
  const known = { b: new Probe({ ok: true }) }
  for (const source of ['a.ok && !b.ok', '!b.ok && a.ok'])
    expect(compile(source).evaluate(known)).toEqual({ known: true, value: false })
  for (const source of ['a.ok || b.ok', 'b.ok || a.ok'])
    expect(compile(source).evaluate(known)).toEqual({ known: true, value: true })
  for (const source of ['a.ok && b.ok', 'b.ok && a.ok', '!b.ok || a.ok', '!a.ok', 'a.ok ? b.ok : b.ok'])
    expect(compile(source).evaluate(known).known).toBe(false)
})

it('has no fields that nobody gave, not even those that every object has', () => {
  const Odd = recordClass()
  const odd = newEnvironment()
    .registerType('odd', { ctor: Odd, fields: { toString: 'string', valueOf: 'string' } })
    .registerVariable('x', 'odd')
  const compiled = compileExpression(
    languageOf(() => odd, []),
    'has(x.toString) || has(x.valueOf)',
  )
  if (!compiled.ok) throw new Error(compiled.message)
  expect(compiled.expression.evaluate({ x: new Odd({}) })).toEqual({ known: true, value: false })
})
