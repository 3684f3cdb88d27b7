import type { Runbook } from '../../../src/engine/load-runbooks.ts'
import type { Report } from '../../../src/findings/report.ts'
import type { Host } from '../../../src/inventory/inventory.ts'
import { type Examination, type Examiner, examine } from '../../../src/runs/examination/examine.ts'
import type { Outcome, RunOptions } from '../../../src/ssh/outcome.ts'

/** The host's clock and the bot's, seconds. */
export const NOW = 1_795_496_538

type Answer = string | Outcome

/** By probe; a list has what is said the first time, the second time and so on. Else a probe prints "0". */
export type Answers = Readonly<Record<string, Answer | readonly Answer[]>>

/** A wave: the probes in it, each with its time-out in milliseconds. */
export type Asked = Readonly<Record<string, number>>

interface Circumstances {
  readonly alwaysWider?: boolean
  /** What each look at the clock adds to it, milliseconds. */
  readonly ms?: number
}

/** Examines a host that answers as a test says. */
export async function examined(
  says: Answers,
  runbook: Runbook,
  others: readonly Runbook[] = [],
  { alwaysWider = false, ms = 0 }: Circumstances = {},
): Promise<{ waves: Asked[]; asked: string[][]; examination: Examination; report: Report }> {
  const waves: Asked[] = []
  let elapsed = 0
  const times = new Map<string, number>()
  const answerOf = (id: string): Outcome => {
    const time = times.get(id) ?? 0
    times.set(id, time + 1)
    const given = says[id] ?? '0'
    return outcomeOf(isList(given) ? (given[time] ?? '0') : given)
  }
  const run = async (
    commands: readonly { readonly id: string; readonly timeoutMs: number }[],
    options?: RunOptions,
  ) => {
    waves.push(Object.fromEntries(commands.map(({ id, timeoutMs }) => [id, timeoutMs])))
    const outcomes = new Map(commands.map(({ id }) => [id, answerOf(id)]))
    for (const [id, outcome] of outcomes) options?.onOutcome?.(id, outcome)
    return outcomes
  }
  const session = { fingerprint: 'SHA256:a', user: 'bot', run, checkPort: undefined, close: async () => {} }
  const examiner: Examiner = {
    hosts: { connect: async () => ({ ok: true, session }) },
    redactor: { output: (bytes) => Buffer.from(bytes).toString(), text: (said) => said },
    clock: { now: () => NOW * 1_000, elapsed: () => (elapsed += ms) },
  }
  const host = { name: 'host1', production: true, variables: {}, groups: [] } as unknown as Host
  const result = await examine(examiner, { runbook, host, others, alwaysWider })
  if (!result.ok) throw new Error(result.failure.reason)
  const { examination } = result
  return { waves, asked: waves.map((wave) => Object.keys(wave)), examination, report: examination.report }
}

const isList = (given: Answer | readonly Answer[]): given is readonly Answer[] => Array.isArray(given)

const outcomeOf = (said: Answer): Outcome =>
  typeof said === 'string'
    ? { status: 'exited', code: 0, stdout: Buffer.from(said), stderr: Buffer.alloc(0), ms: 1 }
    : said

/** `leftover`: processes that could not be ended. */
export function silent(status: 'refused' | 'timed-out', leftover = 0): Outcome {
  const nothing = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), ms: 1 }
  return status === 'refused'
    ? { ...nothing, status, reason: 'sudo: a password is required' }
    : { ...nothing, status, leftover }
}
