import { closingWords } from '../../escalation/history/closing-words.ts'
import { problemKey } from '../../findings/problem-key.ts'
import { earlierRuns, problemOf, timesSeen } from '../../runs/history/same-problem.ts'
import type { Run } from '../../runs/run.ts'
import type { Solved, SolvedBefore } from '../../slack/messages/run/run-view.ts'
import type { Db } from '../../store/db.ts'
import { readSolved, type StoredSolved } from './solved.ts'

/** The newest of them: how it was solved long before is found in the history. */
const LOOKED_THROUGH = 3

/**
 * How the problem of a run was solved the last time that it was there: the same finding of the same topic on this host,
 * over before this run was asked for, as readSolved has it. Undefined: it was not there, or nobody knows how it ended.
 */
export async function readSolvedBefore(db: Db, run: Run): Promise<SolvedBefore | undefined> {
  if (!(await maySayHow(db, run))) return undefined
  for await (const ending of endings(db, run)) if (saysHow(ending)) return ending
  return undefined
}

/** Asked first, whenever the thread is drawn: whether a run is over is read from many reports. */
async function maySayHow(db: Db, { team, topic, host, createdAt, ...run }: Run): Promise<boolean> {
  const problem = problemOf({ team, topic, host, ...run })
  if (!problem) return false
  const { rows } = await db.query<{ may: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM debvisor.escalations WHERE team = $1 AND problem_key = $2 AND closed_at < $3)
       OR EXISTS (SELECT 1 FROM debvisor.fixes
         WHERE team = $1 AND topic = $4 AND host = $5 AND state = 'succeeded') AS may`,
    [team, problem, createdAt, topic, host],
  )
  return rows[0]?.may ?? false
}

/** The same; where nobody knows how, the last time that it was found to be over. */
export async function readLastEnding(db: Db, run: Run): Promise<SolvedBefore | undefined> {
  let newest: SolvedBefore | undefined
  for await (const ending of endings(db, run)) {
    if (saysHow(ending)) return ending
    newest ??= ending
  }
  return newest
}

const saysHow = ({ solved, words }: SolvedBefore): boolean =>
  solved.fix !== undefined || solved.resolved !== undefined || words !== undefined

/** The newest first. */
async function* endings(db: Db, run: Run): AsyncGenerator<SolvedBefore> {
  const problem = run.endedAt && problemOf(run)
  if (!problem) return
  const { team, topic } = run
  const newer = [run]
  for (const earlier of await earlierRuns(db, run, problem, LOOKED_THROUGH)) {
    const solved = await readSolved(db, earlier)
    const at = solved && lastWord(solved)
    // A ticket that was closed after it came back says nothing of how it ended before.
    const back = at && newer.findLast(({ startedAt, createdAt }) => (startedAt ?? createdAt) > at)
    newer.push(earlier)
    if (!solved || !at || !back || at >= run.createdAt) continue
    const words = await closingWords(db, {
      ...{ team, topic, problemKey: problem },
      ...{ from: earlier.createdAt, to: back.createdAt },
    })
    const { times } = await timesSeen(db, run, problem)
    const ending = { code: earlier.code, at, solved: withFixFor(problem, run, solved), times }
    yield words ? { ...ending, words } : ending
  }
}

/** A run may have found more than that, and a fix is made for one finding. */
function withFixFor(problem: string, { team, host }: Run, { fix, ...solved }: StoredSolved): Solved {
  return fix && problemKey({ team, host, ...fix }) === problem ? { ...solved, fix } : solved
}

/** When all that says so had been said. */
const lastWord = ({ healthy, resolved }: Solved): Date | undefined =>
  [healthy?.at, resolved?.at].flatMap((at) => at ?? []).sort((a, b) => b.getTime() - a.getTime())[0]
