import type { Runbook, Runbooks } from '../engine/load.ts'
import type { ProbeRecord } from '../engine/probe-record.ts'
import type { Configured } from '../escalation/levels.ts'
import type { RunView } from '../slack/blocks/run-view.ts'
import { runningMessage } from '../slack/blocks/running.ts'
import { outputFile, threadMessages } from '../slack/blocks/thread.ts'
import { verdictMessage } from '../slack/blocks/verdict.ts'
import type { Message } from '../slack/message.ts'
import { type Escalation, escalationsOfProblem, escalationsOfRun } from '../store/escalations.ts'
import { probesOf } from '../store/probes.ts'
import type { Run } from '../store/run.ts'
import { type PostDeps, postFile, postKeyed, postMain } from './post.ts'
import { showTicket } from './show-ticket.ts'
import { shownRecords } from './shown-records.ts'
import { runView, shownProbes } from './view.ts'

export interface ShowDeps extends PostDeps {
  readonly runbooks: Runbooks
  readonly configured: Configured
}

/** Redraws are coalesced by slack/delivery: many calls, one update about every 3 s. */
export interface Progress {
  started(probes: readonly string[]): void
  settled(record: ProbeRecord): void
}

/** Says that the run is under way and ticks its probes off. Slack being down does not stop a diagnosis. */
export async function showProgress(deps: ShowDeps, run: Run, runbook: Runbook): Promise<Progress> {
  const records = new Map<string, ProbeRecord>()
  const running = new Set<string>()
  const message = (): Message =>
    runningMessage(runView(run, runbook, deps.configured, shownProbes(runbook, records, running), []))
  const ts = await postMain(deps, run, message()).catch((error: unknown) => {
    deps.log.warn({ err: error, run: run.code }, 'Slack did not take the first message; the run goes on')
    return null
  })
  const redraw = (): void => {
    if (ts) deps.delivery.updateSoon(run.channel, ts, message)
  }
  return {
    started: (probes) => {
      for (const id of probes) running.add(id)
      redraw()
    },
    settled: (record) => {
      records.set(record.id, record)
      redraw()
    },
  }
}

/**
 * Makes Slack show what the store says of a run: its message, its thread, its tickets, its file. Every part has a key, so it is posted once and updated
 * when it changed, however often this is called. Throws when Slack cannot be reached: the job comes again.
 */
export async function showRun(deps: ShowDeps, run: Run): Promise<void> {
  const records = await probesOf(deps.db, run.id)
  const escalations = await escalationsOf(deps, run)
  const runbook = deps.runbooks.topics.get(run.topic)
  const probes = shownProbes(runbook, new Map(records.map((r) => [r.id, r])), new Set())
  const view = runView(run, runbook, deps.configured, probes, escalations)
  const main = mainMessage(view)
  const ts = await postMain(deps, run, main)
  if (!ts || !run.endedAt) return
  const shown = shownRecords(runbook, records)
  for (const message of threadMessages(view, shown)) await postKeyed(deps, run, ts, message.key, message)
  if (records.length > 0) await postFile(deps, run, ts, outputFile(view, shown))
  for (const ticket of escalations.filter((e) => e.level === 1 && e.runId === run.id)) {
    await showTicket(deps, run, ts, ticket.id)
  }
  // Of two that show it at once the slower one may have read the older state: what stays is the newest.
  const now = runView(run, runbook, deps.configured, probes, await escalationsOf(deps, run))
  if (JSON.stringify(mainMessage(now)) !== JSON.stringify(main)) await showRun(deps, run)
}

function mainMessage(view: RunView): Message {
  switch (view.run.state) {
    case 'done':
    case 'failed':
    case 'cancelled':
      return verdictMessage(view)
    default:
      return runningMessage(view)
  }
}

/** Those of this run, and the open ones of the same problem that another run's thread asked for. */
async function escalationsOf({ db }: ShowDeps, run: Run): Promise<Escalation[]> {
  const own = await escalationsOfRun(db, run.id)
  const [key] = run.problemKeys
  const shared = key ? await escalationsOfProblem(db, run.team, key) : []
  const open = shared.filter((e) => e.closedAt === null && (e.state === 'requested' || e.state === 'done'))
  const all = new Map([...open, ...own].map((e) => [e.id, e]))
  return [...all.values()].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
}
