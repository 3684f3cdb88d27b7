import { clip, oneLine } from '../text/shorten.ts'
import { sharedCauses } from './fleet-table.ts'
import { healthyPeers } from './healthy-peers.ts'
import { type HostOutcome, isBad } from './host-outcome.ts'
import type { Pause } from './pauses.ts'
import type { FleetFacts, SetsApart, Share } from './set-apart.ts'

/** Hosts in trouble, and what they have otherwise than hosts that are well. */
export interface ComparedGroup {
  /** "hosts with “A disk is full”" */
  readonly title: string
  readonly hosts: number
  /** How many healthy ones they are compared with. */
  readonly peers: number
  /** The group that all of them are in; undefined: there is none, and the healthy ones may be of another kind. */
  readonly group?: string | undefined
  /** The clearest first. */
  readonly apart: readonly SetsApart[]
  /** How many more there are. */
  readonly more: number
}

const MOST_GROUPS = 3
const MOST_APART = 8

/** For each cause that several have; where all have another, for all that are in trouble. */
export async function comparedGroups(
  outcomes: readonly HostOutcome[],
  facts: FleetFacts,
  pause?: Pause,
): Promise<ComparedGroup[]> {
  const shared = sharedCauses(outcomes).slice(0, MOST_GROUPS)
  const groups =
    shared.length > 0
      ? shared.map(({ title, hosts }) => ({ title: `hosts with “${oneLine(title, 60)}”`, hosts }))
      : [{ title: 'hosts in trouble', hosts: outcomes.filter(isBad) }]
  const compared: ComparedGroup[] = []
  for (const { title, hosts } of groups) {
    const peers = healthyPeers(hosts, outcomes)
    const apart = await facts.between(hosts, peers.hosts, pause)
    if (apart.length === 0) continue
    const group = peers.group === undefined ? {} : { group: peers.group }
    const shown = apart.slice(0, MOST_APART)
    const counts = { hosts: hosts.length, peers: peers.hosts.length, more: apart.length - shown.length }
    compared.push({ title, ...counts, ...group, apart: shown })
  }
  return compared
}

/** "What sets the 2 hosts with “A disk is full” apart from the 3 healthy ones of web" */
export const comparedTitle = ({ title, hosts, peers, group }: ComparedGroup): string =>
  `What sets the ${hosts === 1 ? title.replace(/^hosts/, 'host') : `${hosts} ${title}`} apart from the ${peers} ${
    group === undefined ? 'healthy ones, which may be of another kind' : `healthy ones of ${group}`
  }`

/** One thing that sets them apart, in words. */
export interface ApartWords {
  readonly said: string
  /** Of a file, as in a diff. */
  readonly lines: readonly string[]
}

const MOST_LINES = 4

/** "6 of 7, but 0 of 33 healthy: package libpq5 is 15.9 (healthy: 15.8)" */
export function apartWords({ area, object, has, instead, bad, good }: SetsApart): ApartWords {
  const thing = area === 'line' || area === 'file' ? object : `${area} ${object}`
  const said = `${shareOf(bad)}, but ${shareOf(good)} healthy: ${oneLine(thing, 160)}`
  if (area === 'line') return { said, lines: [...marked(instead, '-'), ...marked(has, '+')] }
  const what = has === '' ? 'is missing' : `is ${oneLine(has, 80)}`
  const other = instead === '' ? 'missing' : oneLine(instead, 80)
  return { said: `${said} ${what} (healthy: ${other})`, lines: [] }
}

const marked = (text: string, mark: string): string[] =>
  text === ''
    ? []
    : text
        .split('\n')
        .slice(0, MOST_LINES)
        .map((line) => `${mark} ${clip(line, 120)}`)

const shareOf = ({ have, of }: Share): string => `${have} of ${of}`
