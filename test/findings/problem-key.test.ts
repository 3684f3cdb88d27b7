import fc from 'fast-check'
import { expect, it } from 'vitest'
import { findingOfKey, problemKey } from '../../src/findings/problem-key.ts'

const problem = { team: 'T1', host: 'host1', finding: 'host.disk-full', subject: '/var' }

it('says what it is about', () => {
  expect(problemKey(problem)).toBe('T1:host1:host.disk-full:%2Fvar')
  expect(problemKey({ ...problem, finding: 'unreachable.network', subject: 'jump1' })).toBe(
    'T1:host1:unreachable.network:jump1',
  )
})

const anyText = fc.string({ unit: 'binary', maxLength: 400 })
const anyProblem = fc.record({ team: anyText, host: anyText, finding: anyText, subject: anyText })

it('is at most 255 characters of printable ASCII, whatever the host called its mount', () => {
  fc.assert(
    fc.property(anyProblem, (given) => {
      const key = problemKey(given)
      expect(key.length).toBeLessThanOrEqual(255)
      expect(key).toMatch(/^[!-~]*$/)
    }),
  )
})

it('keeps problems apart, long ones and those whose parts only look alike when joined', () => {
  const long = 'x'.repeat(300)
  expect(problemKey({ ...problem, subject: `${long}1` })).not.toBe(
    problemKey({ ...problem, subject: `${long}2` }),
  )
  expect(problemKey({ ...problem, host: 'a:b', finding: 'c' })).not.toBe(
    problemKey({ ...problem, host: 'a', finding: 'b:c' }),
  )
})

it('bears half a surrogate pair, which a cut text may end in', () => {
  expect(() => problemKey({ ...problem, subject: '/mnt/\ud83d' })).not.toThrow()
})

it('tells the finding again, unless the key is cut within it or is no such key', () => {
  const digest = 'd0'.repeat(16)
  expect(findingOfKey(problemKey(problem))).toBe('host.disk-full')
  expect(findingOfKey(problemKey({ ...problem, subject: digest }))).toBe('host.disk-full')
  expect(findingOfKey(problemKey({ ...problem, subject: '/'.repeat(300) }))).toBe('host.disk-full')
  expect(findingOfKey(problemKey({ ...problem, finding: 'f'.repeat(300) }))).toBeUndefined()
  expect(findingOfKey(problemKey({ ...problem, host: 'h'.repeat(300) }))).toBeUndefined()
  expect(findingOfKey('T1:host1:host.disk-full:%2Fvar:more')).toBeUndefined()
})
