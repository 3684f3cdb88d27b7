import type { EscalateDeps } from '../escalation/escalate.ts'
import type { EscalationDoorDeps } from './actions/escalation.ts'
import type { FixDoorDeps } from './actions/fix.ts'
import type { TicketDeps } from './actions/ticket.ts'
import type { SlashDeps } from './commands/slash.ts'

/** What all handlers together use; each names its own part. */
export type Doors = SlashDeps & EscalateDeps & TicketDeps & EscalationDoorDeps & FixDoorDeps
