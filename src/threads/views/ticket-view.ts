import { mirrorsOf } from '../../escalation/tickets/mirror-store.ts'
import { eventsOf, getTicket } from '../../escalation/tickets/ticket-store.ts'
import type { TicketView } from '../../slack/messages/ticket/ticket-message.ts'
import type { Queryable } from '../../store/db.ts'

/** All that its message shows. */
export async function ticketView(db: Queryable, id: string): Promise<TicketView | null> {
  const ticket = await getTicket(db, id)
  if (!ticket) return null
  return { ticket, events: await eventsOf(db, id), mirrors: await mirrorsOf(db, id) }
}
