import type { Finding } from '../findings/finding.ts'
import { firstCause, verdictMark, verdictWords } from '../findings/verdict-words.ts'
import { type HostOutcome, isBad, type Standing, standingOf, standings } from './host-outcome.ts'

/** A line of the answer about many hosts. Text of hosts in it is redacted, not escaped. */
export interface FleetRow {
  readonly host: string
  readonly standing: Standing
  readonly mark: string
  /** The headline; of a host without a verdict, why there is none. */
  readonly said: string
  /** The figures of the first cause or suspect; empty: there are none. */
  readonly figures: string
  /** How long it took, milliseconds; undefined: it was not examined. */
  readonly ms: number | undefined
}

const MARKS: Readonly<Record<'unreachable' | 'not-asked', string>> = { unreachable: '⚫', 'not-asked': '⚪' }

/** The worst first, and among equals in the order in which they came. */
export function fleetRows(outcomes: readonly HostOutcome[]): FleetRow[] {
  const rank = ({ standing }: FleetRow): number => standings.indexOf(standing)
  return outcomes.map(rowOf).sort((a, b) => rank(a) - rank(b))
}

function rowOf(one: HostOutcome): FleetRow {
  const { host, outcome } = one
  const standing = standingOf(one)
  if (outcome.kind === 'judged') {
    const { report } = outcome
    const told = firstCause(report) ?? report.findings.find(({ role }) => role === 'suspect')
    return {
      host,
      standing,
      mark: verdictMark(report),
      said: verdictWords(report),
      figures: told?.detail ?? '',
      ms: report.ms,
    }
  }
  const said = outcome.kind === 'unreachable' ? `${outcome.reason}; ${outcome.remedy}` : 'it was not asked'
  return { host, standing, mark: MARKS[outcome.kind], said, figures: '', ms: undefined }
}

/** Hosts that have the same cause. */
export interface SameCause {
  /** Id of the finding. */
  readonly id: string
  /** Of the first of them: "PostgreSQL is down". */
  readonly title: string
  /** The same for all of them; undefined: each has its own. */
  readonly subject: string | undefined
  readonly severity: Finding['severity']
  readonly hosts: readonly string[]
}

/** What several hosts have in common, the most common first. One cause of a host counts: the one that is told first. */
export function sameCauses(outcomes: readonly HostOutcome[]): SameCause[] {
  const groups = new Map<string, { readonly first: Finding; subjects: Set<string>; hosts: string[] }>()
  for (const { host, outcome } of outcomes.filter(isBad)) {
    const first = outcome.kind === 'judged' ? firstCause(outcome.report) : undefined
    if (!first) continue
    const group = groups.get(first.id) ?? { first, subjects: new Set(), hosts: [] }
    group.subjects.add(first.subject)
    group.hosts.push(host)
    groups.set(first.id, group)
  }
  return [...groups.values()]
    .map(({ first: { id, title, subject, severity }, subjects, hosts }) => ({
      id,
      title,
      subject: subjects.size === 1 ? subject : undefined,
      severity,
      hosts,
    }))
    .sort((a, b) => b.hosts.length - a.hosts.length)
}

/** How many hosts stand how. */
export function countStandings(outcomes: readonly HostOutcome[]): Readonly<Record<Standing, number>> {
  const counts = Object.fromEntries(standings.map((one) => [one, 0])) as Record<Standing, number>
  for (const one of outcomes) counts[standingOf(one)] += 1
  return counts
}
