import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MARK } from '../../src/redact/mark.ts'
import { makeRedactor } from '../../src/redact/redact.ts'
import { INNOCENT, SECRETS } from './samples.ts'

const { text } = makeRedactor({ secrets: [] })
const lines = (s: string): number => s.split('\n').length

describe('by shape', () => {
  test.each(SECRETS.map(([sample, secret, answer]) => ({ sample, secret, answer })))(
    '$sample',
    ({ sample, secret, answer }) => {
      const redacted = text(sample)
      expect(sample).toContain(secret)
      expect(redacted).not.toContain(secret)
      expect(redacted).toContain(MARK)
      if (answer !== undefined) expect(redacted).toBe(answer)
      expect(lines(redacted)).toBe(lines(sample))
      expect(text(redacted)).toBe(redacted)
    },
  )

  test.each(INNOCENT.map((line) => [line]))('stays: %s', (line) => {
    expect(text(line)).toBe(line)
  })

  test('all of them in one text, and each after a log prefix', () => {
    const all = text([...SECRETS.map(([sample]) => sample), ...INNOCENT].join('\n'))
    for (const line of INNOCENT) expect(all).toContain(line)
    for (const [sample, secret] of SECRETS) {
      if (sample.includes('\n') || /^(?:requirepass|db1:5432|export )/.test(sample)) continue
      expect(text(`Nov 12 10:14:03 host1 app[12]: ${sample}`), sample).not.toContain(secret)
    }
  })

  test('a private key loses its lines and no line else', () => {
    const pem = [
      '-----BEGIN PRIVATE KEY-----',
      'MIIEvQIBADANBgkqhkiG9w0BAQEF',
      'x9==',
      '-----END PRIVATE KEY-----',
      'after',
    ]
    expect(text(pem.join('\n')).split('\n')).toEqual([pem[0], MARK, MARK, pem[3], 'after'])
    const cut = [
      pem[0],
      pem[1],
      'nginx: the configuration file is ok',
      '/etc/ssl/certs/ca-certificates/one/two',
    ]
    expect(text(cut.join('\n')).split('\n')).toEqual([pem[0], MARK, cut[2], cut[3]])
  })
})

describe('structure', () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string({ maxLength: 12 }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('object'),
    ),
    object: fc.dictionary(
      fc.constantFrom('password', 'token', 'api_key', 'user', 'n', 'clientSecret'),
      tie('value') as fc.Arbitrary<unknown>,
    ),
  })).object

  const parseCsvRow = (row: string): string[] =>
    [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
      (m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? '',
    )
  const toCsv = (field: string): string => `"${field.replaceAll('"', '""')}"`

  test('JSON still parses, with the same keys; texts and numbers under a secret name are gone', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 2), (value, indent) => {
        const redacted: unknown = JSON.parse(text(JSON.stringify(value, null, indent)))
        expect(keysOf(redacted)).toEqual(keysOf(value))
        for (const secret of secretsOf(redacted)) expect(secret).toBe(MARK)
      }),
      { numRuns: 500 },
    )
  })

  test('JSON inside JSON inside JSON still parses', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 3 }),
        (password, depth) => {
          let nested: unknown = { password, n: 1 }
          for (let i = 0; i < depth; i++) nested = { line: JSON.stringify(nested) }
          let redacted: unknown = JSON.parse(text(JSON.stringify(nested)))
          for (let i = 0; i < depth; i++) redacted = JSON.parse((redacted as { line: string }).line)
          if (isOrdinary(password)) return
          expect(redacted).toEqual({ password: MARK, n: 1 })
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a CSV row keeps its columns', () => {
    const field = fc.oneof(
      fc.constantFrom('host=db1 password=hunter2 dbname=app', '{"token": "abc"}', 'ok', '12', ''),
      fc.string({ maxLength: 10 }).map((s) => s.replaceAll('\\', '')),
    )
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 5 }), (fields) => {
        const row = text(fields.map(toCsv).join(','))
        expect(parseCsvRow(row)).toHaveLength(fields.length)
        expect(row).not.toMatch(/hunter2|abc""/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('values that we know', () => {
  const secret = 'kX9/+w?&"z=Ünicode'
  const { text: redact, output } = makeRedactor({ secrets: [secret, 'four', 'abc'] })

  test.each([
    ['as it is', secret],
    ['URL-encoded', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams({ q: secret }).toString().slice(2)],
    ['in JSON', JSON.stringify({ a: secret })],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in Base64', Buffer.from(secret).toString('base64')],
    ['in Base64 after one byte', Buffer.from(`u${secret}:`).toString('base64')],
    ['in Base64 after two bytes', Buffer.from(`u:${secret}`).toString('base64url')],
  ])('%s', (_, form) => {
    const redacted = redact(`before ${form} after`)
    expect(redacted).toMatch(/^before .*\[redacted\].* after$/)
    for (const piece of ['kX9', Buffer.from(secret).toString('hex').slice(0, 12)])
      expect(redacted).not.toContain(piece)
    expect(redact(redacted)).toBe(redacted)
  })

  test('inside any Base64, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }), (before, after) => {
        const encoded = Buffer.concat([before, Buffer.from(secret), after]).toString('base64')
        const left = redact(encoded)
        expect(left).toContain(MARK)
        expect(Buffer.from(left.replace(MARK, ''), 'base64').includes('kX9')).toBe(false)
      }),
    )
  })

  test('a short one as a whole word only, a shorter one never', () => {
    expect(redact('four fourteen petit-four abc')).toBe('[redacted] fourteen petit-[redacted] abc')
  })

  test('a value of several lines goes line by line', () => {
    const { text: redactLines } = makeRedactor({ secrets: ['first-line-of-it\nsecond-line-of-it\n'] })
    expect(redactLines('a first-line-of-it\nsecond-line-of-it b')).toBe('a [redacted]\n[redacted] b')
  })

  test('one that the cap cut in two', () => {
    const { output: out } = makeRedactor({ secrets: ['0a1b2c3d4e5f6a7b8c9d'] })
    expect(out(Buffer.from(`${'x'.repeat(100)}0a1b2c3d4e5f`))).toBe(`${'x'.repeat(100)}[redacted]`)
    expect(out(Buffer.from('ends with 0a1'))).toBe('ends with 0a1')
  })

  test('host output is cleaned of control before it is redacted', () => {
    const coloured = Buffer.from(
      `pass\u001b[31mword=hun\u001b[0mter2\r\n${secret.slice(0, 4)}\u0000${secret.slice(4)}`,
    )
    expect(output(coloured)).toBe('password=[redacted]\n[redacted]')
  })
})

const pieces = fc.constantFrom(
  ...[
    'password',
    'token',
    'api_key',
    'PGPASSWORD',
    'authorization',
    'cookie',
    'pass',
    'passwd',
    'Bearer ',
    'Basic ',
  ],
  ...[
    '=',
    ':',
    ' = ',
    ': ',
    '"',
    "'",
    '""',
    '\\"',
    '\\',
    '|',
    '{',
    '}',
    '[',
    ']',
    ',',
    ';',
    '&',
    '?',
    '<',
    '>',
    '@',
    '/',
  ],
  ...[
    '://',
    ' ',
    '\t',
    '\n',
    '  ',
    '$',
    '$6$',
    '{{',
    '$X',
    '$'.concat('{X}'),
    '-p ',
    '--token ',
    'mysql ',
    'curl -u a:',
    'xoxb-',
    'eyJ',
  ],
  ...[
    '-----BEGIN PRIVATE KEY-----',
    '-----END PRIVATE KEY-----',
    MARK,
    '[redacted',
    'redacted]',
    'null',
    '12',
    'a1',
  ],
  ...['hunter2', 'knownsecret1', 'word', 'YW5hOmh1bnRlcjI=', '0123456789abcdef0123456789abcdef', 'http'],
)
const nasty = fc.array(fc.oneof({ weight: 8, arbitrary: pieces }, fc.string({ maxLength: 3 })), {
  maxLength: 24,
})

test('twice is the same as once, and no line comes or goes', () => {
  const known = makeRedactor({ secrets: ['knownsecret1', 'word', 'redacted', 'dact', '[redacted'] })
  fc.assert(
    fc.property(nasty, (parts) => {
      const once = known.text(parts.join(''))
      expect(known.text(once)).toBe(once)
      expect(lines(once)).toBe(lines(parts.join('')))
      expect(once).not.toContain('knownsecret1')
    }),
    { numRuns: 3000 },
  )
})

/**
 * Time against a megabyte of ordinary log: an attack on anything quadratic would take thousands of times as long.
 */
describe('a hostile megabyte on one line takes no more than some ordinary ones', () => {
  const MEGABYTE = 1024 * 1024
  const fill = (piece: string): Buffer =>
    Buffer.from(piece.repeat(Math.ceil(MEGABYTE / piece.length)).slice(0, MEGABYTE))
  const { output } = makeRedactor({ secrets: ['knownsecret1', 'aaaaaaaaaaaaab', 'word'] })
  const time = (bytes: Buffer): number => {
    const start = process.hrtime.bigint()
    output(bytes)
    return Number(process.hrtime.bigint() - start) / 1e6
  }
  const logLine = `Nov 12 10:14:03 host1 nginx[8]: *1 connect() failed, upstream: "http://127.0.0.1:8080/", id: ${createHash('sha256').update('x').digest('hex')}\n`
  const ordinary = Math.max(...[1, 2, 3].map(() => time(fill(logLine))))

  test.each([
    ...[
      'a',
      ' ',
      '=',
      ':',
      '"',
      "'",
      '\\',
      '""',
      '\\"',
      '$',
      '{',
      '[',
      '-',
      '\u001b',
      '\u001b]',
      '\u009b',
      '\u001b]a',
    ],
    ...[
      'password=',
      'password="',
      "password='x' ",
      'password: ',
      'token: ${',
      'token=$(',
      'a://b:',
      'a://b:c@',
      'eyJ',
    ],
    ...[
      'eyJaaaaaaaaa.',
      'xoxb-',
      'password ',
      'mysql -',
      'mysql a -px ',
      'curl ',
      'curl a -u ',
      'cookie: ',
      'cookie: a=',
    ],
    ...[
      'Authorization: Bearer ',
      'basic aaaaaa',
      'bearer aaaaaaaaaaaaa ',
      '-----BEGIN PRIVATE KEY-----',
      ': |',
      '$6$aaaaaaa',
    ],
    ...[
      "password 'x",
      '--token a ',
      'login a password ',
      'a:5432:',
      '<token>',
      '<token>a</',
      'SCRAM-SHA-256$1:',
      '\u202e',
    ],
    ...[
      'sk-a-',
      'password\t',
      'passwd: a b ',
      '[redacted]',
      'password=[redacted]',
      'aaaaaaaaaaaaa',
      '?sig=',
      '\r',
    ],
  ])('%j', (piece) => {
    expect(time(fill(piece))).toBeLessThan(ordinary * 100)
  })
})

function keysOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keysOf)
  if (typeof value !== 'object' || value === null) return null
  return Object.entries(value).map(([key, inner]) => [key, keysOf(inner)])
}

/** Texts and numbers under a name for a secret. */
function secretsOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const named = /password|token|api_key|clientSecret/.test(key) && !Array.isArray(value)
    if (named && typeof inner === 'string') return isOrdinary(inner) ? [] : [inner]
    return named && typeof inner === 'number' ? [inner] : secretsOf(inner)
  })
}

/** References and placeholders stay: `${X}`, `***`, `<token>`. */
const isOrdinary = (s: string): boolean => s === '' || /^[$%<*xX{]|(?:\.\.\.|…)$/.test(s)
