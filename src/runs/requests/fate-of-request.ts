import { startDeadline } from '../../async/deadline.ts'
import type { Db, Queryable } from '../../store/db.ts'
import { firstDelivery } from '../../store/seen-deliveries.ts'

/** A request as Slack calls it. */
export interface NamedRequest {
  readonly team: string
  /** Its trigger_id; of an event, its id. */
  readonly trigger: string
}

/** What the store knows of a request that ended in an error. `unknown`: it does not answer. */
export type Fate = 'stored' | 'not stored' | 'unknown'

/** Longer than PostgreSQL takes to start again; whoever asked waits for a sentence. */
const ASKED_FOR_MS = 15_000

const keyOf = ({ team, trigger }: NamedRequest): string => `request:${team}:${trigger}`

/** In the transaction of what a request does, so that its fate can be asked for by its name. */
export const noteEffect = (tx: Queryable, request: NamedRequest): Promise<unknown> =>
  firstDelivery(tx, keyOf(request))

/**
 * The answer to a COMMIT may be lost with its connection, and the transaction stands all the same. Who writes the
 * request's key waits for a transaction that has written it and is not through yet. So what is not stored now never is.
 */
export async function fateOf(store: Pick<Db, 'tx'>, request: NamedRequest): Promise<Fate> {
  const deadline = startDeadline(ASKED_FOR_MS)
  const asked = isFree(store, keyOf(request)).then(
    (isFirst): Fate => (isFirst ? 'not stored' : 'stored'),
    (): Fate => 'unknown',
  )
  const fate = await Promise.race([asked, deadline.reached.then((): Fate => 'unknown')])
  deadline.clear()
  return fate
}

/** Leaves the key as it was: a form that is sent again has the same name. */
const isFree = (store: Pick<Db, 'tx'>, key: string): Promise<boolean> =>
  store.tx(async (tx) => {
    const isFirst = await firstDelivery(tx, key)
    if (isFirst) await tx.query('DELETE FROM debvisor.deliveries WHERE key = $1', [key])
    return isFirst
  })
