import type { Action } from '../access/authorize.ts'
import { actionIds } from '../slack/blocks/escalations.ts'
import { formIds } from '../slack/blocks/ladder-forms.ts'
import { type Submitted, ticketCallback } from '../slack/blocks/ticket.ts'
import type { Message } from '../slack/message.ts'
import { checkAgain, escalateButton } from './buttons.ts'
import type { Ask } from './door.ts'
import type { Doors } from './doors.ts'
import type { Filed } from './filed.ts'
import {
  acknowledgeButton,
  deEscalateButton,
  reassignButton,
  reassignFiled,
  resolveAllButton,
  resolveButton,
} from './ladder.ts'
import { overrideFiled } from './override.ts'
import { slash } from './slash.ts'
import { editTicketButton } from './ticket.ts'

/**
 * Every way in, in one table: what it is called, and what its caller must at least be allowed to do. The wrapper (door.ts, http.ts) checks the
 * action before anything else; a handler checks further ones (`ask.permit`) once it knows host and topic. A test walks this table.
 */
interface Way {
  readonly name: string
  readonly action: Action
}

/** A slash command or a button: it may answer its caller privately. */
export interface Route extends Way {
  readonly kind: 'command' | 'button'
  handle(doors: Doors, ask: Ask): Promise<Message | undefined>
}

export const routes: readonly Route[] = [
  { kind: 'command', name: '/debvisor', action: 'ask', handle: slash },
  { kind: 'button', name: actionIds.again, action: 'diagnose', handle: checkAgain },
  { kind: 'button', name: actionIds.ticket, action: 'escalate', handle: escalateButton(1) },
  { kind: 'button', name: actionIds.lead, action: 'escalate', handle: escalateButton(2) },
  { kind: 'button', name: actionIds.page, action: 'page', handle: escalateButton(3) },
  { kind: 'button', name: actionIds.editTicket, action: 'escalate', handle: editTicketButton },
  { kind: 'button', name: actionIds.acknowledge, action: 'escalate', handle: acknowledgeButton },
  { kind: 'button', name: actionIds.reassign, action: 'escalate', handle: reassignButton },
  { kind: 'button', name: actionIds.deEscalate, action: 'escalate', handle: deEscalateButton },
  { kind: 'button', name: actionIds.resolve, action: 'escalate', handle: resolveButton },
  { kind: 'button', name: actionIds.resolveAll, action: 'escalate', handle: resolveAllButton },
]

/** A modal whose submission closes it, or shows a sentence under one of its fields; `main` is the field for a refusal. */
export interface Form extends Way {
  readonly main: string
  file(doors: Doors, ask: Ask, view: Submitted): Promise<Filed>
}

export const forms: readonly Form[] = [
  { name: formIds.override, action: 'escalate', main: 'what', file: overrideFiled },
  { name: formIds.reassign, action: 'escalate', main: 'to', file: reassignFiled },
]

/** A modal's submission: it closes, or shows an error in place. */
export const savedTicket = { name: ticketCallback, action: 'escalate' } as const satisfies Way

/** What listens on HTTP. Slack's and PagerDuty's requests carry a signature, which proves them; a person in Slack's passes `routes` afterwards. */
export const httpWays = {
  health: { name: 'GET /health', action: 'health' },
  slack: { name: 'POST /slack/events', action: 'receive' },
  pagerDuty: { name: 'POST /pagerduty/webhook', action: 'receive' },
} as const satisfies Record<string, Way>
