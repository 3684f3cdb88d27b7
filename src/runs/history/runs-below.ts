import type { Queryable } from '../../store/db.ts'
import type { Run } from '../run.ts'
import { getRun } from '../run-store.ts'

/** What was checked again in a run's thread and has ended, cancelled runs apart: they saw nothing. */
export interface RunsBelow {
  readonly ids: ReadonlySet<string>
  /** The newest that did not find the host healthy. */
  readonly trouble: Run | null
}

/** The runs that have this one above them, however far. */
export async function runsBelow(db: Queryable, run: Pick<Run, 'id'>): Promise<RunsBelow> {
  const { rows } = await db.query<{ id: string; isHealthy: boolean }>(
    `WITH RECURSIVE below AS (
       SELECT id FROM debvisor.runs WHERE parent = $1
       UNION SELECT r.id FROM debvisor.runs r JOIN below b ON r.parent = b.id
     )
     SELECT id, COALESCE(report ->> 'verdict' = 'healthy', false) AS "isHealthy" FROM debvisor.runs
     WHERE id IN (SELECT id FROM below) AND state IN ('done', 'failed') ORDER BY ended_at DESC, id`,
    [run.id],
  )
  const trouble = rows.find(({ isHealthy }) => !isHealthy)
  return { ids: new Set(rows.map(({ id }) => id)), trouble: trouble ? await getRun(db, trouble.id) : null }
}

/** The runs that a run checks again, from the nearest to the first. */
export async function runsAbove(db: Queryable, run: Pick<Run, 'id'>): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `WITH RECURSIVE above AS (
       SELECT parent AS id, 1 AS far FROM debvisor.runs WHERE id = $1
       UNION ALL SELECT r.parent, far + 1 FROM debvisor.runs r JOIN above a ON r.id = a.id
     )
     SELECT id FROM above WHERE id IS NOT NULL ORDER BY far`,
    [run.id],
  )
  return rows.map(({ id }) => id)
}
