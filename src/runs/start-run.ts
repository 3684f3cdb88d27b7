import type { Host } from '../inventory/inventory.ts'
import type { WriteAudit } from '../store/audit/audit.ts'
import { firstDelivery } from '../store/seen-deliveries.ts'
import type { Store } from '../store/store.ts'
import type { Actor, Run } from './run.ts'
import { createRun } from './run-store.ts'

export interface Request {
  readonly team: string
  readonly actor: Actor
  readonly topic: string
  /** Why this topic, where nobody named it. */
  readonly reason?: string | null
  readonly host: Host
  readonly channel: string
  readonly responseUrl: string | null
  /** What Slack calls this delivery (its trigger_id): the same one twice starts one run. */
  readonly delivery: string
  readonly audit: WriteAudit
}

/**
 * A command becomes a job: run, job and the audit's row are written in one transaction, so none exists without the
 * others. Null when Slack delivered the same request before.
 */
export function startRun(store: Pick<Store, 'tx' | 'queue'>, request: Request): Promise<Run | null> {
  return store.tx(async (tx) => {
    if (!(await firstDelivery(tx, `${request.team}:${request.delivery}`))) return null
    const run = await createRun(tx, {
      team: request.team,
      actor: request.actor,
      topic: request.topic,
      reason: request.reason ?? null,
      host: request.host.name,
      production: request.host.production,
      channel: request.channel,
      responseUrl: request.responseUrl,
    })
    await store.queue.send(tx, { kind: 'diagnose', runId: run.id })
    await request.audit(tx, `run ${run.code}`)
    return run
  })
}
