import type { Runbook, Runbooks } from '../engine/load.ts'
import type { ProbeRecord } from '../engine/probe-record.ts'
import type { Configured } from '../escalation/levels.ts'
import { fixMessage } from '../slack/blocks/fix.ts'
import type { RunView } from '../slack/blocks/run-view.ts'
import { runningMessage } from '../slack/blocks/running.ts'
import { outputFile, type ThreadMessage, threadMessages } from '../slack/blocks/thread.ts'
import { ticketFile, ticketMessage } from '../slack/blocks/ticket.ts'
import { verdictMessage } from '../slack/blocks/verdict.ts'
import type { Message } from '../slack/message.ts'
import { type Escalation, escalationsOfProblem, escalationsOfRun } from '../store/escalations.ts'
import { probesOf } from '../store/probes.ts'
import type { Run } from '../store/run.ts'
import { type Fixable, fixesView } from './fix-view.ts'
import { type PostDeps, postFile, postKeyed, postMain, threadOf } from './post.ts'
import { shownRecords } from './shown-records.ts'
import { runView, shownProbes } from './view.ts'

export interface ShowDeps extends PostDeps {
  readonly runbooks: Runbooks
  readonly configured: Configured
  readonly fixable: Fixable
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
  const fixes = await fixesView(deps.db, run, deps.fixable)
  const view = { ...runView(run, runbook, deps.configured, probes, escalations), fixes }
  const own = await postMain(deps, run, mainMessage(view))
  if (!own || !run.endedAt) return
  const ts = (await threadOf(deps.db, run)) ?? own
  const shown = shownRecords(runbook, records)
  for (const message of evidenceMessages(view, shown)) await postKeyed(deps, run, ts, message.key, message)
  for (const fix of fixes.asked) await postKeyed(deps, run, ts, `fix:${fix.fix.id}`, fixMessage(fix))
  if (records.length > 0) await postFile(deps, run, ts, outputFile(view, shown))
  for (const ticket of escalations.filter((e) => e.level === 1 && e.runId === run.id)) {
    await postKeyed(deps, run, ts, `ticket:${ticket.id}`, ticketMessage(ticket))
    await postFile(deps, run, ts, ticketFile(ticket))
  }
}

/** A re-check stands in another run's thread, which has said already what was looked at: only what is still wrong is shown. */
const evidenceMessages = (view: RunView, records: readonly ProbeRecord[]): readonly ThreadMessage[] =>
  view.run.parent && view.run.report?.verdict === 'healthy' ? [] : threadMessages(view, records)

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
