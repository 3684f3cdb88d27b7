import { expect, it } from 'vitest'
import { didYouMean } from '../../src/text/did-you-mean.ts'

const words = ['timeout', 'title', 'run', 'performance', 'db']

it.each([
  ['timout', 'timeout'],
  ['tilte', 'title'],
  ['Timeout', 'timeout'],
  ['rnu', 'run'],
  ['perfromence', 'performance'],
])('takes %s for %s', (typed, meant) => {
  expect(didYouMean(typed, words)).toBe(meant)
})

it.each(['x', 'wholly', '', 'a'.repeat(10_000)])('makes nothing of %.20s', (typed) => {
  expect(didYouMean(typed, words)).toBeUndefined()
})

it('prefers the nearest', () => {
  expect(didYouMean('disk2', ['disk1', 'disk2'])).toBe('disk2')
})
