import type { PlanBlock, TaskCardBlock } from '@slack/types'
import { oneLine } from '../../../text/shorten.ts'
import { type Message, makeMessage } from '../../message.ts'
import { context } from '../rich-text.ts'
import { about, footer, headline, type RunView, type ShownProbe } from './run-view.ts'

/** More would push the message's end off a telephone's screen. */
const MOST_TASKS = 25

/**
 * While a run is queued or running: a plan whose tasks tick off. Its block_id never changes, or an open plan
 * would close.
 */
export function runningMessage(view: RunView): Message {
  const settled = view.probes.filter((probe) => probe.state !== 'pending' && probe.state !== 'running').length
  const progress = view.probes.length === 0 ? '' : `, ${settled} of ${view.probes.length} probes done`
  return makeMessage(`${headline(view.run)}${progress}`, [
    plan(view, `${about(view.run)}: ${settled}/${view.probes.length}`),
    context(footer(view)),
  ])
}

const plan = (view: RunView, title: string): PlanBlock => ({
  type: 'plan',
  block_id: `run_${view.run.id}`,
  title: oneLine(title, 150),
  tasks: grouped(view.probes).map(task),
})

/**
 * Neighbours share a task where there are too many, so that every task keeps its place from update to update.
 */
function grouped(probes: readonly ShownProbe[]): readonly (readonly ShownProbe[])[] {
  const size = Math.ceil(probes.length / MOST_TASKS) || 1
  return Array.from({ length: Math.ceil(probes.length / size) }, (_, at) =>
    probes.slice(at * size, at * size + size),
  )
}

const task = (probes: readonly ShownProbe[], at: number): TaskCardBlock => ({
  type: 'task_card',
  task_id: `task_${at}`,
  title: oneLine(probes.map(titleOf).join(', '), 120) || '…',
  status: statusOf(probes.map((probe) => probe.state)),
})

/** Slack's tasks know no "skipped". */
function titleOf(probe: ShownProbe): string {
  if (probe.state === 'skipped') return `${probe.title} (skipped${probe.note ? `: ${probe.note}` : ''})`
  return probe.note ? `${probe.title} (${probe.note})` : probe.title
}

function statusOf(states: readonly ShownProbe['state'][]): TaskCardBlock['status'] {
  if (states.every((state) => state === 'pending')) return 'pending'
  if (states.some((state) => state === 'running' || state === 'pending')) return 'in_progress'
  return states.includes('failed') ? 'error' : 'complete'
}
