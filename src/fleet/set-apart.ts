import { withTraces } from '../engine/suspects/traces.ts'
import { hasEffect, troubleOf, weigh } from '../engine/suspects/weigh.ts'
import type { Difference } from '../findings/difference.ts'
import { isHidden } from '../snapshots/compare.ts'
import { alikeFacts } from '../snapshots/siblings.ts'
import type { Snapshot, Unseen } from '../snapshots/snapshot.ts'
import { LEAST_PEERS } from './healthy-peers.ts'
import type { HostOutcome } from './host-outcome.ts'
import type { Pause } from './pauses.ts'

/** Something that hosts in trouble have otherwise than those that are well. */
export interface SetsApart {
  /** The kind of thing, as snapshots have it: `package`, `setting`, `line`. */
  readonly area: string
  /** What it is: "libpq5", "net.core.somaxconn", the path of a file. */
  readonly object: string
  /** What the hosts in trouble have; empty: it is not there. Several lines of a file stand one below the other. */
  readonly has: string
  /** What most of the others have. */
  readonly instead: string
  /** How many of the hosts in trouble have it so. */
  readonly bad: Share
  /** How many of those that are well have it so too. */
  readonly good: Share
}

/** `of`: those of which it is known. */
export interface Share {
  readonly have: number
  readonly of: number
}

/** How much larger a share of the hosts in trouble has it than of those that are well. */
const LEAST_CONTRAST = 0.5
/** What is known of fewer of the hosts in trouble explains too few of them. */
const LEAST_KNOWN = 0.5
/** Things that are compared without a pause. */
const AT_ONCE = 200

interface Thing {
  /** The snapshot probe that sees it. */
  readonly probe: string
  readonly area: string
  readonly object: string
  /** What each host has, by its number. A host that is not in it has none. */
  readonly values: Map<number, string>
}

interface Host {
  /** Probes whose answer is whole. */
  readonly whole: ReadonlySet<string>
  readonly unseen: readonly Unseen[]
}

/**
 * What many hosts are made of. It takes their snapshots one after the other and keeps each thing once, with the hosts
 * that have it. What is a host's own (names, addresses, keys) is passed over, as between siblings.
 */
export class FleetFacts {
  readonly #things = new Map<string, Thing>()
  readonly #hosts: Host[] = []
  readonly #numbers = new Map<string, number>()
  /** One string for a value that thousands of hosts have. */
  readonly #texts = new Map<string, string>()

  add(host: string, snapshot: Snapshot): void {
    const number = this.#hosts.length
    const { facts, whole, unseen } = alikeFacts({ name: host, snapshot })
    this.#numbers.set(host, number)
    this.#hosts.push({ whole, unseen })
    for (const { probe, area, key, value } of facts) {
      // Of a file each line is a thing of its own, wherever it stands.
      const name = area === 'line' ? `${area}\t${key}\t${value}` : `${area}\t${key}`
      const thing = this.#things.get(name) ?? { probe, area, object: key, values: new Map() }
      thing.values.set(number, this.#once(value))
      this.#things.set(name, thing)
    }
  }

  /**
   * The clearest first, and among equals what has most to do with what is wrong, as for the suspects of one host.
   * `pause`: what else is to be done in between.
   */
  async between(
    bad: readonly HostOutcome[],
    good: readonly HostOutcome[],
    pause: Pause = async () => {},
  ): Promise<SetsApart[]> {
    const [ill, well] = [this.#numbersOf(bad), this.#numbersOf(good)]
    if (ill.size === 0 || well.size < LEAST_PEERS) return []
    const apart: Found[] = []
    let seen = 0
    for (const thing of this.#things.values()) {
      if (seen++ % AT_ONCE === 0) await pause()
      const found = this.#compared(thing, ill, well)
      if (found) apart.push(found)
    }
    return ranked(joinedLines(apart), bad, ill.size).map(({ probe: _, ofHosts: __, ...told }) => told)
  }

  #compared(thing: Thing, ill: ReadonlySet<number>, well: ReadonlySet<number>): Found | undefined {
    const { probe, area, object, values } = thing
    const [bad, good] = [count(values, ill), count(values, well)]
    // Most things of a large fleet are on a host or two, and tell nothing.
    if (bad.have < ill.size * LEAST_CONTRAST * LEAST_KNOWN && good.have < LEAST_PEERS) return undefined
    const of = { bad: this.#known(thing, ill), good: this.#known(thing, well) }
    if (of.bad < ill.size * LEAST_KNOWN || of.good < LEAST_PEERS) return undefined
    if (of.bad > bad.have) bad.by.set('', of.bad - bad.have)
    if (of.good > good.have) good.by.set('', of.good - good.have)
    let best: Found | undefined
    for (const [has, have] of bad.by) {
      const shares = { bad: { have, of: of.bad }, good: { have: good.by.get(has) ?? 0, of: of.good } }
      if (contrast(shares) < Math.max(LEAST_CONTRAST, best ? contrast(best) : 0)) continue
      const instead = most(good.by, has)
      if (instead === undefined) continue
      const ofHosts = [...values].flatMap(([host, value]) => (value === has ? host : [])).join(',')
      best = { probe, area, object, has, instead, ...shares, ofHosts }
    }
    return best
  }

  /** Of how many hosts it is known whether they have a thing. */
  #known({ probe, area, object, values }: Thing, hosts: ReadonlySet<number>): number {
    let known = 0
    for (const number of hosts) {
      const host = this.#hosts[number]
      const sees = host?.whole.has(probe) === true && !isHidden(area, object, host.unseen)
      if (values.has(number) || sees) known += 1
    }
    return known
  }

  #numbersOf(hosts: readonly HostOutcome[]): Set<number> {
    return new Set(hosts.flatMap(({ host }) => this.#numbers.get(host) ?? []))
  }

  #once(text: string): string {
    const known = this.#texts.get(text)
    if (known === undefined) this.#texts.set(text, text)
    return known ?? text
  }
}

interface Found extends SetsApart {
  readonly probe: string
  /** Of which hosts this is so, as one text. */
  readonly ofHosts: string
}

/** `by`: how many of the hosts have which value; `have`: how many have any. */
function count(
  values: ReadonlyMap<number, string>,
  hosts: ReadonlySet<number>,
): { readonly by: Map<string, number>; readonly have: number } {
  const by = new Map<string, number>()
  let have = 0
  for (const [host, value] of values) {
    if (!hosts.has(host)) continue
    have += 1
    by.set(value, (by.get(value) ?? 0) + 1)
  }
  return { by, have }
}

/** The most common value but this one; undefined: there is no other. */
function most(by: ReadonlyMap<string, number>, but: string): string | undefined {
  let found: { readonly value: string; readonly times: number } | undefined
  for (const [value, times] of by) if (value !== but && times > (found?.times ?? 0)) found = { value, times }
  return found?.value
}

const contrast = ({ bad, good }: Pick<SetsApart, 'bad' | 'good'>): number =>
  bad.have / bad.of - good.have / good.of

/** Lines of one file that came and went on the same hosts are one change. */
function joinedLines(all: readonly Found[]): Found[] {
  const others = all.filter(({ area }) => area !== 'line')
  const changes = new Map<string, Found>()
  for (const one of all) {
    if (one.area !== 'line') continue
    // Of a line that is missing it is not noted on which hosts: as many of either kind have to do.
    const key = JSON.stringify([one.object, one.bad, one.good])
    const before = changes.get(key)
    if (!before) changes.set(key, one)
    else if (before.has !== '' && one.has !== '' && before.ofHosts !== one.ofHosts) others.push(one)
    else
      changes.set(key, {
        ...before,
        has: joined(before.has, one.has),
        instead: joined(before.instead, one.instead),
        ofHosts: before.has === '' ? one.ofHosts : before.ofHosts,
      })
  }
  return [...changes.values(), ...others]
}

const joined = (a: string, b: string): string => [a, b].filter((text) => text !== '').join('\n')

/** `hosts`: in trouble, whether or not it is known of them. */
function ranked(all: readonly Found[], bad: readonly HostOutcome[], hosts: number): Found[] {
  const of = new Map(all.map((one) => [differenceOf(one), one]))
  const changes = withTraces([...of.keys()].filter(hasEffect))
  const reports = bad.flatMap(({ outcome }) => (outcome.kind === 'judged' ? [outcome.report] : []))
  const told = reports.flatMap(({ findings }) => findings.filter(({ role }) => role !== 'notice'))
  const errors = reports.flatMap(({ unexplained = [] }) => unexplained.filter(({ strangers }) => !strangers))
  const trouble = troubleOf(told, errors, { changes, seconds: Number.MAX_SAFE_INTEGER })
  return changes
    .flatMap((change) => {
      const found = of.get(change.difference)
      if (!found) return []
      const explains = found.bad.have / hosts - found.good.have / found.good.of
      return [{ found, explains, weight: weigh(change, trouble).weight }]
    })
    .sort((a, b) => b.explains - a.explains || b.weight - a.weight)
    .map(({ found }) => found)
}

/** As if a sibling that is well had the one, and a host in trouble the other. */
const differenceOf = ({ probe, area, object, has, instead }: Found): Difference => ({
  probe,
  area,
  object,
  was: instead,
  now: has,
  unlike: { kind: 'sibling', name: '' },
  followed: false,
})
