import { sinceOf } from '../engine/runbook/run-window.ts'
import { offersOf } from '../engine/verdict/offered-fixes.ts'
import type { Report } from '../findings/report.ts'
import type { Hosts } from '../inventory/host-connections.ts'
import { type Examiner, examine } from '../runs/examination/examine.ts'
import { getRun, sinceHealthyRun } from '../runs/run-store.ts'
import type { FixRoute } from '../ssh/fix-connect.ts'
import { changedOffer } from './approval-binding.ts'
import type { Fix } from './fix-store.ts'
import type { OfferSources } from './offer.ts'

/** Who looks at a host once more before a fix of it. */
export interface SecondLooker extends OfferSources, Examiner {
  readonly hosts: Hosts
}

/**
 * `void`: somebody looked, and what was seen does not offer this fix, so a run that shows it is worthwhile. `failed`:
 * nobody could look. The sentence tells people why; the caller adds that nothing was run.
 */
export type Looked =
  | { readonly ok: true }
  | { readonly ok: false; readonly state: 'void' | 'failed'; readonly sentence: string }

/**
 * Looks, right before a fix runs, whether what it mends is still there. Minutes lie between the run that found it and
 * the approval. Somebody may have mended it by hand meanwhile, and a restart would then interrupt what works. The whole
 * topic is asked with the login for diagnosis, as in the run. A fix is applied only if that would offer these very
 * commands for that very cause. What could not be seen counts neither as there nor as gone.
 */
export async function lookBefore(
  looker: SecondLooker,
  fix: Fix,
  route: FixRoute,
  signal: AbortSignal,
): Promise<Looked> {
  const runbook = looker.runbooks.topics.get(fix.topic)
  const host = looker.hosts.inventory.hosts.get(fix.host)
  const run = await getRun(looker.store, fix.runId)
  if (!runbook || !host || !run) return gone('Its runbook, its host or its run is gone.')
  const since = sinceOf(await sinceHealthyRun(looker.store, run))
  const examined = await examine(looker, { runbook, host, since }, {}, signal)
  if (!examined.ok) {
    const { hop, stage, reason } = examined.failure
    const sentence = `It could not be looked at once more, at ${hop}: ${reason}.`
    return { ok: false, state: stage === 'host-key' ? 'void' : 'failed', sentence }
  }
  const { report, records, hostKey, ...asked } = examined.examination
  if (hostKey !== fix.hostKey) return gone(otherKey(fix.host))
  const inputs = { ...asked, records: new Map(records.map((record) => [record.id, record])) }
  const change = changeSince(fix, report) ?? changedOffer(fix, offersOf(runbook, inputs), route)
  return change ? gone(change) : { ok: true }
}

const gone = (sentence: string): Looked => ({ ok: false, state: 'void', sentence })

export const otherKey = (host: string): string => `The host key of ${host} is not the one that the run saw.`

/** Why the finding is no reason to run it any more; undefined: it still is. */
function changeSince({ finding }: Fix, { findings, ruledOut }: Report): string | undefined {
  const told = findings.filter(({ id }) => id === finding)
  if (told.some(({ role }) => role === 'cause')) return undefined
  const [consequence] = told
  if (consequence) {
    const causes = findings.filter(({ id }) => consequence.explainedBy?.includes(id))
    return `It follows from something else by now: ${causes.map(({ title }) => title).join('; ')}.`
  }
  return ruledOut.some(({ id }) => id === finding)
    ? 'The cause is gone.'
    : 'Whether the cause is still there could not be seen.'
}
