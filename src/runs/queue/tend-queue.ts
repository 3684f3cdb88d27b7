import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Queryable } from '../../store/db.ts'
import type { Store } from '../../store/store.ts'
import type { Threads } from '../threads.ts'
import { fairOrder, isHeldBack, type OpenRuns, type RunningLimits, type WaitingRun } from './fair-order.ts'
import { anyToTend, isLost, openRuns } from './open-runs.ts'
import { stepOf } from './place.ts'

export interface QueueTender {
  readonly store: Store
  readonly threads: Pick<Threads, 'drawPlace'>
  readonly limits: RunningLimits
  readonly log: Pick<Logger, 'error'>
}

/** As often as a message of a run is redrawn. */
const EVERY_MS = 3_000
/** Most runs are taken sooner, and their first message says that they run. */
const SHOWN_AFTER_MS = 1_000
/** Whoever was to draw a place has died by then, or could not reach Slack: it is asked for again. */
const DRAWN_WITHIN_MS = 60_000
/** Whoever waits longer, although nothing holds it back and no job waits for a slot, has no job any more. */
const FORGOTTEN_AFTER_MS = 2_000
/** At once; the next look sends more. */
const MOST_SLOTS = 8

/** Looks after what waits, for as long as the bot runs. Every replica does, and one of them at a time. */
export function keepTending(tender: QueueTender): { stop(): Promise<void> } {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let tending = Promise.resolve()
  const tick = (): void => {
    tending = tendQueue(tender)
      .catch((error: unknown) =>
        tender.log.error({ err: error }, 'the queue was not looked after; it goes on'),
      )
      .then(() => {
        if (!stopped) timer = setTimeout(tick, EVERY_MS)
      })
  }
  tick()
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await tending
    },
  }
}

/**
 * One look. A run that waits or was lost without a job that would take it gets one, and those whose place has changed much
 * are drawn.
 */
export async function tendQueue({ store, threads, limits }: QueueTender): Promise<void> {
  if (!(await anyToTend(store))) return
  const moved = await store.tx(async (tx) => {
    if (!(await isMine(tx))) return []
    const open = await openRuns(tx)
    const order = fairOrder(open)
    await sendMissingJobs(tx, store.queue, { open, order, limits })
    return askForMoved(tx, open.now, order)
  })
  for (const id of moved) threads.drawPlace(id)
}

async function isMine(tx: Queryable): Promise<boolean> {
  const { rows } = await tx.query<{ mine: boolean }>(
    `SELECT pg_try_advisory_xact_lock(hashtextextended('debvisor.runs.tend', 0)) AS mine`,
  )
  return rows[0]?.mine ?? false
}

interface Line {
  readonly open: OpenRuns
  readonly order: readonly WaitingRun[]
  readonly limits: RunningLimits
}

async function sendMissingJobs(
  tx: Queryable,
  queue: Store['queue'],
  { open, order, limits }: Line,
): Promise<void> {
  const waiting = order.filter(
    (run) => open.now - run.since > FORGOTTEN_AFTER_MS && !isHeldBack(run, open.busy, limits),
  )
  const lost = (await tx.query<{ id: string }>(`SELECT id FROM debvisor.runs WHERE ${isLost}`)).rows
  const missing = [...lost, ...waiting].slice(0, MOST_SLOTS)
  if (missing.length === 0 || (await queue.waiting(tx, 'diagnose')) > 0) return
  for (const { id } of missing) await queue.send(tx, { kind: 'diagnose', runId: id, ticket: randomUUID() })
}

/**
 * Those whose message is to be drawn, which nobody else asks for in the next minute: what it shows is noted by whoever
 * drew it. Whoever is being joined, cancelled or taken at this moment is left for the next
 * look.
 */
async function askForMoved(tx: Queryable, now: number, order: readonly WaitingRun[]): Promise<string[]> {
  const { rows } = await tx.query<{ id: string; shown: number | null }>(
    `SELECT id, shown_before AS shown FROM debvisor.runs
     WHERE state = 'queued' AND NOT is_quiet AND coalesce(place_shown_at < now() - interval '${EVERY_MS} ms', true)`,
  )
  const shown = new Map(rows.map(({ id, shown }) => [id, shown]))
  const moved = order.flatMap(({ id, since }, before) => {
    const last = shown.get(id)
    const isSaid = last === undefined || (last !== null && stepOf(last) === stepOf(before))
    return isSaid || now - since < SHOWN_AFTER_MS ? [] : [id]
  })
  if (moved.length === 0) return []
  const { rows: noted } = await tx.query<{ id: string }>(
    `WITH free AS (
       SELECT id FROM debvisor.runs WHERE id = ANY ($1) AND state = 'queued' FOR NO KEY UPDATE SKIP LOCKED)
     UPDATE debvisor.runs SET place_shown_at = now() + interval '${DRAWN_WITHIN_MS - EVERY_MS} ms'
     FROM free WHERE runs.id = free.id RETURNING runs.id`,
    [moved],
  )
  const done = new Set(noted.map(({ id }) => id))
  return moved.filter((id) => done.has(id))
}
