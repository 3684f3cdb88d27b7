import type { Queryable } from '../store/db.ts'
import type { Queue } from '../store/queue.ts'
import type { Escalation } from './escalation.ts'
import { runsShowing } from './escalation-store.ts'

/** The escalation's own thread, and the others that show its problem's escalations, are drawn again. */
export async function redrawProblem(
  tx: Queryable,
  queue: Queue,
  { runId: own, team, problemKey }: Pick<Escalation, 'runId' | 'team' | 'problemKey'>,
): Promise<void> {
  const shown = new Set([own, ...(await runsShowing(tx, team, problemKey))])
  for (const runId of shown) await queue.send(tx, { kind: 'redraw', runId })
}
