import type { Db, Queryable } from '../db.ts'
import {
  type AuditHead,
  type AuditRow,
  type Break,
  breakAt,
  breakAtEnd,
  canonical,
  emptyHead,
  nextRow,
} from './audit-chain.ts'

/** One request and what was decided (S19). No secrets: its writer redacts the text. */
export interface AuditEntry {
  readonly team: string
  /** A Slack user's id. */
  readonly actor: string
  /** The entry point that it came by: `/debvisor`, a button, a form. */
  readonly door: string
  readonly action: string
  readonly decision: 'allowed' | 'refused'
  readonly host: string | null
  readonly topic: string | null
  /** What came of it, such as `run 7K2Q`; null where nothing was started. */
  readonly target: string | null
  /** The command's text, or the id that the button carried. */
  readonly asked: string
  /** Why it was refused; the rule that allowed it. */
  readonly reason: string | null
}

/** Writes the row of what was allowed, in the transaction of what it allows; `target` is what came of it. */
export type WriteAudit = (tx: Queryable, target?: string | null) => Promise<void>

/** More of what somebody typed says nothing more. */
const LONGEST_ASKED = 500

/** The entry without secrets. A long text loses its end only afterwards, so that no secret is cut in two. */
export const redactedEntry = (entry: AuditEntry, clean: (text: string) => string): AuditEntry => ({
  ...entry,
  asked: clean(entry.asked).slice(0, LONGEST_ASKED),
  reason: entry.reason === null ? null : clean(entry.reason),
  target: entry.target === null ? null : clean(entry.target),
})

/**
 * Appends a row, on the database's clock. The head is locked until the transaction ends, so this is its last statement:
 * writers wait for each other in one order. A failure undoes the whole transaction: no audit row, no action.
 */
export async function appendAudit(tx: Queryable, entry: AuditEntry): Promise<AuditRow> {
  const { rows } = await tx.query<AuditHead & { at: string }>(
    `WITH head AS MATERIALIZED (SELECT count, hash FROM debvisor.audit_head FOR UPDATE)
     SELECT count, hash,
       to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
     FROM head`,
  )
  const head = rows[0]
  if (!head) throw new Error('the audit has no head: it was removed from the store')
  const row = nextRow(head, canonical({ ...entry, at: head.at }))
  await tx.query('INSERT INTO debvisor.audit (position, entry, previous, hash) VALUES ($1, $2, $3, $4)', [
    row.position,
    row.entry,
    row.previous,
    row.hash,
  ])
  await tx.query('UPDATE debvisor.audit_head SET count = $1, hash = $2', [row.position, row.hash])
  return row
}

const PAGE = 1_000

/** All rows in their order, a page at a time. */
export async function* auditRows(tx: Queryable): AsyncGenerator<AuditRow> {
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const { rows } = await tx.query<AuditRow>(
      'SELECT position, entry, previous, hash FROM debvisor.audit WHERE position > $1 ORDER BY position LIMIT $2',
      [after, PAGE],
    )
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = last.position
  }
}

export type Verified =
  | { readonly ok: true; readonly head: AuditHead }
  | { readonly ok: false; readonly broken: Break }

/**
 * Reads every row, in one snapshot, beside writers. `anchor`: a head that was noted before must still be on the way.
 */
export function verifyAudit(db: Db, anchor?: AuditHead): Promise<Verified> {
  return db.tx(async (tx) => {
    await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    const { rows } = await tx.query<AuditHead>('SELECT count, hash FROM debvisor.audit_head')
    let reached = emptyHead
    for await (const row of auditRows(tx)) {
      const broken = breakAt(reached, row)
      if (broken) return { ok: false, broken }
      reached = { count: row.position, hash: row.hash }
      if (anchor?.count === reached.count && anchor.hash !== reached.hash)
        return { ok: false, broken: { position: reached.count, problem: 'is not the one that was noted' } }
    }
    const head = rows[0] ?? emptyHead
    const broken = breakAtEnd(reached, anchor && anchor.count > head.count ? anchor : head)
    return broken ? { ok: false, broken } : { ok: true, head }
  })
}
