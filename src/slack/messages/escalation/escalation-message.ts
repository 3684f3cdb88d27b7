import type { ActionsBlock, Button, ConfirmationDialog, RichTextElement } from '@slack/types'
import { isOpen } from '../../../escalation/escalation.ts'
import type { EscalationState } from '../../../escalation/moves.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { type Message, makeMessage } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { bold, lines, mention, moment, text } from '../rich-text.ts'
import { about, type RunView } from '../run/run-view.ts'
import { otherThreadLink, pageButton } from './buttons.ts'
import { type EscalationView, nameOf } from './escalation-view.ts'

/** The escalations of a run's problem, for the message in its thread. */
export interface EscalationsView {
  readonly run: RunView
  /** From the lowest to the highest; of each level the newest. */
  readonly levels: readonly EscalationView[]
}

/** Who has it, since when, what happens next and when, and the buttons that make sense now. */
export function escalationMessage(view: EscalationsView): Message {
  const blocks: MessageBlock[] = [
    lines(
      bold('Escalation'),
      ...view.levels.flatMap((escalation) => levelLines(escalation, isPaged(view.levels))),
    ),
  ]
  const elements = escalationButtons(view)
  if (elements.length > 0) blocks.push(actions(`ladder_${view.run.run.id}`, elements))
  return makeMessage(`Escalation of ${about(view.run.run)}: ${headline(view.levels)}`, blocks)
}

export const actions = (block_id: string, elements: Button[]): ActionsBlock => ({
  type: 'actions',
  block_id,
  elements,
})

/** For notifications and screen readers: the highest level that is open, or how the highest one ended. */
function headline(levels: readonly EscalationView[]): string {
  const top = levels.findLast(isOpen)
  if (top) return `${nameOf(top)} ${top.level === 1 ? 'is open' : openWords[top.level][top.state]}`
  const last = levels.at(-1)
  if (last?.state === 'failed')
    return last.level === 3 ? 'nobody was paged' : `${nameOf(last)} could not be reached`
  return last?.level === 1 ? `${nameOf(last)} is closed` : (last?.state ?? 'nobody was asked')
}

const openWords: Readonly<Record<2 | 3, Partial<Record<EscalationState, string>>>> = {
  2: {
    requested: 'is being contacted',
    done: 'was contacted and has not acknowledged',
    acknowledged: 'has acknowledged',
  },
  3: {
    requested: 'is being paged',
    done: 'was paged and has not acknowledged',
    acknowledged: 'has acknowledged',
  },
}

export type Line = readonly RichTextElement[]

const isPaged = (levels: readonly EscalationView[]): boolean =>
  levels.some((escalation) => escalation.level === 3 && isOpen(escalation))

/** `paged`: the on-call has it too. */
export const levelLines = (escalation: EscalationView, paged: boolean): Line[] => [
  standing(escalation),
  ...next(escalation, paged),
  ...escalation.waiting.map(
    (one): Line => [
      ...text(`     ⏸ ${one.what} waits: ${oneLine(one.reason, 200).replace(/\.$/, '')}, next try `),
      ...moment(one.nextAt),
    ],
  ),
  ...escalation.untold.map(({ act, reason }) =>
    text(
      `     ⚠️ PagerDuty was not told to ${act} it (${oneLine(reason, 200).replace(/\.$/, '')}): do it there`,
    ),
  ),
  ...(escalation.error && escalation.state === 'failed'
    ? [text(`     ${oneLine(escalation.error, 300)}`)]
    : []),
  ...(escalation.reason
    ? [text(`     not in production; paged because: ${oneLine(escalation.reason, 300)}`)]
    : []),
]

/** "📨 DevOps lead @lead · contacted for @ana · 14:02: direct message, e-mail to …" */
function standing(escalation: EscalationView): Line {
  const named = [
    ...text(`${markOf(escalation)} `),
    ...bold(nameOf(escalation)),
    ...whom(escalation),
    ...text(' · '),
  ]
  if (escalation.closedAt) {
    const how =
      escalation.state === 'de-escalated' ? 'de-escalated' : escalation.level === 1 ? 'closed' : 'resolved'
    return [
      ...named,
      ...text(`${how} by `),
      ...mention(escalation.closedBy ?? 'somebody'),
      ...text(' · '),
      ...moment(escalation.closedAt),
    ]
  }
  if (escalation.state === 'acknowledged' && escalation.acknowledgedAt) {
    const by = mention(escalation.acknowledgedBy ?? 'somebody')
    return [
      ...named,
      ...text('acknowledged by '),
      ...by,
      ...text(' · '),
      ...moment(escalation.acknowledgedAt),
      ...incident(escalation),
    ]
  }
  const reached = escalation.reached.length > 0 ? text(`: ${escalation.reached.join(', ')}`) : []
  return [
    ...named,
    ...text(`${did(escalation)} `),
    ...mention(escalation.by),
    ...(escalation.byTime ? text(', because nobody acknowledged') : []),
    ...text(' · '),
    ...moment(escalation.at),
    ...otherThreadLink(escalation.otherThread),
    ...reached,
    ...incident(escalation),
  ]
}

function markOf({ level, state, closedAt }: EscalationView): string {
  if (closedAt) return '☑️'
  if (level === 1) return '🎫'
  const open = level === 2 ? '📨' : '📟'
  const marks: Readonly<Partial<Record<EscalationState, string>>> = {
    requested: '⏳',
    acknowledged: '✅',
    failed: '❌',
  }
  return marks[state] ?? open
}

const whom = ({ level, assignee }: EscalationView): Line =>
  level < 3 && assignee ? [...text(' '), ...mention(assignee)] : []

const did = ({ level, state }: EscalationView): string => {
  if (level === 1) return state === 'done' ? 'opened by' : 'is being opened for'
  if (state === 'failed') return 'not reached for'
  const [doing, done] =
    level === 2 ? ['being contacted for', 'contacted for'] : ['being paged for', 'paged for']
  return state === 'requested' ? doing : done
}

function incident({ level, incident: known }: EscalationView): Line {
  if (level !== 3 || !known) return []
  const { number, url, priority, assignees } = known
  const name = number ? `incident #${number}` : 'its incident'
  const link: Line = url
    ? [...text(' · '), { type: 'link', url, text: name }]
    : number
      ? text(` · ${name}`)
      : []
  const more = [priority, assignees ? `with ${assignees}` : null].filter((part) => part !== null)
  return [...link, ...text(more.map((part) => ` · ${oneLine(part, 150)}`).join(''))]
}

/** What happens next and when; or what happened when the time was over. */
function next(escalation: EscalationView, paged: boolean): Line[] {
  const { level, state, closedAt, dueAt, dueThen, overdueAt, overdueTook, overdueNote } = escalation
  if (closedAt || state === 'acknowledged') return []
  if (level === 3)
    return state === 'done'
      ? [text('     next: PagerDuty goes on by its escalation policy, until somebody acknowledges')]
      : []
  if (dueAt) {
    // The on-call has it: nothing follows from the lead's silence.
    if (paged) return []
    const what = dueThen === 'page' ? 'the on-call is paged' : 'paging the on-call is offered'
    return [[...text(`     next: ${what} at `), ...moment(dueAt), ...text(', unless somebody acknowledges')]]
  }
  if (!overdueAt || !overdueTook) return []
  const took = overdueTook === 'page' ? ', so a page was asked for' : ': paging the on-call is offered'
  const note = overdueNote ? ` (${overdueNote})` : ''
  return [[...text('     nobody acknowledged by '), ...moment(overdueAt), ...text(`${took}${note}`)]]
}

function escalationButtons({ run, levels }: EscalationsView): Button[] {
  const open = levels.filter((escalation) => escalation.level > 1 && isOpen(escalation))
  const top = open.at(-1)
  if (!top) return []
  const lead = open.find(({ level }) => level === 2)
  return [
    ...(top.state === 'acknowledged' ? [] : [acknowledgeButton(top)]),
    ...(isOffered(levels) ? pageButton(run) : []),
    ...(lead ? [button(actionIds.reassign, 'Reassign', lead.id)] : []),
    {
      ...button(actionIds.deEscalate, 'De-escalate', top.id),
      confirm: ask(
        'De-escalate?',
        top.level === 3
          ? 'The page ends, and the DevOps lead has it again.'
          : 'The DevOps lead is let off, and a ticket stays open.',
        'De-escalate',
      ),
    },
    {
      ...button(actionIds.resolve, 'Resolve', top.id),
      style: 'primary',
      confirm: confirmResolve,
    },
  ]
}

export const acknowledgeButton = ({ id, level }: Pick<EscalationView, 'id' | 'level'>): Button => ({
  ...button(actionIds.acknowledge, level === 3 ? 'Acknowledge page' : 'Acknowledge', id),
  style: 'primary',
})

/** The lead let the time pass, and nobody was paged yet. */
export const isOffered = (levels: readonly EscalationView[]): boolean =>
  levels.some(isOverdue) && !isPaged(levels)

export const isOverdue = ({ level, state, closedAt, dueAt, overdueTook }: EscalationView): boolean =>
  level === 2 && overdueTook === 'offer' && dueAt === null && closedAt === null && state !== 'acknowledged'

const ask = (title: string, question: string, yes: string): ConfirmationDialog => ({
  title: { type: 'plain_text', text: title },
  text: { type: 'plain_text', text: question },
  confirm: { type: 'plain_text', text: yes },
  deny: { type: 'plain_text', text: 'Not now' },
})

export const confirmResolve = ask(
  'Is it resolved?',
  'All that is open for this problem is closed: the ticket, and the page too.',
  'Resolve',
)
