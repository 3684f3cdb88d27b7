import type { Logger } from 'pino'
import type { Runbooks } from '../engine/load.ts'
import { sinceOf } from '../engine/runbook/run-window.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import { problemKey } from '../findings/problem-key.ts'
import type { Report } from '../findings/report.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { ConnectFailure } from '../ssh/outcome.ts'
import type { Db } from '../store/db.ts'
import { type ExamineDeps, examine } from './examine.ts'
import { saveProbe } from './probe-store.ts'
import type { Run } from './run.ts'
import { claimRun, finishRun, getRun, noteRun, sinceHealthyRun } from './run-store.ts'
import type { Threads } from './threads.ts'

export interface DiagnoseDeps extends ExamineDeps {
  readonly db: Db
  readonly runbooks: Runbooks
  readonly inventory: Inventory
  readonly threads: Threads
  readonly log: Logger
  /** This process, for the run's row. */
  readonly worker: string
}

/**
 * A run, top to bottom: take it, say that it runs, examine the host while the probes tick off, store the verdict, show it. Called
 * again after a crash it takes the run anew with a higher epoch, or, where the verdict is stored already, only shows it:
 * the message and its thread are keyed, so showing twice is harmless.
 */
export async function diagnose(deps: DiagnoseDeps, runId: string, signal: AbortSignal): Promise<void> {
  const run = await claimRun(deps.db, runId, deps.worker)
  if (!run) return showStored(deps, runId)
  try {
    await work(deps, run, signal)
  } finally {
    await giveWay(deps, run)
  }
}

/** Where another worker has the run by now, what it stored is what stays in Slack, however this one ended. */
async function giveWay(deps: DiagnoseDeps, run: Run): Promise<void> {
  const now = await getRun(deps.db, run.id)
  if (now && now.epoch !== run.epoch) await deps.threads.drawAnew(run.id)
}

async function work(deps: DiagnoseDeps, run: Run, signal: AbortSignal): Promise<void> {
  const runbook = deps.runbooks.topics.get(run.topic)
  const host = deps.inventory.hosts.get(run.host)
  if (!runbook || !host) return finishFailed(deps, run, gone(run, runbook ? 'host' : 'topic'))

  const progress = await deps.threads.showProgress(run, runbook)
  const since = sinceOf(await sinceHealthyRun(deps.db, run))
  const fence = { runId: run.id, epoch: run.epoch }
  const examined = await examine(
    deps,
    { runbook, host, since },
    {
      connected: async (fingerprint) => {
        await noteRun(deps.db, fence, { runbookDigest: runbook.digest, hostKey: fingerprint ?? null })
      },
      started: (probes) => progress.started(probes),
      settled: async (record: ProbeRecord) => {
        if (await saveProbe(deps.db, fence, record)) progress.settled(record)
      },
    },
    signal,
  )
  // A stopping worker leaves the run to the next one: what an abort cut off is no verdict.
  if (signal.aborted) throw new Error('stopped while the run was under way; it is taken up again')
  if (!examined.ok) return finishFailed(deps, run, examined.failure)
  const { report } = examined.examination
  const kept = await finishRun(deps.db, fence, {
    state: 'done',
    report,
    problemKeys: keysOf(run, report),
  })
  if (!kept) return deps.log.warn({ run: run.code }, 'another worker took this run; its verdict stands')
  await showStored(deps, run.id)
}

/** A run whose job was given up after its last try: it says so instead of staying silent. */
export async function giveUp(deps: DiagnoseDeps, runId: string): Promise<void> {
  const run = await claimRun(deps.db, runId, deps.worker)
  if (!run) return showStored(deps, runId)
  await finishFailed(deps, run, {
    hop: run.host,
    stage: 'session',
    reason: 'the bot could not finish this run after several tries',
    remedy: "check again, and look into the bot's log for this run",
  })
}

async function finishFailed(deps: DiagnoseDeps, run: Run, failure: ConnectFailure): Promise<void> {
  const key = problemKey({
    team: run.team,
    host: run.host,
    finding: `unreachable.${failure.stage}`,
    subject: failure.hop,
  })
  await finishRun(
    deps.db,
    { runId: run.id, epoch: run.epoch },
    { state: 'failed', failure, problemKeys: [key] },
  )
  await showStored(deps, run.id)
}

async function showStored({ db, threads }: DiagnoseDeps, runId: string): Promise<void> {
  await threads.drawAnew(runId)
  // What a fix changed is told where it was asked for.
  const run = await getRun(db, runId)
  if (run?.parent) await threads.draw(run.parent)
}

/** The causes' keys, the likeliest first; a verdict without a cause has one key of its own. */
function keysOf(run: Run, report: Report): string[] {
  const about = { team: run.team, host: run.host }
  const causes = report.findings.filter((f) => f.role === 'cause')
  if (causes.length > 0) {
    return causes.map((f) => problemKey({ ...about, finding: f.id, subject: f.subject }))
  }
  return [problemKey({ ...about, finding: `${report.verdict}.${run.topic}`, subject: run.host })]
}

const gone = (run: Run, what: 'host' | 'topic'): ConnectFailure => ({
  hop: run.host,
  stage: 'inventory',
  reason:
    what === 'host'
      ? `${run.host} is no longer in the inventory`
      : `there is no runbook for ${run.topic} any more`,
  remedy: 'see /debvisor hosts and /debvisor runbooks',
})
