import { setTimeout as delay } from 'node:timers/promises'
import type { Db, Queryable } from '../../store/db.ts'
import type { Run } from '../run.ts'
import { oneRun, runColumns } from '../run-store.ts'
import { fairOrder, isHeldBack, type RunningLimits } from './fair-order.ts'
import { isLost, openRuns } from './open-runs.ts'

/** A free slot, for whichever run is next. */
export interface Slot {
  /** What its job is called, the same for each try of that job. */
  readonly ticket: string
  /** This process. */
  readonly worker: string
  readonly limits: RunningLimits
}

/** While somebody joins or cancels the only run that waits, its row is locked: it is looked for again after so long. */
const AGAIN_MS = [20, 50, 100, 200, 400, 800]

/**
 * Gives the slot its run, with a higher epoch. First the one that this very job has already: its worker died. Then one
 * whose worker gave no sign of life, and then the next in the fair order. Null: there is nothing to do.
 */
export async function takeRun(db: Db, slot: Slot): Promise<Run | null> {
  for (const pause of [...AGAIN_MS, null]) {
    const taken = await db.tx((tx) => takeNow(tx, slot))
    if (taken !== 'locked') return taken
    if (pause !== null) await delay(pause)
  }
  throw new Error('somebody holds every run that waits; the job comes again')
}

async function takeNow(tx: Queryable, slot: Slot): Promise<Run | null | 'locked'> {
  await oneAtATime(tx)
  const known = await resume(tx, slot)
  if (known) return known
  const open = await openRuns(tx)
  const next = fairOrder(open).filter((run) => !isHeldBack(run, open.busy, slot.limits))
  for (const { id } of next) {
    const run = await begin(tx, slot, id)
    if (run) return run
  }
  return next.length > 0 ? 'locked' : null
}

/** All replicas: otherwise two slots count the same runs, and both take one of a host that has room for one. */
export const oneAtATime = (tx: Queryable): Promise<unknown> =>
  tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('debvisor.runs.queue', 0))`)

/** A run of an older version has no ticket: its job is called as the run is. */
const resume = (tx: Queryable, { ticket, worker }: Slot): Promise<Run | null> =>
  oneRun(
    tx,
    `UPDATE debvisor.runs SET epoch = epoch + 1, worker = $2, ticket = $1, alive_at = now()
     WHERE id = (
       SELECT id FROM debvisor.runs
       WHERE state = 'running' AND (ticket = $1 OR (ticket IS NULL AND id::text = $1) OR ${isLost})
       ORDER BY (ticket = $1 OR (ticket IS NULL AND id::text = $1)) DESC NULLS LAST, started_at LIMIT 1
       FOR NO KEY UPDATE SKIP LOCKED)
     RETURNING ${runColumns}`,
    [ticket, worker],
  )

const begin = (tx: Queryable, { ticket, worker }: Slot, id: string): Promise<Run | null> =>
  oneRun(
    tx,
    `UPDATE debvisor.runs SET state = 'running', epoch = epoch + 1, worker = $2, ticket = $1, alive_at = now(),
       started_at = coalesce(started_at, now())
     WHERE id = (SELECT id FROM debvisor.runs WHERE id = $3 AND state = 'queued' FOR NO KEY UPDATE SKIP LOCKED)
     RETURNING ${runColumns}`,
    [ticket, worker, id],
  )

/** A slot whose job was given up. `most`: workers that a run may have, and slots that it may be given. */
interface LostSlot {
  readonly ticket: string
  readonly most: number
}

const hasTicket = `state = 'running' AND (ticket = $1 OR (ticket IS NULL AND id::text = $1))`

/**
 * Gives the run of a lost slot another one, `next`. One statement: of two who hear that the slot is lost, one does it.
 * Null: it has none, it has ended, another has it, or it had as much as it may.
 */
export const moveToSlot = (tx: Queryable, { ticket, most }: LostSlot, next: string): Promise<Run | null> =>
  oneRun(
    tx,
    `UPDATE debvisor.runs SET ticket = $2, slots_given = slots_given + 1
     WHERE ${hasTicket} AND epoch < $3 AND slots_given < $3 RETURNING ${runColumns}`,
    [ticket, next, most],
  )

/**
 * Takes the run of a lost slot that had as much as it may, to end it. One statement: whoever took it a moment ago keeps
 * it. Null: the slot has none such, it has ended, or another has it.
 */
export const claimOfTicket = (
  db: Queryable,
  { ticket, most }: LostSlot,
  worker: string,
): Promise<Run | null> =>
  oneRun(
    db,
    `UPDATE debvisor.runs SET epoch = epoch + 1, worker = $2, alive_at = now()
     WHERE ${hasTicket} AND (epoch >= $3 OR slots_given >= $3) RETURNING ${runColumns}`,
    [ticket, worker, most],
  )
