import { setTimeout as delay } from 'node:timers/promises'
import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import { type Channel, channelNames, channels } from './channels.ts'
import { type Escalation, isOpen } from './escalation.ts'
import { escalationsOfProblem, foundHealthySince } from './escalation-store.ts'
import { isReachable } from './levels.ts'
import { endWaiting, overdueEscalations } from './move-store.ts'
import { whenOverdue } from './moves.ts'
import { askerOf, type Escalator, moveEntry, openEscalation, TIME_LIMIT } from './open-escalation.ts'
import { claimNext, type OutboxWorker, send } from './outbox/send.ts'
import { redrawProblem } from './redraw-problem.ts'

/** Who sends what is due, and opens what follows a time limit. */
export interface SweepWorker extends OutboxWorker, Escalator {}

export interface Sweeper {
  /**
   * Starts nothing new and waits up to `graceMs` for what is under way. The next worker sends again what has not ended
   * by then.
   */
  stop(graceMs: number): Promise<void>
}

/** Whose decision it is: the operator's. */
const SETTING = 'escalation.acknowledgeWithin'

const EVERY_MS = 1_000

/**
 * Looks every second, by the database's clock, for time limits that are over and for what has to be sent (again). The
 * rows are the only truth: any replica may look, a restart loses nothing, what is late is done late.
 */
export function keepSweeping(worker: SweepWorker): Sweeper {
  const underWay = new Set<Promise<void>>()
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  /** Each channel has slots of its own, so that messages which wait for Slack hold up no page (R23). */
  async function sendBy(channel: Channel, busy: Set<Promise<void>>): Promise<void> {
    while (!stopped && busy.size < channels[channel].sweep.atOnce) {
      const entry = await claimNext(worker, channel)
      if (!entry) return
      const sent: Promise<void> = send(worker, entry)
        .catch((error: unknown) => complain(worker, error))
        .finally(() => {
          busy.delete(sent)
          underWay.delete(sent)
        })
      busy.add(sent)
      underWay.add(sent)
    }
  }
  const busy = channelNames.map((channel) => ({ channel, sent: new Set<Promise<void>>() }))
  async function sweep(): Promise<void> {
    await fireTimers(worker)
    for (const { channel, sent } of busy) await sendBy(channel, sent)
  }
  let sweeping = Promise.resolve()
  const tick = (): void => {
    sweeping = sweep()
      .catch((error: unknown) => complain(worker, error))
      .then(() => {
        if (!stopped) timer = setTimeout(tick, EVERY_MS)
      })
  }
  tick()
  return {
    async stop(graceMs) {
      stopped = true
      clearTimeout(timer)
      const grace = new AbortController()
      const over = delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)
      await Promise.race([sweeping.then(() => Promise.all(underWay)), over])
      grace.abort()
    },
  }
}

const complain = ({ log }: SweepWorker, error: unknown): void =>
  log.error({ err: error }, 'the sweep of escalations failed; it goes on')

/** Each time limit that is over is ended once, whoever else looks: with an offer in the thread, or with a page. */
export async function fireTimers(worker: SweepWorker): Promise<void> {
  for (const escalation of await overdueEscalations(worker.store, 20)) {
    const run = await getRun(worker.store, escalation.runId)
    // One that cannot be ended must not keep the others waiting.
    if (run) await fire(worker, escalation, run).catch((error: unknown) => complain(worker, error))
  }
}

async function fire(worker: SweepWorker, escalation: Escalation, run: Run): Promise<void> {
  const { store, hosts, escalationSettings } = worker
  const { team, problemKey } = escalation
  const escalations = await escalationsOfProblem(store, team, problemKey)
  const { take, note } = whenOverdue({
    wanted: escalation.dueThen ?? 'offer',
    production: hosts.inventory.hosts.get(run.host)?.production ?? run.production,
    pagerConfigured: isReachable(3, escalationSettings.reachable),
    paged: escalations.some((escalation) => escalation.level === 3 && isOpen(escalation)),
    foundHealthy: await foundHealthySince(store, run, escalation.createdAt),
  })
  await store.tx(async (tx) => {
    if (!(await endWaiting(tx, escalation.id, take === 'nothing' ? null : take, note))) return
    if (take === 'page') {
      const { runId, channel, title, body, severity } = escalation
      const actor = { kind: 'schedule', id: TIME_LIMIT } as const
      const page = { team, problemKey, level: 3, runId, channel, actor, title, body, severity } as const
      await openEscalation(tx, worker, { ...page, host: run.host, askedBy: askerOf(escalation).by })
    }
    await redrawProblem(tx, store.queue, escalation)
    const asked = `Level 2, asked for by ${askerOf(escalation).by}, was not acknowledged in time: ${take}`
    const target = `level ${escalation.level}, escalation ${escalation.id}`
    const said = {
      actor: TIME_LIMIT,
      door: 'time limit',
      asked,
      target,
      reason: `${SETTING}, then: ${escalation.dueThen}`,
    }
    await store.audit(tx, moveEntry(run, take === 'page' ? 3 : 2, said))
  })
}
