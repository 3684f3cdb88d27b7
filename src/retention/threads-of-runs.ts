import type { Queryable } from '../store/db.ts'
import { type Reason, reasonSql } from './references.ts'

/** A thread: a run with all that checks it again. */
export interface RunThread {
  readonly root: string
  /** The first run is the last one. */
  readonly ids: readonly string[]
}

/** The threads that these runs belong to. */
async function threadsOf(db: Queryable, ids: readonly string[]): Promise<RunThread[]> {
  const { rows } = await db.query<{ root: string; id: string }>(
    `WITH RECURSIVE above AS (
       SELECT id, parent FROM debvisor.runs WHERE id = ANY ($1)
       UNION SELECT r.id, r.parent FROM above a JOIN debvisor.runs r ON r.id = a.parent
     ), tree AS (
       SELECT id AS root, id, 0 AS depth FROM above WHERE parent IS NULL
       UNION ALL SELECT t.root, r.id, t.depth + 1 FROM tree t JOIN debvisor.runs r ON r.parent = t.id
     )
     SELECT root, id FROM tree ORDER BY root, depth DESC`,
    [ids],
  )
  const threads = new Map<string, string[]>()
  for (const { root, id } of rows) threads.set(root, [...(threads.get(root) ?? []), id])
  return [...threads].map(([root, ids]) => ({ root, ids }))
}

export interface Asked {
  readonly of: 'outputs' | 'run' | 'look'
  /** For so many days they are kept in any case. */
  readonly days: number
}

export interface Sorted {
  readonly free: readonly RunThread[]
  readonly held: readonly (RunThread & { readonly because: Reason })[]
}

/** Why each of these runs stays, of those that do. */
export async function reasonsOf(
  db: Queryable,
  ids: readonly string[],
  { of, days }: Asked,
): Promise<ReadonlyMap<string, Reason>> {
  const { rows } = await db.query<{ id: string; reason: Reason | null }>(
    `SELECT r.id, ${reasonSql(of)} AS reason FROM debvisor.runs r WHERE r.id = ANY ($1)`,
    [ids, days],
  )
  return new Map(rows.flatMap(({ id, reason }) => (reason === null ? [] : [[id, reason] as const])))
}

/** Threads of these runs that may go, and those that stay: a thread stays as long as one of its runs does. */
export async function sortThreads(db: Queryable, ids: readonly string[], asked: Asked): Promise<Sorted> {
  const threads = await threadsOf(db, ids)
  return sorted(
    threads,
    await reasonsOf(
      db,
      threads.flatMap(({ ids }) => ids),
      asked,
    ),
  )
}

function sorted(threads: readonly RunThread[], reasons: ReadonlyMap<string, Reason>): Sorted {
  const held = threads.flatMap((thread) => {
    const because = thread.ids.map((id) => reasons.get(id)).find((reason) => reason !== undefined)
    return because === undefined ? [] : [{ ...thread, because }]
  })
  const roots = new Set(held.map(({ root }) => root))
  return { free: threads.filter(({ root }) => !roots.has(root)), held }
}

/**
 * As `sortThreads`, with all runs of the free ones locked, so that nobody refers to them from now on: whoever inserts a row
 * that names a run locks that run first. Threads that somebody is at are left for the next time.
 */
export async function lockFreeThreads(
  tx: Queryable,
  ids: readonly string[],
  asked: Asked,
): Promise<readonly RunThread[]> {
  const seen = await sortThreads(tx, ids, asked)
  const wanted = seen.free.flatMap((thread) => thread.ids)
  const locked = await lockRuns(tx, wanted)
  // What was read before the lock may have changed since.
  const again = await sortThreads(
    tx,
    seen.free.map(({ root }) => root),
    asked,
  )
  return again.free.filter((thread) => thread.ids.every((id) => locked.has(id)))
}

/** Whoever reopens or acknowledges an escalation has its row, and not the run's. */
export async function lockRuns(tx: Queryable, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ id: string }>(
    'SELECT id FROM debvisor.runs WHERE id = ANY ($1) ORDER BY id FOR UPDATE SKIP LOCKED',
    [ids],
  )
  await tx.query('SELECT 1 FROM debvisor.escalations WHERE run_id = ANY ($1) ORDER BY id FOR UPDATE', [ids])
  return new Set(rows.map(({ id }) => id))
}
