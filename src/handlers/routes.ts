import type { ModalView } from '@slack/types'
import type { Message } from '../slack/message.ts'
import { actionIds } from '../slack/messages/action-ids.ts'
import { DIAGNOSE_FORM, DIAGNOSE_TITLE, diagnoseShortcuts } from '../slack/messages/diagnose-form.ts'
import { emptyForm, formAnswer } from '../slack/messages/empty-form.ts'
import { formIds } from '../slack/messages/escalation/forms.ts'
import { fixAnswer, fixCallback, fixLoading, fixNotice } from '../slack/messages/fix/fix-form.ts'
import { WRONG_FORM, WRONG_TITLE } from '../slack/messages/run/feedback.ts'
import { ticketCallback } from '../slack/messages/ticket/edit-form.ts'
import { type Submitted, ticketForms } from '../slack/messages/ticket/forms.ts'
import {
  acknowledgeButton,
  deEscalateButton,
  fillReassignment,
  resolveAllButton,
  resolveButton,
  saveReassignment,
} from './actions/escalation.ts'
import { fillWrong, rightButton, saveWrong } from './actions/feedback.ts'
import { approveButton, declineButton, fillFixForm, saveFix } from './actions/fix.ts'
import { leadInsteadButton, saveOverride } from './actions/page-outside-production.ts'
import { cancelButton, checkAgain, escalateButton } from './actions/run.ts'
import {
  fillAssignment,
  fillClosing,
  fillComment,
  fillTicketEdit,
  reopenTicketButton,
  saveAssignment,
  saveClosing,
  saveComment,
  saveTicket,
  takeTicketButton,
} from './actions/ticket.ts'
import type { Capabilities } from './capabilities.ts'
import { historyButton } from './commands/history.ts'
import { hasEffect, slash } from './commands/slash.ts'
import { moreTickets } from './commands/tickets.ts'
import { unwatchButton, watchButton } from './commands/watch.ts'
import { type AskedFrom, fillDiagnoseForm, fillFromButton } from './diagnose-form/fill-diagnose-form.ts'
import { saveDiagnoseForm } from './diagnose-form/save-diagnose-form.ts'
import { cancelFleetButton, checkFleetAgain, checkOpenAgain, showHostOfFleet } from './fleet/fleet-buttons.ts'
import type { FormContent, FormResult } from './form-result.ts'
import type { EntryPoint, SlackRequest } from './guard.ts'
import { chosenDiagnosis } from './mentions/find-diagnosis.ts'
import type { OpensForm } from './open-form.ts'

/** A slash command or a button: it may answer its caller privately. */
export interface Route extends EntryPoint {
  readonly kind: 'command' | 'button'
  handle(bot: Capabilities, request: SlackRequest): Promise<Message | undefined>
  /** Of a command: whether it does something, so that it is acknowledged when that is stored. Default: it does. */
  hasEffect?(bot: Capabilities, text: string): boolean
}

/**
 * Every entry point, in one table: what it is called, and what its caller must at least be allowed to do. guard.ts and
 * http-routes.ts check the action before anything else; a handler checks further ones (`request.permit`) once it knows
 * host and topic. A test walks this table.
 */
export const routes: readonly Route[] = [
  { kind: 'command', name: '/debvisor', action: 'ask', handle: slash, hasEffect },
  { kind: 'button', name: actionIds.again, action: 'diagnose', handle: checkAgain },
  // Whoever asked for a run may cancel it, whatever else they may.
  { kind: 'button', name: actionIds.cancel, action: 'ask', handle: cancelButton },
  { kind: 'button', name: actionIds.choose, action: 'diagnose', handle: chosenDiagnosis },
  { kind: 'button', name: actionIds.ticket, action: 'escalate', handle: escalateButton(1) },
  { kind: 'button', name: actionIds.lead, action: 'escalate', handle: escalateButton(2) },
  { kind: 'button', name: actionIds.page, action: 'page', handle: escalateButton(3) },
  { kind: 'button', name: actionIds.leadInstead, action: 'escalate', handle: leadInsteadButton },
  { kind: 'button', name: actionIds.takeTicket, action: 'escalate', handle: takeTicketButton },
  { kind: 'button', name: actionIds.reopenTicket, action: 'escalate', handle: reopenTicketButton },
  { kind: 'button', name: actionIds.moreTickets, action: 'read', handle: moreTickets },
  { kind: 'button', name: actionIds.acknowledge, action: 'escalate', handle: acknowledgeButton },
  { kind: 'button', name: actionIds.deEscalate, action: 'escalate', handle: deEscalateButton },
  { kind: 'button', name: actionIds.resolve, action: 'escalate', handle: resolveButton },
  { kind: 'button', name: actionIds.resolveAll, action: 'escalate', handle: resolveAllButton },
  { kind: 'button', name: actionIds.approve, action: 'approve', handle: approveButton },
  { kind: 'button', name: actionIds.right, action: 'read', handle: rightButton },
  { kind: 'button', name: actionIds.history, action: 'read', handle: historyButton },
  { kind: 'button', name: actionIds.watch, action: 'diagnose', handle: watchButton },
  // Whoever asked for a watch may stop it, whatever else they may.
  { kind: 'button', name: actionIds.unwatch, action: 'ask', handle: unwatchButton },
  // Whoever asked for a fleet may cancel it, whatever else they may.
  { kind: 'button', name: actionIds.cancelFleet, action: 'ask', handle: cancelFleetButton },
  { kind: 'button', name: actionIds.againFleet, action: 'diagnose', handle: checkFleetAgain },
  { kind: 'button', name: actionIds.againFleetOpen, action: 'diagnose', handle: checkOpenAgain },
  { kind: 'button', name: actionIds.fleetHost, action: 'read', handle: showHostOfFleet },
  // Which right it takes depends on whose request it is.
  { kind: 'button', name: actionIds.decline, action: 'ask', handle: declineButton },
]

/** A message that mentions the bot: what it asks takes the rights that the same command takes. */
export const mentionEntry = { name: '@debvisor', action: 'ask' } as const satisfies EntryPoint

/** A message that was written to the bot directly, in its panel above all: as a mention. */
export const directMessageEntry = { name: 'a direct message', action: 'ask' } as const satisfies EntryPoint

/** What the panel suggests to whoever opens it. */
export const promptsEntry = {
  name: 'the suggested prompts',
  action: 'read',
  isTypeAhead: true,
} as const satisfies EntryPoint

/** The Home tab: opening it reads. So does drawing it anew after a click, which has a row of its own. */
export const homeEntry = { name: 'the Home tab', action: 'read' } as const satisfies EntryPoint
export const redrawnHomeEntry = { ...homeEntry, isTypeAhead: true } as const satisfies EntryPoint

/** A button whose form opens empty the moment that it is clicked, and is filled afterwards. */
export interface Opener extends OpensForm {
  fill(bot: Capabilities, request: SlackRequest): Promise<FormContent>
}

const opener = (
  name: string,
  title: string,
  fill: Opener['fill'],
  action: Opener['action'] = 'escalate',
): Opener => ({
  name,
  action,
  loading: () => emptyForm(title, 'One moment …'),
  notice: (answer) => formAnswer(title, answer),
  fill,
})

export const openers: readonly Opener[] = [
  { name: actionIds.fix, action: 'fix', loading: fixLoading, notice: fixAnswer, fill: fillFixForm },
  opener(actionIds.editTicket, 'Ticket', fillTicketEdit),
  opener(actionIds.commentTicket, 'Ticket', fillComment),
  opener(actionIds.assignTicket, 'Ticket', fillAssignment),
  opener(actionIds.closeTicket, 'Ticket', fillClosing),
  opener(actionIds.reassign, 'Reassign', fillReassignment),
  opener(actionIds.wrong, WRONG_TITLE, fillWrong, 'read'),
  opener(actionIds.openForm, DIAGNOSE_TITLE, fillFromButton, 'diagnose'),
]

/** As an opener, from Slack's menus. `asked`: where it was chosen, and the message that it was chosen for. */
export interface Shortcut extends OpensForm {
  fill(bot: Capabilities, request: SlackRequest, asked: AskedFrom): Promise<FormContent>
}

export const shortcuts: readonly Shortcut[] = Object.values(diagnoseShortcuts).map((name) => ({
  name,
  action: 'diagnose',
  loading: () => emptyForm(DIAGNOSE_TITLE, 'One moment …'),
  notice: (answer) => formAnswer(DIAGNOSE_TITLE, answer),
  fill: fillDiagnoseForm,
}))

/** What the form's menu of hosts asks for while somebody types. */
export const hostMenuEntry = {
  name: 'the menu of hosts',
  action: 'diagnose',
  isTypeAhead: true,
} as const satisfies EntryPoint

/** What the menu of a fleet asks for when somebody opens it. */
export const fleetMenuEntry = {
  name: 'the menu of a fleet',
  action: 'read',
  isTypeAhead: true,
} as const satisfies EntryPoint

/**
 * A modal's submission: it closes, shows what was done, or says one sentence: under one of its fields, by default
 * `errorAt`, or as the view that takes its place.
 */
export interface Form extends EntryPoint {
  readonly errorAt: string | ((sentence: string) => ModalView)
  save(bot: Capabilities, request: SlackRequest, view: Submitted): Promise<FormResult>
}

export const forms: readonly Form[] = [
  { name: ticketCallback, action: 'escalate', errorAt: 'title', save: saveTicket },
  { name: ticketForms.comment, action: 'escalate', errorAt: 'comment', save: saveComment },
  { name: ticketForms.assign, action: 'escalate', errorAt: 'assignee', save: saveAssignment },
  { name: ticketForms.close, action: 'escalate', errorAt: 'reason', save: saveClosing },
  // To page takes the right to page; the form of an older version may ask for the lead, which takes the right to
  // escalate.
  { name: formIds.override, action: 'ask', errorAt: 'reason', save: saveOverride },
  { name: formIds.reassign, action: 'escalate', errorAt: 'to', save: saveReassignment },
  { name: WRONG_FORM, action: 'read', errorAt: 'was', save: saveWrong },
  { name: fixCallback, action: 'fix', errorAt: fixNotice, save: saveFix },
  { name: DIAGNOSE_FORM, action: 'diagnose', errorAt: 'host', save: saveDiagnoseForm },
]

/** A button that is in no message of ours: an older version's, or a forged one. It is answered, and has no effect. */
export const unknownButton = { name: 'an unknown button', action: 'ask' } as const satisfies EntryPoint

/**
 * What listens on HTTP. Slack's and PagerDuty's requests carry a signature, which proves them; a person in Slack's
 * passes `routes` afterwards. A sender of alerts proves itself as the configuration says.
 */
export const httpEntryPoints = {
  health: { name: 'GET /health', action: 'health' },
  alive: { name: 'GET /healthz', action: 'health' },
  ready: { name: 'GET /readyz', action: 'health' },
  metrics: { name: 'GET /metrics', action: 'metrics' },
  slack: { name: 'POST /slack/events', action: 'receive' },
  pagerDuty: { name: 'POST /pagerduty/webhook', action: 'receive' },
  // Which source it is, stands in the path; what its alerts start takes the right to diagnose.
  alerts: { name: 'POST /alerts/', action: 'receive' },
} as const satisfies Record<string, EntryPoint>
