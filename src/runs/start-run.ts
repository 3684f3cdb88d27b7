import type { Host } from '../inventory/inventory.ts'
import type { WriteAudit } from '../store/audit/audit.ts'
import type { Queryable } from '../store/db.ts'
import { firstDelivery } from '../store/seen-deliveries.ts'
import type { Store } from '../store/store.ts'
import type { Origin } from './queue/fair-order.ts'
import { type OverLimit, overLimit, type WaitingLimits } from './queue/waiting-limits.ts'
import { runToJoin } from './requests/join-run.ts'
import { showRun } from './requests/show-run.ts'
import { addWatcher } from './requests/watchers.ts'
import type { Actor, Run } from './run.ts'
import { createRun } from './run-store.ts'

export interface Request {
  readonly team: string
  readonly actor: Actor
  /** Default: a person. */
  readonly origin?: Origin
  readonly topic: string
  /** Why this topic, where nobody named it. */
  readonly reason?: string | null
  readonly host: Host
  readonly channel: string
  /** Ts of the thread that it is asked for in; a run with a parent is shown where that one is. */
  readonly thread?: string | null
  readonly responseUrl: string | null
  /** The run that is to be checked again: this one is shown in its thread, and in its channel. */
  readonly parent?: Pick<Run, 'id' | 'channel'>
  /** What Slack calls this delivery (its trigger_id): the same one twice starts one run. */
  readonly delivery: string
  readonly audit: WriteAudit
  /** What else is stored with it, before the audit's row. */
  readonly also?: (tx: Queryable, run: Run) => Promise<void>
}

/** `joined`: the same was being asked already, so nothing new was started. */
export interface Started {
  readonly run: Run
  readonly joined: boolean
}

/**
 * A command becomes a job: run, job and the audit's row are written in one transaction, so none exists without the
 * others. Where the same is being asked already in that channel, the request joins that run, and whoever made it is told
 * its verdict. Where too many wait already, nothing is started, and whoever asked has to be told. Null when Slack delivered
 * the same request before.
 */
export function startRun(
  { tx: inTransaction, queue }: Pick<Store, 'tx' | 'queue'>,
  request: Request,
  limits: WaitingLimits,
): Promise<Started | OverLimit | null> {
  const { team, topic, actor, origin = 'person', responseUrl, audit, also } = request
  const channel = request.parent?.channel ?? request.channel
  return inTransaction(async (tx) => {
    if (!(await firstDelivery(tx, `${team}:${request.delivery}`))) return null
    const under = await runToJoin(tx, { team, topic, host: request.host.name, channel, user: actor.id })
    if (under) {
      if (origin === 'person') await waitAmongPeople(tx, under)
      await showRun(tx, queue, under)
      await addWatcher(tx, under, { user: actor.id, responseUrl })
      await also?.(tx, under)
      await audit(tx, `joined run ${under.code}`)
      return { run: under, joined: true }
    }
    const over = await overLimit(tx, { team, actor, origin, channel }, limits)
    if (over) return over
    const run = await createRun(tx, {
      team,
      actor,
      origin,
      topic,
      reason: request.reason ?? null,
      host: request.host.name,
      production: request.host.production,
      channel,
      thread: request.parent ? null : (request.thread ?? null),
      responseUrl,
      parent: request.parent?.id ?? null,
    })
    await queue.send(tx, { kind: 'diagnose', runId: run.id })
    await also?.(tx, run)
    await audit(tx, `run ${run.code}`)
    return { run, joined: false }
  })
}

/** Somebody waits for it now: it no longer yields to people as an alert does. The row is locked by `runToJoin`. */
const waitAmongPeople = (tx: Queryable, { id }: Run): Promise<unknown> =>
  tx.query(
    `UPDATE debvisor.runs SET origin = 'person' WHERE id = $1 AND state = 'queued' AND origin <> 'person'`,
    [id],
  )
