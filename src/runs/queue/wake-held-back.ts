import { randomUUID } from 'node:crypto'
import type { Queryable } from '../../store/db.ts'
import type { Queue } from '../../store/queue.ts'
import type { Run } from '../run.ts'

/**
 * In the transaction that ends a run: asks for a slot for what its end lets go on, which is a run that waits for its host
 * or, after one that no person asked for, another such. One is enough, for that one ends too. A slot too many finds nothing to do.
 */
export async function wakeHeldBack(tx: Queryable, queue: Queue, { host, origin }: Run): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `SELECT id FROM debvisor.runs
     WHERE state = 'queued' AND due_at <= now() AND (host = $1 OR ($2 <> 'person' AND origin <> 'person')) LIMIT 1`,
    [host, origin],
  )
  const [waiting] = rows
  if (waiting) await queue.send(tx, { kind: 'diagnose', runId: waiting.id, ticket: randomUUID() })
}
