import type { Runbook } from '../../engine/load-runbooks.ts'
import type { Channel } from '../../escalation/channels.ts'
import { offers } from '../../escalation/levels.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import type { Run } from '../../runs/run.ts'
import type { RunView, ShownProbe } from '../../slack/messages/run/run-view.ts'

/** How a run's probes are shown while and after they run. */
export function shownProbes(
  runbook: Runbook | undefined,
  records: ReadonlyMap<string, ProbeRecord>,
  running: ReadonlySet<string>,
): ShownProbe[] {
  return [...(runbook?.probes.values() ?? [])].map((probe) => ({
    id: probe.id,
    title: probe.title,
    conditional: probe.needs !== undefined,
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

/** "End session {{pid}} of PostgreSQL": which one it is, the form says. */
const withoutValues = (title: string): string => title.replaceAll(/\{\{\w+\}\}/g, '…')

/** The run itself, without its escalations and fixes: whoever shows those adds them. */
export const runView = (
  run: Run,
  reachable: readonly Channel[],
  {
    runbook,
    probes = [],
  }: { readonly runbook?: Runbook | undefined; readonly probes?: readonly ShownProbe[] } = {},
): RunView => ({
  run,
  fixTitles: new Map([...(runbook?.fixes ?? [])].map(([id, { title }]) => [id, withoutValues(title)])),
  topicTitle: runbook?.title ?? run.topic,
  probes,
  escalations: [],
  offers: offers({ name: run.host, production: run.production }, reachable),
})
