import type { ActionsBlock, Button, ConfirmationDialog, KnownBlock, RichTextElement } from '@slack/types'
import type { Level } from '../../../escalation/levels.ts'
import { isOpen, type RungState } from '../../../escalation/moves.ts'
import { oneLine } from '../../../text/document.ts'
import { type Message, makeMessage } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { bold, lines, mention, moment, text } from '../rich-text.ts'
import { about, type Elsewhere, type RunView } from '../run/run-view.ts'
import { elsewhereLeaves, pageButton } from './buttons.ts'

/** A rung as the thread shows it. */
export interface RungView {
  readonly id: string
  readonly level: Level
  readonly state: RungState
  readonly number: number | null
  /** Slack user: who asked for it; where `byTime`, for the level whose time was over. */
  readonly by: string
  readonly byTime: boolean
  readonly at: Date
  readonly assignee: string | null
  readonly acknowledgedBy: string | null
  readonly acknowledgedAt: Date | null
  readonly closedBy: string | null
  readonly closedAt: Date | null
  readonly dueAt: Date | null
  readonly dueThen: 'offer' | 'page' | null
  readonly overdueAt: Date | null
  readonly overdueTook: 'offer' | 'page' | null
  readonly overdueNote: string | null
  /** Why the on-call was paged outside production. */
  readonly reason: string | null
  readonly error: string | null
  /** By which ways it reached people: "direct message", "e-mail to …". */
  readonly ways: readonly string[]
  /** What could not be sent yet. */
  readonly waiting: readonly { readonly what: string; readonly reason: string; readonly nextAt: Date }[]
  /** What the pager was not told, and never will be. */
  readonly untold: readonly { readonly act: string; readonly reason: string }[]
  readonly incident: {
    readonly number: string | null
    readonly url: string | null
    readonly priority: string | null
    readonly assignees: string | null
  }
  /** Its run is the one that is shown. */
  readonly own: boolean
  /** The on-call had it, and it came back to the lead. */
  readonly handedBack: boolean
  /** Null: it is in the thread that is read. */
  readonly elsewhere: Elsewhere | null
}

export interface LadderView {
  readonly run: RunView
  /** From the lowest to the highest; of each level the newest. */
  readonly rungs: readonly RungView[]
}

/** Who has it, since when, what happens next and when, and the buttons that make sense now. */
export function ladderMessage(view: LadderView): Message {
  const blocks: KnownBlock[] = [
    lines(bold('Escalation'), ...view.rungs.flatMap((rung) => rungLines(rung, isPaged(view.rungs)))),
  ]
  const elements = ladderButtons(view)
  if (elements.length > 0) blocks.push(actions(`ladder_${view.run.run.id}`, elements))
  return makeMessage(`Escalation of ${about(view.run.run)}: ${headline(view.rungs)}`, blocks)
}

export const actions = (block_id: string, elements: Button[]): ActionsBlock => ({
  type: 'actions',
  block_id,
  elements,
})

/** For notifications and screen readers: the highest rung that is open, or how it ended. */
function headline(rungs: readonly RungView[]): string {
  const top = rungs.findLast(({ state, closedAt }) => isOpen(state) && closedAt === null)
  return top ? `${nameOf(top)} ${stateWords[top.state]}` : 'over'
}

const stateWords: Readonly<Record<RungState, string>> = {
  requested: 'being reached',
  done: 'reached, not acknowledged',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
  'de-escalated': 'de-escalated',
  failed: 'not reached',
  'not-configured': 'not configured',
}

const nameOf = ({ level, number }: RungView): string => {
  if (level === 1) return number === null ? 'Ticket' : `Ticket #${number}`
  return level === 2 ? 'DevOps lead' : 'On-call'
}

export type Line = readonly RichTextElement[]

const isPaged = (rungs: readonly RungView[]): boolean =>
  rungs.some(({ level, state, closedAt }) => level === 3 && closedAt === null && isOpen(state))

const rungLines = (rung: RungView, paged: boolean): Line[] => [
  standing(rung),
  ...next(rung, paged),
  ...rung.waiting.map(
    (one): Line => [
      ...text(`     ⏸ ${one.what} waits: ${oneLine(one.reason, 200).replace(/\.$/, '')}, next try `),
      ...moment(one.nextAt),
    ],
  ),
  ...rung.untold.map(({ act, reason }) =>
    text(
      `     ⚠️ PagerDuty was not told to ${act} it (${oneLine(reason, 200).replace(/\.$/, '')}): do it there`,
    ),
  ),
  ...(rung.error && rung.state === 'failed' ? [text(`     ${oneLine(rung.error, 300)}`)] : []),
  ...(rung.reason ? [text(`     not in production; paged because: ${oneLine(rung.reason, 300)}`)] : []),
]

/** "📨 DevOps lead @lead · contacted for @ana · 14:02: direct message, e-mail to …" */
function standing(rung: RungView): Line {
  const named = [...text(`${markOf(rung)} `), ...bold(nameOf(rung)), ...whom(rung), ...text(' · ')]
  if (rung.closedAt) {
    const how = rung.state === 'de-escalated' ? 'de-escalated' : rung.level === 1 ? 'closed' : 'resolved'
    return [
      ...named,
      ...text(`${how} by `),
      ...mention(rung.closedBy ?? 'somebody'),
      ...text(' · '),
      ...moment(rung.closedAt),
    ]
  }
  if (rung.state === 'acknowledged' && rung.acknowledgedAt) {
    const by = mention(rung.acknowledgedBy ?? 'somebody')
    return [
      ...named,
      ...text('acknowledged by '),
      ...by,
      ...text(' · '),
      ...moment(rung.acknowledgedAt),
      ...incident(rung),
    ]
  }
  const ways = rung.ways.length > 0 ? text(`: ${rung.ways.join(', ')}`) : []
  return [
    ...named,
    ...text(`${did(rung)} `),
    ...mention(rung.by),
    ...(rung.byTime ? text(', because nobody acknowledged') : []),
    ...text(' · '),
    ...moment(rung.at),
    ...elsewhereLeaves(rung.elsewhere),
    ...ways,
    ...incident(rung),
  ]
}

function markOf({ level, state, closedAt }: RungView): string {
  if (closedAt) return '☑️'
  if (level === 1) return '🎫'
  const open = level === 2 ? '📨' : '📟'
  const marks: Readonly<Partial<Record<RungState, string>>> = {
    requested: '⏳',
    acknowledged: '✅',
    failed: '❌',
  }
  return marks[state] ?? open
}

const whom = ({ level, assignee }: RungView): Line =>
  level < 3 && assignee ? [...text(' '), ...mention(assignee)] : []

const did = ({ level, state }: RungView): string => {
  if (level === 1) return state === 'done' ? 'opened by' : 'is being opened for'
  if (state === 'failed') return 'not reached for'
  const [doing, done] =
    level === 2 ? ['being contacted for', 'contacted for'] : ['being paged for', 'paged for']
  return state === 'requested' ? doing : done
}

function incident({ level, incident: { number, url, priority, assignees } }: RungView): Line {
  if (level !== 3) return []
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
function next(rung: RungView, paged: boolean): Line[] {
  const { level, state, closedAt, dueAt, dueThen, overdueAt, overdueTook, overdueNote } = rung
  if (closedAt || state === 'acknowledged') return []
  if (level === 3)
    return state === 'done'
      ? [text('     next: PagerDuty goes on by its escalation policy, until somebody acknowledges')]
      : []
  if (dueAt) {
    // The on-call has it: nothing follows from the lead's silence.
    if (paged) return []
    const what = dueThen === 'page' ? 'the on-call is paged' : 'Level 3 is offered'
    return [[...text(`     next: ${what} at `), ...moment(dueAt), ...text(', unless somebody acknowledges')]]
  }
  if (!overdueAt || !overdueTook) return []
  const took = overdueTook === 'page' ? ', so Level 3 was taken' : ': Level 3 is offered'
  const note = overdueNote ? ` (${overdueNote})` : ''
  return [[...text('     nobody acknowledged by '), ...moment(overdueAt), ...text(`${took}${note}`)]]
}

function ladderButtons({ run, rungs }: LadderView): Button[] {
  const open = rungs.filter(({ level, state, closedAt }) => level > 1 && closedAt === null && isOpen(state))
  const top = open.at(-1)
  if (!top) return []
  const lead = open.find(({ level }) => level === 2)
  return [
    ...(top.state === 'acknowledged' ? [] : [acknowledgeButton(top)]),
    ...(isOffered(rungs) ? pageButton(run) : []),
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
      confirm: ask(
        'Is it resolved?',
        'All that is open for this problem is closed: the ticket, and the page too.',
        'Resolve',
      ),
    },
  ]
}

export const acknowledgeButton = ({ id, level }: Pick<RungView, 'id' | 'level'>): Button => ({
  ...button(actionIds.acknowledge, level === 3 ? 'Acknowledge page' : 'Acknowledge', id),
  style: 'primary',
})

/** The lead let the time pass, and nobody was paged yet. */
export const isOffered = (rungs: readonly RungView[]): boolean => rungs.some(isOverdue) && !isPaged(rungs)

export const isOverdue = ({ level, state, closedAt, dueAt, overdueTook }: RungView): boolean =>
  level === 2 && overdueTook === 'offer' && dueAt === null && closedAt === null && state !== 'acknowledged'

const ask = (title: string, question: string, yes: string): ConfirmationDialog => ({
  title: { type: 'plain_text', text: title },
  text: { type: 'plain_text', text: question },
  confirm: { type: 'plain_text', text: yes },
  deny: { type: 'plain_text', text: 'Not now' },
})
