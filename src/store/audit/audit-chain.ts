import { createHash } from 'node:crypto'

/** Pure: how rows hang together, and where they do not. */

/** One row; positions are 1, 2, 3 … */
export interface AuditRow {
  readonly position: number
  /** Canonical JSON: the keys sorted, no spaces. */
  readonly entry: string
  readonly previous: string
  readonly hash: string
}

/** How many rows there are and the hash of the last one: noted elsewhere, it anchors all of them. */
export interface AuditHead {
  readonly count: number
  readonly hash: string
}

export const emptyHead: AuditHead = { count: 0, hash: '0'.repeat(64) }

/** Flat entries only: `null` where there is nothing. */
export const canonical = (entry: Readonly<Record<string, string | null>>): string =>
  JSON.stringify(entry, Object.keys(entry).sort())

export function nextRow(head: AuditHead, entry: string): AuditRow {
  return { position: head.count + 1, entry, previous: head.hash, hash: hashOf(head.hash, entry) }
}

/** The first row that is not as it was written; undefined where this one follows from those before it. */
export function breakAt({ count, hash }: AuditHead, row: AuditRow): Break | undefined {
  const expected = count + 1
  if (row.position > expected) return { position: expected, problem: 'is missing' }
  if (row.position < expected) return { position: row.position, problem: 'was added' }
  if (row.previous !== hash)
    return {
      position: expected,
      problem: 'does not follow the row before it: rows were removed, added or moved',
    }
  if (row.hash !== hashOf(row.previous, row.entry)) return { position: expected, problem: 'was changed' }
  return undefined
}

export interface Break {
  readonly position: number
  /** Completes the sentence "Row N …". */
  readonly problem: string
}

/** Whether the last row is the last one that was written. */
export function breakAtEnd(reached: AuditHead, head: AuditHead): Break | undefined {
  if (reached.count < head.count)
    return { position: reached.count + 1, problem: `is missing, and all up to row ${head.count}` }
  if (reached.count > head.count) return { position: head.count + 1, problem: 'was added past the end' }
  if (reached.hash !== head.hash)
    return { position: reached.count, problem: 'is not the last row that was written' }
  return undefined
}

const hashOf = (previous: string, entry: string): string =>
  createHash('sha256').update(`${previous}\n${entry}`).digest('hex')
