import type { ProbeRecord } from '../../findings/probe-record.ts'
import { quote } from '../../text/quote.ts'
import type { Context, Expression } from '../language/expression.ts'
import { fill } from '../language/placeholders.ts'
import { checkValue, type Parameters } from '../runbook/parameters.ts'
import { SINCE, UNKNOWN_VISIT, type Visit } from '../runbook/run-window.ts'
import type { Probe, Runbook } from '../runbook/runbook.ts'
import { evidenceContext, type HostOfRun } from './evidence-context.ts'
import type { KnownAnswers } from './known-answers.ts'

/** What ssh runs (its Command), with what people read of it. */
export type PlannedCommand = PlannedShell | PlannedPrivileged | PlannedConnect

/** Those that run on the host. */
export type HostCommand = Exclude<PlannedCommand, PlannedConnect>

interface ForPeople {
  readonly id: string
  readonly title: string
  /** The command line, to run it by hand. */
  readonly text: string
  readonly timeoutMs: number
}
interface PlannedShell extends ForPeople {
  readonly kind: 'shell'
  readonly script: string
}
interface PlannedPrivileged extends ForPeople {
  readonly kind: 'privileged'
  readonly argv: readonly string[]
}

/** A TCP connect from the bot to a port of the host. */
export interface PlannedConnect extends ForPeople {
  readonly kind: 'connect'
  readonly port: number
}

export interface Planning {
  readonly parameters: Parameters
  readonly host: HostOfRun
  readonly visit?: Visit
  readonly known?: KnownAnswers
}

export interface Wave {
  readonly commands: readonly PlannedCommand[]
  /** Probes that need not or cannot run: they have their record already. */
  readonly settled: readonly ProbeRecord[]
}

/**
 * What to ask next. First all probes that need nothing; then, as records come in, those whose need is decided. Both
 * lists are empty when there is nothing left to ask. A probe whose need hangs on one that has no record yet waits.
 */
export function nextWave(
  runbook: Runbook,
  planning: Planning,
  records: ReadonlyMap<string, ProbeRecord>,
): Wave {
  const { context } = evidenceContext(runbook, { ...planning, records })
  const isEarly = (expression: Expression) => runbook.probesOf(expression).some((id) => !records.has(id))
  const commands: PlannedCommand[] = []
  const settled: ProbeRecord[] = []
  for (const probe of runbook.probes.values()) {
    if (records.has(probe.id)) continue
    const next = decide(probe, { context, isEarly }, planning)
    if (next === 'wait') continue
    if ('status' in next) settled.push(next)
    else commands.push(next)
  }
  return { commands, settled }
}

/** What the probes that have answered so far say. */
interface EvidenceSoFar {
  readonly context: Context
  /** Whether the expression reads a probe that has no record yet. */
  isEarly(expression: Expression): boolean
}

/** What is asked before all else: what of the platform is there, and where. */
export const firstCommands = ({ probes }: Runbook, asked: Asked): PlannedCommand[] =>
  commandsOf(
    [...probes.values()].filter(({ first }) => first),
    asked,
  )

/** What a snapshot of the host is made of. It needs nothing, so it goes along with the first wave. */
export const snapshotCommands = ({ snapshotProbes }: Runbook, asked: Asked): PlannedCommand[] =>
  commandsOf([...snapshotProbes.values()], asked)

/** What compares files of the host with their packages, where there is nothing else to compare with. */
export const packageCommands = ({ packageProbes }: Runbook, asked: Asked): PlannedCommand[] =>
  commandsOf([...packageProbes.values()], asked)

type Asked = Pick<Planning, 'parameters' | 'visit'>

function commandsOf(
  probes: readonly Probe[],
  { parameters, visit = UNKNOWN_VISIT }: Asked,
): PlannedCommand[] {
  const values = new Map(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
  values.set(SINCE, String(visit.since.seconds))
  return probes.map((probe) => command(probe, values))
}

function decide(
  probe: Probe,
  { context, isEarly }: EvidenceSoFar,
  { parameters, visit = UNKNOWN_VISIT }: Planning,
): PlannedCommand | ProbeRecord | 'wait' {
  if (probe.needs) {
    const needed = probe.needs.evaluate(context)
    if (!needed.known) {
      if (isEarly(probe.needs)) return 'wait'
      return settle(probe, 'unanswered', `whether it is needed is not known: ${needed.reason}`)
    }
    if (needed.value !== true) return settle(probe, 'skipped')
  }
  if ([...probe.values.values()].some(({ from }) => isEarly(from))) return 'wait'
  const values = valuesFor(probe, context, parameters)
  return values.ok
    ? command(probe, new Map([...values.values, [SINCE, String(visit.since.seconds)]]))
    : settle(probe, 'unanswered', values.reason)
}

export type ValuesOfCommand =
  | { readonly ok: true; readonly values: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly reason: string }

/** Parameters, and what a second wave takes out of evidence: only through the pattern of its type (S12). */
export function valuesFor(probe: Probe, context: Context, parameters: Parameters): ValuesOfCommand {
  const values = new Map(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
  for (const [name, { type, from }] of probe.values) {
    const answer = from.evaluate(context)
    if (!answer.known) return { ok: false, reason: `its ${name} is not known: ${answer.reason}` }
    const checked = checkValue(type, answer.value)
    if (!checked.ok) return { ok: false, reason: `its ${name}, taken from the host, ${checked.message}` }
    values.set(name, String(checked.value))
  }
  return { ok: true, values }
}

function command(probe: Probe, values: ReadonlyMap<string, string>): PlannedCommand {
  const { id, title, timeoutMs } = probe
  if (probe.connect !== undefined) {
    const port = Number(values.get(probe.connect))
    return { id, title, timeoutMs, kind: 'connect', port, text: `(from outside) nc -vz HOST ${port}` }
  }
  if (probe.privileged === undefined) {
    const script = fill(probe.run ?? '', values, quote)
    return { id, title, timeoutMs, kind: 'shell', script, text: script.trim() }
  }
  const argv = argvOf(probe.privileged, values)
  return { id, title, timeoutMs, kind: 'privileged', argv, text: commandLine(['sudo', ...argv]) }
}

/** As a person types it; a word that a shell takes as it is stays unquoted. */
export const commandLine = (argv: readonly string[]): string =>
  argv.map((word) => (plainWord.test(word) ? word : quote(word))).join(' ')

/** Words that a shell takes as they are. */
const plainWord = /^[A-Za-z0-9_@%+=:,./-]+$/

export const argvOf = (words: readonly string[], values: ReadonlyMap<string, string>): string[] =>
  words.map((word) => fill(word, values, (value) => value))

const settle = (probe: Probe, status: 'skipped' | 'unanswered', reason?: string): ProbeRecord => ({
  id: probe.id,
  status,
  exitCode: null,
  ms: 0,
  command: '',
  stdout: '',
  stderr: '',
  ...(reason === undefined ? {} : { reason }),
})
