import { setImmediate } from 'node:timers/promises'
import type { Host } from '../inventory/inventory.ts'
import type { AlertTarget } from '../runs/requests/target-of-alert.ts'
import {
  endFirings,
  type From,
  forgetCapped,
  keepFirings,
  type NewAlert,
  startedLately,
  takeTurn,
} from './alert-store.ts'
import { type AlertTaker, entryFor, mayLook, namesOf } from './alert-taker.ts'
import { channelOf, channelsOfGroups } from './channel-groups.ts'
import { type Alert, shownName } from './formats/alert.ts'
import { knownAlerts, tellEnds } from './known-alerts.ts'
import { lookKey, looksToJoin } from './looks.ts'
import type { AlertSource } from './source.ts'
import { type Look, startLook } from './start-look.ts'
import { drawSoon, summaryFor } from './summary-store.ts'
import { targetOf } from './target.ts'

/** How many alerts of a notice came to what, for its sender. */
export interface Taken {
  readonly started: number
  readonly joined: number
  /** They fire already, or are over. */
  readonly known: number
  readonly resolved: number
  /** Nothing runs for them; the channel is told so. */
  readonly told: number
}

/**
 * Takes a notice: what ends, then what fires. Each step is one transaction with the alerts' rows, so of any number of
 * deliveries, replicas and crashes one effect remains; a sender that got no answer delivers the rest again.
 */
export async function takeAlerts(
  taker: AlertTaker,
  source: AlertSource,
  alerts: readonly Alert[],
): Promise<Taken> {
  const newest = [...new Map(alerts.map((alert) => [alert.fingerprint, readable(taker, alert)])).values()]
  const resolved = await takeEnds(
    taker,
    source,
    newest.filter(({ state }) => state === 'resolved'),
  )
  const firing = newest.filter(({ state }) => state === 'firing')
  const from = { team: taker.team, source: source.name }
  const known = await taker.store.tx(async (tx) => {
    await takeTurn(tx, from)
    await forgetCapped(tx, from, firing, source.most - (await startedLately(tx, from)))
    return knownAlerts(taker, tx, source, firing)
  })
  const fresh = firing.filter(({ fingerprint }) => !known.has(fingerprint))
  let bound = await channelsOfGroups(taker.store, taker.team)
  const channelFor = (host: Host | undefined): string => (host && channelOf(host, bound)) ?? source.channel
  const hostOf = ({ host }: Pick<NewAlert, 'host'>) => taker.hosts.inventory.hosts.get(host ?? '')
  const sorted = await sortOut(taker, source, fresh, channelFor)
  const wanted = [...sorted.looks.map(({ host }) => host), ...sorted.rest.map(hostOf)].map(channelFor)
  const closed = await closedChannels(taker, source, wanted)
  bound = bound.filter(({ channel }) => !closed.has(channel))
  const looks = sorted.looks.map((look) => ({ ...look, channel: channelFor(look.host) }))
  const left: NewAlert[] = [...sorted.rest]
  const counts = { started: 0, joined: 0, known: known.size }
  const channels = [...new Set(looks.map(({ channel }) => channel))]
  let isFull = false
  let joinable: ReadonlySet<string> = new Set()
  for (const look of looks) {
    const isOver = isFull && !joinable.has(lookKey(look.host.name, look.topic))
    const came = isOver ? CAPPED : await startLook(taker, source, look)
    if (came.kind === 'capped') {
      // From here on only what is being looked at already takes its alerts: the others need not be asked one by one.
      if (!isFull) joinable = await looksToJoin(taker.store, { ...from, channels })
      isFull = true
      left.push(...look.alerts.map((alert) => ({ alert, outcome: 'capped' as const, ...placeOf(look) })))
    } else counts[came.kind] += came.count
    if (came.kind !== 'capped') counts.known += look.alerts.length - came.count
  }
  let told = 0
  for (const channel of new Set(left.map((each) => channelFor(hostOf(each)))))
    told += await tellRest(
      taker,
      source,
      left.filter((each) => channelFor(hostOf(each)) === channel),
      channel,
    )
  counts.known += left.length - told
  return { ...counts, resolved, told }
}

/** Of the channels that groups have, those that the bot has been removed from: nobody would read anything there. */
async function closedChannels(
  { slack, log }: AlertTaker,
  source: AlertSource,
  wanted: readonly string[],
): Promise<ReadonlySet<string>> {
  const asked = [...new Set(wanted)].filter((channel) => channel !== source.channel)
  const isOpen = await Promise.all(asked.map((channel) => slack.delivery.isIn(channel)))
  const closed = new Set(asked.filter((_, at) => !isOpen[at]))
  if (closed.size > 0)
    log.warn({ source: source.name, channels: [...closed] }, 'the bot is not in channels that have a group')
  return closed
}

const CAPPED = { kind: 'capped' } as const

const placeOf = ({ host, topic }: Look) => ({ host: host.name, topic })

/** Its name is what people see of it. */
const readable = ({ redactor }: AlertTaker, alert: Alert): Alert => ({
  ...alert,
  name: shownName(redactor.text(alert.name)),
})

interface Sorted {
  readonly looks: readonly Look[]
  /** Nothing is to be looked at for them. */
  readonly rest: readonly NewAlert[]
}

/** Which topic of which host is to be looked at, once for all its alerts. */
async function sortOut(
  taker: AlertTaker,
  source: AlertSource,
  alerts: readonly Alert[],
  channelFor: (host: Host) => string,
): Promise<Sorted> {
  const { inventory } = taker.hosts
  const runbooks = [...taker.runbooks.topics.values()]
  const looks = new Map<string, Look & { readonly alerts: Alert[] }>()
  const rest: NewAlert[] = []
  for (const [at, alert] of alerts.entries()) {
    // Each is compared with every host: Slack's requests are answered in between.
    if (at % 200 === 199) await setImmediate()
    const target = targetOf(alert, source, { runbooks, inventory })
    if (target.kind !== 'topic') {
      rest.push({ alert, outcome: target.kind, ...said(taker, target) })
      continue
    }
    const host = inventory.hosts.get(target.host)
    if (!host) continue
    const { topic } = target
    const key = lookKey(host.name, topic)
    const known = looks.get(key)
    if (known) known.alerts.push(alert)
    else looks.set(key, { host, topic, channel: channelFor(host), alerts: [alert] })
  }
  const allowed = [...looks.values()].filter((look) => {
    const decision = mayLook(taker, source, look)
    if (decision.allowed) return true
    for (const alert of look.alerts) rest.push({ alert, outcome: 'refused', ...placeOf(look) })
    return false
  })
  return { looks: allowed, rest }
}

type Without = Exclude<AlertTarget, { readonly kind: 'topic' }>

function said({ redactor }: AlertTaker, target: Without): Omit<NewAlert, 'alert' | 'outcome'> {
  if (target.kind === 'no-topic') return { host: target.host ?? null, topic: null }
  const [named] = target.named
  return { host: null, topic: target.topic, named: named ? shownName(redactor.text(named)) : null }
}

/** Resolves with how many ended. */
async function takeEnds(taker: AlertTaker, source: AlertSource, alerts: readonly Alert[]): Promise<number> {
  if (alerts.length === 0) return 0
  const { store, team } = taker
  const from: From = { team, source: source.name }
  return store.tx(async (tx) => {
    await takeTurn(tx, from)
    const ended = await endFirings(tx, from, alerts)
    if (ended.length === 0) return 0
    await tellEnds(tx, store.queue, ended)
    const asked = `resolved: ${namesOf(ended.map(({ name }) => name))}`
    await store.audit(tx, { ...entryFor(taker, source), action: 'receive', asked })
    return ended.length
  })
}

/** What nothing runs for is told in the channel once, and in the audit once for each reason. */
async function tellRest(
  taker: AlertTaker,
  source: AlertSource,
  alerts: readonly NewAlert[],
  channel: string,
): Promise<number> {
  if (alerts.length === 0) return 0
  const { store, team } = taker
  const from: From = { team, source: source.name }
  return store.tx(async (tx) => {
    await takeTurn(tx, from)
    const known = await knownAlerts(
      taker,
      tx,
      source,
      alerts.map(({ alert }) => alert),
    )
    const fresh = alerts.filter(({ alert }) => !known.has(alert.fingerprint))
    if (fresh.length === 0) return 0
    const summary = await summaryFor(tx, from, channel)
    const kept = await keepFirings(tx, from, fresh, { summary })
    if (kept.size === 0) return 0
    await drawSoon(tx, store.queue, summary)
    const told = fresh.filter(({ alert }) => kept.has(alert.fingerprint))
    for (const outcome of ['no-topic', 'no-host', 'refused', 'capped'] as const) {
      const those = told.filter((one) => one.outcome === outcome)
      if (those.length === 0) continue
      await store.audit(tx, {
        ...entryFor(taker, source),
        decision: 'refused',
        host: onlyOne(those.map(({ host }) => host)),
        topic: onlyOne(those.map(({ topic }) => topic)),
        asked: namesOf(those.map(({ alert }) => alert.name)),
        reason: reasonOf(taker, source, outcome, those),
      })
    }
    return kept.size
  })
}

function reasonOf(
  taker: AlertTaker,
  source: AlertSource,
  outcome: 'no-topic' | 'no-host' | 'refused' | 'capped',
  those: readonly NewAlert[],
): string {
  if (outcome === 'no-topic') return 'No runbook looks into an alert of that name.'
  if (outcome === 'no-host') return 'It names no host of the inventory, or more than one.'
  if (outcome === 'capped')
    return `${source.name} had ${source.most} hosts diagnosed within ten minutes, or too many runs wait.`
  const [first] = those
  const host = taker.hosts.inventory.hosts.get(first?.host ?? '')
  const decision = host && mayLook(taker, source, { host, topic: first?.topic ?? '' })
  return decision && !decision.allowed ? decision.reason : 'It may not have them diagnosed.'
}

const onlyOne = (values: readonly (string | null)[]): string | null =>
  new Set(values).size === 1 ? (values[0] ?? null) : null
