import type { Runbook } from '../engine/load.ts'
import type { ProbeRecord } from '../engine/probe-record.ts'
import { type Configured, offers } from '../escalation/levels.ts'
import type { EscalationView, RunView, ShownProbe } from '../slack/blocks/run-view.ts'
import type { Escalation } from '../store/escalations.ts'
import type { Run } from '../store/run.ts'

/** How a run's probes are shown while and after they run. */
export function shownProbes(
  runbook: Runbook | undefined,
  records: ReadonlyMap<string, ProbeRecord>,
  running: ReadonlySet<string>,
): ShownProbe[] {
  return [...(runbook?.probes.values() ?? [])].map((probe) => ({
    id: probe.id,
    title: probe.title,
    ...shownState(records.get(probe.id), running.has(probe.id)),
  }))
}

function shownState(record: ProbeRecord | undefined, running: boolean): Pick<ShownProbe, 'state' | 'note'> {
  if (!record) return { state: running ? 'running' : 'pending' }
  switch (record.status) {
    case 'answered':
      return { state: 'done' }
    case 'not-installed':
      return { state: 'done', note: 'not installed' }
    case 'skipped':
      return { state: 'skipped', note: 'not needed' }
    default:
      return { state: 'failed', note: notes[record.status] }
  }
}

/** In two words while it runs: the thread has the reason and the remedy. */
const notes = {
  unanswered: 'no answer',
  'timed-out': 'no answer in time',
  refused: 'not allowed',
  cut: 'too much output',
  lost: 'connection lost',
} as const

export const runView = (
  run: Run,
  runbook: Runbook | undefined,
  configured: Configured,
  probes: readonly ShownProbe[],
  escalations: readonly Escalation[],
): RunView => ({
  run,
  topicTitle: runbook?.title ?? run.topic,
  probes,
  escalations: escalations.map((escalation) => shownEscalation(escalation, run)),
  offers: offers({ name: run.host, production: run.production }, configured),
})

function shownEscalation(escalation: Escalation, run: Run): EscalationView {
  const detail = outcome(escalation)
  return {
    id: escalation.id,
    level: escalation.level,
    state: escalation.state,
    number: escalation.number,
    by: escalation.actor.id,
    at: escalation.createdAt,
    ...(detail ? { detail } : {}),
    ...(escalation.runId === run.id ? {} : { problemShared: true }),
    ...(escalation.closedAt ? { over: true } : {}),
  }
}

/** Why it failed, or by which ways the lead was reached: one clause. */
function outcome({ level, state, error, external }: Escalation): string | undefined {
  if (error) return error
  if (state !== 'done' || level !== 2) return undefined
  const ways = [
    ...(external.dmTs ? ['direct message'] : []),
    ...(external.messageId ? [`e-mail to ${external.mailedTo}`] : []),
  ]
  return `${ways.join(', ')}${external.failed ? ` (not by ${external.failed})` : ''}`
}
