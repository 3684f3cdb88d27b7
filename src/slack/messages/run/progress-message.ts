import type { ActionsBlock, PlanBlock, TaskCardBlock } from '@slack/types'
import { oneLine } from '../../../text/shorten.ts'
import { type Message, makeMessage, underWayBlock } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { context } from '../rich-text.ts'
import { about, footer, mark, type RunView, type ShownProbe, stageOf } from './run-view.ts'

/** So many probes have a line each; of more, people need to read only what is slow or gave no answer. */
const FEW = 8
/** Who is named in a line. */
const MOST_NAMES = 3

/**
 * While a run is queued or running: a plan whose tasks tick off. Its block_id never changes, or an open plan
 * would close.
 */
export function runningMessage(view: RunView): Message {
  const asked = view.probes.filter(isAsked)
  const settled = countOf(asked)
  const waits = view.run.state === 'queued'
  const progress = waits || asked.length === 0 ? '' : `, ${settled} of ${asked.length} probes done`
  const title = waits ? stageOf(view) : `${settled} of ${asked.length} probes`
  return makeMessage(`${mark(view.run)} ${about(view.run)}: ${stageOf(view)}${progress}`, [
    plan(view, `${about(view.run)}: ${title}`),
    ...cancelling(view),
    context(footer(view)),
  ])
}

/** Not of a fix's own look afterwards: nobody would know whether the fix worked. */
const cancelling = ({ run }: RunView): ActionsBlock[] =>
  run.afterFix
    ? []
    : [
        {
          type: 'actions',
          block_id: underWayBlock(run.id),
          elements: [button(actionIds.cancel, 'Cancel', run.id)],
        },
      ]

const plan = (view: RunView, title: string): PlanBlock => ({
  type: 'plan',
  block_id: `run_${view.run.id}`,
  title: oneLine(title, 150),
  tasks: (view.probes.length > FEW ? linesOfMany(view.probes) : view.probes.map(lineOfOne)).map(
    ({ title, status }, at): TaskCardBlock => ({
      type: 'task_card',
      task_id: `task_${at}`,
      title: oneLine(title, 250) || '…',
      status,
    }),
  ),
})

type Line = Pick<TaskCardBlock, 'title' | 'status'>

/** Slack's tasks know no "skipped". */
function lineOfOne(probe: ShownProbe): Line {
  const note = probe.state === 'skipped' ? `skipped${probe.note ? `: ${probe.note}` : ''}` : probe.note
  return { title: note ? `${probe.title} (${note})` : probe.title, status: statuses[probe.state] }
}

const statuses = {
  pending: 'pending',
  running: 'in_progress',
  failed: 'error',
  done: 'complete',
  skipped: 'complete',
} as const satisfies Record<ShownProbe['state'], Line['status']>

/** A line each for the first look, for what its answers ask for besides, and for what gave no answer. */
function linesOfMany(probes: readonly ShownProbe[]): readonly Line[] {
  const first = probes.filter(({ conditional }) => !conditional)
  const closer = probes.filter(({ conditional }) => conditional)
  const failed = probes.filter(({ state }) => state === 'failed')
  return [
    ...(first.length > 0 ? [lookLine(`First look: ${countOf(first)} of ${first.length}`, first)] : []),
    ...(closer.length > 0 ? [closerLine(closer)] : []),
    ...(failed.length > 0
      ? [{ title: `Without an answer: ${named(failed)}`, status: 'error' as const }]
      : []),
  ]
}

/** How many of them are needed is known only once the first look is over. */
function closerLine(probes: readonly ShownProbe[]): Line {
  const asked = probes.filter(isAsked)
  const words = asked.length > 0 ? `: ${countOf(asked)} of ${asked.length}` : ', if they are needed'
  return lookLine(`Closer looks${words}`, probes)
}

/** Names those that are waited for once they are few: they are the slow ones. */
function lookLine(title: string, probes: readonly ShownProbe[]): Line {
  const running = probes.filter(({ state }) => state === 'running')
  const slow = running.length <= MOST_NAMES && running.length < probes.length ? running : []
  return {
    title: slow.length > 0 ? `${title}, waiting for ${named(slow)}` : title,
    status: statusOf(probes.map(({ state }) => state)),
  }
}

/** A closer look is counted once it is known to be needed, or most of all that there is would seem to be left. */
const isAsked = ({ conditional, state }: ShownProbe): boolean =>
  !conditional || (state !== 'pending' && state !== 'skipped')

const countOf = (probes: readonly ShownProbe[]): number => probes.filter(isSettled).length

const isSettled = ({ state }: ShownProbe): boolean => state !== 'pending' && state !== 'running'

function named(probes: readonly ShownProbe[]): string {
  const names = probes.slice(0, MOST_NAMES).map((probe) => oneLine(nameOf(probe), 60))
  const more = probes.length - names.length
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** The line that it stands in says that it gave no answer. */
const nameOf = (probe: ShownProbe): string =>
  probe.note === 'no answer' ? probe.title : lineOfOne(probe).title

/** What gave no answer has a line of its own. */
function statusOf(states: readonly ShownProbe['state'][]): Line['status'] {
  if (states.every((state) => state === 'pending')) return 'pending'
  return states.some((state) => state === 'running' || state === 'pending') ? 'in_progress' : 'complete'
}
