import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Runbook, Runbooks } from '../engine/load-runbooks.ts'
import { sinceOf } from '../engine/runbook/run-window.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import { problemKey } from '../findings/problem-key.ts'
import type { Hosts } from '../inventory/host-connections.ts'
import type { Host } from '../inventory/inventory.ts'
import { withLogFields } from '../redact/log-fields.ts'
import { keepUnread } from '../snapshots/keep-unread.ts'
import type { Sibling } from '../snapshots/siblings.ts'
import type { ConnectFailure } from '../ssh/outcome.ts'
import type { Queryable } from '../store/db.ts'
import type { Store } from '../store/store.ts'
import { type Examiner, examine } from './examination/examine.ts'
import { tellFleets } from './fleets-of-run.ts'
import { redrawSolved } from './history/healthy-runs.ts'
import { runsAbove } from './history/runs-below.ts'
import { type ObservedRun, observeRun, type RunObservers } from './observe-run.ts'
import { saveProbe } from './probe-store.ts'
import { problemKeysOf } from './problem-keys.ts'
import type { RunningLimits } from './queue/fair-order.ts'
import { claimOfTicket, moveToSlot, takeRun } from './queue/take-run.ts'
import { wakeHeldBack } from './queue/wake-held-back.ts'
import { examinableOf } from './recordings/recording.ts'
import type { Run } from './run.ts'
import { finishRun, noteRun, whileHeld } from './run-lease.ts'
import { getRun, sinceHealthyRun } from './run-store.ts'
import { healthySnapshot, oldestKept, saveSnapshot, siblingSnapshot } from './snapshot-store.ts'
import type { Threads } from './threads.ts'

/** What takes runs from the queue and diagnoses. */
export interface RunWorker extends Examiner, RunObservers {
  /** This process, for the run's row. */
  readonly name: string
  readonly store: Store
  readonly hosts: Hosts
  readonly runbooks: Runbooks
  readonly threads: Threads
  readonly log: Logger
  readonly limits: RunningLimits
  /** Whether everybody who may look at one of these hosts may look at the other. */
  haveSameReaders(one: string, other: string): boolean
  /** Whether everybody who may look at one of these topics may look at the other. */
  areReadBySame(one: string, other: string): boolean
}

/** A run that kills its workers does not go round for ever. */
const MOST_TAKEN = 5

/**
 * Diagnoses the run whose turn it is, from top to bottom: takes it, says that it runs, examines the host while the probes
 * tick off, stores the verdict, has it shown. Called again with the same ticket after a crash, it takes that run anew with
 * a higher epoch. It waits for the host and the store alone: Slack shows what is stored when it can.
 */
export async function diagnose(worker: RunWorker, ticket: string, signal: AbortSignal): Promise<void> {
  // Whoever has that job by now takes its run.
  if (signal.aborted) throw new Error('stopped before a run was taken')
  const run = await takeRun(worker.store, { ticket, worker: worker.name, limits: worker.limits })
  if (run) await withLogFields(fieldsOf(run), () => workAt(worker, run, signal))
}

const fieldsOf = ({ id, code }: Run) => ({ run: code, runId: id })

async function workAt(worker: RunWorker, run: Run, signal: AbortSignal): Promise<void> {
  const observed = observeRun(worker, run)
  try {
    if (run.epoch > MOST_TAKEN) await finishFailed({ worker, run, observed }, unfinished(run))
    else await work({ worker, run, observed }, signal)
  } finally {
    observed.left()
    await giveWay(worker, run)
  }
}

/** If another worker has the run by now, what that one stored stays in Slack, however this one ended. */
async function giveWay(worker: RunWorker, run: Run): Promise<void> {
  const now = await getRun(worker.store, run.id)
  if (now && now.epoch !== run.epoch) worker.threads.drawAfterProgress([run.id])
}

/** A run that this worker has. */
interface TakenRun {
  readonly worker: RunWorker
  readonly run: Run
  readonly observed: ObservedRun
}

async function work(taken: TakenRun, signal: AbortSignal): Promise<void> {
  const { worker, run, observed } = taken
  const runbook = worker.runbooks.topics.get(run.topic)
  const host = worker.hosts.inventory.hosts.get(run.host)
  if (!runbook || !host) return finishFailed(taken, gone(run, runbook ? 'host' : 'topic'))

  const progress = worker.threads.drawProgress(run, runbook)
  const since = sinceOf(await sinceHealthyRun(worker.store, run))
  const fence = { runId: run.id, epoch: run.epoch }
  const baseline = await healthySnapshot(worker.store, run)
  const examined = await whileHeld(worker.store, fence, signal, async (held) => {
    if (held.lost) return 'lost'
    const result = await examine(
      worker,
      {
        runbook,
        host,
        since,
        snapshot: true,
        others: topicsBeside(worker, run.topic),
        alwaysWider: await lookedWiderBefore(worker, run),
        ...(baseline ? { baseline } : await siblingOf(worker, run, host)),
      },
      {
        waveStarted: observed.waveStarted,
        waveEnded: observed.waveEnded,
        connected: async (fingerprint) => {
          observed.connected()
          const facts = { runbookDigest: runbook.digest, hostKey: fingerprint ?? null }
          if (!(await noteRun(worker.store, fence, facts))) held.lose()
        },
        widened: (wider) => progress.widened(wider),
        started: (probes) => progress.started(probes),
        recorded: async (record: ProbeRecord) => {
          observed.recorded(record.status)
          if (await saveProbe(worker.store, fence, record)) progress.recorded(record)
          else held.lose()
        },
      },
      held.signal,
    )
    return held.lost ? 'lost' : result
  })
  // Cancelled, or another worker's: what stands in the store is shown by whoever called this.
  if (examined === 'lost') return worker.log.info('this run was cancelled or taken over')
  // A stopping worker leaves the run to the next one: what an abort cut off is no verdict.
  if (signal.aborted) throw new Error('stopped while the run was under way; it is taken up again')
  if (!examined.ok) return finishFailed(taken, examined.failure)
  observed.examined()
  const { report, snapshot, notCompared } = examined.examination
  if (notCompared) worker.log.info({ why: notCompared }, 'the last snapshot is not compared with')
  const kept = await worker.store.tx(async (tx) => {
    const ended = await finishRun(tx, fence, {
      state: 'done',
      report,
      problemKeys: problemKeysOf(run, report),
      examined: examinableOf(examined.examination, worker.redactor.text),
    })
    if (!ended) return false
    if (report.verdict === 'healthy') await redrawSolved(tx, worker.store.queue, run)
    await followUp(tx, worker, run)
    await tellFleets(tx, worker.store.queue, run, snapshot)
    return true
  })
  if (!kept) return worker.log.warn('this run was cancelled or taken over; its verdict is not kept')
  observed.stored(report.verdict)
  worker.log.info({ topic: run.topic, host: run.host, verdict: report.verdict }, 'the verdict is stored')
  // Before anybody sees the verdict: whoever asks again at once is to be compared with it.
  if (snapshot && report.verdict === 'healthy')
    await saveSnapshot(worker.store, run, keepUnread(snapshot, baseline, oldestKept(snapshot.at)))
  await showStored(taken)
}

/** What any run above this one found beyond its topic is over only where it is looked for again. */
async function lookedWiderBefore({ store }: RunWorker, run: Run): Promise<boolean> {
  for (const id of await runsAbove(store, run)) {
    const { findings = [] } = (await getRun(store, id))?.report ?? {}
    if (findings.some(({ role, topic }) => role === 'cause' && topic !== undefined)) return true
  }
  return false
}

/** Who reads the thread must be allowed to look at those topics too. */
const topicsBeside = ({ runbooks, areReadBySame }: RunWorker, topic: string): Runbook[] =>
  [...runbooks.topics.values()].filter((other) => areReadBySame(topic, other.topic))

/**
 * Of the nearest group that has one: what another host, alike and well, is made of. Who reads the thread must be allowed
 * to look at that host too.
 */
async function siblingOf(
  { store, hosts: { inventory }, haveSameReaders }: RunWorker,
  run: Run,
  { name, groups, production }: Host,
): Promise<{ readonly sibling?: Sibling }> {
  for (const group of groups) {
    const others = (inventory.groups.get(group) ?? []).filter(
      (other) =>
        other !== name &&
        inventory.hosts.get(other)?.production === production &&
        haveSameReaders(name, other),
    )
    const sibling = await siblingSnapshot(store, run, others)
    if (sibling) return { sibling }
  }
  return {}
}

/**
 * For a job that was given up after its last try. Those were tries of the slot, which may have served other runs before, or
 * had no database: a run that fewer workers have had than one may have gets another slot, and not for ever. Another one
 * ends, so that it says so instead of staying silent.
 */
export async function giveUp(worker: RunWorker, ticket: string): Promise<void> {
  const { store, name } = worker
  const slot = { ticket, most: MOST_TAKEN }
  const isMoved = await store.tx(async (tx) => {
    const next = randomUUID()
    const run = await moveToSlot(tx, slot, next)
    if (run) await store.queue.send(tx, { kind: 'diagnose', runId: run.id, ticket: next })
    return run !== null
  })
  if (isMoved) return
  const run = await claimOfTicket(store, slot, name)
  if (!run) return
  const observed = observeRun(worker, run)
  await withLogFields(fieldsOf(run), () => finishFailed({ worker, run, observed }, unfinished(run)))
}

const unfinished = ({ host }: Run): ConnectFailure => ({
  hop: host,
  stage: 'session',
  reason: 'the bot could not finish this run after several tries',
  remedy: "check again, and look into the bot's log for this run",
})

async function finishFailed(taken: TakenRun, failure: ConnectFailure): Promise<void> {
  const { worker, run, observed } = taken
  const key = problemKey({
    team: run.team,
    host: run.host,
    finding: `unreachable.${failure.stage}`,
    subject: failure.hop,
  })
  const kept = await worker.store.tx(async (tx) => {
    const fence = { runId: run.id, epoch: run.epoch }
    if (!(await finishRun(tx, fence, { state: 'failed', failure, problemKeys: [key] }))) return false
    await followUp(tx, worker, run)
    await tellFleets(tx, worker.store.queue, run)
    return true
  })
  if (kept) {
    observed.stored('failed')
    const { hop, stage, reason } = failure
    worker.log.info({ topic: run.topic, host: run.host, hop, stage, reason }, 'the run failed')
  }
  await showStored(taken)
}

/** Whoever stored an ending shows it at once. Where that fails, or this process dies, it is drawn after so long. */
const DRAWN_ANYWAY_MS = 15_000

/** In the transaction of the ending. */
async function followUp(tx: Queryable, { store }: RunWorker, run: Run): Promise<void> {
  for (const runId of await shownIn(tx, run))
    await store.queue.send(tx, { kind: 'redraw', runId }, { afterMs: DRAWN_ANYWAY_MS })
  await wakeHeldBack(tx, store.queue, run)
}

const showStored = async ({ worker: { store, threads }, run, observed }: TakenRun): Promise<void> =>
  threads.drawAfterProgress(await shownIn(store, run), observed.shown)

/** What a fix changed is told where it was asked for, and what a thread says at its top is what was seen last in it. */
const shownIn = async (db: Queryable, run: Run): Promise<string[]> => [run.id, ...(await runsAbove(db, run))]

const gone = (run: Run, what: 'host' | 'topic'): ConnectFailure => ({
  hop: run.host,
  stage: 'inventory',
  reason:
    what === 'host'
      ? `${run.host} is no longer in the inventory`
      : `there is no runbook for ${run.topic} any more`,
  remedy: 'see /debvisor hosts and /debvisor runbooks',
})
