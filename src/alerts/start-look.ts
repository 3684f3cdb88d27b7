import type { Host } from '../inventory/inventory.ts'
import { overLimit } from '../runs/queue/waiting-limits.ts'
import { runToJoin } from '../runs/requests/join-run.ts'
import { showRun } from '../runs/requests/show-run.ts'
import type { Run } from '../runs/run.ts'
import { createRun } from '../runs/run-store.ts'
import type { Queryable } from '../store/db.ts'
import { type From, keepFirings, startedLately, takeTurn } from './alert-store.ts'
import { type AlertTaker, entryFor, mayLook, namesOf } from './alert-taker.ts'
import type { Alert } from './formats/alert.ts'
import { knownAlerts } from './known-alerts.ts'
import { lookOfFiring } from './looks.ts'
import type { AlertSource } from './source.ts'

/** What is to be looked at, and for which alerts. */
export interface Look {
  readonly host: Host
  readonly topic: string
  /** Where it is told: of one of the host's groups, or of the sender. */
  readonly channel: string
  readonly alerts: readonly Alert[]
}

/** `count`: of its alerts, those that no other delivery had brought meanwhile. */
export type Came =
  | { readonly kind: 'started' | 'joined'; readonly count: number }
  | { readonly kind: 'capped' }

/**
 * One transaction for the alerts' rows, the run, its job and the audit's row. Alerts of one topic and host join the run
 * under way, or one that an alert which still fires had started a moment ago; after that the host is looked at again, in
 * that one's thread.
 */
export function startLook(taker: AlertTaker, source: AlertSource, look: Look): Promise<Came> {
  const { store, team } = taker
  const { host, topic, channel, alerts } = look
  const from: From = { team, source: source.name }
  const place = { team, host: host.name, topic, channel }
  return store.tx(async (tx) => {
    await takeTurn(tx, from)
    const known = await knownAlerts(taker, tx, source, alerts)
    const fresh = alerts.filter(({ fingerprint }) => !known.has(fingerprint))
    if (fresh.length === 0) return { kind: 'joined', count: 0 }
    const keep = (outcome: 'started' | 'joined', run: Run) =>
      keepFirings(
        tx,
        from,
        fresh.map((alert) => ({ alert, outcome, host: host.name, topic })),
        { runId: run.id },
      )
    const under = await runToJoin(tx, { ...place, user: null })
    const before = await lookOfFiring(tx, place)
    const joined = under ?? (before?.isLate === false ? before.run : null)
    const audit = (target: string) => writeAudit(tx, taker, source, { ...look, alerts: fresh, target })
    if (joined) {
      await keep('joined', joined)
      await showRun(tx, store.queue, joined)
      // What is under way shows them at its end, which waits for this transaction.
      if (joined.endedAt) await store.queue.send(tx, { kind: 'redraw', runId: joined.id })
      await audit(`joined run ${joined.code}`)
      return { kind: 'joined', count: fresh.length }
    }
    if ((await startedLately(tx, from)) >= source.most) return { kind: 'capped' }
    const asked = { ...place, actor: { kind: 'webhook', id: source.name }, origin: 'alert' } as const
    if (await overLimit(tx, asked, taker.limits)) return { kind: 'capped' }
    const run = await createRun(tx, {
      ...asked,
      reason: reasonOf(fresh),
      production: host.production,
      responseUrl: null,
      parent: before?.run.id ?? null,
    })
    await keep('started', run)
    await store.queue.send(tx, { kind: 'diagnose', runId: run.id })
    await audit(`run ${run.code}`)
    return { kind: 'started', count: fresh.length }
  })
}

const MOST_NAMED = 3

/** "alert `HighCpuUsage`": in code, where what a stranger wrote is no link and no markup. */
export function reasonOf(alerts: readonly Pick<Alert, 'name'>[]): string {
  const names = [...new Set(alerts.map(({ name }) => name))]
  const shown = names.slice(0, MOST_NAMED).map((name) => `\`${name}\``)
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''
  return `${names.length > 1 ? 'alerts' : 'alert'} ${shown.join(', ')}${more}`
}

function writeAudit(
  tx: Queryable,
  taker: AlertTaker,
  source: AlertSource,
  { host, topic, alerts, target }: Omit<Look, 'channel'> & { readonly target: string },
): Promise<unknown> {
  const { rule = null } = mayLook(taker, source, { host, topic })
  const asked = namesOf(alerts.map(({ name }) => name))
  return taker.store.audit(tx, {
    ...entryFor(taker, source),
    host: host.name,
    topic,
    asked,
    target,
    reason: rule,
  })
}
