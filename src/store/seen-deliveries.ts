import { createHash } from 'node:crypto'
import type { Queryable } from './db.ts'

/**
 * True the first time that `key` (a trigger id, an event id, a signature) is seen within a day by any replica: Slack
 * delivers again what it thinks was lost. Keys older than a day are forgotten on the way, a hundred at a time.
 */
export async function firstDelivery(db: Queryable, key: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `WITH old AS (
       DELETE FROM debvisor.deliveries WHERE key IN (
         SELECT key FROM debvisor.deliveries WHERE seen_at < now() - interval '1 day'
         ORDER BY seen_at LIMIT 100 FOR UPDATE SKIP LOCKED)
     )
     INSERT INTO debvisor.deliveries (key) VALUES ($1) ON CONFLICT (key) DO NOTHING RETURNING key`,
    [key],
  )
  return rowCount === 1
}

/** Longer than anything takes that is done before a delivery is finished. */
const HELD_MS = 30_000

/** Whose a delivery is: ours from now on, another's who is at it, or nobody's any more. */
export type Taken = 'ours' | 'held' | 'finished'

/**
 * Takes a delivery that Slack sends again until it is acknowledged. Of any number of replicas one has it; where that one
 * dies, what Slack sends next is another's. `finishDelivery` ends it.
 */
export async function takeDelivery(db: Queryable, key: string): Promise<Taken> {
  const { rowCount } = await db.query(
    `INSERT INTO debvisor.deliveries AS d (key, held_till) VALUES ($1, now() + $2 * interval '1 ms')
     ON CONFLICT (key) DO UPDATE SET held_till = excluded.held_till WHERE d.held_till <= now()`,
    [key, HELD_MS],
  )
  if (rowCount === 1) return 'ours'
  const { rows } = await db.query(
    'SELECT key FROM debvisor.deliveries WHERE key = $1 AND held_till IS NULL',
    [key],
  )
  return rows.length > 0 ? 'finished' : 'held'
}

/** False: whoever took it over has finished it already. */
export async function finishDelivery(db: Queryable, key: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE debvisor.deliveries SET held_till = NULL WHERE key = $1 AND held_till IS NOT NULL',
    [key],
  )
  return rowCount === 1
}

/**
 * Of a form, by Slack's id of its view and what was written in it: a double click sends the same twice. Where Slack
 * keeps a form open because the answer is late, people may change it and send it again, which is another delivery.
 */
export const formKey = (viewId: string, written: string): string =>
  `form:${viewId}:${createHash('sha256').update(written).digest('base64url')}`
