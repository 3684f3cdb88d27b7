import { startDeadline } from '../../async/deadline.ts'
import type { Db, Queryable } from '../../store/db.ts'
import { firstDelivery } from '../../store/seen-deliveries.ts'

/** A request as Slack calls it. */
export interface NamedRequest {
  readonly team: string
  /** Its trigger_id; of an event, its id; of a form, that of its view. */
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
export async function fateOf(
  store: Pick<Db, 'tx'>,
  request: NamedRequest,
  { mayComeAgain = true }: { readonly mayComeAgain?: boolean } = {},
): Promise<Fate> {
  const deadline = startDeadline(ASKED_FOR_MS)
  const asked = isFree(store, request, mayComeAgain).then(
    (isFirst): Fate => (isFirst ? 'not stored' : 'stored'),
    (): Fate => 'unknown',
  )
  const fate = await Promise.race([asked, deadline.reached.then((): Fate => 'unknown')])
  deadline.clear()
  return fate
}

/**
 * A form that is sent again has the same name, so its key stays as it was. A command or a click has its own: where it is
 * said to have started nothing, a second delivery of it must start nothing (start-run.ts).
 */
const isFree = (store: Pick<Db, 'tx'>, request: NamedRequest, mayComeAgain: boolean): Promise<boolean> =>
  store.tx(async (tx) => {
    const key = keyOf(request)
    if (!(await firstDelivery(tx, key))) return false
    await tx.query('DELETE FROM debvisor.deliveries WHERE key = $1', [key])
    return mayComeAgain || firstDelivery(tx, `${request.team}:${request.trigger}`)
  })
