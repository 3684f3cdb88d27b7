import type { ActionsBlock, Button, ConfirmationDialog, KnownBlock, RichTextElement } from '@slack/types'
import type { Level, Offer } from '../../../escalation/levels.ts'
import { isOpen } from '../../../escalation/moves.ts'
import { actionIds, button } from '../action-ids.ts'
import { bold, inline, lines, mention, moment, text } from '../rich-text.ts'
import type { Elsewhere, EscalationView, RunView } from '../run/run-view.ts'

const escalate: Readonly<Record<Level, string>> = {
  1: actionIds.ticket,
  2: actionIds.lead,
  3: actionIds.page,
}

/**
 * Check again, and each level that is offered and not used yet. The value is the run's id and nothing else
 * (S7).
 */
export function buttons(view: RunView, fixes: readonly Button[] = []): ActionsBlock {
  const used = new Set(view.escalations.filter(isUsed).map((escalation) => escalation.level))
  const levels = view.offers.filter((offer) => isOffered(offer, view) && !used.has(offer.level))
  return {
    type: 'actions',
    block_id: `actions_${view.run.id}`,
    elements: [
      ...resolveAllButton(view),
      ...fixes,
      button(actionIds.again, 'Check again', view.run.id),
      ...levels.map((offer) => levelButton(offer, view.run.id)),
    ],
  }
}

/** A healthy host wakes nobody. */
const isOffered = (offer: Offer, { run }: RunView): boolean =>
  offer.state !== 'not-offered' && !(offer.level === 3 && run.report?.verdict === 'healthy')

/** What failed, was not configured, or is closed may be asked for again. */
const isUsed = ({ state, over }: EscalationView): boolean => isOpen(state) && !over

/** The page as a button of other messages, where the host has one. */
export const pageButton = (view: RunView): Button[] =>
  view.offers
    .filter((offer) => offer.level === 3 && offer.state !== 'not-offered')
    .map((offer) => levelButton(offer, view.run.id))

/** A healthy check offers to end what is still open: nobody has to look for the old thread at 3 a.m. */
const resolveAllButton = ({ run, around = [] }: RunView): Button[] =>
  around.some(isUsed) ? [{ ...button(actionIds.resolveAll, 'Resolve all', run.id), style: 'primary' }] : []

const levelButton = (offer: Offer, runId: string): Button => ({
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
export const escalationLines = ({ escalations, around = [] }: RunView): KnownBlock[] => [
  ...(escalations.length === 0 ? [] : [lines(...escalations.slice(-6).map(escalationLine))]),
  ...(around.length === 0 ? [] : [lines(aroundTitle(around), ...around.slice(-6).map(escalationLine))]),
]

const aroundTitle = (around: readonly EscalationView[]): RichTextElement[] =>
  text(around.some(isUsed) ? 'Still open from before; is it over?' : 'What was open from before is closed:')

const marks: Readonly<Record<EscalationView['state'], string>> = {
  requested: '⏳',
  done: '✅',
  acknowledged: '✅',
  resolved: '☑️',
  'de-escalated': '☑️',
  failed: '❌',
  'not-configured': '⚠️',
}

/** What happened to whom, before the name of who asked for it. */
const said: Readonly<Record<Level, Partial<Record<EscalationView['state'], string>>>> = {
  1: {
    requested: 'is being opened for',
    done: 'opened by',
    failed: 'not opened for',
    'not-configured': 'not configured, asked for by',
  },
  2: {
    requested: 'is being contacted for',
    done: 'contacted by',
    failed: 'not reached for',
    'not-configured': 'not configured, asked for by',
  },
  3: {
    requested: 'is being paged for',
    done: 'paged by',
    failed: 'not paged for',
    'not-configured': 'not configured, asked for by',
  },
}

/** "✅ DevOps lead contacted by @ana · 04:07: direct message, e-mail to devops@debvisor.internal" */
export function escalationLine(escalation: EscalationView): RichTextElement[] {
  const { level, state, by, byTime, at, detail, elsewhere, acknowledgedBy, closedBy, over } = escalation
  const verb = said[level][state] ?? said[level].done ?? ''
  return [
    ...text(`${over ? marks.resolved : marks[state]} `),
    ...bold(nameOf(escalation)),
    ...text(` ${byTime ? verb.replace(/ by$/, ' for') : verb} `),
    ...mention(by),
    ...text(byTime ? ', because nobody acknowledged,' : ''),
    ...text(level === 3 && reached(state) ? ' through PagerDuty · ' : ' · '),
    ...moment(at),
    ...elsewhereLeaves(elsewhere),
    ...(detail ? [...text(': '), ...inline(detail, 300)] : []),
    ...(acknowledgedBy ? [...text(' · acknowledged by '), ...mention(acknowledgedBy)] : []),
    ...(over ? text(` · ${closing(escalation)}`) : []),
    ...(closedBy ? [...text(' by '), ...mention(closedBy)] : []),
  ]
}

/** The way to the other thread. */
export const elsewhereLeaves = (place: Elsewhere | null | undefined): RichTextElement[] => {
  if (!place) return []
  const words = "another run's thread"
  return place.url
    ? [...text(' · in '), { type: 'link', url: place.url, text: words }]
    : text(` · in ${words}`)
}

const reached = (state: EscalationView['state']): boolean => state === 'done' || state === 'acknowledged'

const closing = ({ level, state }: EscalationView): string =>
  state === 'de-escalated' ? state : level === 1 ? 'closed' : 'resolved'

function nameOf({ level, number }: EscalationView): string {
  if (level === 1) return number === null ? 'Ticket' : `Ticket #${number}`
  return level === 2 ? 'DevOps lead' : 'On-call'
}
