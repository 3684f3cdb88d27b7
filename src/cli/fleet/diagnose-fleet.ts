import { setMaxListeners } from 'node:events'
import { mapConcurrently } from '../../async/map-concurrently.ts'
import type { Runbook } from '../../engine/runbook/runbook.ts'
import type { Report } from '../../findings/report.ts'
import { fleetCsv, hostAsJson } from '../../fleet/fleet-files.ts'
import { fleetRows } from '../../fleet/fleet-table.ts'
import { type HostOutcome, type Standing, standingOf, standings } from '../../fleet/host-outcome.ts'
import { FleetFacts } from '../../fleet/set-apart.ts'
import type { Host } from '../../inventory/inventory.ts'
import { examine } from '../../runs/examination/examine.ts'
import { clip } from '../../text/shorten.ts'
import { examinerOf } from '../examiner.ts'
import { printJson } from '../output/print.ts'
import { refuse } from '../output/refusals.ts'
import { exitCodes, type Terminal } from '../output/terminal.ts'
import type { SetUp } from '../set-up.ts'
import { openedInTurn } from './opened-in-turn.ts'
import { printFleet, progressLine } from './print-fleet.ts'

/** How many hosts are asked at once; Ansible's is 5, that of `clush` 64. */
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
  const flag = options.record !== undefined ? '--record' : options.baseline !== undefined ? '--baseline' : ''
  if (flag !== '' && hosts.length === 1) return refuse(term, [`${flag} cannot be used with --format csv.`])
  if (flag !== '')
    return refuse(term, [`${flag} takes a single host; ${clip(pattern, 80)} means ${hosts.length}.`])
  const began = performance.now()
  const stop = new AbortController()
  // Each host that is under way listens to it.
  setMaxListeners(0, stop.signal)
  const onSignal = (): void => stop.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  const facts = new FleetFacts()
  const outcomes: HostOutcome[] = []
  const { topic } = runbook
  const look = lookerOf(ready, { runbook, facts, snapshot: options.format === 'text' })
  const ask = async (host: Host): Promise<void> => {
    const outcome = await look(host, stop.signal)
    const told: HostOutcome = { host: host.name, groups: host.groups, outcome }
    outcomes.push(briefly(told))
    if (options.format === 'json') term.out(printJson(hostAsJson(told)))
    else if (!term.interactive && outcome.kind !== 'stopped') term.err(lineOf(told))
    if (term.interactive) term.status(progressLine(topic, outcomes, hosts.length))
  }
  try {
    term.status(progressLine(topic, outcomes, hosts.length))
    await mapConcurrently(hosts, options.concurrency ?? CONCURRENCY, ask)
    term.status('')
    const ms = performance.now() - began
    const inOrder = sortedAs(hosts, outcomes)
    if (options.format === 'csv') term.out(fleetCsv(inOrder))
    if (options.format === 'text')
      term.out((await printFleet({ topic, pattern, outcomes: inOrder, ms }, facts)).join('\n'))
    return statusOf(term, outcomes)
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

/** As the inventory has them, and not as they answered. */
function sortedAs(hosts: readonly Host[], outcomes: readonly HostOutcome[]): HostOutcome[] {
  const of = new Map(outcomes.map((one) => [one.host, one]))
  return hosts.flatMap(({ name }) => of.get(name) ?? [])
}

interface Looking {
  readonly runbook: Runbook
  readonly facts: FleetFacts
  /** Whether what the hosts are made of is compared at the end. */
  readonly snapshot: boolean
}

type Look = (host: Host, cancel: AbortSignal) => Promise<HostOutcome['outcome']>

/** What goes wrong at one host is that host's, and not the others'. */
function lookerOf(ready: SetUp, { runbook, facts, snapshot }: Looking): Look {
  const { hosts, ...rest } = examinerOf(ready)
  const examiner = { ...rest, hosts: openedInTurn(hosts) }
  const others = [...ready.runbooks.topics.values()]
  return async (host, cancel) => {
    if (cancel.aborted) return { kind: 'stopped' }
    try {
      const examined = await examine(examiner, { runbook, host, snapshot, others }, {}, cancel)
      if (cancel.aborted) return { kind: 'stopped' }
      if (!examined.ok) {
        const { hop, reason, remedy } = examined.failure
        return { kind: 'unreachable', reason: hop === host.name ? reason : `at ${hop}: ${reason}`, remedy }
      }
      const { report, snapshot: made } = examined.examination
      if (made) facts.add(host.name, made)
      return { kind: 'judged', report }
    } catch (error) {
      const reason = `the bot itself failed on it: ${error instanceof Error ? error.message : String(error)}`
      return { kind: 'unreachable', reason, remedy: `diagnose ${host.name} alone, and report the error` }
    }
  }
}

/** Thousands of them are held until the end: without what no table shows. */
function briefly(one: HostOutcome): HostOutcome {
  const { outcome } = one
  if (outcome.kind !== 'judged') return one
  const { compared: _, ...rest } = outcome.report
  const report: Report = { ...rest, ruledOut: [], probes: [], unknown: [] }
  return { ...one, outcome: { kind: 'judged', report } }
}

function lineOf(one: HostOutcome): string {
  const [row] = fleetRows([one])
  return `${row?.mark} ${one.host}: ${row?.said}`
}

const STATUS: Readonly<Record<Standing, number>> = {
  critical: exitCodes.problem,
  warning: exitCodes.problem,
  unreachable: exitCodes.couldNotRun,
  inconclusive: exitCodes.inconclusive,
  stopped: exitCodes.couldNotRun,
  healthy: exitCodes.healthy,
}

/** Of the worst. */
function statusOf(term: Terminal, outcomes: readonly HostOutcome[]): number {
  const left = outcomes.filter(({ outcome }) => outcome.kind === 'stopped').length
  if (left > 0) term.err(`debvisor: Stopped: ${left} of ${outcomes.length} hosts have no verdict.`)
  const found = new Set(outcomes.map(standingOf))
  return STATUS[standings.find((one) => found.has(one)) ?? 'healthy']
}
