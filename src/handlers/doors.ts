import type { EscalateDeps } from '../escalation/escalate.ts'
import type { FixDoorDeps } from './fix.ts'
import type { LadderDeps } from './ladder.ts'
import type { SlashDeps } from './slash.ts'
import type { TicketDeps } from './ticket.ts'

/** What all handlers together use; each names its own part. */
export type Doors = SlashDeps & EscalateDeps & TicketDeps & LadderDeps & FixDoorDeps
