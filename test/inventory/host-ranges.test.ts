import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expandRanges } from '../../src/inventory/host-ranges.ts'

const names = (pattern: string) => {
  const expanded = expandRanges(pattern)
  return expanded.ok ? expanded.names : expanded.message
}

test.each([
  ['web1', ['web1']],
  ['web[1:3]', ['web1', 'web2', 'web3']],
  ['web[08:10]x', ['web08x', 'web09x', 'web10x']],
  ['web[:2]', ['web0', 'web1', 'web2']],
  ['web[1:6:2]', ['web1', 'web3', 'web5']],
  ['db-[x:z]', ['db-x', 'db-y', 'db-z']],
  ['db-[A:B][1:2]', ['db-A1', 'db-A2', 'db-B1', 'db-B2']],
])('%s', (pattern, expected) => {
  expect(names(pattern)).toEqual(expected)
})

test.each(['web[1:3', 'web[]', 'web[3:1]', 'web[a:3]', 'web[a:C]', 'web[01:100]', 'web[1-3]', 'web[1:3:0]'])(
  '%s is no range, and the message shows one',
  (pattern) => {
    expect(names(pattern)).toContain('a range is written [1:9], [01:10], [a:f] or [1:9:2]')
  },
)

test.each(['web[1:1001]', 'web[1:99][1:99]', 'web[0:999999999]', 'web[1:999999999][1:999999999]'])(
  '%s means too many, and is not expanded to find out',
  (pattern) => {
    expect(names(pattern)).toContain('more than 1000 hosts')
  },
)

test('any range of numbers is in order, distinct, and as wide as it was written', () => {
  fc.assert(
    fc.property(
      fc.nat(900),
      fc.nat(99),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (first, more, step, padded) => {
        const write = (n: number) => (padded ? `0${String(n).padStart(4, '0')}` : String(n))
        const expanded = names(`h[${write(first)}:${write(first + more)}:${step}]`)
        const expected = []
        for (let n = first; n <= first + more; n += step) expected.push(`h${write(n)}`)
        expect(expanded).toEqual(expected)
      },
    ),
  )
})

test('whatever it is given, it answers', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('[', ']', ':', '0', '9', 'a', 'z', '-') }), (pattern) => {
      expect(typeof expandRanges(pattern).ok).toBe('boolean')
    }),
  )
})
