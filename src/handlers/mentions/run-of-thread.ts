import { type Place, runsOfThread } from '../../runs/history/runs-of-thread.ts'
import type { Run } from '../../runs/run.ts'
import type { Queryable } from '../../store/db.ts'
import type { RunAct } from '../commands/parse-run-command.ts'

/** The run that a thread makes clear, or those that it may be, the newest of each topic and host. */
export type RunHere = { readonly run: Run } | { readonly oneOf: readonly Run[] }

/**
 * The newest that has a verdict, or else the newest, where all runs of the thread ask the same of the same host; to
 * cancel, the newest that is not over.
 */
export async function runHere(db: Queryable, place: Place, act: RunAct): Promise<RunHere> {
  const all = await runsOfThread(db, place)
  const open = all.filter(({ endedAt }) => endedAt === null)
  const meant = act === 'cancel' && open.length > 0 ? open : all
  const newest = new Map<string, Run>()
  for (const run of meant.toReversed()) {
    const key = JSON.stringify([run.topic, run.host])
    const before = newest.get(key)
    if (act === 'cancel' || !before || hasVerdict(run) || !hasVerdict(before)) newest.set(key, run)
  }
  const oneOf = [...newest.values()]
  const [only] = oneOf
  return only && oneOf.length === 1 ? { run: only } : { oneOf }
}

/** One that was cancelled saw nothing. */
const hasVerdict = ({ state }: Run): boolean => state === 'done' || state === 'failed'
