import type { AuditEntry } from '../store/audit/audit.ts'
import type { Queryable } from '../store/db.ts'
import type { Store } from '../store/store.ts'
import { type Amount, kindNames } from './settings.ts'
import { sizeWords } from './words.ts'

/** In the batch's transaction, so that what the audit tells is what went. */
export async function noteGone(tx: Queryable, kind: string, { count, bytes }: Amount): Promise<void> {
  if (count === 0) return
  await tx.query(
    `INSERT INTO debvisor.retention_totals AS t (day, kind, count, bytes)
     VALUES ((now() AT TIME ZONE 'UTC')::date, $1, $2, $3)
     ON CONFLICT (day, kind) DO UPDATE SET count = t.count + excluded.count, bytes = t.bytes + excluded.bytes`,
    [kind, count, bytes],
  )
}

interface Total extends Amount {
  readonly day: string
  readonly kind: string
}

/** The audit gets a row for each day that is over and on which something went. */
export async function tellDays(store: Pick<Store, 'tx' | 'audit'>, team: string): Promise<void> {
  await store.tx(async (tx) => {
    const { rows } = await tx.query<Total>(
      `DELETE FROM debvisor.retention_totals WHERE day < (now() AT TIME ZONE 'UTC')::date
       RETURNING day::text AS day, kind, count, bytes`,
    )
    // That a request was seen is nobody's business.
    const told = rows.filter(({ kind }) => kind !== 'deliveries')
    for (const day of [...new Set(told.map((each) => each.day))].sort())
      await store.audit(
        tx,
        entryOf(
          team,
          day,
          told.filter((each) => each.day === day),
        ),
      )
  })
}

const names: readonly string[] = kindNames

function entryOf(team: string, day: string, totals: readonly Total[]): AuditEntry {
  const order = (kind: string): number => names.indexOf(kind)
  const said = totals
    .toSorted((one, other) => order(one.kind) - order(other.kind))
    .map(({ kind, count, bytes }) => `${kind}: ${count} (${sizeWords(bytes)})`)
  return {
    ...{ team, actor: 'retention', door: 'retention', action: 'delete', decision: 'allowed' },
    ...{ host: null, topic: null, reason: 'retention in debvisor.yml' },
    asked: `what was too old on ${day}`,
    target: said.join(', '),
  }
}
