import type { Queryable } from '../store/db.ts'

/** Runs that are measured by one statement. */
const PAGE = 500

export interface StoredBytes {
  readonly outputs: number
  readonly verdicts: number
  readonly snapshots: number
}

export const totalOf = ({ outputs, verdicts, snapshots }: StoredBytes): number =>
  outputs + verdicts + snapshots

/**
 * What the tables take on the disk, rows that were deleted included: PostgreSQL keeps their room for new ones, so this
 * does not fall when something goes, and no limit may be enforced by it. But what is stored is never more, and it costs
 * nothing to ask.
 */
export async function tableBytes(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ bytes: number }>(
    `SELECT sum(pg_total_relation_size(('debvisor.' || name)::regclass))::bigint AS bytes
     FROM unnest(ARRAY['runs', 'probes', 'snapshots', 'fleet_hosts']) AS name`,
  )
  return rows[0]?.bytes ?? 0
}

/**
 * The sum of what is stored, as the tables have it (compressed), a page of runs at a time. Null: `goOn`, which is asked
 * before each page, said no.
 */
export function storedBytes(db: Queryable): Promise<StoredBytes>
export function storedBytes(db: Queryable, goOn: () => Promise<boolean>): Promise<StoredBytes | null>
export async function storedBytes(
  db: Queryable,
  goOn: () => Promise<boolean> = async () => true,
): Promise<StoredBytes | null> {
  let [outputs, verdicts] = [0, 0]
  for (let after: string | null = null; ; ) {
    if (!(await goOn())) return null
    const page: { id: string; outputs: number; verdicts: number }[] = (
      await db.query<{ id: string; outputs: number; verdicts: number }>(
        `SELECT r.id, coalesce(pg_column_size(r.report), 0) AS verdicts, coalesce(pg_column_size(r.examined), 0)
           + (SELECT coalesce(sum(pg_column_size(p.record)), 0) FROM debvisor.probes p WHERE p.run_id = r.id)::bigint AS outputs
         FROM debvisor.runs r WHERE $1::uuid IS NULL OR r.id > $1 ORDER BY r.id LIMIT ${PAGE}`,
        [after],
      )
    ).rows
    for (const row of page) {
      outputs += row.outputs
      verdicts += row.verdicts
    }
    after = page.at(-1)?.id ?? null
    if (page.length < PAGE) break
  }
  const { rows } = await db.query<{ bytes: number }>(
    `SELECT ((SELECT coalesce(sum(pg_column_size(snapshot)), 0) FROM debvisor.snapshots)
       + (SELECT coalesce(sum(pg_column_size(snapshot)), 0) FROM debvisor.fleet_hosts))::bigint AS bytes`,
  )
  return { outputs, verdicts, snapshots: rows[0]?.bytes ?? 0 }
}
