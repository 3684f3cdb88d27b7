import { loadRunbooks } from '../../src/engine/load-runbooks.ts'
import { beforeEnd, END } from '../../src/engine/parsers/complete-output.ts'
import { KnownAnswers } from '../../src/engine/plan/known-answers.ts'
import { nextWave } from '../../src/engine/plan/plan.ts'
import { resolveParameters } from '../../src/engine/runbook/parameters.ts'
import { LAST_DAY } from '../../src/engine/runbook/run-window.ts'
import { judge } from '../../src/engine/verdict/judge.ts'
import type { Compared } from '../../src/findings/difference.ts'
import type { ProbeRecord } from '../../src/findings/probe-record.ts'
import type { Report } from '../../src/findings/report.ts'
import { printProblem } from '../../src/yaml/problem.ts'
import { healthy } from './healthy.ts'

const loaded = loadRunbooks([new URL('../../src/runbooks', import.meta.url).pathname])
if (!loaded.ok) throw new Error(loaded.problems.map(printProblem).join('\n'))
export const { runbooks } = loaded

/** Those that judge DebVisor on its host, as healthy.ts describes both. A topic of something else brings its own tests. */
export const platformTopics = [...runbooks.topics.values()]
  .filter(({ probes }) => ['unit', 'clock'].every((id) => probes.has(id)))
  .map(({ topic }) => topic)

/** What a probe says instead of what it says on a healthy host: its output, or any other part of its record. */
export type Change = string | Partial<ProbeRecord>
export type Changes = Readonly<Record<string, Change>>

/** Denied, with the exit status that the shipped probes use for it. */
export const denied: Change = { status: 'unanswered', exitCode: 77, stdout: '', reason: 'may not read it' }
export const missing: Change = { status: 'not-installed', exitCode: 127, stdout: '' }

/** No service of the platform listens; there is always the sshd that let us in. */
export const onlySshd =
  'tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* ino:1 sk:3 cgroup:/system.slice/ssh.service <->\n'

export interface Given {
  readonly changes?: Changes
  /** What all other probes say; by default what they say on a healthy host. */
  readonly others?: Change
  readonly variables?: Readonly<Record<string, unknown>>
  /** What differs from the last healthy run. */
  readonly compared?: Compared
  /** The bot's clock; the healthy host's says 1795496537. */
  readonly at?: number
}

/** The verdict of a shipped runbook over a composed host, its waves planned as in a real run. */
export function diagnose(
  topic: string,
  { changes = {}, others, variables = {}, at = 0, compared }: Given = {},
): Report {
  const runbook = runbooks.find(topic)
  if (!runbook) throw new Error(`no topic ${topic}`)
  const unknown = Object.keys(changes).filter((id) => !runbook.probes.has(id))
  if (unknown.length > 0) throw new Error(`${topic} has no probe ${unknown.join(', ')}`)
  const resolved = resolveParameters(runbook, variables)
  if (!resolved.ok) throw new Error(resolved.problems.join('\n'))
  const parameters = resolved.values
  const visit = { at, since: LAST_DAY }
  const asked = { parameters, host, visit, known: knownAnswers(topic, variables, at) }
  const records = new Map<string, ProbeRecord>()
  while (true) {
    const wave = nextWave(runbook, asked, records)
    if (wave.commands.length + wave.settled.length === 0) break
    for (const settled of wave.settled) records.set(settled.id, sameRecord(settled))
    for (const { id, text } of wave.commands) {
      const whole = runbook.probes.get(id)?.whole === true && (id in changes || others === undefined)
      records.set(id, answer(id, text, changes[id] ?? others, whole))
    }
  }
  return judge({ ...asked, runbook, ms: 900, login: 'bot', records, ...(compared ? { compared } : {}) })
}

const host = { name: 'host1', production: true }
const answers = new Map<string, KnownAnswers>()

/** Most of a host is as it was in the test before: only what reads a changed answer is evaluated anew, as in a run. */
function knownAnswers(topic: string, variables: Given['variables'], at: number): KnownAnswers {
  return remembered(answers, JSON.stringify([topic, variables, at]), () => new KnownAnswers())
}

const recorded = new Map<string, ProbeRecord>()

/** The same answer is the same record, whose evidence is read once. */
const sameRecord = (record: ProbeRecord): ProbeRecord =>
  remembered(recorded, JSON.stringify(record), () => record)

function remembered<Value>(all: Map<string, Value>, key: string, make: () => Value): Value {
  const value = all.get(key) ?? make()
  all.set(key, value)
  return value
}

/** With the mark of its end, which a test need not write. */
export const toItsEnd = (text: string): string =>
  beforeEnd(text) === undefined ? `${text.trimEnd()}\n${END}\n` : text

/** `whole`: what a test says of it is all of it, so that it need not write the mark of its end. */
function answer(id: string, command: string, change: Change | undefined, whole: boolean): ProbeRecord {
  const text = typeof change === 'string' ? change : (healthy[id] ?? '')
  const stdout = whole ? toItsEnd(text) : text
  const known = id in healthy || typeof change === 'string' || change?.stdout !== undefined
  const base: ProbeRecord = {
    id,
    status: known ? 'answered' : 'unanswered',
    exitCode: 0,
    ms: 5,
    command,
    stdout,
    stderr: '',
  }
  return sameRecord(typeof change === 'object' ? { ...base, ...change } : base)
}

/** A healthy answer with some of its lines changed: `KEY=` lines are replaced by key, all else is appended. */
export function altered(id: string, lines: readonly string[]): string {
  const keys = lines.map((line) => line.slice(0, line.indexOf('=') + 1)).filter((key) => key !== '')
  const kept = (healthy[id] ?? '').split('\n').filter((line) => !keys.some((key) => line.startsWith(key)))
  return [...lines, ...kept].join('\n')
}

export const causes = (report: Report): string[] =>
  report.findings.filter(({ role }) => role === 'cause').map(({ id }) => id)

export const finding = (report: Report, id: string) => {
  const found = report.findings.find((one) => one.id === id)
  if (!found) throw new Error(`no ${id} among ${report.findings.map((one) => one.id).join(', ')}`)
  return found
}

/** A dated log of the minute before the look: "10+0000 unit[1]: text". */
export const since = (lines: readonly string[]): string =>
  ['now=1795496538 zone=+0000', ...lines.map((line) => `2026-11-24T05:02:${line}`), ''].join('\n')

/** A unit that failed some seconds ago and what its journal said since. */
export const failed = (properties: readonly string[], said: readonly string[] = []): Changes => ({
  // Of a key that is there twice, the first counts.
  unit: altered('unit', [
    ...properties,
    'ActiveState=failed',
    'SubState=failed',
    'Result=exit-code',
    'ExecMainCode=1',
    'ExecMainStatus=1',
    'MainPID=0',
    'NRestarts=5',
    'TriedAgo=20',
    'ChangedAgo=19',
  ]),
  said: since(said),
  http: '/api/health\t0\t0\tconnect: Connection refused\n',
  listeners: onlySshd,
  processes: '',
})
