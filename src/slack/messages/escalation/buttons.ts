import type { ActionsBlock, Button, ConfirmationDialog, RichTextElement } from '@slack/types'
import { isOpen, type Level } from '../../../escalation/escalation.ts'
import type { Offer } from '../../../escalation/levels.ts'
import { CHANGED } from '../../../watches/watch.ts'
import type { MessageBlock } from '../../blocks.ts'
import { actionIds, button } from '../action-ids.ts'
import { bold, inline, lines, mention, moment, text } from '../rich-text.ts'
import type { RunView } from '../run/run-view.ts'
import { type EscalationView, nameOf, type OtherThread } from './escalation-view.ts'

const escalate: Readonly<Record<Level, string>> = {
  1: actionIds.ticket,
  2: actionIds.lead,
  3: actionIds.page,
}

/**
 * Check again, each level that is offered and not used yet, and a watch of what is not well; of what is solved, Check
 * again alone. The value is the run's id and nothing else (S7).
 */
export function buttons(view: RunView, fixes: readonly Button[] = []): ActionsBlock {
  const again = button(actionIds.again, 'Check again', view.run.id)
  if (view.solved) return { type: 'actions', block_id: `actions_${view.run.id}`, elements: [again] }
  const used = new Set(view.escalations.filter(isOpen).map((escalation) => escalation.level))
  const levels = view.offers.filter((offer) => isOffered(offer, view) && !used.has(offer.level))
  return {
    type: 'actions',
    block_id: `actions_${view.run.id}`,
    elements: [
      ...resolveAllButton(view),
      ...fixes,
      again,
      ...levels.map((offer) => levelButton(offer, view.run.id)),
      ...watchButton(view),
    ],
  }
}

/** Once somebody watches it, the thread says how that stands. */
function watchButton({ run, watches = [] }: RunView): Button[] {
  const isIll = run.report?.verdict === 'problem' || run.failure !== null
  const isWatched = run.reason === CHANGED || watches.some(({ watch }) => !watch.outcome)
  return isIll && !isWatched ? [button(actionIds.watch, 'Watch until healthy', run.id)] : []
}

/** A healthy host wakes nobody, and of a cancelled run nobody knows anything. */
const isOffered = (offer: Offer, { run }: RunView): boolean =>
  offer.state !== 'not-offered' &&
  run.state !== 'cancelled' &&
  !(offer.level === 3 && run.report?.verdict === 'healthy')

/** The page as a button of other messages, where the host has one and the problem is not solved. */
export const pageButton = (view: RunView): Button[] =>
  view.offers
    .filter((offer) => offer.level === 3 && offer.state !== 'not-offered' && !view.solved)
    .map((offer) => levelButton(offer, view.run.id))

/** A healthy check offers to end what is still open: nobody has to look for the old thread at 3 a.m. */
const resolveAllButton = ({ run, around = [] }: RunView): Button[] =>
  around.some(isOpen) ? [{ ...button(actionIds.resolveAll, 'Resolve all', run.id), style: 'primary' }] : []

export const levelButton = (offer: Offer, runId: string): Button => ({
  ...button(escalate[offer.level], offer.button, runId),
  ...(offer.confirm ? { style: 'danger', confirm: confirmation(offer.confirm) } : {}),
})

const confirmation = ({
  title,
  text: question,
  yes,
  no,
}: NonNullable<Offer['confirm']>): ConfirmationDialog => ({
  title: { type: 'plain_text', text: title },
  text: { type: 'plain_text', text: question },
  confirm: { type: 'plain_text', text: yes },
  deny: { type: 'plain_text', text: no },
  style: 'danger',
})

/** Who escalated, when, and what came of it: a line each. */
export const escalationLines = ({ escalations, around = [] }: RunView): MessageBlock[] => [
  ...(escalations.length === 0 ? [] : [lines(...escalations.slice(-6).map(escalationLine))]),
  ...(around.length === 0 ? [] : [lines(aroundTitle(around), ...around.slice(-6).map(escalationLine))]),
]

const aroundTitle = (around: readonly EscalationView[]): RichTextElement[] =>
  text(around.some(isOpen) ? 'Still open from before; is it over?' : 'What was open from before is closed:')

const marks: Readonly<Record<EscalationView['state'], string>> = {
  requested: '⏳',
  done: '✅',
  acknowledged: '✅',
  resolved: '☑️',
  'de-escalated': '☑️',
  failed: '❌',
}

/** What happened to whom, before the name of who asked for it. */
const said: Readonly<Record<Level, Partial<Record<EscalationView['state'], string>>>> = {
  1: {
    requested: 'is being opened for',
    done: 'opened by',
    failed: 'not opened for',
  },
  2: {
    requested: 'is being contacted for',
    done: 'contacted by',
    failed: 'not reached for',
  },
  3: {
    requested: 'is being paged for',
    done: 'paged by',
    failed: 'not paged for',
  },
}

/** "✅ DevOps lead contacted by @ana · 04:07: direct message, e-mail to devops@debvisor.internal" */
export function escalationLine(escalation: EscalationView): RichTextElement[] {
  const { level, state, by, byTime, at, otherThread, acknowledgedBy, closedBy, closedAt } = escalation
  const detail = outcome(escalation)
  const verb = said[level][state] ?? said[level].done ?? ''
  return [
    ...text(`${closedAt ? marks.resolved : marks[state]} `),
    ...bold(nameOf(escalation)),
    ...text(` ${byTime ? verb.replace(/ by$/, ' for') : verb} `),
    ...mention(by),
    ...text(level === 3 && hasReached(state) ? ' through PagerDuty' : ''),
    ...text(byTime ? ', because nobody acknowledged · ' : ' · '),
    ...moment(at),
    ...otherThreadLink(otherThread),
    ...(detail ? [...text(': '), ...inline(detail, 300)] : []),
    ...(acknowledgedBy ? [...text(' · acknowledged by '), ...mention(acknowledgedBy)] : []),
    ...(closedAt ? text(` · ${closing(escalation)}`) : []),
    ...(closedBy ? [...text(' by '), ...mention(closedBy)] : []),
  ]
}

/** Why it failed, or which channels reached the lead, as long as they have not answered: one clause. */
function outcome({ level, state, error, reached, acknowledgedBy, closedAt }: EscalationView): string {
  if (error && state === 'failed') return error
  return level === 2 && !acknowledgedBy && !closedAt ? reached.join(', ') : ''
}

/** " · in another run's thread", with its link where it is known. */
export const otherThreadLink = (thread: OtherThread | null): RichTextElement[] => {
  if (!thread) return []
  const words = "another run's thread"
  return thread.url
    ? [...text(' · in '), { type: 'link', url: thread.url, text: words }]
    : text(` · in ${words}`)
}

const hasReached = (state: EscalationView['state']): boolean => state === 'done' || state === 'acknowledged'

const closing = ({ level, state }: EscalationView): string =>
  state === 'de-escalated' ? state : level === 1 ? 'closed' : 'resolved'
