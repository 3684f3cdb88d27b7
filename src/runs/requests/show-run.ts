import type { Queryable } from '../../store/db.ts'
import type { Queue } from '../../store/queue.ts'
import type { Run } from '../run.ts'

/**
 * From now on a quiet run is posted like any other, as it stands: somebody waits for it, or it has news. `parent`: in
 * whose thread, where that is another one than it was made for; null: in none. `thread`: ts of the one in which it was
 * asked for.
 */
export async function showRun(
  tx: Queryable,
  queue: Queue,
  { id }: Pick<Run, 'id'>,
  {
    parent,
    reason,
    thread,
  }: { readonly parent?: string | null; readonly reason?: string; readonly thread?: string } = {},
): Promise<void> {
  const { rowCount } = await tx.query(
    `UPDATE debvisor.runs SET is_quiet = false, parent = CASE WHEN $2 THEN $3 ELSE parent END, reason = coalesce($4, reason),
       thread = coalesce($5, thread)
     WHERE id = $1 AND is_quiet`,
    [id, parent !== undefined, parent ?? null, reason ?? null, thread ?? null],
  )
  if (rowCount === 1) await queue.send(tx, { kind: 'redraw', runId: id })
}
