import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { captures } from '../../../src/engine/parsers/captures.ts'
import { csv } from '../../../src/engine/parsers/csv.ts'
import { specialParsers } from '../../../src/engine/parsers/index.ts'
import { json } from '../../../src/engine/parsers/json.ts'
import { keyValue } from '../../../src/engine/parsers/key-value.ts'
import { lines } from '../../../src/engine/parsers/lines.ts'
import type { Parser, Row, Shape, Value, ValueType } from '../../../src/engine/parsers/parser.ts'
import { table } from '../../../src/engine/parsers/table.ts'
import { compilePattern } from '../../../src/text/re2-pattern.ts'

/** Whatever a host prints: a parser answers, and what it answers is what it declared. */

const fields = { a: 'string', b: 'int', c: 'double', d: 'bool' } as const
const compiled = compilePattern('(?P<a>\\w+)[= ](?P<b>\\d+)?(?P<c>x)?(?P<d>yes)?')
if (!compiled.ok) throw new Error(compiled.message)
const paths = { a: { path: 'a', type: 'string' }, b: { path: 'b.0', type: 'int' } } as const
const all: Record<string, Parser> = {
  ...specialParsers,
  lines,
  keyValue: keyValue({ separator: '=', fields, expect: undefined }),
  table: table({ skip: 0, separator: undefined, columns: fields, expect: undefined }),
  csv: csv({ columns: fields }),
  json: json({ at: undefined, each: false, fields: paths }),
  'json rows': json({ at: 'x', each: true, fields: paths }),
  captures: captures({ pattern: compiled.pattern, each: false, fields }),
  'captures each': captures({ pattern: compiled.pattern, each: true, fields }),
}

/** Words of all the formats, so that the text gets past their first checks. */
const pieces = fc
  .array(
    fc.constantFrom(
      ...[
        '\n',
        ' ',
        '\t',
        ':',
        '=',
        '%',
        '-',
        '"',
        '{',
        '}',
        ';',
        ',',
        '[',
        ']',
        '#',
        '/',
        '(("',
        '",pid=',
        'a',
        'b',
        'x',
      ],
      ...[
        '0',
        '1',
        '99999999999999999999',
        '1.5',
        '-3',
        'yes',
        '*',
        '[::]:80',
        '0.0.0.0:22',
        'LISTEN',
        'tcp',
        'udp',
      ],
      ...[
        'Filesystem 1024-blocks Used',
        '100%',
        '=== uptime\n',
        '=== sleep\n',
        '=== stat\ncpu ',
        '=== diskstats\n',
        '=== net/dev\n',
        '=== stop\nat=1\nId=a\n',
        'header\tconnect-src ',
        '1 h systemd[1]: a: Main process exited, code=',
      ],
      ...[
        '{"__REALTIME_TIMESTAMP":"1"}',
        '{"MESSAGE":[1]}',
        'MemTotal:',
        '/proc/pressure/io:some avg10=',
        '4/232',
      ],
      ...[
        'HTTP/1.1 100 \n\n',
        '# configuration file /a:\n',
        'server',
        'include *',
        'Id=',
        'now=1795490163 zone=+0100\n',
      ],
      ...['9223372036854775807', '8640000000000001000000', '\r\n', '\u0000', '\ud83d', 'é'],
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''))
const anyText = fc.oneof(
  pieces,
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('utf8')),
)

const typeOf = (value: Value): ValueType => {
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'string' : 'list<string>'
}

function expectShape(row: Row, shape: Shape | undefined): void {
  for (const [name, value] of Object.entries(row)) {
    expect(shape).toHaveProperty([name])
    if (value !== undefined) expect(typeOf(value)).toBe(shape?.[name])
  }
}

describe.each(Object.entries(all))('%s', (_name, parser) => {
  it('never throws, and gives what it declares', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const result = parser.parse(text)
        if (!result.ok) {
          expect(result.reason).toMatch(/^expected .+, found ("|nothing)/s)
          return
        }
        const { gives } = parser
        const { value } = result
        if (value.lines) expect(gives.lines).toBe(true)
        if (value.fields) expectShape(value.fields, gives.fields)
        for (const row of value.rows ?? []) expectShape(row, gives.rows)
      }),
      { numRuns: 300 },
    )
  })

  it('takes time in proportion to the text', () => {
    const began = performance.now()
    for (const unit of ['a', ' ', '"', '{', '1 ', 'a=1 ', '\n', '{;', '# configuration file /a:\nx;\n'])
      parser.parse(unit.repeat(Math.floor(65_536 / unit.length)))
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})
