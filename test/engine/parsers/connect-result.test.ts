import { describe, expect, it } from 'vitest'
import { connectResult } from '../../../src/engine/parsers/connect-result.ts'
import { makeRedactor } from '../../../src/redact/redact.ts'
import { portCheckRecord } from '../../../src/runs/examination/outcome-to-record.ts'
import { problems, topic } from '../sample-runbook.ts'
import { fieldsOf, refusal } from './parsed.ts'

const clean = makeRedactor({ secrets: [] })
const asked = { id: 'front', text: '(from outside) nc -vz HOST 80' }

describe('a connect of the bot', () => {
  it('is read from the record that it was written to', () => {
    const found = {
      answer: 'timed out',
      from: 'the jump host bastion',
      to: '10.0.0.11 port 80',
      ms: 3_000,
    } as const
    const record = portCheckRecord(asked, found, clean)
    expect(record).toMatchObject({ status: 'answered', exitCode: 0, ms: 3_000, command: asked.text })
    expect(fieldsOf(connectResult, record.stdout)).toEqual({
      connect: 'timed out',
      to: '10.0.0.11 port 80',
      from: 'the jump host bastion',
    })
  })

  it('is skipped without an outside, and lost when the run was stopped', () => {
    expect(portCheckRecord(asked, undefined, clean).status).toBe('skipped')
    const stopped = { answer: 'stopped', from: 'the bot', to: 'x port 80', ms: 1 } as const
    expect(portCheckRecord(asked, stopped, clean)).toMatchObject({ status: 'lost', stdout: '' })
  })

  it('is not understood in other words', () => {
    expect(refusal(connectResult, 'no')).toContain('expected one of connect, to, from')
  })

  it.each([
    ['connect: home', 'must be a parameter of type port'],
    ['connect: nowhere', 'must be a parameter of type port'],
    ['connect: front, run: x', 'has one of `run`, `script`, `privileged` and `connect`'],
    ['connect: front, parse: lines', 'what `connect` gives is no matter of `parse`'],
  ])('of a probe with %s is refused', (keys, said) => {
    const runbook = topic(`parameters:
  front: { type: port, default: 80, description: d }
  home: { type: path, default: /x, description: d }
probes: { p: { title: P, ${keys} } }
`)
    expect(problems(runbook).join('\n')).toContain(said)
  })
})
