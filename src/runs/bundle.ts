import type { Finding, Severity, VerdictWord } from '../findings/finding.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import type { Report } from '../findings/report.ts'
import type { ConnectFailure } from '../ssh/outcome.ts'
import { oneLine } from '../text/shorten.ts'
import type { Run } from './run.ts'

/** What every level carries: ticket, mail and page say the same of the same run. Its text has passed redact/ (S17). */
export interface Bundle {
  readonly run: Run
  /** Null: the run has no verdict. */
  readonly report: Report | null
  readonly failure: ConnectFailure | null
  /** In the order in which the probes ended. */
  readonly records: readonly ProbeRecord[]
  /** There were more: what the host answered is no longer kept. */
  readonly outputsGone?: boolean
  /** Probe id to its step in the guide, "Database 2". */
  readonly guideSteps: ReadonlyMap<string, string>
  /** Permalink of the Slack thread. */
  readonly threadUrl?: string
  /** Display name of who asked for the run; without it the actor's id is shown. */
  readonly askedBy?: string
}

/** `failed`: there is no verdict, because the host was not reached or the bot did not finish. */
export type Standing = VerdictWord | 'failed'

export const standing = ({ report }: Bundle): Standing => report?.verdict ?? 'failed'

/** "db on host1: PostgreSQL is down because its disk is full". */
export const headline = (bundle: Bundle): string =>
  `${bundle.run.topic} on ${bundle.run.host}: ${oneLine(conclusion(bundle))}`

function conclusion({ run, report, failure }: Bundle): string {
  if (report) return report.summary
  if (failure) return `the host could not be examined; at ${failure.hop}: ${failure.reason}`
  return `run ${run.code} ended without a verdict (${run.state})`
}

export const causes = ({ report }: Bundle): readonly Finding[] =>
  report?.findings.filter((finding) => finding.role === 'cause') ?? []

/**
 * A problem is as severe as its worst cause. A host that does not answer may be down: critical. One that refuses us is
 * up, and what could not be looked at is neither good nor bad: a warning.
 */
export function severity(bundle: Bundle): Severity {
  switch (standing(bundle)) {
    case 'problem':
      return causes(bundle).some(({ severity }) => severity === 'critical') ? 'critical' : 'warning'
    case 'healthy':
      return 'info'
    case 'inconclusive':
      return 'warning'
    case 'failed':
      return bundle.failure?.stage === 'network' ? 'critical' : 'warning'
  }
}

export function asker({ run, askedBy }: Bundle): string {
  if (askedBy) return oneLine(askedBy, 100)
  const id = oneLine(run.actor.id, 100)
  switch (run.actor.kind) {
    case 'user':
      return `Slack user ${id}`
    case 'cli':
      return `${id} on the command line`
    case 'schedule':
      // Which hosts it was about is not for everybody who reads a ticket: the fleet's code stands for them.
      if (run.origin === 'fleet')
        return `Slack user ${id}, as ${oneLine(run.reason ?? 'one of many hosts', 100)}`
      return /^[UW][A-Z0-9]+$/.test(id) ? `a watch of Slack user ${id}` : `schedule ${id}`
    case 'webhook':
      return `alerts of ${id}`
  }
}

/** UTC, whole seconds: 2026-11-05T14:02:11Z. */
export const utc = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`
