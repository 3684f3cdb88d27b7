import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  askerKey,
  type BusyRun,
  channelKey,
  fairOrder,
  isHeldBack,
  type Origin,
  type RunningLimits,
  type WaitingRun,
} from '../../../src/runs/queue/fair-order.ts'

/** A run that somebody asks for, and how long it takes on its host. */
interface Arrival {
  readonly id: string
  readonly channel: string
  readonly asker: string
  readonly host: string
  readonly origin: Origin
  readonly at: number
  readonly ms: number
}

interface Started extends Arrival {
  readonly startedAt: number
  readonly endsAt: number
}

const roomy: RunningLimits = {
  ...{ running: 10_000, runningPerHost: 1_000, runningAlerts: 1_000, runningFleets: 1_000 },
}
const SECOND = 1_000

/** So many slots, each of which takes the next run as soon as it is free, by the clock of the arrivals. */
function simulate(arrivals: readonly Arrival[], slots: number, limits = roomy): Started[] {
  const started: Started[] = []
  let left = [...arrivals]
  for (let now = 0; left.length > 0; now = nextEvent(now, left, started)) {
    for (;;) {
      const busy = started.filter(({ endsAt }) => endsAt > now)
      if (busy.length >= slots) break
      const waiting = left.filter(({ at }) => at <= now).map((run): WaitingRun => ({ ...run, since: run.at }))
      const order = fairOrder({
        now,
        waiting,
        busy,
        channelServed: servedBy(started, now, channelKey),
        askerServed: servedBy(started, now, askerKey),
      })
      const next = order.find((run) => !isHeldBack(run, busy, limits))
      const run = left.find(({ id }) => id === next?.id)
      if (!run) break
      left = left.filter((other) => other !== run)
      started.push({ ...run, startedAt: now, endsAt: now + run.ms })
    }
  }
  return started
}

function servedBy(started: readonly Started[], now: number, keyOf: (run: Started) => string) {
  const served = new Map<string, number>()
  for (const run of started)
    if (run.endsAt <= now) served.set(keyOf(run), Math.max(run.endsAt, served.get(keyOf(run)) ?? 0))
  return served
}

const nextEvent = (now: number, left: readonly Arrival[], started: readonly Started[]): number =>
  Math.min(
    ...left.map(({ at }) => at).filter((at) => at > now),
    ...started.map(({ endsAt }) => endsAt).filter((at) => at > now),
  )

const arrival = (id: string, parts: Partial<Arrival> = {}): Arrival => ({
  ...{ id, channel: 'flood', asker: 'user:U1', host: id, origin: 'person', at: 0, ms: SECOND },
  ...parts,
})
const flood = (count: number, parts: Partial<Arrival> = {}): Arrival[] =>
  Array.from({ length: count }, (_, i) => arrival(`f${i}`, parts))
const waitOf = (started: readonly Started[], id: string): number => {
  const run = started.find((other) => other.id === id)
  if (!run) throw new Error(`${id} was never taken`)
  return run.startedAt - run.at
}

/** Ms from 1 to the longest that any run may take. */
const LONGEST = 5 * SECOND
const durations = fc.integer({ min: 1, max: LONGEST })
const slotCounts = fc.integer({ min: 1, max: 8 })

describe('a run of a quiet channel', () => {
  it('waits for no more than one slot to be free, however much another channel asks for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(20 * SECOND), durations), { minLength: 1, maxLength: 60 }),
        slotCounts,
        fc.nat(20 * SECOND),
        (others, slots, at) => {
          const runs = others.map(([at, ms], i) => arrival(`f${i}`, { at, ms }))
          const started = simulate([...runs, arrival('quiet', { channel: 'quiet', at })], slots)
          expect(waitOf(started, 'quiet')).toBeLessThanOrEqual(LONGEST)
        },
      ),
    )
  })

  it('is taken before the second run of any of many channels that flood', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), slotCounts, (channels, slots) => {
        const runs = Array.from({ length: channels }, (_, i) =>
          flood(20).map((run) => ({ ...run, id: `${i}-${run.id}`, channel: `flood${i}` })),
        )
        const started = simulate([...runs.flat(), arrival('quiet', { channel: 'quiet', at: 100 })], slots)
        // Each of the others may be served once before it.
        expect(waitOf(started, 'quiet')).toBeLessThanOrEqual(Math.ceil(channels / slots) * SECOND)
      }),
    )
  })
})

it('in one channel, a person who asks for one run waits for no more than a slot beside one who asks for forty', () => {
  fc.assert(
    fc.property(slotCounts, fc.nat(10 * SECOND), durations, (slots, at, ms) => {
      const started = simulate([...flood(40, { ms }), arrival('quiet', { asker: 'user:U2', at })], slots)
      expect(waitOf(started, 'quiet')).toBeLessThanOrEqual(ms)
    }),
  )
})

it('a channel that asks for much is served all the same, while others keep coming one by one', () => {
  const strangers = Array.from({ length: 200 }, (_, i) =>
    arrival(`s${i}`, { channel: `stranger${i}`, asker: `user:S${i}`, at: i * SECOND }),
  )
  const started = simulate([...flood(20), ...strangers], 1)
  // As a stranger who comes when it was served last.
  for (const { channel, id, startedAt, endsAt } of started.filter(({ channel }) => channel === 'flood')) {
    const next = started.find((run) => run.channel === channel && run.startedAt > startedAt)
    const stranger = started.find((run) => run.channel !== channel && run.at > endsAt)
    if (next && stranger) expect(next.startedAt, id).toBeLessThanOrEqual(stranger.startedAt)
  }
})

it('every run is taken, once, whatever arrives', () => {
  const arrivals = fc
    .array(
      fc.record({
        channel: fc.constantFrom('a', 'b', 'c'),
        asker: fc.constantFrom('user:1', 'user:2'),
        host: fc.constantFrom('h1', 'h2'),
        origin: fc.constantFrom<Origin>('person', 'alert', 'watch', 'fleet'),
        at: fc.nat(10 * SECOND),
        ms: durations,
      }),
      { maxLength: 40 },
    )
    .map((all) => all.map((run, i) => ({ ...run, id: `r${i}` })))
  fc.assert(
    fc.property(arrivals, slotCounts, (all, slots) => {
      const limits = { running: 8, runningPerHost: 2, runningAlerts: 1, runningFleets: 1 }
      const started = simulate(all, slots, limits)
      expect(started.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted())
      for (const { startedAt } of started) {
        const busy = started.filter((run) => run.startedAt <= startedAt && startedAt < run.endsAt)
        for (const host of ['h1', 'h2']) expect(on(host, busy)).toBeLessThanOrEqual(2)
        const those = (...origins: readonly Origin[]) =>
          busy.filter(({ origin }) => origins.includes(origin)).length
        expect(those('alert', 'watch')).toBeLessThanOrEqual(1)
        expect(those('fleet')).toBeLessThanOrEqual(1)
      }
    }),
  )
})

const on = (host: string, busy: readonly BusyRun[]): number => busy.filter((run) => run.host === host).length

describe('a fleet', () => {
  const limits = { ...roomy, runningAlerts: 2, runningFleets: 2 }
  const forty = flood(40, { channel: 'shared', origin: 'fleet', asker: 'schedule:U1', ms: 10 * SECOND })

  it('of many hosts leaves a slot to whoever asks about one', () => {
    const one = arrival('one', { channel: 'shared', asker: 'user:2', at: SECOND })
    const other = arrival('other', { channel: 'elsewhere', asker: 'user:3', at: 2 * SECOND })
    const started = simulate([...forty, one, other], 4, limits)
    expect([waitOf(started, 'one'), waitOf(started, 'other')]).toEqual([0, 0])
  })

  it('shares its slots with a second one, whose few hosts do not wait for all of the first', () => {
    const few = flood(2, {
      channel: 'other',
      origin: 'fleet',
      asker: 'schedule:U2',
      at: SECOND,
      ms: 10 * SECOND,
    }).map((run) => ({ ...run, id: `few ${run.id}` }))
    const started = simulate([...forty, ...few], 4, limits)
    for (const { id } of few) expect(waitOf(started, id)).toBeLessThanOrEqual(20 * SECOND)
  })

  it('has what alerts leave, and holds none of them back', () => {
    const fleet = { ...(forty[0] as Arrival) }
    const alert = arrival('alert', { origin: 'alert', host: 'h9' })
    expect(isHeldBack(alert, [fleet, fleet], limits)).toBe(false)
    expect(isHeldBack(alert, [alert, alert], limits)).toBe(true)
    expect(isHeldBack(fleet, [alert, fleet], limits)).toBe(true)
    expect(isHeldBack(fleet, [alert], limits)).toBe(false)
  })

  it('has one slot however many alerts there are, at all times', () => {
    const alerts = Array.from({ length: 200 }, (_, at) =>
      arrival(`a${at}`, { channel: 'alerts', asker: 'webhook:am', origin: 'alert', ms: 10 * SECOND }),
    )
    const usual = { ...roomy, running: 8, runningAlerts: 4, runningFleets: 4 }
    for (const running of [3, 4, 8]) {
      const started = simulate([...alerts, ...forty.slice(0, 5)], running, { ...usual, running })
      expect(waitOf(started, forty[4]?.id ?? '')).toBeLessThanOrEqual(100 * SECOND)
    }
  })

  it('and alerts together leave slots to people', () => {
    const usual = { ...roomy, running: 8, runningAlerts: 4, runningFleets: 4 }
    const alerts = Array.from({ length: 20 }, (_, at) =>
      arrival(`a${at}`, {
        ...{ channel: 'alerts', asker: 'webhook:am', origin: 'alert' },
        ...{ at: SECOND, ms: 90 * SECOND },
      }),
    )
    const people = [1, 2].map((at) => arrival(`p${at}`, { channel: `c${at}`, at: 2 * SECOND }))
    for (const running of [3, 4, 8, 16]) {
      const started = simulate([...forty, ...alerts, ...people], running, { ...usual, running })
      const waits = people.map(({ id }) => waitOf(started, id))
      expect(waits).toEqual([0, 0])
    }
    const alert = arrival('alert', { origin: 'alert' })
    expect(isHeldBack(alert, [], { ...usual, running: 1 })).toBe(false)
    expect(isHeldBack(alert, [forty[0] as Arrival], { ...usual, running: 2 })).toBe(true)
  })
})

describe('an alert', () => {
  it('waits behind every person, and after five minutes among them', () => {
    const people = Array.from({ length: 1_000 }, (_, i) =>
      arrival(`p${i}`, { channel: `c${i % 3}`, asker: `user:${i % 5}`, at: i * SECOND }),
    )
    const alert = arrival('alert', { channel: 'alerts', asker: 'webhook:am', origin: 'alert' })
    const wait = waitOf(simulate([alert, ...people.map((run) => ({ ...run, at: run.at / 2 }))], 1), 'alert')
    expect(wait).toBeGreaterThan(290 * SECOND)
    expect(wait).toBeLessThan(310 * SECOND)
  })

  it('under way counts for nobody else in its channel', () => {
    const busy = flood(7, { channel: 'shared', origin: 'alert', asker: 'webhook:am' })
    const person = { ...arrival('person', { channel: 'shared' }), since: 10 }
    const other = { ...arrival('other'), since: 20 }
    const [first] = fairOrder({
      now: 30,
      waiting: [other, person],
      busy: [...busy, arrival('b', { channel: 'flood' })],
      channelServed: new Map(),
      askerServed: new Map(),
    })
    expect(first?.id).toBe('person')
  })
})
