import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { problemKey } from '../../src/findings/problem-key.ts'
import { problemKeysOf } from '../../src/runs/problem-keys.ts'
import { afterLook, type Progress, type Seen, seenBy } from '../../src/watches/after-look.ts'
import { diskReport } from '../slack/messages/sample-views.ts'

const looks = fc.array(
  fc.constantFrom('healthy.db', 'db.down', 'host.disk-full', 'inconclusive.db', 'unreachable.network'),
  { maxLength: 40 },
)
const seen = (verdict: string, at: number): Seen => ({
  isHealthy: verdict === 'healthy.db',
  verdicts: [verdict],
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

describe('several causes', () => {
  const two: Seen = { isHealthy: false, verdicts: ['db.down', 'host.disk-full'], at: new Date(0) }
  it('are told where one of them has not been told yet, behind a known one or before it', () => {
    expect(afterLook(fresh(3, ['db.down']), two)).toMatchObject({
      news: 'changed',
      known: ['db.down', 'host.disk-full'],
    })
    expect(afterLook(fresh(3, ['host.disk-full']), two).news).toBe('changed')
  })
  it('are no news where each has been told, in whatever order', () => {
    expect(afterLook(fresh(3, ['host.disk-full', 'db.down']), two).news).toBe('none')
  })
})

describe('what a look saw', () => {
  const run = { report: null, startedAt: null, createdAt: new Date(0) }
  const key = (finding: string, subject: string) =>
    problemKey({ team: 'T1', host: 'host1', finding, subject })

  it('is the same where only the name of its subject changed', () => {
    const of = (subject: string) =>
      seenBy({ ...run, state: 'failed', problemKeys: [key('proc.busy', subject)] })?.verdicts
    expect([of('pid 1'), of('pid 2')]).toEqual([['proc.busy'], ['proc.busy']])
  })

  it('is each cause of its topic, whichever is the likeliest, and none that only another topic knows', () => {
    const report = diskReport()
    const [cause] = report.findings.filter(({ role }) => role === 'cause')
    if (!cause) throw new Error('no cause')
    const findings = [
      { ...cause, id: 'z.last', subject: 'a' },
      { ...cause, id: 'z.last', subject: 'b' },
      { ...cause, id: 'a.first' },
      { ...cause, id: 'other.topic', topic: 'service' },
    ]
    const about = { team: 'T1', host: 'host1', topic: 'db' }
    const seenIn = (ordered: typeof findings) => {
      const ofRun = { ...report, findings: ordered }
      return seenBy({ ...run, state: 'done', report: ofRun, problemKeys: problemKeysOf(about, ofRun) })
        ?.verdicts
    }
    expect(seenIn(findings)).toEqual(['a.first', 'z.last'])
    expect(seenIn(findings.toReversed())).toEqual(['a.first', 'z.last'])
  })

  it('is nothing where it was cancelled', () => {
    expect(seenBy({ ...run, state: 'cancelled', problemKeys: [] })).toBeUndefined()
  })
})
