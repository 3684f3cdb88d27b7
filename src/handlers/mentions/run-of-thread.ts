import { type Place, runsOfThread } from '../../runs/history/runs-of-thread.ts'
import type { Run } from '../../runs/run.ts'
import type { Queryable } from '../../store/db.ts'
import type { RunAct } from '../commands/parse-run-command.ts'

/** The run that a thread makes clear, or those that it may be, the newest of each topic and host. */
export type RunHere = { readonly run: Run } | { readonly oneOf: readonly Run[] }

/** The newest, where all runs of the thread ask the same of the same host; to cancel, the newest that is not over. */
export async function runHere(db: Queryable, place: Place, act: RunAct): Promise<RunHere> {
  const all = await runsOfThread(db, place)
  const open = all.filter(({ endedAt }) => endedAt === null)
  const meant = act === 'cancel' && open.length > 0 ? open : all
  const newest = new Map<string, Run>()
  for (const run of meant.toReversed()) newest.set(JSON.stringify([run.topic, run.host]), run)
  const oneOf = [...newest.values()]
  const [only] = oneOf
  return only && oneOf.length === 1 ? { run: only } : { oneOf }
}
