import { type AlertOfRun, alertsOfRun } from '../../alerts/alert-store.ts'
import type { Runbook } from '../../engine/load-runbooks.ts'
import { type Escalation, isOpen } from '../../escalation/escalation.ts'
import {
  escalationsAround,
  escalationsOfProblem,
  escalationsOfRun,
} from '../../escalation/escalation-store.ts'
import { entriesOf, type OutboxEntry } from '../../escalation/outbox/outbox-store.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import { outputsGoneAt, probesOf } from '../../runs/probe-store.ts'
import { runsBefore } from '../../runs/queue/place.ts'
import { type Watcher, watchersOf } from '../../runs/requests/watchers.ts'
import type { Run } from '../../runs/run.ts'
import { callsAsker, getRun } from '../../runs/run-store.ts'
import { runbookOfRun } from '../../runs/runbook-of-run.ts'
import type { FixesView } from '../../slack/messages/fix/fix-view.ts'
import type { Solved, SolvedBefore } from '../../slack/messages/run/run-view.ts'
import type { TicketView } from '../../slack/messages/ticket/ticket-message.ts'
import type { WatchView } from '../../slack/messages/watch/watch-view.ts'
import type { Db } from '../../store/db.ts'
import { messagesOf, type PostedMessage } from '../../store/posted-messages.ts'
import { watchesOfRun } from '../../watches/watch-store.ts'
import { ancestorsOf, findOtherThreads, type OtherThreads, threadOf } from '../other-threads.ts'
import type { ThreadDrawer } from '../thread-drawer.ts'
import { fixesView } from './fixes-view.ts'
import { readSolved } from './solved.ts'
import { readSolvedBefore } from './solved-before.ts'
import { ticketView } from './ticket-view.ts'

/** All that is stored of a run and that its messages show. */
export interface Thread {
  readonly run: Run
  /** How many runs are before it in the queue; undefined where it waits no longer. */
  readonly before?: number | undefined
  readonly runbook: Runbook | undefined
  readonly records: readonly ProbeRecord[]
  /** They were more: the retention took them away. */
  readonly outputsGone: boolean
  /** Of this run, and of the same problem. */
  readonly escalations: readonly Escalation[]
  /** Of a healthy run: what earlier runs left open. */
  readonly around: readonly Escalation[]
  /** What has to be sent of the escalations, or was. */
  readonly outbox: readonly OutboxEntry[]
  readonly tickets: readonly TicketView[]
  readonly fixes: FixesView
  readonly solved: Solved | undefined
  /** How its problem ended the last time; not asked where it is over. */
  readonly solvedBefore: SolvedBefore | undefined
  /** Where the escalations of other threads are. */
  readonly otherThreads: OtherThreads
  /** The runs that a re-check checks again, from the nearest to the first. */
  readonly ancestors: readonly Run[]
  /** Ts of the thread that a re-check belongs to, or that the run was asked for in. Undefined: the run has a thread of its own. */
  readonly parentThread: string | undefined
  /**
   * False: the run had ended before the first version came that calls whoever asked, so nobody is called for it any
   * more.
   */
  readonly callsAsker: boolean
  /** That the run looks into, or after whose end it looks. */
  readonly alerts: readonly AlertOfRun[]
  /** Who wants to know when it is well, and how that stands. */
  readonly watches: readonly WatchView[]
  /** Who asked for the same while it was under way. */
  readonly watchers: readonly Watcher[]
  /** By key, what was posted or begun of its messages. */
  readonly posted: ReadonlyMap<string, PostedMessage>
}

/** Reads the newest state. Null: there is no such run. */
export async function readThread(drawer: ThreadDrawer, runId: string): Promise<Thread | null> {
  const { store: db } = drawer
  const run = await getRun(db, runId)
  if (!run) return null
  const ancestors = await ancestorsOf(db, run)
  const escalations = await escalationsOf(db, run)
  const around = run.report?.verdict === 'healthy' ? await escalationsAround(db, run) : []
  const posted = await messagesOf(db, runId)
  const solved = await readSolved(db, run)
  const solvedBefore = solved ? undefined : await readSolvedBefore(db, run)
  const fixes = await fixesView(db, run, drawer.fixable)
  return {
    run,
    before: run.state === 'queued' ? await runsBefore(db, runId) : undefined,
    runbook: runbookOfRun(drawer.runbooks, run),
    records: await probesOf(db, runId),
    outputsGone: (await outputsGoneAt(db, runId)) !== null,
    escalations,
    around,
    outbox: await entriesOf(
      db,
      escalations.map(({ id }) => id),
    ),
    tickets: await ticketsOf(db, run, escalations),
    // Nothing is to be mended any more.
    fixes: solved ? { asked: fixes.asked } : fixes,
    solved,
    solvedBefore,
    otherThreads: await findOtherThreads(drawer, run, [...escalations, ...around]),
    ancestors,
    parentThread: await threadOf(db, run, ancestors),
    callsAsker: await callsAsker(db, runId),
    alerts: await alertsOfRun(db, runId),
    watches: await watchViews(db, runId),
    watchers: await watchersOf(db, runId),
    posted: new Map(posted.map((message) => [message.key, message])),
  }
}

/**
 * Those of this run, and those of the same problem that another run's thread asked for: open, or closed since this run
 * was asked for.
 */
async function escalationsOf(db: Db, run: Run): Promise<Escalation[]> {
  const own = await escalationsOfRun(db, run.id)
  const [key] = run.problemKeys
  const shared = key ? await escalationsOfProblem(db, run.team, key) : []
  const open = shared.filter((e) => isOpen(e) || (e.closedAt !== null && e.closedAt >= run.createdAt))
  const all = new Map([...open, ...own].map((e) => [e.id, e]))
  return [...all.values()].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
}

const watchViews = async (db: Db, runId: string): Promise<WatchView[]> =>
  Promise.all(
    (await watchesOfRun(db, runId)).map(async ({ lastLook, ...watch }) => ({
      watch,
      lastLook: (lastLook && (await getRun(db, lastLook))) || undefined,
    })),
  )

async function ticketsOf(db: Db, run: Run, escalations: readonly Escalation[]): Promise<TicketView[]> {
  const views: TicketView[] = []
  for (const { id } of escalations.filter(({ level, runId }) => level === 1 && runId === run.id)) {
    const view = await ticketView(db, id)
    if (view) views.push(view)
  }
  return views
}
