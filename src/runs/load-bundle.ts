import type { Runbooks } from '../engine/load-runbooks.ts'
import type { Workspace } from '../slack/workspace/workspace.ts'
import type { Db } from '../store/db.ts'
import { messageOf } from '../store/posted-messages.ts'
import type { Bundle } from './bundle.ts'
import { shownRecords } from './exposed-records.ts'
import { outputsGoneAt, probesOf } from './probe-store.ts'
import type { Run } from './run.ts'
import { runbookOfRun } from './runbook-of-run.ts'

/** Where a bundle comes from. */
export interface BundleSources {
  readonly store: Db
  readonly slack: Pick<Workspace, 'delivery' | 'displayName'>
  readonly runbooks: Runbooks
}

/** What every level carries of a run, from the store: the click, the job and its repetitions say the same. */
export async function bundleOf(sources: BundleSources, run: Run): Promise<Bundle> {
  const url = await threadUrl(sources, run)
  const runbook = runbookOfRun(sources.runbooks, run)
  const probes = [...(runbook?.probes.values() ?? [])]
  return {
    run,
    report: run.report,
    failure: run.failure,
    records: shownRecords(runbook, await probesOf(sources.store, run.id)),
    outputsGone: (await outputsGoneAt(sources.store, run.id)) !== null,
    guideSteps: new Map(probes.flatMap((p) => (p.guide ? [[p.id, p.guide] as const] : []))),
    ...(run.actor.kind === 'user' ? { askedBy: await sources.slack.displayName(run.actor.id) } : {}),
    ...(url ? { threadUrl: url } : {}),
  }
}

/** Permalink of the run's message; undefined where Slack does not say it. */
export async function threadUrl(
  { store, slack }: { readonly store: Db; readonly slack: Pick<Workspace, 'delivery'> },
  run: Pick<Run, 'id' | 'channel'>,
): Promise<string | undefined> {
  const main = await messageOf(store, run.id, 'main')
  return main?.ts ? slack.delivery.permalink(run.channel, main.ts) : undefined
}
