import type { Queryable } from '../store/db.ts'
import type { Queue } from '../store/queue.ts'
import { type Ended, knownFirings } from './alert-store.ts'
import type { AlertTaker } from './alert-taker.ts'
import type { Alert } from './formats/alert.ts'
import { type AlertSource, STALE_MS } from './source.ts'
import { drawSoon } from './summary-store.ts'

/**
 * Fingerprints of those that are nothing new, as each transaction that does something for an alert has to ask: another
 * delivery may have come between. Those that a new firing follows are over, and are told like all that end.
 */
export async function knownAlerts(
  { store, team }: AlertTaker,
  tx: Queryable,
  source: AlertSource,
  alerts: readonly Alert[],
): Promise<ReadonlySet<string>> {
  const from = { team, source: source.name }
  const { known, superseded } = await knownFirings(tx, from, alerts, STALE_MS[source.kind])
  await tellEnds(tx, store.queue, superseded)
  return known
}

/** Their hosts are looked at again by a job of its own. */
export async function tellEnds(tx: Queryable, queue: Queue, ended: readonly Ended[]): Promise<void> {
  for (const runId of new Set(ended.flatMap(({ runId }) => runId ?? [])))
    await queue.send(tx, { kind: 'alert-recheck', runId })
  for (const runId of new Set(ended.flatMap(({ endedRun }) => endedRun ?? [])))
    await queue.send(tx, { kind: 'redraw', runId })
  for (const summary of new Set(ended.flatMap(({ summary }) => summary ?? [])))
    await drawSoon(tx, queue, summary)
}
