import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newEnvironment } from '../../../src/engine/language/expression.ts'
import { languageOf } from '../../../src/engine/language/language.ts'
import { compileTemplate, segmentsOf, type Template } from '../../../src/engine/language/template.ts'

const env = newEnvironment()
  .registerVariable('said', 'string')
  .registerVariable('count', 'int')
  .registerVariable('share', 'double')
  .registerVariable('some', 'list<string>')
const language = languageOf(() => env, ['said'])

function template(source: string): Template {
  const compiled = compileTemplate(language, source)
  if (!compiled.ok) throw new Error(compiled.messages.join('; '))
  return compiled.template
}
const mistakes = (source: string) => {
  const compiled = compileTemplate(language, source)
  return compiled.ok ? [] : compiled.messages
}

it('puts values into text', () => {
  const context = { said: 'no', count: 3n, share: 12.3456, some: ['a', 'b'] }
  expect(template('x').render({})).toBe('x')
  expect(template('${said}: ${count}, ${share} %, ${count > 2}').render(context)).toBe('no: 3, 12.35 %, true')
  expect(template('${some.join(", ")} ${{"a": 1}.size()} ${"}"}').render(context)).toBe('a, b 1 }')
  expect(template('a $${HOME} b').render(context)).toBe('a ${HOME} b')
})

it('never evaluates what the host said', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const said = `\${1 + 1}{{x}}${text}`
      const shown = template('> ${said}').render({ said })
      expect(shown).toBe(`> ${said.split('\n').join(' ').trim()}`.slice(0, shown.length))
      expect(shown.startsWith('> ${1 + 1}{{x}}')).toBe(true)
    }),
  )
})

it('shows what the host said on one line, and no more of it than is read', () => {
  expect(template('${said}').render({ said: 'a\nb' })).toBe('a b')
  expect(template('${said}').render({ said: 'x'.repeat(1000) })).toBe(`${'x'.repeat(300)}…`)
})

it('keeps a blank that an author put before or after what is inserted, between words alone', () => {
  expect(template('no answer${" on port " + string(count)}').render({ count: 80n })).toBe(
    'no answer on port 80',
  )
  expect(template('${count > 1 ? "many " : ""}sessions').render({ count: 2n })).toBe('many sessions')
  expect(template('${count > 1 ? "many " : ""}sessions').render({ count: 1n })).toBe('sessions')
  expect(template('it said (${said}), twice').render({ said: '  at x ' })).toBe('it said (at x), twice')
  expect(template('it said: ${said}').render({ said: '\tat x' })).toBe('it said: at x')
})

it('shows what is unknown as a question mark', () => {
  expect(template('${said} of ${count}').render({ count: 2n })).toBe('? of 2')
  expect(template('${said} of ${count}').renderKnown({ count: 2n })).toBeUndefined()
  expect(template('${count}').renderKnown({ count: 2n })).toBe('2')
})

it('shows what stands after `??` where the first is unknown', () => {
  const either = template('cluster ${said ?? "15 ?? main"} of ${count ?? share ?? "some"}')
  expect(either.render({ said: 'a', count: 2n })).toBe('cluster a of 2')
  expect(either.render({ share: 0.5 })).toBe('cluster 15 ?? main of 0.5')
  expect(either.renderKnown({})).toBe('cluster 15 ?? main of some')
  expect(template('${said == "a ?? b" ? "x" : "y"}').render({ said: 'a ?? b' })).toBe('x')
})

describe('mistakes', () => {
  it.each([
    ['${said', '`${` without its `}`; a plain one is written `$${`'],
    ['${said ?? siad}', 'no probe gives `siad`; did you mean `said`?\n>    1 | siad\n         ^'],
    ['${siad}', 'no probe gives `siad`; did you mean `said`?\n>    1 | siad\n         ^'],
    ['{{said}}', '`{{…}}` belongs in commands; write `${param.…}` here'],
    [
      '${some}',
      '`${some}` is a list<string>; a template shows text, numbers and true or false (`.join(", ")` makes text of a list)',
    ],
  ])('%s', (source, message) => {
    expect(mistakes(source)).toEqual([message])
  })
})

it('shows the first of several expressions that is known', () => {
  const either = template('held by ${some[0] ?? said ?? "?? nobody"}')
  expect(either.render({ said: 'a session', some: ['pid 7'] })).toBe('held by pid 7')
  expect(either.render({ said: 'a session' })).toBe('held by a session')
  expect(either.render({})).toBe('held by ?? nobody')
  expect(template('${said ?? count}').renderKnown({})).toBeUndefined()
  expect(mistakes('${said ?? sad}')).toEqual([expect.stringContaining('no probe gives `sad`')])
  expect(mistakes('${said ?? some}')).toEqual([expect.stringContaining('`${some}` is a list<string>')])
})

it('finds the end of an expression whatever is in it', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (inner, after) => {
      const literal = JSON.stringify(inner)
      const rest = after.split('$').join('')
      expect(segmentsOf(`\${${literal}}${rest}`)).toEqual([
        { kind: 'text', text: '' },
        { kind: 'expression', text: literal },
        { kind: 'text', text: rest },
      ])
    }),
  )
})
