import { describe, expect, it } from 'vitest'
import { makeRedactor } from '../../../src/redact/redact.ts'
import { toRecord } from '../../../src/runs/examination/outcome-to-record.ts'
import type { Outcome } from '../../../src/ssh/outcome.ts'

const asked = { id: 'ready', text: 'pg_isready', answers: [0, 1, 2], timeoutMs: 10_000 }
const clean = {
  output: (bytes: Buffer) => bytes.toString().replace('hunter2', '[redacted]'),
  text: (text: string) => text.replace('hunter2', '[redacted]'),
}
const streams = {
  stdout: Buffer.from('pass hunter2'),
  stderr: Buffer.from('\nno such file hunter2\n'),
  ms: 12.6,
}
/** What moves a terminal, makes a link in it, ends a C string, or reorders what is read: in 7 and in 8 bits. */
const hostile =
  'sudo: \u001b[2J\u009b31mcleared \u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\ \u0000\u0007\u202ereversed'
const read = (outcome: Outcome) => toRecord(asked, outcome, clean)

describe('what the host did with a probe', () => {
  it('answers when its exit code is one of those that answer the question', () => {
    expect(read({ ...streams, status: 'exited', code: 2 })).toMatchObject({
      status: 'answered',
      exitCode: 2,
      ms: 13,
    })
  })

  it('answers nothing with any other exit code, and says what it said', () => {
    expect(read({ ...streams, status: 'exited', code: 3 })).toMatchObject({
      status: 'unanswered',
      reason: 'exit status 3: no such file [redacted]',
    })
  })

  it('is evidence when the program is not installed', () => {
    expect(read({ ...streams, status: 'exited', code: 127 }).status).toBe('not-installed')
  })

  it.each<[Outcome, string]>([
    [{ ...streams, status: 'timed-out', leftover: 0 }, 'timed-out'],
    [{ ...streams, status: 'cut' }, 'cut'],
    [{ ...streams, status: 'refused', reason: 'sudo' }, 'refused'],
    [{ ...streams, status: 'signalled', signal: 'KILL' }, 'unanswered'],
    [{ status: 'lost', reason: 'connection reset', ms: 3 }, 'lost'],
  ])('is never an answer when it was %j', (outcome, status) => {
    const record = read(outcome)
    expect(record.status).toBe(status)
    expect(record.exitCode === 0).toBe(false)
    expect(record.reason).toBeTruthy()
  })

  it('counts what could not be ended', () => {
    expect(read({ ...streams, status: 'timed-out', leftover: 2 }).leftover).toBe(2)
  })

  it('keeps no secret in any field', () => {
    const secretive = { ...asked, text: 'psql password=hunter2' }
    const record = toRecord(secretive, { ...streams, status: 'refused', reason: 'hunter2' }, clean)
    expect(JSON.stringify(record)).not.toContain('hunter2')
  })

  it.each<Outcome>([
    { ...streams, status: 'refused', reason: hostile },
    { status: 'lost', reason: hostile, ms: 3 },
    { ...streams, stderr: Buffer.from(hostile), status: 'exited', code: 3 },
  ])('keeps no escape of the host in the reason of what was $status', (outcome) => {
    const { reason } = toRecord(asked, outcome, makeRedactor({ secrets: [] }))
    expect(reason).toContain('sudo: cleared click <U+202E>reversed')
    expect(reason).not.toMatch(/\p{Cc}/u)
  })
})
