import type { Action } from '../access/authorize.ts'
import { actionIds } from '../slack/blocks/escalations.ts'
import { fixCallback } from '../slack/blocks/fix-modal.ts'
import { ticketCallback } from '../slack/blocks/ticket.ts'
import type { Message } from '../slack/message.ts'
import { checkAgain, escalateButton } from './buttons.ts'
import type { Ask } from './door.ts'
import type { Doors } from './doors.ts'
import { applyFixButton, approveButton, declineButton } from './fix.ts'
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
  { kind: 'button', name: actionIds.fix, action: 'fix', handle: applyFixButton },
  { kind: 'button', name: actionIds.approve, action: 'approve', handle: approveButton },
  { kind: 'button', name: actionIds.decline, action: 'approve', handle: declineButton },
]

/** A modal's submission: it closes, or shows an error in place. */
export const savedTicket = { name: ticketCallback, action: 'escalate' } as const satisfies Way

/** The form of *Apply fix*: it closes, or says why nothing was asked for. */
export const submittedFix = { name: fixCallback, action: 'fix' } as const satisfies Way

/** A button that is in no message of ours: an older version's, or a forged one. It is answered, and has no effect. */
export const unknownButton = { name: 'an unknown button', action: 'ask' } as const satisfies Way

/** What listens on HTTP. Slack's requests carry a signature, which proves Slack; the person in them passes `routes` afterwards. */
export const httpWays = {
  health: { name: 'GET /health', action: 'health' },
  slack: { name: 'POST /slack/events', action: 'receive' },
} as const satisfies Record<string, Way>
