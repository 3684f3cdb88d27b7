import { type Escalation, isOpen } from '../../escalation/escalation.ts'
import { escalationsOfProblem } from '../../escalation/escalation-store.ts'
import type { Finding } from '../../findings/finding.ts'
import { foundTroubleBetween, type HealthyRun, healthyRunsAfter } from '../../runs/history/healthy-runs.ts'
import type { Run } from '../../runs/run.ts'
import type { Solved } from '../../slack/messages/run/run-view.ts'
import type { Db, Queryable } from '../../store/db.ts'

/**
 * Why a run's problem is over. It is read from what is stored, and what once solved it does so for good: a problem that
 * comes back is another run's. Undefined: nothing says that it is over.
 */
export async function readSolved(db: Db, run: Run): Promise<Solved | undefined> {
  const { endedAt } = run
  if (!endedAt || run.state === 'cancelled' || run.report?.verdict === 'healthy') return undefined
  const [key] = run.problemKeys
  const all = key ? await escalationsOfProblem(db, run.team, key) : []
  const above = all.filter(({ level }) => level > 1)
  const resolved = resolutionOf(run, endedAt, above)
  const healthy = await firstHealthy(db, run, above, resolved)
  if (!resolved && !healthy) return undefined
  const fix = healthy && (await fixBefore(db, healthy.id))
  return {
    ...(healthy ? { healthy: { code: healthy.code, by: healthy.by, at: healthy.endedAt } } : {}),
    ...(fix ? { fix } : {}),
    ...(resolved ? { resolved } : {}),
  }
}

/**
 * Somebody resolved it after the run had looked, and with that nothing above a ticket was left open. A ticket says that
 * its work is done, not that the problem is over, so it counts neither way. Nor does what another run escalated later.
 */
function resolutionOf(run: Run, since: Date, above: readonly Escalation[]): Solved['resolved'] {
  const moments = above
    .flatMap(({ state, closedAt, closedBy }) =>
      state === 'resolved' && closedAt && closedAt >= since ? [{ by: closedBy, at: closedAt }] : [],
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  return moments.find(({ at }) =>
    above.every((each) =>
      each.createdAt > at
        ? !isUnanswered(each, run, at)
        : !isOpen(each) && !(each.closedAt && each.closedAt > at),
    ),
  )
}

/**
 * Escalated from the run's own thread after that moment, and not closed since, also where nobody could be reached:
 * whoever did so says that it is not over.
 */
const isUnanswered = ({ createdAt, runId, closedAt }: Escalation, run: Run, after: Date): boolean =>
  createdAt > after && runId === run.id && closedAt === null

/** Unless it was resolved and then came back: what ended it the second time did not end it the first time. */
async function firstHealthy(
  db: Db,
  run: Run,
  above: readonly Escalation[],
  resolved: Solved['resolved'],
): Promise<HealthyRun | undefined> {
  const causes = run.report?.findings.filter(({ role }) => role === 'cause') ?? []
  const open = above.filter(({ createdAt }) => !resolved || createdAt > resolved.at)
  const healthy = (await healthyRunsAfter(db, run)).find(
    (after) => hasSeen(after, causes) && !open.some((each) => isUnanswered(each, run, after.endedAt)),
  )
  if (!healthy || !resolved || healthy.endedAt <= resolved.at) return healthy
  return (await foundTroubleBetween(db, run, resolved.at, healthy.endedAt)) ? undefined : healthy
}

/** A healthy run that could not look at what showed the problem says nothing of it. */
const hasSeen = ({ unseen }: HealthyRun, causes: readonly Finding[]): boolean =>
  !causes.some(({ evidence }) => evidence.some(({ probe }) => unseen.includes(probe)))

/** The fix that a re-check looks after, if it ran. */
async function fixBefore(db: Queryable, recheck: string): Promise<Solved['fix']> {
  const { rows } = await db.query<{ title: string; by: string }>(
    `SELECT title, requester AS by FROM debvisor.fixes WHERE recheck = $1 AND state = 'succeeded'
     ORDER BY created_at, id LIMIT 1`,
    [recheck],
  )
  return rows[0]
}
