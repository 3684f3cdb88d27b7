import { countStandings, type FleetRow } from '../../../fleet/fleet-table.ts'
import type { HostOutcome, Standing } from '../../../fleet/host-outcome.ts'
import type { FleetHost, FleetRun } from '../../../fleet/runs/fleet-run.ts'
import { outcomeOf, outcomesOf } from '../../../fleet/runs/fleet-run.ts'
import { oneLine } from '../../../text/shorten.ts'
import { escapeText } from '../../typed-text.ts'
import { mentionText } from '../rich-text.ts'

/** All that a fleet's messages show. */
export interface FleetView {
  readonly fleet: FleetRun
  /** In the order of the inventory. */
  readonly hosts: readonly FleetHost[]
}

/** "db on production". Others read it too, who may see more of its hosts than whoever asked. */
export const aboutFleet = ({
  topic,
  pattern,
  isPartial,
}: Pick<FleetRun, 'topic' | 'pattern' | 'isPartial'>): string =>
  oneLine(`${topic} on ${oneLine(pattern, 80)}`, 120) +
  (isPartial ? ' (only those hosts that whoever asked may see)' : '')

const MARKS: Readonly<Record<Standing, string>> = {
  critical: '🔴',
  warning: '🟠',
  unreachable: '⚫',
  inconclusive: '🟡',
  stopped: '⚪',
  healthy: '🟢',
}

const WORDS: readonly (readonly [Standing, string])[] = [
  ['critical', 'in trouble'],
  ['warning', 'with warnings'],
  ['unreachable', 'unreachable'],
  ['inconclusive', 'inconclusive'],
  ['stopped', 'without a verdict'],
]

/** "2 of 6 hosts in trouble, 1 unreachable"; "all 6 hosts are healthy". Plain text. */
export function standingSentence(outcomes: readonly HostOutcome[]): string {
  const counts = countStandings(outcomes)
  const all = outcomes.length
  const parts = WORDS.flatMap(([standing, words]) =>
    counts[standing] > 0 ? [{ count: counts[standing], words }] : [],
  )
  const [first, ...others] = parts
  if (!first) return all === 1 ? 'the one host is healthy' : `all ${all} hosts are healthy`
  const head = `${first.count} of ${all} hosts ${first.words}`
  return [head, ...others.map(({ count, words }) => `${count} ${words}`)].join(', ')
}

/** The answer in one line, with its mark. Plain text. */
export function fleetHeadline(view: FleetView): string {
  const outcomes = outcomesOf(view.hosts)
  return `${fleetMark(view)} ${aboutFleet(view.fleet)}: ${cancelledWord(view)}${standingSentence(outcomes)}`
}

export const cancelledWord = ({ fleet }: FleetView): string => (fleet.cancelledBy ? 'cancelled, ' : '')

/** That of the worst host; ⏳ while it is under way. */
export function fleetMark({ fleet, hosts }: FleetView): string {
  if (!fleet.endedAt) return '⏳'
  const counts = countStandings(outcomesOf(hosts))
  const worst = WORDS.find(([standing]) => counts[standing] > 0)?.[0] ?? 'healthy'
  return MARKS[worst]
}

/** "asked by @ana · 6 hosts in 4.2 s · fleet F7K3Q", as mrkdwn. */
export function fleetFooter({ fleet, hosts }: FleetView): string {
  const { user, code, reason, createdAt, endedAt } = fleet
  const took = endedAt ? ` in ${((endedAt.getTime() - createdAt.getTime()) / 1_000).toFixed(1)} s` : ''
  return [
    `asked by ${mentionText(user)}`,
    `${hosts.length} hosts${took}`,
    `fleet ${escapeText(code)}`,
    ...(reason === null ? [] : [escapeText(oneLine(reason, 300))]),
  ].join(' · ')
}

/** "web2, web4 and 3 more" */
export function listedHosts(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).map((name) => oneLine(name, 40))
  return shown.join(', ') + (names.length > most ? ` and ${names.length - most} more` : '')
}

/** Those that a reader has to do something about. */
export const isOpenRow = ({ standing }: FleetRow): boolean => standing !== 'healthy' && standing !== 'stopped'

/** Hosts that have no outcome yet. */
export const openHosts = ({ hosts }: FleetView): FleetHost[] =>
  hosts.filter((each) => outcomeOf(each) === undefined)
