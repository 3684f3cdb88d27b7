import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fitsGlob } from '../../src/text/glob.ts'

const asExpression = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replace(/[.+^$(){}|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replaceAll('?', '.')}$`,
    's',
  )

it('fits as a regular expression would', () => {
  const letters = fc.constantFrom('a', 'b', '.', '-')
  const text = fc.string({ unit: letters, maxLength: 12 })
  const glob = fc.string({ unit: fc.oneof(letters, fc.constantFrom('*', '?')), maxLength: 8 })
  fc.assert(
    fc.property(text, glob, (t, g) => {
      expect(fitsGlob(t, g)).toBe(asExpression(g).test(t))
    }),
    {
      numRuns: 2_000,
    },
  )
})

it('takes no longer for stars that nothing ends', () => {
  const steps = 'a'.repeat(250)
  expect(fitsGlob(steps, `${'*a'.repeat(120)}b`)).toBe(false)
})
