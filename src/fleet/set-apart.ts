import { type Change, withTraces } from '../engine/suspects/traces.ts'
import { hasEffect, troubleOf, weigh } from '../engine/suspects/weigh.ts'
import type { Difference } from '../findings/difference.ts'
import type { Finding } from '../findings/finding.ts'
import type { UnexplainedError } from '../findings/unexplained-error.ts'
import { isHidden } from '../snapshots/compare.ts'
import { alikeFacts } from '../snapshots/siblings.ts'
import type { Snapshot, Unseen } from '../snapshots/snapshot.ts'
import type { HostOutcome } from './host-outcome.ts'

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

/** With a single one that is well, all that is its own would set it apart. */
const LEAST_GOOD = 2
/** How much larger a share of the hosts in trouble has it than of those that are well. */
const LEAST_CONTRAST = 0.5
const MOST = 20

interface Thing {
  /** The snapshot probe that sees it. */
  readonly probe: string
  readonly area: string
  readonly object: string
  /** Of a file each line is a thing of its own, wherever it stands. */
  readonly line: string | undefined
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
      const line = area === 'line' ? value : undefined
      const name = [area, key, ...(line === undefined ? [] : [line])].join('\t')
      const thing = this.#things.get(name) ?? { probe, area, object: key, line, values: new Map() }
      thing.values.set(number, this.#once(value))
      this.#things.set(name, thing)
    }
  }

  /** The clearest first, and among equals what has most to do with what is wrong, as for the suspects of one host. */
  between(bad: readonly HostOutcome[], good: readonly HostOutcome[]): SetsApart[] {
    const [ill, well] = [this.#numbersOf(bad), this.#numbersOf(good)]
    if (ill.length === 0 || well.length < LEAST_GOOD) return []
    const apart = [...this.#things.values()].flatMap((thing) => this.#compared(thing, ill, well) ?? [])
    return ranked(joinedLines(apart), bad)
      .slice(0, MOST)
      .map(({ probe: _, ...told }) => told)
  }

  #compared(thing: Thing, ill: readonly number[], well: readonly number[]): Found | undefined {
    const isKnown = (number: number): boolean => this.#isKnown(thing, number)
    const [bad, good] = [count(thing, ill.filter(isKnown)), count(thing, well.filter(isKnown))]
    if (bad.of === 0 || good.of < LEAST_GOOD) return undefined
    let best: Found | undefined
    for (const [has, have] of bad.by) {
      const shares = { bad: { have, of: bad.of }, good: { have: good.by.get(has) ?? 0, of: good.of } }
      if (contrast(shares) < Math.max(LEAST_CONTRAST, best ? contrast(best) : 0)) continue
      const { probe, area, object } = thing
      best = { probe, area, object, has, instead: good.most, ...shares }
    }
    return best
  }

  #isKnown({ probe, area, object, values }: Thing, number: number): boolean {
    if (values.has(number)) return true
    const host = this.#hosts[number]
    return host?.whole.has(probe) === true && !isHidden(area, object, host.unseen)
  }

  #numbersOf(hosts: readonly HostOutcome[]): number[] {
    return hosts.flatMap(({ host }) => this.#numbers.get(host) ?? [])
  }

  #once(text: string): string {
    const known = this.#texts.get(text)
    if (known === undefined) this.#texts.set(text, text)
    return known ?? text
  }
}

interface Found extends SetsApart {
  readonly probe: string
}

interface Count {
  /** How many hosts have which value; empty: none. */
  readonly by: ReadonlyMap<string, number>
  readonly of: number
  /** What most of them have. */
  readonly most: string
}

function count({ values }: Thing, hosts: readonly number[]): Count {
  const by = new Map<string, number>()
  for (const host of hosts) {
    const value = values.get(host) ?? ''
    by.set(value, (by.get(value) ?? 0) + 1)
  }
  const [most = ''] = [...by].sort(([, a], [, b]) => b - a)[0] ?? []
  return { by, of: hosts.length, most }
}

const contrast = ({ bad, good }: Pick<SetsApart, 'bad' | 'good'>): number =>
  bad.have / bad.of - good.have / good.of

/** Lines of one file that came and went on the same hosts are one change. */
function joinedLines(all: readonly Found[]): Found[] {
  const changes = new Map<string, Found>()
  for (const one of all) {
    const { area, object, bad, good } = one
    const key =
      area === 'line' ? JSON.stringify([object, bad, good]) : JSON.stringify([area, object, one.has])
    const before = changes.get(key)
    const joined = (a: string, b: string): string => [a, b].filter((text) => text !== '').join('\n')
    changes.set(
      key,
      before
        ? { ...before, has: joined(before.has, one.has), instead: joined(before.instead, one.instead) }
        : one,
    )
  }
  return [...changes.values()]
}

function ranked(all: readonly Found[], bad: readonly HostOutcome[]): Found[] {
  const of = new Map(all.map((one) => [differenceOf(one), one]))
  const changes = withTraces([...of.keys()].filter((one) => hasEffect(one)))
  const { told, unexplained } = wrongOn(bad)
  const trouble = troubleOf(told, unexplained, { changes, seconds: Number.MAX_SAFE_INTEGER })
  const weight = (change: Change): number => weigh(change, trouble).weight
  return changes
    .flatMap((change) => {
      const found = of.get(change.difference)
      return found ? [{ found, weight: weight(change) }] : []
    })
    .sort((a, b) => contrast(b.found) - contrast(a.found) || b.weight - a.weight)
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

/** `told`, `unexplained`: of the hosts in trouble. */
function wrongOn(bad: readonly HostOutcome[]): {
  readonly told: readonly Finding[]
  readonly unexplained: readonly UnexplainedError[]
} {
  const reports = bad.flatMap(({ outcome }) => (outcome.kind === 'judged' ? [outcome.report] : []))
  return {
    told: reports.flatMap(({ findings }) => findings.filter(({ role }) => role !== 'notice')),
    unexplained: reports.flatMap(({ unexplained = [] }) => unexplained.filter(({ strangers }) => !strangers)),
  }
}
