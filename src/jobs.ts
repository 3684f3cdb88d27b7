import { type AlertFollower, lookAfterEnd } from './alerts/look-after-end.ts'
import { type EscalationWorker, escalate, giveUpEscalation } from './escalation/request-escalation.ts'
import { type MirrorWorker, mirror, mirrorLater } from './escalation/tickets/mirror.ts'
import { applyFix, expire, type FixWorker, giveUpFix } from './fixes/apply-fix.ts'
import { type ChangeTeller, tellChange } from './fixes/tell-pager.ts'
import { withLogFields } from './redact/log-fields.ts'
import { diagnose, giveUp, type RunWorker } from './runs/diagnose.ts'
import type { Handlers } from './store/queue.ts'
import { drawAlertSummary, type SummaryDrawer } from './threads/draw-alert-summary.ts'
import { drawScheduleEnd } from './threads/draw-schedule-end.ts'
import type { Fleets } from './threads/fleet/draw-fleet.ts'
import type { ThreadWriter } from './threads/thread-drawer.ts'

/** Who does which job. Only the one that applies fixes has the login for them. */
export interface Workers {
  readonly runs: RunWorker
  readonly fixes: FixWorker
  readonly changes: ChangeTeller
  readonly escalations: EscalationWorker & MirrorWorker
  readonly alerts: AlertFollower & SummaryDrawer
  readonly schedules: ThreadWriter
  readonly fleets: Fleets
}

/** What each kind of job does. */
export function jobHandlers({
  runs,
  fixes,
  changes,
  escalations,
  alerts,
  schedules,
  fleets,
}: Workers): Handlers {
  return {
    diagnose: (job, { signal }) => diagnose(runs, job.ticket ?? job.runId, signal),
    escalate: (job) => escalate(escalations, job.escalationId),
    redraw: (job, { signal }) =>
      withLogFields({ runId: job.runId }, () =>
        job.lookForCopies ? runs.threads.drawAnew(job.runId) : runs.threads.redraw(job.runId, signal),
      ),
    mirror: (job) => mirror(escalations, job.ticketId, job.target),
    fix: (job, { signal }) => applyFix(fixes, job.fixId, signal),
    change: (job) => tellChange(changes, job.fixId),
    'alert-recheck': (job) => withLogFields({ runId: job.runId }, () => lookAfterEnd(alerts, job.runId)),
    'alert-summary': (job) => drawAlertSummary(alerts, job.summaryId, job),
    'schedule-ended': (job) => drawScheduleEnd(schedules, job.scheduleId, job),
    fleet: (job, { signal }) => fleets.redraw(job, signal),
    'fix-expiry': async (job) => {
      if (!(await expire(fixes, job.fixId))) throw new Error('the time of an approval is not over yet')
    },
    gaveUp: async (job) => {
      runs.log.error({ job }, 'a job was given up after its last try')
      if (job.kind === 'diagnose') await giveUp(runs, job.ticket ?? job.runId)
      if (job.kind === 'fix') await giveUpFix(fixes, job.fixId)
      if (job.kind === 'escalate') await giveUpEscalation(escalations, job.escalationId)
      if (job.kind === 'mirror') await mirrorLater(escalations, job.ticketId, job.target)
    },
  }
}

/** Each job ends with what it began with, whatever is reloaded meanwhile. */
export const pinnedJobs = (handlers: Handlers, pinned: <R>(work: () => R) => R): Handlers =>
  Object.fromEntries(
    Object.entries(handlers).map(([kind, handle]) => [
      kind,
      (...args: Parameters<typeof handle>) =>
        pinned(() => (handle as (...given: typeof args) => Promise<void>)(...args)),
    ]),
  ) as unknown as Handlers
