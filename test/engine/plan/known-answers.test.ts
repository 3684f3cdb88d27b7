import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KnownAnswers } from '../../../src/engine/plan/known-answers.ts'
import type { ProbeRecord } from '../../../src/findings/probe-record.ts'
import { readRecording, recordingsBelow } from '../../../src/runs/recordings/recording.ts'
import { rejudge } from '../../../src/runs/recordings/replay.ts'
import { runbooks } from '../../runbooks/diagnosis.ts'
import { again, destroy, destroyed, lost } from '../../runs/recordings/hostile.ts'

const recordings = recordingsBelow(new URL('../../recordings', import.meta.url).pathname)
/** Of each topic several, with causes of several kinds. */
const some = recordings
  .filter((_, at) => at % 9 === 0)
  .flatMap((folder) => {
    const read = readRecording(folder)
    const runbook = read.ok && runbooks.topics.get(read.recording.topic)
    return read.ok && runbook ? [{ recording: read.recording, runbook }] : []
  })

const broken = (record: ProbeRecord): readonly ProbeRecord[] => [
  record,
  lost(record),
  destroy(record, destroyed.empty ?? Buffer.alloc(0)),
  again(record, Buffer.from(record.stdout).subarray(0, record.stdout.length / 2)),
]

describe('answers that are known from before', () => {
  it('never change what is concluded, whatever the host answers next', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...some),
        fc.array(fc.record({ which: fc.nat(), how: fc.nat(3) }), { minLength: 2, maxLength: 12 }),
        ({ recording, runbook }, changes) => {
          const known = new KnownAnswers()
          let records = recording.records
          for (const { which, how } of changes) {
            const at = which % recording.records.length
            const next = recording.records[at] && broken(recording.records[at])[how]
            if (next) records = records.with(at, next)
            const now = { ...recording, records }
            expect(rejudge(runbook, now, { known })).toEqual(rejudge(runbook, now))
          }
        },
      ),
      { numRuns: 40 },
    )
  }, 120_000)

  it('are asked for again only where they read an answer that is new', () => {
    const known = new KnownAnswers()
    const asked: string[] = []
    const find = (name: string, probes: readonly string[], context: Record<string, unknown>) =>
      known.find(about[name] ?? { probes }, context, () => asked.push(name))
    const about: Record<string, { probes: readonly string[] }> = {
      disk: { probes: ['disk'] },
      both: { probes: ['disk', 'load'] },
    }
    const disk = {}
    find('disk', [], { disk })
    find('both', [], { disk })
    find('disk', [], { disk, load: {} })
    find('both', [], { disk, load: {} })
    expect(asked).toEqual(['disk', 'both', 'both'])
  })
})
