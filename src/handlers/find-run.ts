import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import type { Queryable } from '../store/db.ts'
import type { SlackRequest } from './guard.ts'

/** Whether a text is the id of a row: the only thing that our buttons and forms carry. */
export const isRowId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** The run whose id a button carries, if it is one of this team (S7). Null: there is none. */
export async function runOf(db: Queryable, request: SlackRequest): Promise<Run | null> {
  if (!isRowId(request.text)) return null
  const run = await getRun(db, request.text)
  return run?.team === request.team ? run : null
}
