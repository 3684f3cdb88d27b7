import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import type { Queryable } from '../store/db.ts'
import type { SlackRequest } from './guard.ts'

/** A row's id: the only thing that a button or a form of ours carries. */
export const isRowId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** What a button carries is an id; what it means is looked up, for this team only (S7). */
export async function runOf(db: Queryable, request: SlackRequest): Promise<Run | null> {
  if (!isRowId(request.text)) return null
  const run = await getRun(db, request.text)
  return run?.team === request.team ? run : null
}
