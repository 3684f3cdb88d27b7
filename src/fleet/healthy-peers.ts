import { type HostOutcome, standingOf } from './host-outcome.ts'

/** With a single host that is well, all that is its own would set it apart. */
export const LEAST_PEERS = 2

export interface Peers {
  readonly hosts: readonly HostOutcome[]
  /** The group that they share with the hosts in trouble; undefined: they share none, and may be of another kind. */
  readonly group: string | undefined
}

/** The healthy hosts to compare with: of the smallest group that has enough of them beside all hosts in trouble. */
export function healthyPeers(bad: readonly HostOutcome[], outcomes: readonly HostOutcome[]): Peers {
  const well = outcomes.filter((one) => standingOf(one) === 'healthy')
  const [first, ...others] = bad
  const shared = (first?.groups ?? []).filter((group) => others.every(({ groups }) => groups.includes(group)))
  const candidates = shared
    .map((group): Peers => ({ group, hosts: well.filter(({ groups }) => groups.includes(group)) }))
    .filter(({ hosts }) => hosts.length >= LEAST_PEERS)
    .sort((a, b) => a.hosts.length - b.hosts.length)
  return candidates[0] ?? { hosts: well, group: undefined }
}
