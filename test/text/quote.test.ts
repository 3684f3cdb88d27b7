import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quote } from '../../src/text/quote.ts'

/** What /bin/sh makes of these words: each word back, ended by NUL. */
function readByShell(words: readonly string[]): string[] {
  const script = `for word in ${words.map(quote).join(' ')}; do printf '%s\\0' "$word"; done`
  const { stdout, status } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' })
  expect(status).toBe(0)
  return stdout.split('\0').slice(0, -1)
}

test('a shell reads every quoted text as one word, unchanged', () => {
  const nasty = fc.string({ unit: fc.constantFrom(...` '"\\$\`!*?[]{}()<>|&;#~=%^\n\t-aé😀`) })
  const text = fc.oneof(nasty, fc.string({ unit: 'binary' })).filter((s) => !s.includes('\0'))
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (words) => {
      expect(readByShell(words)).toEqual(words)
    }),
    { numRuns: 100 },
  )
})

test('an empty text stays a word', () => {
  expect(readByShell(['', 'a', ''])).toEqual(['', 'a', ''])
})

test('NUL is refused', () => {
  expect(() => quote('a\0b')).toThrow(RangeError)
})
