import { makeTurns } from '../async/serialize-by-key.ts'
import type { Runbook } from '../engine/load.ts'
import { type Escalation, isOpen } from '../escalation/escalation.ts'
import { escalationsAround, escalationsOfProblem, escalationsOfRun } from '../escalation/escalation-store.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import { shownRecords } from '../runs/exposed-records.ts'
import { probesOf } from '../runs/probe-store.ts'
import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import type { Progress } from '../runs/threads.ts'
import type { Message } from '../slack/message.ts'
import { fixMessage } from '../slack/messages/fix/fix-message.ts'
import type { FixesView } from '../slack/messages/fix/fix-view.ts'
import type { RunView } from '../slack/messages/run/run-view.ts'
import { runningMessage } from '../slack/messages/run/running.ts'
import {
  outputFile,
  type ThreadMessage,
  threadMessages,
  VERDICT_KEY,
  verdictReply,
} from '../slack/messages/run/thread.ts'
import { verdictMessage } from '../slack/messages/run/verdict.ts'
import { messagesOf } from '../store/posted-messages.ts'
import type { ShowDeps } from './dependencies.ts'
import { showEscalations } from './draw-escalations.ts'
import { showTicket } from './draw-ticket.ts'
import { fixesView } from './fixes-view.ts'
import { elsewhere } from './other-threads.ts'
import { ancestorsOf, postFile, postKeyed, postMain, threadOf } from './post.ts'
import { runView, shownProbes } from './run-view.ts'

/**
 * Says that the run is under way and ticks its probes off, for as long as it is this worker's: the store is asked right before each update. Slack being
 * down does not stop a diagnosis.
 */
export async function showProgress(deps: ShowDeps, run: Run, runbook: Runbook): Promise<Progress> {
  const records = new Map<string, ProbeRecord>()
  const running = new Set<string>()
  const message = (): Message =>
    runningMessage(runView(run, runbook, deps.reachable, shownProbes(runbook, records, running), []))
  const ts = await postMain(deps, run, message()).catch((error: unknown) => {
    deps.log.warn({ err: error, run: run.code }, 'Slack did not take the first message; the run goes on')
    return null
  })
  const progress = async (): Promise<Message | undefined> => {
    const now = await getRun(deps.db, run.id)
    return now?.state === 'running' && now.epoch === run.epoch ? message() : undefined
  }
  const redraw = (): void => {
    if (ts) deps.delivery.updateSoon(run.channel, ts, progress)
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
export const showRun = (deps: ShowDeps, run: Run): Promise<void> =>
  turns(run.id, () => show(deps, run, false))

/**
 * As `showRun`, for a worker that drew progress, which may arrive after what another process shows, and the stored hash knows nothing of it. So the
 * message is sent whatever the hash says, after our progress; what is stored may change meanwhile, so it is read again until it did not.
 */
export async function showAnew(deps: ShowDeps, runId: string): Promise<void> {
  for (let shown = ''; ; ) {
    const run = await getRun(deps.db, runId)
    const now = run ? `${run.epoch} ${run.state}` : ''
    if (!run || now === shown) return
    shown = now
    await turns(run.id, () => show(deps, run, true))
  }
}

/** Two at once would both post what neither finds posted yet, or put an older state over a newer one. */
const turns = makeTurns()

async function show(deps: ShowDeps, run: Run, anew: boolean): Promise<void> {
  for (let shown = ''; ; ) {
    const changing = await changingOf(deps, run)
    const now = JSON.stringify(changing)
    // A process that showed it at the same time may have read the older state and been slower: what stays is the newest.
    if (now === shown) return
    shown = now
    await showOnce(deps, run, changing, anew)
  }
}

async function showOnce(
  deps: ShowDeps,
  run: Run,
  { escalations, around, fixes }: Changing,
  anew: boolean,
): Promise<void> {
  const records = await probesOf(deps.db, run.id)
  const runbook = deps.runbooks.topics.get(run.topic)
  const probes = shownProbes(runbook, new Map(records.map((r) => [r.id, r])), new Set())
  const places = await elsewhere(deps, run, [...escalations, ...around])
  const view = { ...runView(run, runbook, deps.reachable, probes, escalations, around, places), fixes }
  const own = await postMain(deps, run, mainMessage(view), anew)
  if (!own || !run.endedAt) return
  const above = await ancestorsOf(deps.db, run)
  const ts = (await threadOf(deps.db, above)) ?? own
  const shown = shownRecords(runbook, records)
  for (const message of evidenceMessages(view, shown)) {
    if (message.key === VERDICT_KEY && (await shownByOlderVersion(deps, run))) continue
    await postKeyed(deps, run, ts, message.key, message)
  }
  for (const fix of fixes.asked) await postKeyed(deps, run, ts, `fix:${fix.fix.id}`, fixMessage(fix))
  if (records.length > 0) await postFile(deps, run, ts, outputFile(view, shown))
  for (const ticket of escalations.filter((e) => e.level === 1 && e.runId === run.id)) {
    await showTicket(deps, run, ts, ticket.id)
  }
  // The same problem is escalated once in a thread: below the first run which found it there.
  const shownAbove = above.some(({ problemKeys }) => problemKeys[0] === run.problemKeys[0])
  await showEscalations(deps, view, ts, escalations, { shownAbove, places })
}

/** A re-check stands in another run's thread, which has said already what was looked at: only what is still wrong is shown. */
const evidenceMessages = (view: RunView, records: readonly ProbeRecord[]): readonly ThreadMessage[] =>
  view.run.parent && view.run.report?.verdict === 'healthy'
    ? verdictReply(view)
    : threadMessages(view, records)

/**
 * Its thread goes on without the reply that has the verdict alone, which now comes first. Posted late it would call somebody for what was over long
 * ago.
 */
async function shownByOlderVersion({ db }: ShowDeps, { id }: Run): Promise<boolean> {
  const keys = (await messagesOf(db, id)).map(({ key }) => key)
  // The lead's direct message is none of the thread, and may be sent before it.
  return !keys.includes(VERDICT_KEY) && keys.some((key) => key !== 'main' && !key.startsWith('lead:'))
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

/** What of a run changes after it has ended. */
interface Changing {
  readonly escalations: readonly Escalation[]
  /** Of a healthy run: what earlier runs left open. */
  readonly around: readonly Escalation[]
  readonly fixes: FixesView
}

const changingOf = async (deps: ShowDeps, run: Run): Promise<Changing> => ({
  escalations: await escalationsOf(deps, run),
  fixes: await fixesView(deps.db, run, deps.fixable),
  around: run.report?.verdict === 'healthy' ? await escalationsAround(deps.db, run) : [],
})

/** Those of this run, and those of the same problem that another run's thread asked for: open, or closed since this run was asked for. */
async function escalationsOf({ db }: ShowDeps, run: Run): Promise<Escalation[]> {
  const own = await escalationsOfRun(db, run.id)
  const [key] = run.problemKeys
  const shared = key ? await escalationsOfProblem(db, run.team, key) : []
  const open = shared.filter((e) => isOpen(e) || (e.closedAt !== null && e.closedAt >= run.createdAt))
  const all = new Map([...open, ...own].map((e) => [e.id, e]))
  return [...all.values()].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
}
