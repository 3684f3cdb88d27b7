import type { Runbooks } from '../engine/load-runbooks.ts'
import type { Delivery } from '../slack/transport/delivery.ts'
import type { Db } from '../store/db.ts'
import { messageOf } from '../store/posted-messages.ts'
import type { Bundle } from './bundle.ts'
import { shownRecords } from './exposed-records.ts'
import { probesOf } from './probe-store.ts'
import type { Run } from './run.ts'

/** Where a bundle comes from. */
export interface BundleSources {
  readonly db: Db
  readonly delivery: Delivery
  readonly runbooks: Runbooks
  /** A person's name for mail and pager; the id where Slack does not say it. */
  displayName(user: string): Promise<string>
}

/** What every level carries of a run, from the store: the click, the job and its repetitions say the same. */
export async function bundleOf(sources: BundleSources, run: Run): Promise<Bundle> {
  const url = await threadUrl(sources, run)
  const runbook = sources.runbooks.topics.get(run.topic)
  const probes = [...(runbook?.probes.values() ?? [])]
  return {
    run,
    report: run.report,
    failure: run.failure,
    records: shownRecords(runbook, await probesOf(sources.db, run.id)),
    guideSteps: new Map(probes.flatMap((p) => (p.guide ? [[p.id, p.guide] as const] : []))),
    askedBy: await sources.displayName(run.actor.id),
    ...(url ? { threadUrl: url } : {}),
  }
}

/** Permalink of the run's message; undefined where Slack does not say it. */
export async function threadUrl(
  { db, delivery }: Pick<BundleSources, 'db' | 'delivery'>,
  run: Run,
): Promise<string | undefined> {
  const main = await messageOf(db, run.id, 'main')
  return main?.ts ? delivery.permalink(run.channel, main.ts) : undefined
}
