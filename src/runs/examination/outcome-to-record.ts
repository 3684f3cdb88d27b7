import type { ProbeRecord } from '../../findings/probe-record.ts'
import type { ProbeStatus } from '../../findings/report.ts'
import type { Redactor } from '../../redact/redact.ts'
import type { Outcome, PortCheck } from '../../ssh/outcome.ts'

/** A shell's and sudo's answer for a program that is not there. */
const NOT_FOUND = 127

export interface Asked {
  readonly id: string
  /** The command line for people. */
  readonly text: string
  /** Exit codes that answer the probe's question. */
  readonly answers: readonly number[]
  readonly timeoutMs: number
}

/** What the host did with one probe, as the run stores it. From here on nobody sees the host's own bytes. */
export function toRecord(asked: Asked, outcome: Outcome, redactor: Redactor): ProbeRecord {
  const about = { id: asked.id, command: redactor.text(asked.text), ms: Math.round(outcome.ms) }
  // sudo and the SSH server speak for the host.
  const heard = (reason: string): string => redactor.output(Buffer.from(reason))
  if (outcome.status === 'lost') {
    return {
      ...about,
      status: 'lost',
      exitCode: null,
      stdout: '',
      stderr: '',
      reason: heard(outcome.reason),
    }
  }
  const said = { ...about, stdout: redactor.output(outcome.stdout), stderr: redactor.output(outcome.stderr) }
  switch (outcome.status) {
    case 'exited': {
      const { status, reason } = readExit(asked, outcome.code, said.stderr)
      return { ...said, status, exitCode: outcome.code, ...(reason ? { reason } : {}) }
    }
    case 'timed-out':
      return {
        ...said,
        status: 'timed-out',
        exitCode: null,
        reason: `no answer within ${asked.timeoutMs / 1000} s`,
        ...(outcome.leftover > 0 ? { leftover: outcome.leftover } : {}),
      }
    case 'signalled':
      return { ...said, status: 'unanswered', exitCode: null, reason: `ended by signal ${outcome.signal}` }
    case 'cut':
      return { ...said, status: 'cut', exitCode: null, reason: 'it printed more than a probe may keep' }
    case 'refused':
      return { ...said, status: 'refused', exitCode: 1, reason: heard(outcome.reason) }
  }
}

/**
 * What the bot itself found, in the form that engine/parsers/connect-result.ts reads. Undefined: there is no outside to
 * look from.
 */
export function portCheckRecord(
  asked: { readonly id: string; readonly text: string },
  reached: PortCheck | undefined,
  redactor: Redactor,
): ProbeRecord {
  const nothing = { exitCode: null, stdout: '', stderr: '' }
  if (!reached) return { id: asked.id, command: '', ms: 0, status: 'skipped', ...nothing }
  const { answer, to, from, ms } = reached
  const about = { id: asked.id, command: redactor.text(asked.text), ms }
  if (answer === 'stopped') return { ...about, status: 'lost', ...nothing, reason: 'the run was stopped' }
  const stdout = redactor.text(`connect=${answer}\nto=${to}\nfrom=${from}\n`)
  return { ...about, status: 'answered', exitCode: 0, stdout, stderr: '' }
}

function readExit(asked: Asked, code: number, stderr: string): { status: ProbeStatus; reason?: string } {
  if (asked.answers.includes(code)) return { status: 'answered' }
  if (code === NOT_FOUND) return { status: 'not-installed' }
  const first = stderr.split('\n').find((line) => line.trim() !== '')
  return {
    status: 'unanswered',
    reason: first ? `exit status ${code}: ${first.slice(0, 300)}` : `exit status ${code}`,
  }
}
