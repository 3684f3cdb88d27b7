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

/**
 * Of a form, by Slack's id of its view and what was written in it: a double click sends the same twice. Where Slack
 * keeps a form open because the answer is late, people may change it and send it again, which is another delivery.
 */
export const formKey = (viewId: string, written: string): string =>
  `form:${viewId}:${createHash('sha256').update(written).digest('base64url')}`
