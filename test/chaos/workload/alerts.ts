import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../random.ts'
import { ALERTS_TOKEN } from '../world/files.ts'
import type { Work } from './people.ts'

/** An alert as its sender knows it. */
export interface SentAlert {
  /** Milliseconds of the epoch; no two have the same. */
  readonly startedAt: number
  readonly host: string
  /** Some replica answered 202. */
  readonly accepted: boolean
  /** Notices of it that some replica answered with 202. */
  readonly notices: number
}

const TRIES = 25

/** Alertmanager: it posts to whichever replica it reaches, again until one says 202, and now and then once more. */
export async function sendAlerts(work: Work, random: Random, sent: SentAlert[]): Promise<void> {
  const gauges = work.world.hosts.hosts.filter(({ kind }) => kind === 'gauge')
  for (let number = 1; !work.isOver(); number++) {
    await delay(random.between(1_000, 4_000))
    if (work.isBusy()) continue
    const host = random.pick(gauges).name
    const startedAt = Date.now()
    const fingerprint = `${work.world.folder.slice(-6)}-${number}`
    const alert = {
      status: 'firing',
      labels: { alertname: 'GaugeBroken', instance: `${host}:9100` },
      annotations: { summary: `the gauge of ${host} is broken` },
      startsAt: new Date(startedAt).toISOString(),
      fingerprint,
    }
    const accepted = await deliver(work, random, alert)
    let notices = accepted ? 1 : 0
    if (random.chance(0.4) && (await deliver(work, random, alert))) notices++
    sent.push({ startedAt, host, accepted, notices })
    const resolved = { ...alert, status: 'resolved', endsAt: new Date().toISOString() }
    if (accepted && random.chance(0.5))
      void delay(random.between(1_000, 6_000)).then(() => deliver(work, random, resolved))
  }
}

async function deliver({ world }: Work, random: Random, alert: object): Promise<boolean> {
  const body = JSON.stringify({ version: '4', alerts: [alert], truncatedAlerts: 0 })
  for (let tries = 0; tries < TRIES; tries++) {
    const url = random.pick(world.replicas).url()
    const answer =
      url &&
      (await fetch(`${url}/alerts/monitoring`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ALERTS_TOKEN}`, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(5_000),
      }).catch(() => undefined))
    if (answer && answer.status === 202) return true
    await delay(800)
  }
  return false
}
