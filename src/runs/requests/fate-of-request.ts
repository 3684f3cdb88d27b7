import { startDeadline } from '../../async/deadline.ts'
import type { Queryable } from '../../store/db.ts'
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
export async function fateOf(store: Queryable, request: NamedRequest): Promise<Fate> {
  const deadline = startDeadline(ASKED_FOR_MS)
  const asked = firstDelivery(store, keyOf(request)).then(
    (isFirst): Fate => (isFirst ? 'not stored' : 'stored'),
    (): Fate => 'unknown',
  )
  const fate = await Promise.race([asked, deadline.reached.then((): Fate => 'unknown')])
  deadline.clear()
  return fate
}
