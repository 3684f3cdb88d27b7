import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { MARK } from '../../src/redact/mark.ts'
import { redactPatterns } from '../../src/redact/redact-patterns.ts'
import { CONTEXTS } from '../../src/redact/secrets-by-context.ts'
import { TOKENS } from '../../src/redact/secrets-by-shape.ts'

const patterns = [...TOKENS, ...CONTEXTS].map((one) => ({ ...one, program: RE2JS.compile(one.pattern) }))

/** Every pattern searched, one after the other. */
const searchedWhole = (text: string): string =>
  patterns.reduce((current, { program, unless }) => {
    const matcher = program.matcher(current)
    let out = ''
    let kept = 0
    while (matcher.find()) {
      const found = matcher.group(1) ?? ''
      if (found === '' || unless?.(found)) continue
      out += current.slice(kept, matcher.start(1)) + MARK
      kept = matcher.end(1)
    }
    return out + current.slice(kept)
  }, text)

/** What the patterns are made of: their words, their marks, values long enough, and ends of lines in between. */
const piece = fc.oneof(
  fc.constantFrom(
    ...['authorization', 'Bearer', 'basic', 'cookie', 'password', 'is', 'token', 'secret', 'identified by'],
    ...['--password', 'sshpass', '-p', 'mysql', 'redis-cli', '-a', 'curl', '-u', 'login', 'requirepass'],
    ...[
      'postgresql://',
      'x@',
      '?sig=',
      '<token>',
      '</',
      'xoxb-',
      'ghp_',
      'sk_live_',
      'eyJ',
      'SCRAM-SHA-256$1:',
    ],
    ...['routing key', 'AKIA', 'md5', '$6$', '5432', 'host', 'é', '\u{1F600}', '\u0000'],
  ),
  fc.constantFrom(' ', ' ', '\t', ':', '=', '"', "'", '\n', '\n', '\r\n', '-', ',', '.', '/', '|', '<', '>'),
  fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/),
)
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

describe('a text', () => {
  it('is redacted as if each pattern were searched in it, whether it matches or not', () => {
    fc.assert(
      fc.property(text, (said) => {
        expect(redactPatterns(said)).toBe(searchedWhole(said))
      }),
      { numRuns: 3_000 },
    )
  })
})
