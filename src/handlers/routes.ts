import type { Action } from '../access/authorize.ts'
import { actionIds } from '../slack/blocks/escalations.ts'
import { ticketCallback } from '../slack/blocks/ticket.ts'
import type { Message } from '../slack/message.ts'
import { checkAgain, escalateButton } from './buttons.ts'
import type { Ask } from './door.ts'
import type { Doors } from './doors.ts'
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
]

/** A modal's submission: it closes, or shows an error in place. */
export const savedTicket = { name: ticketCallback, action: 'escalate' } as const satisfies Way

/** What listens on HTTP. Slack's requests carry a signature, which proves Slack; the person in them passes `routes` afterwards. */
export const httpWays = {
  health: { name: 'GET /health', action: 'health' },
  slack: { name: 'POST /slack/events', action: 'receive' },
} as const satisfies Record<string, Way>
