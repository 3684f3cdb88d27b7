import type { Escalation } from '../escalation/escalation.ts'
import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import type { OtherThread } from '../slack/messages/escalation/escalation-view.ts'
import type { Delivery } from '../slack/transport/delivery.ts'
import type { Db } from '../store/db.ts'
import { messageOf, runAt } from '../store/posted-messages.ts'

/** The thread of each run that escalated, by the run's id. A run that is not here is in the reader's own thread. */
export type OtherThreads = ReadonlyMap<string, OtherThread>

/**
 * A re-check stands in the thread of the run whose fix it looks after, so what either of them escalates is in the same
 * thread for its readers.
 */
export async function findOtherThreads(
  {
    store,
    slack,
  }: { readonly store: Db; readonly slack: { readonly delivery: Pick<Delivery, 'permalink'> } },
  run: Run,
  escalations: readonly Escalation[],
): Promise<OtherThreads> {
  const otherThreads = new Map<string, OtherThread>()
  const here = await placeOf(store, run)
  for (const runId of new Set(escalations.map((escalation) => escalation.runId))) {
    const other = runId === run.id ? run : await getRun(store, runId)
    if (!other || (await placeOf(store, other)) === here) continue
    const main = await messageOf(store, other.id, 'main')
    otherThreads.set(runId, {
      url: main?.ts ? await slack.delivery.permalink(main.channel, main.ts) : undefined,
    })
  }
  return otherThreads
}

/** Equal for runs that are shown in the same thread. */
async function placeOf(db: Db, run: Run): Promise<string> {
  const { id, channel, thread } = (await ancestorsOf(db, run)).at(-1) ?? run
  return thread === null ? id : ((await runAt(db, channel, thread)) ?? `${channel} ${thread}`)
}

/** The runs that a re-check checks again, from the nearest to the first, all of them in its own channel. */
export async function ancestorsOf(db: Db, run: Run): Promise<Run[]> {
  const above: Run[] = []
  for (let parent = run.parent; parent; ) {
    const next = await getRun(db, parent)
    if (next?.channel !== run.channel) break
    above.push(next)
    parent = next.parent
  }
  return above
}

/**
 * Ts of the thread that a run is shown in: a re-check in that of the first run above it which was posted, another where
 * it was asked for. Undefined: the run has a thread of its own.
 */
export async function threadOf(db: Db, run: Run, ancestors: readonly Run[]): Promise<string | undefined> {
  for (const { id, thread } of ancestors.toReversed()) {
    if (thread !== null) return thread
    const main = await messageOf(db, id, 'main')
    if (main?.ts) return main.ts
  }
  return run.thread ?? undefined
}
