import type { Queryable } from '../store/db.ts'
import { kindsOfRows, oldRows } from './kinds-of-rows.ts'
import {
  type Cursor,
  type KindOfRuns,
  kindsOfRuns,
  oldestOf,
  outputsBeyondSize,
  sortRuns,
} from './kinds-of-runs.ts'
import type { Reason } from './references.ts'
import type { Amount, KindName, RetentionSettings } from './settings.ts'
import { type StoredBytes, storedBytes, totalOf } from './stored-bytes.ts'

/** What would go of one kind, and what is old enough and stays. */
export interface Preview extends Amount {
  readonly name: KindName
  readonly oldest: Date | null
  /** How many runs stay, by the reason. */
  readonly staying: ReadonlyMap<Reason, number>
}

export interface PreviewOfAll {
  readonly kinds: readonly Preview[]
  readonly stored: StoredBytes
}

/** Nothing is changed. What goes because something else goes in the same pass (a fleet's runs) is not among it yet. */
export async function previewOf(db: Queryable, settings: RetentionSettings): Promise<PreviewOfAll> {
  const kinds: Preview[] = []
  for (const kind of Object.values(kindsOfRuns)) kinds.push(await previewOfRuns(db, kind, settings))
  for (const kind of Object.values(kindsOfRows))
    kinds.push({ name: kind.name, ...(await oldRows(db, kind, settings)), staying: new Map() })
  const stored = await storedBytes(db)
  const byAge = kinds.reduce((sum, { bytes }) => sum + bytes, 0)
  const beyond = settings.size === null ? 0 : totalOf(stored) - byAge - settings.size
  if (beyond > 0) kinds.push(await previewOfRuns(db, beyondSize(settings), settings, beyond))
  return { kinds, stored }
}

/** What goes by its age is counted there. */
const beyondSize = ({ outputs }: RetentionSettings): KindOfRuns => ({
  ...outputsBeyondSize,
  where: `${outputsBeyondSize.where} AND ended_at >= now() - ${outputs} * interval '1 day'`,
})

/** Of a run, what goes with it of this kind. */
const bytesOf = ({ of }: KindOfRuns): string =>
  `coalesce(pg_column_size(r.examined), 0) ${of === 'outputs' ? '' : '+ coalesce(pg_column_size(r.report), 0)'}
   + (SELECT coalesce(sum(pg_column_size(p.record)), 0) FROM debvisor.probes p WHERE p.run_id = r.id)`

const PAGE = 200

async function previewOfRuns(
  db: Queryable,
  kind: KindOfRuns,
  settings: RetentionSettings,
  most = Number.POSITIVE_INFINITY,
): Promise<Preview> {
  const staying = new Map<Reason, number>()
  let found: Pick<Preview, 'count' | 'bytes' | 'oldest'> = { count: 0, bytes: 0, oldest: null }
  for (let after: Cursor | null = null; found.bytes < most; ) {
    const page: readonly Cursor[] = await oldestOf(db, { ...kind, atOnce: PAGE }, settings, after)
    const ids = page.map(({ id }) => id)
    const { free, held } = await sortRuns(db, kind, settings, ids)
    for (const id of ids) {
      const reason = held.get(id)
      if (reason) staying.set(reason, (staying.get(reason) ?? 0) + 1)
    }
    // A thread goes as a whole, and is found by its first run.
    const going = kind.of === 'outputs' ? ids.filter((id) => free.has(id)) : [...free]
    found = await plusRuns(db, kind, going, { found, most })
    after = page.at(-1) ?? null
    if (page.length < PAGE) break
  }
  return { name: kind.name, ...found, staying }
}

async function plusRuns(
  db: Queryable,
  kind: KindOfRuns,
  ids: readonly string[],
  { found, most }: { readonly found: Pick<Preview, 'count' | 'bytes' | 'oldest'>; readonly most: number },
) {
  const { rows } = await db.query<{ at: Date; bytes: number }>(
    `SELECT r.ended_at AS at, (${bytesOf(kind)})::bigint AS bytes FROM debvisor.runs r WHERE r.id = ANY ($1)
     ORDER BY r.ended_at, r.id`,
    [ids],
  )
  let [count, sum, oldest] = [found.count, found.bytes, found.oldest]
  for (const { at, bytes } of rows) {
    if (sum >= most) break
    count += 1
    sum += bytes
    oldest = oldest && oldest < at ? oldest : at
  }
  return { count, bytes: sum, oldest }
}
