import { countStandings, type FleetRow, fleetRows, sameCauses } from '../../fleet/fleet-table.ts'
import { type HostOutcome, isBad, type Standing, standingOf } from '../../fleet/host-outcome.ts'
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
  ['critical', '🔴 problem'],
  ['warning', '🟠 warning'],
  ['unreachable', '⚫ could not be examined'],
  ['inconclusive', '🟡 inconclusive'],
  ['not-asked', '⚪ not asked'],
  ['healthy', '🟢 healthy'],
]

/** "3 🔴 problem, 37 🟢 healthy", the worst first. */
function counted(outcomes: readonly HostOutcome[]): string {
  const counts = countStandings(outcomes)
  return WORDS.flatMap(([standing, words]) =>
    counts[standing] > 0 ? [`${counts[standing]} ${words}`] : [],
  ).join(', ')
}

export function progressLine(topic: string, done: readonly HostOutcome[], of: number): string {
  const so = done.length === 0 ? '' : `: ${counted(done)}`
  return `${topic}: ${done.length} of ${of} hosts${so}`
}

/** The answer about many hosts as lines for a terminal: how they stand, what is wrong with which, what sets those apart. */
export function printFleet({ topic, pattern, outcomes, ms }: FleetAnswer, facts: FleetFacts): string[] {
  const rows = fleetRows(outcomes)
  const open = rows.filter(({ standing }) => standing !== 'healthy')
  return [
    `${topic} on ${clip(pattern, 80)}: ${outcomes.length} ${outcomes.length === 1 ? 'host' : 'hosts'}, ${counted(outcomes)}`,
    ...(open.length > 0 ? ['', ...table(open)] : []),
    ...named(
      '🟢 healthy',
      rows.filter(({ standing }) => standing === 'healthy'),
    ),
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
  const shared = sameCauses(outcomes).filter(({ hosts }) => hosts.length > 1)
  if (shared.length === 0) return []
  return [
    '',
    'The same on several:',
    ...shared.map(
      ({ title, subject, hosts }) =>
        `  ${hosts.length} of ${outcomes.length}: ${title}${subject === undefined ? '' : ` (${subject})`}: ${listed(hosts)}`,
    ),
  ]
}

const MOST_APART = 8
const MOST_GROUPS = 3

/** For each cause that several have; where all have another, for all that are in trouble. */
function printApart(outcomes: readonly HostOutcome[], facts: FleetFacts): string[] {
  const well = outcomes.filter((one) => standingOf(one) === 'healthy')
  const bad = outcomes.filter(isBad)
  const shared = sameCauses(outcomes).filter(({ hosts }) => hosts.length > 1)
  const groups =
    shared.length > 0
      ? shared.slice(0, MOST_GROUPS).map(({ title, hosts }) => ({
          title: `with “${title}”`,
          hosts: bad.filter(({ host }) => hosts.includes(host)),
        }))
      : [{ title: 'in trouble', hosts: bad }]
  return groups.flatMap(({ title, hosts }) => {
    const apart = facts.between(hosts, well)
    if (apart.length === 0) return []
    return [
      '',
      `What sets those ${title} apart from the ${well.length} that are healthy:`,
      ...apart.slice(0, MOST_APART).flatMap(apartLines),
      ...(apart.length > MOST_APART ? [`  and ${apart.length - MOST_APART} more`] : []),
    ]
  })
}

/** "6 of 7, none of 33: package libpq5 15.9 (the others: 15.8)"; lines of files stand below it as people read differences. */
function apartLines({ area, object, has, instead, bad, good }: SetsApart): string[] {
  const thing = area === 'line' || area === 'file' ? object : `${area} ${object}`
  const head = `  ${shareOf(bad)}, ${shareOf(good)} healthy: ${clip(oneLine(thing), 160)}`
  if (area === 'line') return [head, ...marked(instead, '-'), ...marked(has, '+')]
  const others = instead === '' ? 'not there on the others' : `the others: ${clip(oneLine(instead), 80)}`
  return [`${head} ${has === '' ? 'is not there' : clip(oneLine(has), 80)} (${others})`]
}

const marked = (text: string, mark: string): string[] =>
  text === ''
    ? []
    : text
        .split('\n')
        .slice(0, 4)
        .map((line) => `      ${mark} ${clip(line, 120)}`)

const shareOf = ({ have, of }: Share): string =>
  have === 0 ? `none of ${of}` : have === of ? `all ${of}` : `${have} of ${of}`

/** RFC 4180, a line a host. What a spreadsheet would take for a formula is made text: hosts have a say in it. */
export function printCsv(outcomes: readonly HostOutcome[]): string {
  const rows = fleetRows(outcomes).map(({ host, standing, said, figures, ms }) => [
    host,
    standing,
    said,
    figures,
    ms === undefined ? '' : String(Math.round(ms)),
  ])
  return [['host', 'standing', 'verdict', 'figures', 'ms'], ...rows]
    .map((row) => row.map(cell).join(','))
    .join('\r\n')
}

function cell(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
