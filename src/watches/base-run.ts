import type { Run } from '../runs/run.ts'
import { oneRun, runColumns } from '../runs/run-store.ts'
import type { Queryable } from '../store/db.ts'

export interface BaseWanted {
  readonly team: string
  readonly channel: string
  readonly host: string
  /** Undefined: whichever was asked last. */
  readonly topic?: string | undefined
}

/** An incident's thread is read for that long. */
const THREAD_LIVES = `interval '12 hours'`

/**
 * The newest run of a host in a channel, in whose thread a watch can tell. Those that saw nothing are none, nor is one
 * that nobody was shown.
 */
export const baseRun = (db: Queryable, { team, channel, host, topic }: BaseWanted): Promise<Run | null> =>
  oneRun(
    db,
    `SELECT ${runColumns} FROM debvisor.runs
     WHERE team = $1 AND channel = $2 AND host = $3 AND ($4::text IS NULL OR topic = $4) AND NOT is_quiet
       AND state <> 'cancelled' AND created_at > now() - ${THREAD_LIVES}
     ORDER BY created_at DESC, id LIMIT 1`,
    [team, channel, host, topic ?? null],
  )
