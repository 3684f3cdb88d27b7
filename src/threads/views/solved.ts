import { type Escalation, isOpen } from '../../escalation/escalation.ts'
import { escalationsOfProblem } from '../../escalation/escalation-store.ts'
import type { Fix } from '../../fixes/fix-store.ts'
import { hasSeen } from '../../runs/history/has-seen.ts'
import { foundTroubleBetween, type HealthyRun, healthyRunsAfter } from '../../runs/history/healthy-runs.ts'
import { runsBelow } from '../../runs/history/runs-below.ts'
import type { Run } from '../../runs/run.ts'
import type { Solved } from '../../slack/messages/run/run-view.ts'
import type { Db, Queryable } from '../../store/db.ts'

/** With what the fix was made for: that may be another finding of the run than the one asked about. */
export type StoredSolved = Solved & { readonly fix?: MadeFix }
type MadeFix = NonNullable<Solved['fix']> & Pick<Fix, 'finding' | 'subject'>

/**
 * Why a run's problem is over. It is read from what is stored, and what once solved it does so for good: a problem that
 * comes back is another run's, unless that one stands in the run's own thread. Then it is over when the newest trouble
 * there is. Undefined: nothing says that it is over.
 */
export async function readSolved(db: Db, run: Run): Promise<StoredSolved | undefined> {
  if (!run.endedAt || run.state === 'cancelled' || run.report?.verdict === 'healthy') return undefined
  const below = await runsBelow(db, run)
  const since = below.trouble?.endedAt ?? run.endedAt
  const about = { run, trouble: below.trouble ?? run, since, thread: new Set([run.id, ...below.ids]) }
  const above = await escalationsAbove(db, about)
  const resolved = resolutionOf(about, above)
  const healthy = await firstHealthy(db, about, above, resolved)
  if (!resolved && !healthy) return undefined
  // In other threads it may be something else that mended it.
  const fix = healthy && below.ids.has(healthy.id) && (await fixBefore(db, healthy.id))
  return {
    ...(healthy ? { healthy: { code: healthy.code, by: healthy.by, at: healthy.endedAt } } : {}),
    ...(fix ? { fix } : {}),
    ...(resolved ? { resolved } : {}),
  }
}

/** What is to be over, for one message. */
interface Problem {
  readonly run: Run
  /** The newest look in its thread that did not find the host healthy: the run itself, or one below it. */
  readonly trouble: Run
  /** When that one had looked. */
  readonly since: Date
  /** The run, and those that checked it again. */
  readonly thread: ReadonlySet<string>
}

/** Above a ticket: that says that its work is done, not that the problem is over, so it counts neither way. */
async function escalationsAbove(db: Db, { run, trouble }: Problem): Promise<Escalation[]> {
  const keys = [...new Set([...run.problemKeys, ...trouble.problemKeys])]
  const all = await Promise.all(keys.map((key) => escalationsOfProblem(db, run.team, key)))
  return all.flat().filter(({ level }) => level > 1)
}

/**
 * Somebody resolved it after the run had looked, and with that nothing above a ticket was left open. Nor does what
 * another run escalated later count. Elsewhere somebody may have resolved one cause of several.
 */
function resolutionOf(problem: Problem, above: readonly Escalation[]): Solved['resolved'] {
  const { run, since, thread } = problem
  const resolutions = above
    .flatMap(({ state, closedAt: at, closedBy: by, ...rest }) =>
      state === 'resolved' && at && at >= since ? [{ ...rest, by, at }] : [],
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  const found = resolutions.find(
    ({ at, runId }) =>
      (thread.has(runId) ||
        run.problemKeys.every((key) =>
          resolutions.some((each) => each.problemKey === key && each.at <= at),
        )) &&
      above.every((each) =>
        each.createdAt > at
          ? !isUnanswered(each, problem, at)
          : !isOpen(each) && !(each.closedAt && each.closedAt > at),
      ),
  )
  return found && { by: found.by, at: found.at }
}

/**
 * Escalated from the run's own thread after that moment, and not closed since, also where nobody could be reached:
 * whoever did so says that it is not over.
 */
const isUnanswered = (
  { createdAt, runId, closedAt }: Escalation,
  { thread }: Problem,
  after: Date,
): boolean => createdAt > after && thread.has(runId) && closedAt === null

/** Unless it was resolved and then came back: what ended it the second time did not end it the first time. */
async function firstHealthy(
  db: Db,
  problem: Problem,
  above: readonly Escalation[],
  resolved: Solved['resolved'],
): Promise<HealthyRun | undefined> {
  const { run, trouble, since } = problem
  const open = above.filter(({ createdAt }) => !resolved || createdAt > resolved.at)
  const healthy = (await healthyRunsAfter(db, { ...trouble, endedAt: since })).find(
    ({ looked, endedAt }) =>
      hasSeen(looked, run.report) &&
      hasSeen(looked, trouble.report) &&
      !open.some((each) => isUnanswered(each, problem, endedAt)),
  )
  if (!healthy || !resolved || healthy.endedAt <= resolved.at) return healthy
  return (await foundTroubleBetween(db, run, resolved.at, healthy.endedAt)) ? undefined : healthy
}

/** The fix that a re-check looks after, if it ran. */
async function fixBefore(db: Queryable, recheck: string): Promise<MadeFix | undefined> {
  const { rows } = await db.query<MadeFix>(
    `SELECT title, requester AS by, finding, subject FROM debvisor.fixes WHERE recheck = $1 AND state = 'succeeded'
     ORDER BY created_at, id LIMIT 1`,
    [recheck],
  )
  return rows[0]
}
