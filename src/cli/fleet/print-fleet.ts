import { apartWords, comparedGroups, comparedTitle } from '../../fleet/compared-groups.ts'
import { type FleetRow, fleetRows, sharedCauses } from '../../fleet/fleet-table.ts'
import type { HostOutcome, Standing } from '../../fleet/host-outcome.ts'
import type { FleetFacts } from '../../fleet/set-apart.ts'
import { standingWords } from '../../fleet/standing-words.ts'
import { clip, oneLine } from '../../text/shorten.ts'
import { columns } from '../output/print.ts'

export interface FleetAnswer {
  readonly topic: string
  readonly pattern: string
  readonly outcomes: readonly HostOutcome[]
  readonly ms: number
}

export function progressLine(topic: string, done: readonly HostOutcome[], of: number): string {
  const soFar = done.length === 0 ? '' : `: ${standingWords(done)}`
  return `${topic}: ${done.length} of ${of} hosts${soFar}`
}

/** The answer about many hosts as lines for a terminal: how they stand, what is wrong with which, what sets those apart. */
export async function printFleet(
  { topic, pattern, outcomes, ms }: FleetAnswer,
  facts: FleetFacts,
): Promise<string[]> {
  const rows = fleetRows(outcomes)
  const open = rows.filter(({ standing }) => standing !== 'healthy' && standing !== 'stopped')
  const only = (wanted: Standing): FleetRow[] => rows.filter(({ standing }) => standing === wanted)
  return [
    `${topic} on ${clip(pattern, 80)}: ${outcomes.length} ${outcomes.length === 1 ? 'host' : 'hosts'}, ${standingWords(outcomes)}`,
    ...(open.length > 0 ? ['', ...table(open)] : []),
    ...named('⚪ stopped before their verdicts', only('stopped')),
    ...named('🟢 healthy', only('healthy')),
    ...printCauses(outcomes),
    ...(await printApart(outcomes, facts)),
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

async function printApart(outcomes: readonly HostOutcome[], facts: FleetFacts): Promise<string[]> {
  return (await comparedGroups(outcomes, facts)).flatMap((group) => [
    '',
    `${comparedTitle(group)}:`,
    ...group.apart
      .map(apartWords)
      .flatMap(({ said, lines }) => [`  ${said}`, ...lines.map((line) => `      ${line}`)]),
    ...(group.more > 0 ? [`  and ${group.more} more`] : []),
  ])
}
