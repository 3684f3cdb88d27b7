import { closingWords } from '../../escalation/tickets/closing-words.ts'
import { earlierRuns, problemOf, timesSeen } from '../../runs/history/same-problem.ts'
import type { Run } from '../../runs/run.ts'
import type { Solved, SolvedBefore } from '../../slack/messages/run/run-view.ts'
import type { Db } from '../../store/db.ts'
import { readSolved } from './solved.ts'

/** The newest of them: how it was solved long before is found in the history. */
const LOOKED_THROUGH = 3

/**
 * How the problem of a run was solved the last time that it was there: the same finding of the same topic on this host,
 * over before this run was asked for, as readSolved has it. Undefined: it was not there, or nobody knows how it ended.
 */
export async function readSolvedBefore(db: Db, run: Run): Promise<SolvedBefore | undefined> {
  const problem = run.endedAt && problemOf(run)
  if (!problem) return undefined
  for (const earlier of await earlierRuns(db, run, problem, LOOKED_THROUGH)) {
    const solved = await readSolved(db, earlier)
    const at = solved && lastWord(solved)
    if (!solved || !at || at >= run.createdAt) continue
    const { team, topic } = run
    const words = await closingWords(db, {
      ...{ team, topic, problemKey: problem },
      ...{ from: earlier.createdAt, to: run.createdAt },
    })
    if (!solved.fix && !solved.resolved && !words) continue
    return {
      code: earlier.code,
      at,
      solved,
      times: await timesSeen(db, run, problem),
      ...(words ? { words } : {}),
    }
  }
  return undefined
}

/** When all that says so had been said. */
const lastWord = ({ healthy, resolved }: Solved): Date | undefined =>
  [healthy?.at, resolved?.at].flatMap((at) => at ?? []).sort((a, b) => b.getTime() - a.getTime())[0]
