import type { Escalation } from '../escalation/escalation.ts'
import { isOpen } from '../escalation/escalation.ts'
import { escalationsOfProblem } from '../escalation/escalation-store.ts'
import type { Finding } from '../findings/finding.ts'
import { foundTroubleBetween, type HealthyRun, healthyRunsAfter } from '../runs/history/healthy-runs.ts'
import type { Run } from '../runs/run.ts'
import type { Solved } from '../slack/messages/run/run-view.ts'
import type { Db, Queryable } from '../store/db.ts'

/**
 * Why a run's problem is over. It is read from what is stored, and what once solved it does so for good: a problem that
 * comes back is another run's. Undefined: nothing says that it is over.
 */
export async function readSolved(db: Db, run: Run): Promise<Solved | undefined> {
  const { endedAt } = run
  if (!endedAt || run.state === 'cancelled' || run.report?.verdict === 'healthy') return undefined
  const [key] = run.problemKeys
  const resolved = resolutionOf(run, endedAt, key ? await escalationsOfProblem(db, run.team, key) : [])
  const healthy = await firstHealthy(db, run, resolved)
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
export function resolutionOf(
  run: Pick<Run, 'id'>,
  since: Date,
  escalations: readonly Escalation[],
): Solved['resolved'] {
  const above = escalations.filter(({ level }) => level > 1)
  const moments = above
    .flatMap(({ state, closedAt, closedBy }) =>
      state === 'resolved' && closedAt && closedAt >= since ? [{ by: closedBy, at: closedAt }] : [],
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  return moments.find(({ at }) =>
    above.every((escalation) => {
      if (escalation.createdAt > at) return escalation.runId !== run.id || !isOpen(escalation)
      return !isOpen(escalation) && !(escalation.closedAt && escalation.closedAt > at)
    }),
  )
}

/** Unless it was resolved and then came back: what ended it the second time did not end it the first time. */
async function firstHealthy(db: Db, run: Run, resolved: Solved['resolved']): Promise<HealthyRun | undefined> {
  const causes = run.report?.findings.filter(({ role }) => role === 'cause') ?? []
  const healthy = (await healthyRunsAfter(db, run)).find((after) => hasSeen(after, causes))
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
