import { verdictChange } from '../../findings/verdict-change.ts'
import { feedbackOn } from '../../runs/history/feedback.ts'
import { runsOfHost, type WantedHistory } from '../../runs/history/runs-of-host.ts'
import { problemOf, timesSeen } from '../../runs/history/same-problem.ts'
import { threadUrl } from '../../runs/load-bundle.ts'
import type { Run } from '../../runs/run.ts'
import { previousRun } from '../../runs/run-store.ts'
import type { HistoryView, Trouble } from '../../slack/messages/history/history-message.ts'
import type { Workspace } from '../../slack/workspace/workspace.ts'
import type { Db } from '../../store/db.ts'
import { readSolved } from './solved.ts'
import { readLastEnding } from './solved-before.ts'

/** `trouble`: the run whose trouble is asked about; without it, the newest trouble. Its reader may see it. */
export type AskedHistory = WantedHistory & {
  readonly trouble?: Run | undefined
  mayRead(topic: string): boolean
}

/** What the store has of a host. The links of the threads are asked of Slack. */
export async function readHistoryView(
  sources: { readonly store: Db; readonly slack: Pick<Workspace, 'delivery'> },
  wanted: AskedHistory,
): Promise<HistoryView> {
  const { store } = sources
  // A topic that is there no more is in no list, and rights on it are those that the policy gives by name.
  const runs = (await runsOfHost(store, wanted)).filter(({ topic }) => wanted.mayRead(topic))
  const feedback = await feedbackOn(
    store,
    runs.map(({ id }) => id),
  )
  const verdicts = await Promise.all(
    runs.map(async (run) => ({
      run,
      solved: await readSolved(store, run),
      url: await threadUrl(sources, run),
      feedback: feedback.get(run.id) ?? [],
    })),
  )
  const troubled = wanted.trouble ?? runs.find((run) => problemOf(run) !== undefined)
  return {
    ...{ host: wanted.host, topic: wanted.topic, verdicts },
    change: await readChange(store, runs),
    trouble: troubled && (await readTrouble(store, troubled)),
  }
}

/** Between the two newest verdicts of one topic: that of the newest one. */
async function readChange(db: Db, runs: readonly Run[]): Promise<HistoryView['change']> {
  const to = runs.find(({ report }) => report !== null)
  const from = to && (await previousRun(db, to))
  if (!to?.report || !from?.report) return undefined
  return { from, to, what: verdictChange(from.report, to.report) }
}

async function readTrouble(db: Db, run: Run): Promise<Trouble | undefined> {
  const problem = problemOf(run)
  if (problem === undefined) return undefined
  const seen = await timesSeen(db, run, problem)
  return { run, ...seen, solved: await readSolved(db, run), before: await readLastEnding(db, run) }
}
