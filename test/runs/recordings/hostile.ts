import type { Runbook } from '../../../src/engine/load-runbooks.ts'
import { KnownAnswers } from '../../../src/engine/plan/known-answers.ts'
import type { ProbeRecord } from '../../../src/findings/probe-record.ts'
import type { Report } from '../../../src/findings/report.ts'
import { makeRedactor, type Redactor } from '../../../src/redact/redact.ts'
import { toRecord } from '../../../src/runs/examination/outcome-to-record.ts'
import type { Recording } from '../../../src/runs/recordings/recording.ts'
import { rejudge } from '../../../src/runs/recordings/replay.ts'
import { KEPT_BYTES, type Outcome, STOP_BYTES } from '../../../src/ssh/outcome.ts'

const clean = makeRedactor({ secrets: ['a-secret-of-ours'] })

/** Cleans what it saw before without doing the work again: for the few answers of `destroyed`, which stand in for thousands. */
const cleanOnce = ((): Redactor => {
  const cleaned = new Map<string, string>()
  return {
    text: clean.text,
    output(bytes) {
      const key = Buffer.from(bytes).toString('latin1')
      const text = cleaned.get(key) ?? clean.output(bytes)
      cleaned.set(key, text)
      return text
    },
  }
})()

/** One of `destroyed` in place of what a record says. */
export const destroy = (record: ProbeRecord, stdout: Buffer): ProbeRecord => again(record, stdout, cleanOnce)

/** The same bytes from the host again, the way that live ones take: capped as wave.pl does it, decoded, sanitised, redacted, noted. */
export function again(record: ProbeRecord, stdout: Buffer, cleaner: Redactor = clean): ProbeRecord {
  const { id, command, exitCode, ms } = record
  const streams = { ms, stdout: stdout.subarray(0, KEPT_BYTES), stderr: Buffer.from(record.stderr) }
  const outcome: Outcome =
    stdout.length > KEPT_BYTES
      ? { ...streams, status: 'cut' }
      : { ...streams, status: 'exited', code: exitCode ?? 0 }
  return toRecord({ id, text: command, answers: [exitCode ?? 0], timeoutMs: 10_000 }, outcome, cleaner)
}

/** What is concluded where one answer is another. All else is the same for thousands of them. */
export const judgedWith = (runbook: Runbook, recording: Recording, instead: ProbeRecord): Report =>
  rejudge(
    runbook,
    {
      ...recording,
      records: recording.records.map((record) => (record.id === instead.id ? instead : record)),
    },
    { known: knownOf(recording) },
  )

const known = new WeakMap<Recording, KnownAnswers>()
function knownOf(recording: Recording): KnownAnswers {
  const answers = known.get(recording) ?? new KnownAnswers()
  known.set(recording, answers)
  return answers
}

export const lost = (record: ProbeRecord): ProbeRecord => ({
  ...record,
  ...{ status: 'lost', exitCode: null, stdout: '', stderr: '' },
})

/** Nothing of the answer is left in these. */
export const destroyed: Readonly<Record<string, Buffer>> = {
  empty: Buffer.alloc(0),
  garbage: Buffer.from('\u0000\u0007)]}{?=:\t%%%\n-- \u001b[31m$(reboot) ${x} `y` | ; <!channel>\n'),
  'words of a shell': Buffer.from('sh: 1: Cannot fork\n'),
  'no UTF-8': Buffer.from([0xff, 0xfe, 0x80, 0x0a, 0xc3, 0x28, 0x09, 0xf0, 0x9f, 0x0a, 0xed, 0xa0, 0x80]),
  'a megabyte': Buffer.alloc(STOP_BYTES, 'a1 = b: c\td 9'),
}
