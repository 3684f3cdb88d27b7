import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beforeEnd, END, ended } from '../../../src/engine/parsers/complete-output.ts'
import { lines } from '../../../src/engine/parsers/lines.ts'
import { parsed, refusal } from './parsed.ts'

describe('an answer that says where it ends', () => {
  it('is what stands before its mark', () => {
    expect(parsed(ended(lines), 'a\nb\n=== end\n').lines).toEqual(['a', 'b'])
    expect(parsed(ended(lines), '=== end').lines).toEqual([])
  })

  it('is not understood without the mark, quoted by its first lines', () => {
    expect(refusal(ended(lines), 'a\nb\n')).toBe('expected `=== end` as its last line, found "a", then "b"')
    expect(refusal(ended(lines), '')).toContain('found nothing')
    expect(refusal(ended(lines), 'a === end')).toContain('found "a === end"')
  })

  it('is never understood where any of its end is missing', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (text, cut) => {
        fc.pre(!text.includes(END))
        const whole = `${text}\n${END}`
        expect(beforeEnd(whole.slice(0, cut % whole.length))).toBeUndefined()
        expect(beforeEnd(whole)?.trimEnd()).toBe(text.trimEnd())
      }),
    )
  })
})
