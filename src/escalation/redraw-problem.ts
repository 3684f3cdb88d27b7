import type { Queryable } from '../store/db.ts'
import type { Queue } from '../store/queue.ts'
import type { Escalation } from './escalation.ts'
import { runsShowing } from './escalation-store.ts'

/** Has the escalation's own thread drawn again, and the others that show its problem's escalations. */
export async function redrawProblem(
  tx: Queryable,
  queue: Queue,
  { runId: own, team, problemKey }: Pick<Escalation, 'runId' | 'team' | 'problemKey'>,
): Promise<void> {
  const shown = new Set([own, ...(await runsShowing(tx, team, problemKey))])
  for (const runId of shown) await queue.send(tx, { kind: 'redraw', runId })
}
