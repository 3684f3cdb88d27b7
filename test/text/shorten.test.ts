import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cut, headAndTail, oneLine } from '../../src/text/shorten.ts'

// With the u flag a whole pair is one character, so this meets halves only.
const loneSurrogate = /\p{Cs}/u

describe('a cut', () => {
  test.each([
    ['cut', cut],
    ['headAndTail', headAndTail],
    ['oneLine', oneLine],
  ])('by %s stays within its length and leaves no half character', (_name, shorten) => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-composite', maxLength: 300 }),
        fc.integer({ min: 1, max: 200 }),
        (text, max) => {
          const short = shorten(text, max)
          expect(short.length).toBeLessThanOrEqual(max)
          expect(short).not.toMatch(loneSurrogate)
        },
      ),
    )
  })

  test('is marked, and leaves a text that fits as it is', () => {
    expect(cut('x'.repeat(100), 80)).toMatch(/^x+\n\[… cut: 100 characters in all\]$/)
    expect(cut('x'.repeat(80), 80)).toBe('x'.repeat(80))
  })

  test('of a log keeps its end', () => {
    const log = Array.from({ length: 100 }, (_, at) => `line ${at}`).join('\n')
    expect(headAndTail(log, 200)).toMatch(/^line 0\n[\s\S]+cut: 789 characters in all …\]\n[\s\S]+line 99$/)
  })
})
