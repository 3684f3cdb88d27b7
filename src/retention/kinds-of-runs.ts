import type { Queryable } from '../store/db.ts'
import type { Reason } from './references.ts'
import { removeOutputs, removeRuns } from './remove-runs.ts'
import { type Amount, type KindName, nothing, type RetentionSettings } from './settings.ts'
import { type Asked, lockFreeThreads, lockRuns, reasonsOf, sortThreads } from './threads-of-runs.ts'

/** Where a walk over runs is, from the oldest to the newest. */
export interface Cursor {
  readonly at: Date
  readonly id: string
}

/** One batch of a walk. */
export interface Batch extends Amount {
  /** Whether there may be more. */
  readonly goesOn: boolean
  /** Where the next batch begins. */
  readonly after: Cursor | null
}

/** What goes with a run, or the run itself: each is asked what refers to it. */
export interface KindOfRuns {
  readonly name: KindName
  readonly days: (settings: RetentionSettings) => number
  /** Of runs that have ended, those that it is about. */
  readonly where: string
  readonly of: Asked['of']
  /** Runs that are looked at in one batch; default: AT_ONCE. */
  readonly atOnce?: number
  readonly remove: (tx: Queryable, ids: readonly string[]) => Promise<Amount>
}

export const outputs: KindOfRuns = {
  name: 'outputs',
  days: (settings) => settings.outputs,
  where: 'outputs_gone_at IS NULL',
  of: 'outputs',
  remove: removeOutputs,
}

/** What a fix needs for half an hour, and what people are reading. */
const HOUR_IN_DAYS = 1 / 24
export const outputsBeyondSize: KindOfRuns = {
  ...outputs,
  name: 'outputs beyond the size',
  days: () => HOUR_IN_DAYS,
  // No more than what is beyond.
  atOnce: 1,
}

export const kindsOfRuns = {
  outputs,
  looks: {
    name: 'looks',
    days: (settings) => settings.looks,
    where: 'is_quiet',
    of: 'look',
    remove: removeRuns,
  },
  runs: {
    name: 'runs',
    days: (settings) => settings.runs,
    where: 'parent IS NULL',
    of: 'run',
    remove: removeRuns,
  },
} as const satisfies Record<string, KindOfRuns>

/** A run has some hundred kilobytes of outputs. */
const AT_ONCE = 20
/** Runs that go in one batch: a thread may have hundreds of looks. */
const MOST_REMOVED = 100

/** The oldest after `after` that are old enough. */
export async function oldestOf(
  db: Queryable,
  kind: KindOfRuns,
  settings: RetentionSettings,
  after: Cursor | null,
): Promise<Cursor[]> {
  const { rows } = await db.query<Cursor>(
    `SELECT id, ended_at AS at FROM debvisor.runs
     WHERE ended_at IS NOT NULL AND ${kind.where} AND ended_at < now() - $1 * interval '1 day'
       AND ($2::timestamptz IS NULL OR (ended_at, id) > ($2, $3::uuid))
     ORDER BY ended_at, id LIMIT $4`,
    [kind.days(settings), after?.at ?? null, after?.id ?? null, kind.atOnce ?? AT_ONCE],
  )
  return rows
}

/** Takes away what is free of the oldest after `after`. */
export async function takeRuns(
  tx: Queryable,
  kind: KindOfRuns,
  settings: RetentionSettings,
  after: Cursor | null,
): Promise<Batch> {
  const oldest = await oldestOf(tx, kind, settings, after)
  const last = oldest.at(-1)
  if (!last) return { ...nothing, goesOn: false, after }
  const ids = oldest.map(({ id }) => id)
  const free = await lockFree(tx, kind, settings, ids)
  const wanted = kind.of === 'outputs' ? ids.filter((id) => free.includes(id)) : free
  const going = wanted.slice(0, MOST_REMOVED)
  const gone = await kind.remove(tx, going)
  // What is left of a long thread is among the oldest again.
  const isCut = going.length < wanted.length
  return { ...gone, goesOn: true, after: isCut ? after : last }
}

async function lockFree(
  tx: Queryable,
  { of, days: daysOf }: KindOfRuns,
  settings: RetentionSettings,
  ids: readonly string[],
): Promise<readonly string[]> {
  const asked = { of, days: daysOf(settings) }
  if (of !== 'look') return (await lockFreeThreads(tx, ids, asked)).flatMap((thread) => thread.ids)
  const locked = await lockRuns(tx, ids)
  const held = await reasonsOf(tx, ids, asked)
  return ids.filter((id) => locked.has(id) && !held.has(id))
}

/** What would go of these, and why the others stay; nothing is locked or changed. */
export async function sortRuns(
  db: Queryable,
  { of, days: daysOf }: KindOfRuns,
  settings: RetentionSettings,
  ids: readonly string[],
): Promise<{ readonly free: ReadonlySet<string>; readonly held: ReadonlyMap<string, Reason> }> {
  const asked = { of, days: daysOf(settings) }
  if (of === 'look') {
    const held = await reasonsOf(db, ids, asked)
    return { free: new Set(ids.filter((id) => !held.has(id))), held }
  }
  const threads = await sortThreads(db, ids, asked)
  const held = new Map(
    threads.held.flatMap((thread) => thread.ids.map((id) => [id, thread.because] as const)),
  )
  return { free: new Set(threads.free.flatMap((thread) => thread.ids)), held }
}
