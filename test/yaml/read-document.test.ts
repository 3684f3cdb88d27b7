import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { printPath } from '../../src/yaml/path.ts'
import { printProblem } from '../../src/yaml/problem.ts'
import { readDocument } from '../../src/yaml/read-document.ts'

const schema = z.strictObject({
  name: z.string(),
  port: z.number().optional(),
  tags: z.array(z.string()).default([]),
  how: z
    .union([
      z.literal('fast'),
      z.strictObject({ slow: z.strictObject({ seconds: z.number() }) }),
      z.strictObject({ never: z.string() }),
    ])
    .optional(),
  level: z.enum(['low', 'high']).optional(),
  hosts: z
    .record(z.string().regex(/^[a-z]+$/, 'a host is small letters'), z.strictObject({ at: z.string() }))
    .default({}),
})

const problemsOf = (text: string): string[] => {
  const read = readDocument('x.yml', text, schema)
  return read.ok ? [] : read.problems.map(printProblem)
}

describe('reading a document', () => {
  it('gives the checked value and the place of each part of it', () => {
    const read = readDocument('x.yml', 'name: a\nhosts:\n  one: { at: here }\n', schema)
    if (!read.ok) throw new Error('it is valid')
    expect(read.value).toEqual({ name: 'a', tags: [], hosts: { one: { at: 'here' } } })
    expect(read.locate(['hosts', 'one', 'at'])).toEqual({ line: 3, column: 14 })
    expect(read.locate(['hosts', 'two', 'at'])).toEqual({ line: 3, column: 3 })
    expect(printProblem(read.problem(['hosts', 'one'], 'is odd'))).toBe('x.yml:3:8 hosts.one: is odd')
  })

  it('finds the place behind an alias', () => {
    const read = readDocument('x.yml', 'name: a\nhosts:\n  one: &o { at: here }\n  two: *o\n', schema)
    if (!read.ok) throw new Error('it is valid')
    expect(read.locate(['hosts', 'two', 'at'])).toEqual({ line: 3, column: 17 })
  })

  it.each([
    [
      'an unknown key at its line',
      'name: a\nprot: 1\n',
      'x.yml:2:1 prot: unknown key `prot`; did you mean `port`?',
    ],
    [
      'an unknown key like no other, with those that are left',
      'name: a\nzzzzzz: 1\n',
      'x.yml:2:1 zzzzzz: unknown key `zzzzzz`; known here are `port`, `tags`, `how`, `level`, `hosts`',
    ],
    ['a missing key', 'port: 1\n', 'x.yml:1:1 name: `name` is missing'],
    ['text that is a number', 'name: 5\n', 'x.yml:1:7 name: expected text, found `5`; put it in quotes'],
    ['a number that is text', 'name: a\nport: x\n', 'x.yml:2:7 port: expected a number, found `x`'],
    ['a list that is not one', 'name: a\ntags: x\n', 'x.yml:2:7 tags: expected a list, found `x`'],
    ['an item of a list', 'name: a\ntags: [x, [y]]\n', 'x.yml:2:11 tags[1]: expected text, found a list'],
    [
      'a mistyped choice',
      'name: a\nlevel: hgih\n',
      'x.yml:2:8 level: expected `low` or `high`, found `hgih`; did you mean `high`?',
    ],
    [
      'a bad key of a record',
      'name: a\nhosts:\n  A1: { at: x }\n',
      'x.yml:3:3 hosts.A1: a host is small letters',
    ],
    [
      'the alternative that was meant',
      'name: a\nhow: { slow: { seconds: x } }\n',
      'x.yml:2:25 how.slow.seconds: expected a number, found `x`',
    ],
    [
      'a mistyped alternative',
      'name: a\nhow: { slwo: 1 }\n',
      'x.yml:2:8 how.slwo: unknown key `slwo`; did you mean `slow`?',
    ],
    [
      'no alternative at all',
      'name: a\nhow: quick\n',
      'x.yml:2:6 how: expected `fast` or a map with one of the keys `slow`, `never`, found `quick`',
    ],
    [
      'a key twice, with the place where it stands first',
      'name: a\nhosts:\n  one: { at: x }\n  two: { at: x, at: y }\n',
      'x.yml:4:17 hosts.two.at: `at` is written twice, first at line 4, column 10; take one out or rename it',
    ],
    [
      'a tab, first and alone',
      'name: a\nhosts:\n\tone:\n\t\tat: [x\n\tname: b\n',
      'x.yml:3:1 a tab indents this line; YAML takes spaces only, so put spaces in place of all tabs',
    ],
    [
      'a placeholder without quotes',
      'name: {{host}}\n',
      'x.yml:1:7 `{{host}}` without quotes is a map in YAML; put the whole value in quotes, such as `"{{host}}"`',
    ],
    [
      'a quote that is never closed',
      'port: 1\nname: "a\nlevel: low\n',
      'x.yml:2:7 this " is never closed; add the closing "',
    ],
    [
      'a bracket that is never closed',
      'name: a\ntags: [x\n',
      'x.yml:3:1 a `{` or `[` is not closed before this line; add its `}` or `]`',
    ],
    [
      'a value that begins with a sign of YAML',
      'name: @a\n',
      'x.yml:1:7 a value cannot begin with `@`; put the whole value in quotes',
    ],
    [
      'an alias of nothing',
      'port: 1\nname: *.example\n',
      'x.yml:2:7 `*.example` repeats something called `&.example`, which is not there; put text that begins with `*` in quotes',
    ],
    [
      'a key without its colon',
      'name a\nport: 1\n',
      'x.yml:1:1 a key without its `:`, or text that goes on in the next line; write `key: value`, and longer text after `|`',
    ],
    [
      'a custom tag',
      'name: !vault x\n',
      'x.yml:1:7 YAML tags such as `!vault` are not read here; write the plain value, in quotes where it begins with `!`',
    ],
    ['two documents', 'name: a\n---\nname: b\n', 'x.yml:2:1 a file is one document; split it at the `---`'],
    [
      'text with a colon in it',
      'name: a: b\n',
      'x.yml:1:7 a key within the value of another; put text with `: ` in it in quotes, or indent the key like those beside it',
    ],
    ['an empty file', '', 'x.yml:1:1 expected a map, found nothing'],
  ])('names %s', (_what, text, problem) => {
    expect(problemsOf(text)).toEqual([problem])
  })

  it('lists all mistakes of a file at once', () => {
    expect(problemsOf('nam: a\nport: x\nlevel: mid\n')).toHaveLength(4)
    // A key twice, a placeholder without quotes and a tag hide nothing of the rest.
    expect(problemsOf('port: 1\nport: 2\nname: {{x}}\nlevel: mid\ntags: !x []\n')).toHaveLength(4)
  })

  it('refuses what only wants to use up the machine', () => {
    expect(problemsOf('['.repeat(50_000))).toEqual(['x.yml:1:1 the file is nested too deeply'])
    expect(problemsOf('a'.repeat(1024 * 1024 + 1))).toEqual([
      'x.yml:1:1 the file is larger than 1 MB; split it up',
    ])
    const bomb = [
      'a: &a [x,x]',
      ...'bcdefgh'.split('').map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`),
    ]
    expect(problemsOf(bomb.join('\n'))).toEqual([
      'x.yml:1:1 more than 100 aliases; write out what they stand for',
    ])
  })

  it('never throws, and places every problem in the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), yamlLike), (text) => {
        const read = readDocument('x.yml', text, schema)
        if (read.ok) return
        const lines = text.split('\n').length
        for (const { line, column } of read.problems) {
          expect(line).toBeGreaterThan(0)
          expect(line).toBeLessThanOrEqual(lines + 1)
          expect(column).toBeGreaterThan(0)
        }
      }),
    )
  })
})

const yamlLike = fc
  .array(
    fc.constantFrom(
      'name',
      'hosts',
      ': ',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '!x ',
      '"',
      "'",
      '#',
      '|',
      '>',
      '~',
    ),
  )
  .map((parts) => parts.join(''))

describe('printing a path', () => {
  it('reads like what was written', () => {
    expect(printPath(['a', 'b-c', 2, 'x y'])).toBe('a.b-c[2]["x y"]')
    expect(printPath([])).toBe('')
  })
})
