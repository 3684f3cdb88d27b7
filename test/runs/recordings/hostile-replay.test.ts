import { basename } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printReport } from '../../../src/cli/output/print.ts'
import { readRecording, recordingsBelow } from '../../../src/runs/recordings/recording.ts'
import { rejudge } from '../../../src/runs/recordings/replay.ts'
import { threadMessages } from '../../../src/slack/messages/run/thread-messages.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import { runbooks } from '../../runbooks/diagnosis.ts'
import { run, view } from '../../slack/messages/sample-views.ts'
import { again, destroy, destroyed, judgedWith, lost } from './hostile.ts'

/**
 * Every recording, one answer of it replaced. What counts as a false green:
 * - a host that was recorded as a problem or as inconclusive is judged healthy, whatever became of one answer: what that answer proved is gone, and
 *   no other answer says that the host is well;
 * - on a healthy host, an answer of which nothing is left is judged greener than one that never came: a parser that reads nothing as "there is none"
 *   would do so. Where the exit status is the answer (`answers` has more than one), it is still in hand.
 */
const recordings = recordingsBelow(new URL('../../recordings', import.meta.url).pathname).map((folder) => {
  const read = readRecording(folder)
  if (!read.ok) throw new Error(read.sentence)
  const runbook = runbooks.topics.get(read.recording.topic)
  if (!runbook) throw new Error(`${folder}: no such topic`)
  const answered = read.recording.records.filter(({ status }) => status === 'answered')
  const { verdict } = rejudge(runbook, read.recording)
  return { name: basename(folder), recording: read.recording, runbook, answered, verdict }
})

/** With many recordings each takes its share of the probes, another one each: together they still take every one. */
const MOST_WHOLE = 12
const stride = Math.ceil(recordings.length / MOST_WHOLE)
const runs = Math.max(4, Math.ceil(240 / recordings.length))

/** Far beyond what a judgement takes, and far below what a pattern that explodes would. */
const LONGEST_MS = 3_000

describe.each(recordings)('the recording $name', ({ recording, runbook, answered, verdict }) => {
  it('is never a false green when nothing of one answer is left', () => {
    const green: string[] = []
    const turn = recordings.findIndex((one) => one.recording === recording)
    for (const record of answered.filter((_, at) => (at + turn) % stride === 0)) {
      // Only of a healthy host is it asked what is said where this answer never came.
      const byExit = verdict !== 'healthy' || (runbook.probes.get(record.id)?.answers.length ?? 0) > 1
      const without = byExit ? 'healthy' : judgedWith(runbook, recording, lost(record)).verdict
      for (const [how, bytes] of Object.entries(destroyed)) {
        const began = performance.now()
        const report = judgedWith(runbook, recording, destroy(record, bytes))
        expect(performance.now() - began).toBeLessThan(LONGEST_MS)
        if (report.verdict === 'healthy' && (verdict !== 'healthy' || without !== 'healthy'))
          green.push(`${record.id}: ${how}`)
      }
    }
    expect(green).toEqual([])
  }, 120_000)

  it('is never a false green when an answer breaks off between two lines', () => {
    if (verdict === 'healthy') return
    const turn = recordings.findIndex((one) => one.recording === recording)
    for (const record of answered.filter((_, at) => (at + turn) % stride === 0)) {
      const lines = record.stdout.split(/(?<=\n)/)
      for (const kept of new Set([1, Math.floor(lines.length / 2), lines.length - 1])) {
        const start = Buffer.from(lines.slice(0, kept).join(''))
        const report = judgedWith(runbook, recording, again(record, start))
        expect([record.id, kept, report.verdict]).not.toContain('healthy')
      }
    }
  }, 120_000)

  it('is never a false green when an answer breaks off, or is something else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...answered),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.uint8Array({ maxLength: 400 }),
        (record, share, bytes) => {
          const whole = Buffer.from(record.stdout)
          const start = whole.subarray(0, Math.floor(whole.length * share))
          for (const stdout of [start, Buffer.concat([start, bytes]), Buffer.from(bytes)]) {
            const report = judgedWith(runbook, recording, again(record, stdout))
            if (verdict !== 'healthy') expect([record.id, report.verdict]).not.toContain('healthy')
          }
        },
      ),
      { numRuns: runs },
    )
  }, 120_000)
})

describe('an answer that a parser does not know', () => {
  const [first] = recordings.filter(({ name }) => name === 'healthy-seven-tenths')
  if (!first) throw new Error('there is no recording of a healthy host')
  const { recording, runbook } = first

  it('is unknown, with its first line for whoever reads it', () => {
    const disk = recording.records.find(({ id }) => id === 'disk')
    if (!disk) throw new Error('it has no record of disk')
    const report = judgedWith(
      runbook,
      recording,
      again(disk, Buffer.from('df: /var: Stale file handle\nmore\n')),
    )
    expect(report.verdict).toBe('inconclusive')
    expect(report.unknown).toContainEqual(
      expect.objectContaining({
        probe: 'disk',
        reason: expect.stringContaining('found "df: /var: Stale file handle"'),
      }),
    )
    expect(printReport(report).join('\n')).toContain('Stale file handle')
    const thread = threadMessages(view(run({ report })), []).map(toPlain)
    expect(thread.join('\n')).toContain('Stale file handle')
  })
})
