import type { Run } from '../runs/run.ts'
import { ticketEventMessage, ticketFile, ticketMessage } from '../slack/messages/ticket/ticket-message.ts'
import { type PostDeps, postFile, postKeyed } from './post.ts'
import { ticketView } from './ticket-view.ts'

/**
 * In the run's thread: the ticket as it stands, its file, and a message of its own for what somebody should hear of: a comment, a person who was given
 * it. Of two that show it at once the slower one may have read the older state: each looks again after it has shown, so what stays is the newest.
 */
export async function showTicket(deps: PostDeps, run: Run, thread: string, id: string): Promise<void> {
  for (let shown = ''; ; ) {
    const view = await ticketView(deps.db, id)
    if (!view) return
    const message = ticketMessage(view)
    if (JSON.stringify(message) === shown) return
    shown = JSON.stringify(message)
    await postKeyed(deps, run, thread, `ticket:${id}`, message)
    await postFile(deps, run, thread, ticketFile(view.ticket))
    for (const event of view.events) {
      const own = ticketEventMessage(view.ticket, event)
      if (own) await postKeyed(deps, run, thread, `ticket:${id}:event:${event.position}`, own)
    }
  }
}
