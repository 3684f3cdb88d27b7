import type { Queryable } from '../store/db.ts'

/** Whoever has the turn and writes nothing for that long has died. */
const HELD = `interval '1 minute'`
const EVERY = `interval '1 hour'`
/** After a pass that failed. */
const SOON = `interval '5 minutes'`

/** Another has the turn by now, because this one stood still for too long. */
export class TurnLost extends Error {
  override readonly name = 'TurnLost'
}

/** True: from now on it is `by`'s turn. `isAsked`: it need not be due. */
export async function takeTurn(
  db: Queryable,
  by: string,
  { isAsked = false }: { readonly isAsked?: boolean } = {},
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE debvisor.retention SET held_by = $1, held_till = now() + ${HELD} WHERE sole IN (
       SELECT sole FROM debvisor.retention WHERE ($2 OR next_at <= now()) AND (held_till IS NULL OR held_till <= now())
       FOR UPDATE SKIP LOCKED)`,
    [by, isAsked],
  )
  return rowCount === 1
}

/**
 * The first statement of each batch. Until its end nobody else can take the turn, and of a replica that froze in the middle
 * PostgreSQL undoes the batch.
 */
export async function keepTurn(tx: Queryable, by: string): Promise<void> {
  const { rowCount } = await tx.query(
    `UPDATE debvisor.retention SET held_till = clock_timestamp() + ${HELD} WHERE held_by = $1 AND held_till > clock_timestamp()`,
    [by],
  )
  if (rowCount !== 1) throw new TurnLost('another replica has taken over')
}

export async function endTurn(db: Queryable, by: string, isThrough: boolean): Promise<void> {
  await db.query(
    `UPDATE debvisor.retention SET held_by = NULL, held_till = NULL, next_at = now() + ${isThrough ? EVERY : SOON}
     WHERE held_by = $1`,
    [by],
  )
}
