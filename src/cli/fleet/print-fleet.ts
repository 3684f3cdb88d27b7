import { countStandings, type FleetRow, fleetRows, sharedCauses } from '../../fleet/fleet-table.ts'
import { healthyPeers } from '../../fleet/healthy-peers.ts'
import { type HostOutcome, isBad, type Standing } from '../../fleet/host-outcome.ts'
import type { FleetFacts, SetsApart, Share } from '../../fleet/set-apart.ts'
import { clip, oneLine } from '../../text/shorten.ts'
import { columns } from '../output/print.ts'

export interface FleetAnswer {
  readonly topic: string
  readonly pattern: string
  readonly outcomes: readonly HostOutcome[]
  readonly ms: number
}

const WORDS: readonly (readonly [Standing, string])[] = [
  ['critical', '🔴 % in trouble'],
  ['warning', '🟠 % with warnings'],
  ['unreachable', '⚫ % unreachable'],
  ['inconclusive', '🟡 % inconclusive'],
  ['stopped', '⚪ % stopped'],
  ['healthy', '🟢 % healthy'],
]

/** "🔴 3 in trouble, 🟢 37 healthy", the worst first. */
function counted(outcomes: readonly HostOutcome[]): string {
  const counts = countStandings(outcomes)
  return WORDS.flatMap(([standing, words]) =>
    counts[standing] > 0 ? [words.replace('%', String(counts[standing]))] : [],
  ).join(', ')
}

export function progressLine(topic: string, done: readonly HostOutcome[], of: number): string {
  const soFar = done.length === 0 ? '' : `: ${counted(done)}`
  return `${topic}: ${done.length} of ${of} hosts${soFar}`
}

/** The answer about many hosts as lines for a terminal: how they stand, what is wrong with which, what sets those apart. */
export function printFleet({ topic, pattern, outcomes, ms }: FleetAnswer, facts: FleetFacts): string[] {
  const rows = fleetRows(outcomes)
  const open = rows.filter(({ standing }) => standing !== 'healthy' && standing !== 'stopped')
  const only = (wanted: Standing): FleetRow[] => rows.filter(({ standing }) => standing === wanted)
  return [
    `${topic} on ${clip(pattern, 80)}: ${outcomes.length} ${outcomes.length === 1 ? 'host' : 'hosts'}, ${counted(outcomes)}`,
    ...(open.length > 0 ? ['', ...table(open)] : []),
    ...named('⚪ stopped before their verdicts', only('stopped')),
    ...named('🟢 healthy', only('healthy')),
    ...printCauses(outcomes),
    ...printApart(outcomes, facts),
    '',
    `${(ms / 1000).toFixed(1)} s`,
  ]
}

const MOST_SAID = 110

/** The marks take two cells each, whatever their length. */
function table(rows: readonly FleetRow[]): string[] {
  const lines = columns(
    rows.map(({ host, said, figures, ms }) => [
      host,
      ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`,
      [said, figures].flatMap((text) => (text === '' ? [] : oneLine(text, MOST_SAID))).join('  │  '),
    ]),
  )
  return lines.map((line, at) => `${rows[at]?.mark} ${line}`)
}

const MOST_NAMES = 20

function named(words: string, rows: readonly FleetRow[]): string[] {
  if (rows.length === 0) return []
  return ['', `${words}: ${listed(rows.map(({ host }) => host))}`]
}

const listed = (names: readonly string[]): string =>
  names.slice(0, MOST_NAMES).join(', ') +
  (names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '')

/** What only one host has stands in its own line already. */
function printCauses(outcomes: readonly HostOutcome[]): string[] {
  const shared = sharedCauses(outcomes)
  if (shared.length === 0) return []
  return [
    '',
    'Shared causes:',
    ...shared.map(({ title, subject, hosts }) => {
      const about = subject === undefined ? '' : ` (${subject})`
      const names = listed(hosts.map(({ host }) => host))
      return `  ${hosts.length} of ${outcomes.length}: ${oneLine(title + about, MOST_SAID)}: ${names}`
    }),
  ]
}

const MOST_APART = 8
const MOST_GROUPS = 3

/** For each cause that several have; where all have another, for all that are in trouble. */
function printApart(outcomes: readonly HostOutcome[], facts: FleetFacts): string[] {
  const shared = sharedCauses(outcomes).slice(0, MOST_GROUPS)
  const groups =
    shared.length > 0
      ? shared.map(({ title, hosts }) => ({ title: `hosts with “${oneLine(title, 60)}”`, hosts }))
      : [{ title: 'hosts in trouble', hosts: outcomes.filter(isBad) }]
  return groups.flatMap(({ title, hosts }) => {
    const peers = healthyPeers(hosts, outcomes)
    const apart = facts.between(hosts, peers.hosts)
    if (apart.length === 0) return []
    const others =
      peers.group === undefined
        ? 'healthy ones, which may be of another kind'
        : `healthy ones of ${peers.group}`
    return [
      '',
      `What sets the ${hosts.length} ${title} apart from the ${peers.hosts.length} ${others}:`,
      ...apart.slice(0, MOST_APART).flatMap(apartLines),
      ...(apart.length > MOST_APART ? [`  and ${apart.length - MOST_APART} more`] : []),
    ]
  })
}

/** "6 of 7, but 0 of 33 healthy: package libpq5 is 15.9 (there: 15.8)"; lines of files stand below it, as in a diff. */
function apartLines({ area, object, has, instead, bad, good }: SetsApart): string[] {
  const thing = area === 'line' || area === 'file' ? object : `${area} ${object}`
  const head = `  ${shareOf(bad)}, but ${shareOf(good)} healthy: ${oneLine(thing, 160)}`
  if (area === 'line') return [head, ...marked(instead, '-'), ...marked(has, '+')]
  const what = has === '' ? 'is missing' : `is ${oneLine(has, 80)}`
  return [`${head} ${what} (healthy: ${instead === '' ? 'missing' : oneLine(instead, 80)})`]
}

const marked = (text: string, mark: string): string[] =>
  text === ''
    ? []
    : text
        .split('\n')
        .slice(0, 4)
        .map((line) => `      ${mark} ${clip(line, 120)}`)

const shareOf = ({ have, of }: Share): string => `${have} of ${of}`

/** A line for each host. What a spreadsheet would take for a formula is made text: hosts have a say in it. */
export function printCsv(outcomes: readonly HostOutcome[]): string {
  const rows = fleetRows(outcomes).map(({ host, standing, said, figures, ms }) => [
    host,
    standing,
    said,
    figures,
    ms === undefined ? '' : String(Math.round(ms)),
  ])
  return [['host', 'standing', 'summary', 'figures', 'ms'], ...rows]
    .map((row) => row.map(cell).join(','))
    .join('\n')
}

function cell(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
