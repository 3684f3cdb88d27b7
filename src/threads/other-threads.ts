import type { Escalation } from '../escalation/escalation.ts'
import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import type { OtherThread } from '../slack/messages/escalation/escalation-view.ts'
import type { Delivery } from '../slack/transport/delivery.ts'
import type { Db } from '../store/db.ts'
import { messageOf } from '../store/posted-messages.ts'
import { ancestorsOf } from './post.ts'

/** By the id of the run that escalated: the thread that it is in. A run that is not there is in the thread that is looked from. */
export type Places = ReadonlyMap<string, OtherThread>

/** A re-check stands in the thread of the run whose fix it looks after: what either escalates is no other thread's for whoever reads it. */
export async function elsewhere(
  { db, delivery }: { readonly db: Db; readonly delivery: Pick<Delivery, 'permalink'> },
  run: Run,
  escalations: readonly Escalation[],
): Promise<Places> {
  const places = new Map<string, OtherThread>()
  const here = await firstOf(db, run)
  for (const runId of new Set(escalations.map((escalation) => escalation.runId))) {
    const other = runId === run.id ? run : await getRun(db, runId)
    if (!other || (await firstOf(db, other)) === here) continue
    const main = await messageOf(db, other.id, 'main')
    places.set(runId, { url: main?.ts ? await delivery.permalink(main.channel, main.ts) : undefined })
  }
  return places
}

const firstOf = async (db: Db, run: Run): Promise<string> => (await ancestorsOf(db, run)).at(-1)?.id ?? run.id
