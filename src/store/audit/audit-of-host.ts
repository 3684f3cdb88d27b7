import type { Queryable } from '../db.ts'
import type { AuditEntry } from './audit.ts'

export type DatedEntry = AuditEntry & { readonly at: Date }

/** What was asked about a host since then, oldest first; of more, the newest. What cannot be read is left out. */
export async function auditOfHost(
  db: Queryable,
  {
    team,
    host,
    since,
    limit,
  }: { readonly team: string; readonly host: string; readonly since: Date; readonly limit: number },
): Promise<DatedEntry[]> {
  // The name as it stands in the entry's JSON. The index is on this very expression.
  const { rows } = await db.query<{ entry: string }>(
    `SELECT entry FROM debvisor.audit WHERE substring(entry FROM '"host":"([^"\\\\]*)"') = $1
     ORDER BY position DESC LIMIT $2`,
    [host, limit],
  )
  return rows
    .flatMap(({ entry }) => readEntry(entry) ?? [])
    .filter((entry) => entry.team === team && entry.host === host && entry.at >= since)
    .reverse()
}

function readEntry(entry: string): DatedEntry | undefined {
  try {
    const { at, ...read } = JSON.parse(entry) as AuditEntry & { readonly at: string }
    const date = new Date(at)
    return Number.isNaN(date.getTime()) ? undefined : { ...read, at: date }
  } catch {
    return undefined
  }
}
