import fc from 'fast-check'
import { expect, it } from 'vitest'
import { retryForADay } from '../../../src/escalation/outbox/retry.ts'

const { pauseMs } = retryForADay

it('tries wait longer and longer, at most five minutes, and never less than was asked for', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(3_600_000), (tries, asked) => {
      expect(pauseMs(tries, asked)).toBeGreaterThanOrEqual(asked)
      expect(pauseMs(tries)).toBeGreaterThanOrEqual(1_000)
      expect(pauseMs(tries)).toBeLessThanOrEqual(300_000)
      expect(pauseMs(tries + 1)).toBeGreaterThanOrEqual(pauseMs(tries))
    }),
  )
})
