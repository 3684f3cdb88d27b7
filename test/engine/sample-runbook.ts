import { buildRunbooks, type Runbook, type Runbooks } from '../../src/engine/load-runbooks.ts'
import type { ProbeRecord } from '../../src/findings/probe-record.ts'
import { printProblem } from '../../src/yaml/problem.ts'

/** Runbooks written in a test. */

export const filesOf = (texts: readonly string[]) => texts.map((text, i) => ({ file: `${i}.yml`, text }))

export function runbooks(...texts: readonly string[]): Runbooks {
  const built = buildRunbooks(filesOf(texts))
  if (!built.ok) throw new Error(built.problems.map(printProblem).join('\n'))
  return built.runbooks
}

export function runbook(...texts: readonly string[]): Runbook {
  const [first] = runbooks(...texts).topics.values()
  if (!first) throw new Error('no topic in it')
  return first
}

export function problems(...texts: readonly string[]): string[] {
  const built = buildRunbooks(filesOf(texts))
  return built.ok ? [] : built.problems.map(printProblem)
}

/** The lines that every topic needs, before what a test is about. */
export const topic = (rest: string): string =>
  `version: 1\ntopic: db\ntitle: Database\nsymptoms: [it is down]\n${rest}`

export const record = (id: string, more: Partial<ProbeRecord> = {}): ProbeRecord => ({
  id,
  status: 'answered',
  exitCode: 0,
  ms: 5,
  command: `run ${id}`,
  stdout: '',
  stderr: '',
  ...more,
})

export const recordsOf = (...all: readonly ProbeRecord[]): Map<string, ProbeRecord> =>
  new Map(all.map((one) => [one.id, one]))

export const host = { name: 'host1', production: true }
