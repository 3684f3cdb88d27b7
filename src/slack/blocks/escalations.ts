import type { ActionsBlock, Button, ConfirmationDialog, KnownBlock, RichTextElement } from '@slack/types'
import type { Level, Offer } from '../../escalation/levels.ts'
import { bold, inline, lines, mention, moment, text } from './rich.ts'
import type { EscalationView, RunView } from './run-view.ts'

/** The action ids of every button that we post; handlers/ has a door for each. */
export const actionIds = {
  again: 'run_again',
  ticket: 'escalate_1',
  lead: 'escalate_2',
  page: 'escalate_3',
  editTicket: 'ticket_edit',
  fix: 'fix_apply',
  approve: 'fix_approve',
  decline: 'fix_decline',
} as const

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
      ...fixes,
      button(actionIds.again, 'Check again', view.run.id),
      ...levels.map((offer) => levelButton(offer, view.run.id)),
    ],
  }
}

/** A healthy host wakes nobody. */
const isOffered = (offer: Offer, { run }: RunView): boolean =>
  offer.state !== 'not-offered' && !(offer.level === 3 && run.report?.verdict === 'healthy')

/** What failed, or was not configured, may be asked for again. */
const isUsed = ({ state }: EscalationView): boolean => state === 'requested' || state === 'done'

export const button = (actionId: string, label: string, value: string): Button => ({
  type: 'button',
  action_id: actionId,
  text: { type: 'plain_text', text: label, emoji: false },
  value,
})

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
export const escalationLines = ({ escalations }: RunView): KnownBlock[] =>
  escalations.length === 0 ? [] : [lines(...escalations.slice(-6).map(escalationLine))]

const marks = { requested: '⏳', done: '✅', failed: '❌', 'not-configured': '⚠️' } as const

/** What happened to whom, before the name of who asked for it. */
const said: Readonly<Record<Level, Record<EscalationView['state'], string>>> = {
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
  const { level, state, by, at, detail, problemShared } = escalation
  return [
    ...text(`${marks[state]} `),
    ...bold(nameOf(escalation)),
    ...text(` ${said[level][state]} `),
    ...mention(by),
    ...text(level === 3 && state === 'done' ? ' through PagerDuty · ' : ' · '),
    ...moment(at),
    ...text(problemShared ? " · in another run's thread" : ''),
    ...(detail ? [...text(': '), ...inline(detail, 300)] : []),
  ]
}

function nameOf({ level, number }: EscalationView): string {
  if (level === 1) return number === null ? 'Ticket' : `Ticket #${number}`
  return level === 2 ? 'DevOps lead' : 'On-call'
}
