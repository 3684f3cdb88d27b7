import { createHash } from 'node:crypto'
import type { Queryable } from './db.ts'

/**
 * True the first time that `key` (a trigger id, an event id, a signature) is seen within a day by any replica: Slack
 * delivers again what it thinks was lost. The retention forgets keys that are older.
 */
export async function firstDelivery(db: Queryable, key: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'INSERT INTO debvisor.deliveries (key) VALUES ($1) ON CONFLICT (key) DO NOTHING RETURNING key',
    [key],
  )
  return rowCount === 1
}

/** Longer than anything takes that is done before a delivery is finished. */
const HELD_MS = 30_000

/** A delivery as one taker has it. Whoever takes it over has it till later, so its end tells the takers apart. */
export interface Hold {
  readonly key: string
  readonly till: Date
}

/** Whose a delivery is: ours from now on, another's who is at it, or nobody's any more. */
export type Taken = { readonly state: 'ours'; readonly hold: Hold } | { readonly state: 'held' | 'finished' }

/**
 * Takes a delivery that Slack sends again until it is acknowledged. Of any number of replicas one has it; where that one
 * dies, what Slack sends next is another's. `finishDelivery` ends it.
 */
export async function takeDelivery(db: Queryable, key: string): Promise<Taken> {
  const taken = await db.query<{ till: Date }>(
    `INSERT INTO debvisor.deliveries AS d (key, held_till) VALUES ($1, now() + $2 * interval '1 ms')
     ON CONFLICT (key) DO UPDATE SET held_till = excluded.held_till WHERE d.held_till <= now()
     RETURNING held_till AS till`,
    [key, HELD_MS],
  )
  const [ours] = taken.rows
  if (ours) return { state: 'ours', hold: { key, till: ours.till } }
  const { rows } = await db.query(
    'SELECT key FROM debvisor.deliveries WHERE key = $1 AND held_till IS NULL',
    [key],
  )
  return { state: rows.length > 0 ? 'finished' : 'held' }
}

/** False: another has taken it over, and may have finished it. */
export async function finishDelivery(db: Queryable, { key, till }: Hold): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE debvisor.deliveries SET held_till = NULL WHERE key = $1 AND held_till = $2',
    [key, till],
  )
  return rowCount === 1
}

/**
 * Of a form, by Slack's id of its view and what was written in it: a double click sends the same twice. Where Slack
 * keeps a form open because the answer is late, people may change it and send it again, which is another delivery.
 */
export const formKey = (viewId: string, written: string): string =>
  `form:${viewId}:${createHash('sha256').update(written).digest('base64url')}`
