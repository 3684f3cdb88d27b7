import type { Queryable } from '../../store/db.ts'
import { fairOrder } from './fair-order.ts'
import { openRuns } from './open-runs.ts'

/** How many runs are taken before this one, as things stand. Undefined: it does not wait, or its time has not come. */
export async function runsBefore(db: Queryable, runId: string): Promise<number | undefined> {
  const before = fairOrder(await openRuns(db)).findIndex(({ id }) => id === runId)
  return before === -1 ? undefined : before
}

/** Equal where nobody would want to read the difference: 0, 1, 2 to 3, 4 to 7, 8 to 15. */
export const stepOf = (before: number): number => (before === 0 ? 0 : Math.floor(Math.log2(before)) + 1)

/** Once its message says so: until then its place is not shown, whoever was to draw it. */
export const notePlaceShown = (db: Queryable, runId: string, before: number): Promise<unknown> =>
  db.query(
    `UPDATE debvisor.runs SET shown_before = $2, place_shown_at = now() WHERE id = $1 AND state = 'queued'`,
    [runId, before],
  )
