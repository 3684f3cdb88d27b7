import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { problemKey } from '../../src/findings/problem-key.ts'
import { afterLook, type Progress, type Seen, seenBy } from '../../src/watches/after-look.ts'

const looks = fc.array(
  fc.constantFrom('healthy.db', 'db.down', 'host.disk-full', 'inconclusive.db', 'unreachable.network'),
  { maxLength: 40 },
)
const seen = (verdict: string, at: number): Seen => ({
  isHealthy: verdict === 'healthy.db',
  verdict,
  at: new Date(at * 60_000),
})
const fresh = (wanted: number, known: readonly string[] = []): Progress => ({
  ...{ wanted, healthy: 0, healthySince: null, looks: 0, known },
})

/** All looks one after the other, until it is well. */
function watched(verdicts: readonly string[], wanted: number, known: readonly string[]) {
  let at: Progress = fresh(wanted, known)
  const told: string[] = []
  for (const [minute, verdict] of verdicts.entries()) {
    const judged = afterLook(at, seen(verdict, minute))
    at = { wanted, ...judged }
    if (judged.news === 'changed') told.push(verdict)
    if (judged.news === 'well') return { at, told, wellAfter: minute + 1 }
  }
  return { at, told, wellAfter: undefined }
}

describe('a watch', () => {
  it('is well at the first look that ends so many healthy ones in a row, and at no other', () => {
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 4 }), (verdicts, wanted) => {
        const inARow = verdicts.findIndex(
          (_, at) =>
            at + 1 >= wanted &&
            verdicts.slice(at + 1 - wanted, at + 1).every((each) => each === 'healthy.db'),
        )
        expect(watched(verdicts, wanted, []).wellAfter).toBe(inARow === -1 ? undefined : inARow + 1)
      }),
    )
  })

  it('tells each verdict that is not healthy once, and none that its thread had', () => {
    fc.assert(
      fc.property(looks, (verdicts) => {
        const { told, wellAfter } = watched(verdicts, 3, ['db.down'])
        const seenTill = verdicts.slice(0, wellAfter)
        const others = seenTill.filter((each) => each !== 'healthy.db' && each !== 'db.down')
        expect(told).toEqual([...new Set(others)])
      }),
    )
  })

  it('counts every look, and knows since when it has been healthy', () => {
    fc.assert(
      fc.property(looks, (verdicts) => {
        const { at, wellAfter } = watched(verdicts, 3, [])
        const seenTill = verdicts.slice(0, wellAfter)
        expect(at.looks).toBe(seenTill.length)
        const lastIll = seenTill.findLastIndex((each) => each !== 'healthy.db')
        expect(at.healthy).toBe(seenTill.length - 1 - lastIll)
        expect(at.healthySince?.getTime()).toBe(at.healthy > 0 ? (lastIll + 1) * 60_000 : undefined)
      }),
    )
  })
})

describe('what a look saw', () => {
  const run = { report: null, startedAt: null, createdAt: new Date(0) }
  const key = (finding: string, subject: string) =>
    problemKey({ team: 'T1', host: 'host1', finding, subject })

  it('is the same where only the name of its subject changed', () => {
    const of = (subject: string) =>
      seenBy({ ...run, state: 'failed', problemKeys: [key('proc.busy', subject)] })?.verdict
    expect([of('pid 1'), of('pid 2')]).toEqual(['proc.busy', 'proc.busy'])
  })

  it('is nothing where it was cancelled', () => {
    expect(seenBy({ ...run, state: 'cancelled', problemKeys: [] })).toBeUndefined()
  })
})
