/**
 * Who asked: people go first. A watch looks for somebody who does not wait for it. A fleet is one question about many
 * hosts, and somebody who asks about one is not to wait for all of them.
 */
export type Origin = 'person' | 'alert' | 'watch' | 'fleet'

/** A run under way, as the order sees it. */
export interface BusyRun {
  readonly channel: string
  /** Who asked, whatever they are. */
  readonly asker: string
  readonly host: string
  readonly origin: Origin
}

export interface WaitingRun extends BusyRun {
  readonly id: string
  /** Since when it may be taken, in milliseconds since 1970. */
  readonly since: number
}

/** All that waits or is under way, and when each was served last: when a run of theirs ended, in milliseconds since 1970. */
export interface OpenRuns {
  readonly now: number
  readonly waiting: readonly WaitingRun[]
  readonly busy: readonly BusyRun[]
  /** By `channelKey`. */
  readonly channelServed: ReadonlyMap<string, number>
  /** By `askerKey`. */
  readonly askerServed: ReadonlyMap<string, number>
}

export interface RunningLimits {
  /** In each process. */
  readonly running: number
  readonly runningPerHost: number
  readonly runningAlerts: number
  readonly runningFleets: number
}

/** After that what no person waits for waits no longer behind people, but among them. */
const YIELDS_MS = 5 * 60_000

export const isOfPeople = (origin: Origin): boolean => origin === 'person'

type Keyed = Pick<BusyRun, 'channel' | 'asker' | 'origin'>

/** An alert that was looked into is nothing that its channel's people were served. */
export const channelKey = ({ origin, channel }: Omit<Keyed, 'asker'>): string => `${origin} ${channel}`

export const askerKey = ({ asker, ...of }: Keyed): string => `${channelKey(of)} ${asker}`

interface Ranked {
  readonly run: WaitingRun
  /** How many runs its group has before it: those under way, and those that wait in front. */
  readonly turn: number
  /** Since when its group waits for that turn. */
  readonly waits: number
}

/**
 * The order in which waiting runs are taken. The next is from the channel with the least under way; of equals, from the
 * one that has waited longest since it was served. Within a channel the same is asked of the people in it. So a channel
 * that asks for little waits for no more than a slot, however much another asks for.
 */
export function fairOrder(open: OpenRuns): readonly WaitingRun[] {
  const yields = ({ origin, since }: WaitingRun) => !isOfPeople(origin) && open.now - since < YIELDS_MS
  const people = open.waiting.filter((run) => !yields(run))
  const others = open.waiting.filter(yields)
  return [...orderOf(people, open), ...orderOf(others, open)]
}

function orderOf(waiting: readonly WaitingRun[], { busy, ...served }: OpenRuns): WaitingRun[] {
  const lines = [...groupBy(waiting, ({ channel }) => channel)].map(([channel, line]) => {
    const askers = [...groupBy(line, askerKey)].map(([key, ofAsker]) =>
      ranked(
        ofAsker.toSorted(byAge),
        () => served.askerServed.get(key),
        (run) => count(busy, (other) => isLike(other, run) && askerKey(other) === key),
      ),
    )
    const lastServed = (run: WaitingRun) => served.channelServed.get(channelKey(run))
    return ranked(merged(askers), lastServed, (run) =>
      count(busy, (other) => isLike(other, run) && other.channel === channel),
    )
  })
  return merged(lines)
}

/** Alerts that are looked into take nothing from the people of their channel. */
const isLike = (one: BusyRun, other: BusyRun): boolean => one.origin === other.origin

const ranked = (
  line: readonly WaitingRun[],
  lastServed: (run: WaitingRun) => number | undefined,
  underWay: (run: WaitingRun) => number,
): Ranked[] =>
  line.map((run, at) => ({
    run,
    turn: underWay(run) + at,
    waits: Math.max(run.since, lastServed(run) ?? run.since),
  }))

const merged = (lines: readonly (readonly Ranked[])[]): WaitingRun[] =>
  lines
    .flat()
    .sort((a, b) => a.turn - b.turn || a.waits - b.waits || byAge(a.run, b.run))
    .map(({ run }) => run)

const byAge = (a: WaitingRun, b: WaitingRun): number => a.since - b.since || (a.id < b.id ? -1 : 1)

/** Slots of a process that are for people alone, where it has so many. */
const FOR_PEOPLE = 2

/**
 * Whether a run has to wait although a slot is free: enough is under way on its host, or enough that no person asked for.
 * All of that together leaves slots to people. Fleets have what alerts leave of their share, and always one: alerts that
 * never end do not hold them up for ever.
 */
export function isHeldBack(
  { host, origin }: BusyRun,
  busy: readonly BusyRun[],
  limits: RunningLimits,
): boolean {
  if (count(busy, (other) => other.host === host) >= limits.runningPerHost) return true
  if (isOfPeople(origin)) return false
  const most = Math.max(limits.running - FOR_PEOPLE, 1)
  const others = count(busy, (other) => !isOfPeople(other.origin))
  if (others >= most) return true
  const fleets = count(busy, (other) => other.origin === 'fleet')
  return origin === 'fleet'
    ? fleets > 0 && others >= limits.runningFleets
    : others - fleets >= Math.min(limits.runningAlerts, Math.max(most - 1, 1))
}

function count<T>(all: readonly T[], is: (one: T) => boolean): number {
  let found = 0
  for (const one of all) if (is(one)) found++
  return found
}

function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return groups
}
