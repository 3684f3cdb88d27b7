import { describe, expect, it } from 'vitest'
import { decimal, linesOf, scalar, whole, words } from '../../../src/engine/parsers/parser.ts'

describe('reading a value', () => {
  it.each([
    ['42', 42n],
    [' -7 ', -7n],
    ['+7', 7n],
    ['87%', 87n],
    ['16303428 kB', 16303428n],
    ['[not set]', undefined],
    ['infinity', undefined],
    ['1.5', undefined],
    ['12ab', undefined],
    ['', undefined],
    ['-', undefined],
    ['18446744073709551615', undefined],
  ])('takes %j as the whole number %s', (text, value) => {
    expect(whole(text)).toBe(value)
  })

  it('takes decimals and truths', () => {
    expect(decimal('0.52')).toBe(0.52)
    expect(decimal('3')).toBe(3)
    expect(decimal('n/a')).toBeUndefined()
    expect(['yes', 'no', 'T', 'off', '', 'maybe', 'constructor'].map((text) => scalar(text, 'bool'))).toEqual(
      [true, false, true, false, undefined, undefined, undefined],
    )
  })
})

it('splits words and lines', () => {
  expect(words('  a \t b  c d ', 3)).toEqual(['a', 'b', 'c d'])
  expect(words('   ')).toEqual([])
  expect(linesOf('a\r\n\n  \nb')).toEqual(['a', 'b'])
})
