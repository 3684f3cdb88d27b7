import { setMaxListeners } from 'node:events'
import { mapConcurrently } from '../../async/map-concurrently.ts'
import type { Runbook } from '../../engine/runbook/runbook.ts'
import { published, type Report } from '../../findings/report.ts'
import { verdictWords } from '../../findings/verdict-words.ts'
import { fleetRows } from '../../fleet/fleet-table.ts'
import { type HostOutcome, type Standing, standingOf, standings } from '../../fleet/host-outcome.ts'
import { FleetFacts } from '../../fleet/set-apart.ts'
import type { Host } from '../../inventory/inventory.ts'
import { examine } from '../../runs/examination/examine.ts'
import { examinerOf } from '../examiner.ts'
import { printJson } from '../output/print.ts'
import { refuse } from '../output/refusals.ts'
import { exitCodes, type Terminal } from '../output/terminal.ts'
import type { SetUp } from '../set-up.ts'
import { printCsv, printFleet, progressLine } from './print-fleet.ts'

/** As many as a laptop's uplink and a jump host bear; the figure of `clush` is 64, of Ansible 5. */
export const CONCURRENCY = 16

export interface AskedFleet {
  readonly runbook: Runbook
  readonly pattern: string
  readonly hosts: readonly Host[]
}

export interface FleetOptions {
  readonly format: 'text' | 'json' | 'csv'
  /** How many hosts are asked at once. */
  readonly concurrency?: number
  /** Both are of one host, and refused. */
  readonly record?: string
  readonly baseline?: string
}

/**
 * Diagnoses many hosts, some at once, and prints one answer about all of them: the worst first, what they have in
 * common, and what sets them apart from those that are well. The exit status is that of the worst.
 */
export async function diagnoseFleet(
  term: Terminal,
  ready: SetUp,
  { runbook, pattern, hosts }: AskedFleet,
  options: FleetOptions,
): Promise<number> {
  const unfit = options.record ?? options.baseline
  if (unfit !== undefined) {
    const flag = options.record === undefined ? '--baseline' : '--record'
    return refuse(term, [`${flag} is of one host, and ${pattern} means ${hosts.length}; name one of them.`])
  }
  const began = performance.now()
  const stop = new AbortController()
  // Each host that is under way listens to it.
  setMaxListeners(0, stop.signal)
  const onSignal = (): void => stop.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  const facts = new FleetFacts()
  const done: HostOutcome[] = []
  const examineOne = async (host: Host): Promise<HostOutcome> => {
    const outcome = await outcomeOf(host, { ready, runbook, facts }, stop.signal)
    const told = { host: host.name, outcome }
    done.push(told)
    if (options.format === 'json') term.out(printJson(asLine(told)))
    else if (!term.interactive) term.err(lineOf(told))
    term.status(progressLine(runbook.topic, done, hosts.length))
    return briefly(told)
  }
  try {
    term.status(progressLine(runbook.topic, done, hosts.length))
    const outcomes = await mapConcurrently(hosts, options.concurrency ?? CONCURRENCY, examineOne)
    term.status('')
    const ms = performance.now() - began
    if (options.format === 'csv') term.out(printCsv(outcomes))
    if (options.format === 'text')
      term.out(printFleet({ topic: runbook.topic, pattern, outcomes, ms }, facts).join('\n'))
    return statusOf(term, outcomes)
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

interface Examining {
  readonly ready: SetUp
  readonly runbook: Runbook
  readonly facts: FleetFacts
}

async function outcomeOf(
  host: Host,
  { ready, runbook, facts }: Examining,
  cancel: AbortSignal,
): Promise<HostOutcome['outcome']> {
  if (cancel.aborted) return { kind: 'not-asked' }
  const about = { runbook, host, snapshot: true, others: [...ready.runbooks.topics.values()] }
  const examined = await examine(examinerOf(ready), about, {}, cancel)
  if (cancel.aborted) return { kind: 'not-asked' }
  if (!examined.ok) {
    const { hop, reason, remedy } = examined.failure
    const where = hop === host.name ? '' : `at ${hop}: `
    return { kind: 'unreachable', reason: `${where}${reason}`, remedy }
  }
  const { report, snapshot } = examined.examination
  if (snapshot) facts.add(host.name, snapshot)
  return { kind: 'judged', report }
}

/** Thousands of them are held until the end: without what no table shows. */
function briefly({ host, outcome }: HostOutcome): HostOutcome {
  if (outcome.kind !== 'judged') return { host, outcome }
  const { compared: _, ...rest } = outcome.report
  const report: Report = { ...rest, ruledOut: [], probes: [], unknown: [] }
  return { host, outcome: { kind: 'judged', report } }
}

/** A line of JSON for each host, as its answer comes in. */
function asLine(one: HostOutcome): unknown {
  const { host, outcome } = one
  const head = { host, standing: standingOf(one) }
  if (outcome.kind === 'judged') return { ...head, report: published(outcome.report) }
  if (outcome.kind === 'not-asked') return head
  return { ...head, reason: outcome.reason, remedy: outcome.remedy }
}

function lineOf(one: HostOutcome): string {
  const [row] = fleetRows([one])
  const said = one.outcome.kind === 'judged' ? verdictWords(one.outcome.report) : row?.said
  return `${row?.mark} ${one.host}: ${said}`
}

const STATUS: Readonly<Record<Standing, number>> = {
  critical: exitCodes.problem,
  warning: exitCodes.problem,
  unreachable: exitCodes.couldNotRun,
  inconclusive: exitCodes.inconclusive,
  'not-asked': exitCodes.couldNotRun,
  healthy: exitCodes.healthy,
}

/** Of the worst. */
function statusOf(term: Terminal, outcomes: readonly HostOutcome[]): number {
  const left = outcomes.filter(({ outcome }) => outcome.kind === 'not-asked').length
  if (left > 0) term.err(`debvisor: Stopped: ${left} of ${outcomes.length} hosts have no verdict.`)
  const found = new Set(outcomes.map(standingOf))
  return STATUS[standings.find((one) => found.has(one)) ?? 'healthy']
}
