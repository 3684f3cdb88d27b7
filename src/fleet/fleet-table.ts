import { plainTitle } from '../engine/verdict/title.ts'
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

const MARKS: Readonly<Record<'unreachable' | 'stopped', string>> = { unreachable: '⚫', stopped: '⚪' }

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
  const said =
    outcome.kind === 'unreachable' ? `${outcome.reason}; ${outcome.remedy}` : 'stopped before its verdict'
  return { host, standing, mark: MARKS[outcome.kind], said, figures: '', ms: undefined }
}

/** Hosts that have the same cause. */
export interface SharedCause {
  /** Id of the finding. */
  readonly id: string
  /** "PostgreSQL is down"; where it speaks of another thing on each host, the finding's name: "host: disk full". */
  readonly title: string
  /** The same for all of them; undefined: each has its own. */
  readonly subject: string | undefined
  readonly hosts: readonly HostOutcome[]
}

/** What several hosts have in common, the most common first. Of each host the cause that is told first counts. */
export function sharedCauses(outcomes: readonly HostOutcome[]): SharedCause[] {
  const groups = new Map<string, { readonly causes: Finding[]; readonly hosts: HostOutcome[] }>()
  for (const one of outcomes.filter(isBad)) {
    const cause = one.outcome.kind === 'judged' ? firstCause(one.outcome.report) : undefined
    if (!cause) continue
    const { causes, hosts } = groups.get(cause.id) ?? { causes: [], hosts: [] }
    groups.set(cause.id, { causes: [...causes, cause], hosts: [...hosts, one] })
  }
  return [...groups]
    .filter(([, { hosts }]) => hosts.length > 1)
    .map(([id, { causes, hosts }]) => ({
      id,
      title: same(causes.map(({ title }) => title)) ?? plainTitle(id),
      subject: same(causes.map(({ subject }) => subject)),
      hosts,
    }))
    .sort((a, b) => b.hosts.length - a.hosts.length)
}

const same = (texts: readonly string[]): string | undefined =>
  texts.every((text) => text === texts[0]) ? texts[0] : undefined

/** How many hosts stand how. */
export function countStandings(outcomes: readonly HostOutcome[]): Readonly<Record<Standing, number>> {
  const counts = Object.fromEntries(standings.map((one) => [one, 0])) as Record<Standing, number>
  for (const one of outcomes) counts[standingOf(one)] += 1
  return counts
}
