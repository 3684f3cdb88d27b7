import type { Queue } from '../jobs/queue.ts'
import { noticeMessage } from '../slack/blocks/answers.ts'
import { editedBody, readTicketEdit, type Submitted, ticketModal } from '../slack/blocks/ticket.ts'
import type { Delivery } from '../slack/delivery.ts'
import type { Message } from '../slack/message.ts'
import type { Db } from '../store/db.ts'
import { type Escalation, editTicket, getEscalation } from '../store/escalations.ts'
import { getRun } from '../store/runs.ts'
import type { Ask, Permit } from './door.ts'

export interface TicketDeps {
  readonly db: Db
  readonly queue: Queue
  readonly delivery: Delivery
}

const GONE = 'This ticket is gone, or not of this workspace: nothing was changed.'
const CHANGED = 'Somebody else edited this ticket meanwhile. Close this, read it again, then edit.'

/** *Edit*: opens the ticket in a modal, within the 3 s that Slack gives. */
export async function editTicketButton(deps: TicketDeps, ask: Ask): Promise<Message | undefined> {
  const ticket = await ticketOf(deps.db, ask)
  if (!ticket) return noticeMessage(GONE)
  const permit = await permitEdit(deps, ask, ticket)
  if (!permit.allowed) return noticeMessage(permit.reason)
  await deps.db.tx((tx) => permit.audit(tx))
  const opened = await deps.delivery.openView(ask.trigger, ticketModal(ticket))
  return opened.ok ? undefined : noticeMessage('Slack did not open the form; click *Edit* again.')
}

/** What the modal's submission answers: nothing (it closes), or an error under its title. */
export type Saved = { readonly ok: true } | { readonly ok: false; readonly sentence: string }

export async function saveTicket(deps: TicketDeps, ask: Ask, view: Submitted): Promise<Saved> {
  const edit = readTicketEdit(view)
  if (!edit) return { ok: false, sentence: 'A ticket needs a title and a severity.' }
  const ticket = await ticketOf(deps.db, { ...ask, text: edit.id })
  if (!ticket) return { ok: false, sentence: GONE }
  const permit = await permitEdit(deps, ask, ticket)
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  return deps.db.tx(async (tx) => {
    const text = { title: edit.title, severity: edit.severity, body: editedBody(ticket.body, edit.opening) }
    if (!(await editTicket(tx, ticket.id, text, edit.version))) return { ok: false, sentence: CHANGED }
    await deps.queue.send(tx, { kind: 'redraw', runId: ticket.runId })
    await permit.audit(tx, `ticket ${ticket.number}`)
    return { ok: true }
  })
}

/** The rights on a ticket are those on its run's host and topic. */
async function permitEdit(deps: TicketDeps, ask: Ask, ticket: Escalation): Promise<Permit> {
  const run = await getRun(deps.db, ticket.runId)
  if (!run) return { allowed: false, reason: GONE }
  return ask.permit('escalate', { host: run.host, topic: run.topic })
}

async function ticketOf(db: Db, ask: Ask): Promise<Escalation | null> {
  const ticket = await getEscalation(db, ask.text).catch(() => null)
  return ticket?.team === ask.team && ticket.level === 1 ? ticket : null
}
