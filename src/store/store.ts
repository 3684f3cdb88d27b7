import type { Redactor } from '../redact/redact.ts'
import { type AuditEntry, appendAudit, redactedEntry } from './audit/audit.ts'
import type { Db, Queryable } from './db.ts'
import type { Queue } from './queue.ts'

/**
 * The database with what belongs into its transactions: the job that follows from a row, and the audit's row of who
 * asked for it.
 */
export interface Store extends Db {
  readonly queue: Queue
  /** Redacts the entry and appends it. It locks the audit's head, so it is the last statement of a transaction. */
  audit(tx: Queryable, entry: AuditEntry): Promise<unknown>
}

export const makeStore = (db: Db, queue: Queue, redactor: Pick<Redactor, 'text'>): Store => ({
  ...db,
  queue,
  audit: (tx, entry) => appendAudit(tx, redactedEntry(entry, redactor.text)),
})
