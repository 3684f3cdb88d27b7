import { expect, it } from 'vitest'
import { lines } from '../../../src/engine/parsers/lines.ts'
import { parsed } from './parsed.ts'

it('keeps the lines with something on them, without carriage returns', () => {
  expect(parsed(lines, 'a\r\n\n  b \n\t\n').lines).toEqual(['a', '  b '])
  expect(parsed(lines, '').lines).toEqual([])
})
