import type { Note, TrackedTicket, Tracker } from '../../integrations/tracker.ts'
import type { Workspace } from '../../slack/workspace/workspace.ts'
import type { Queryable } from '../../store/db.ts'
import { messageOf } from '../../store/posted-messages.ts'
import type { Queue } from '../../store/queue.ts'
import type { Store } from '../../store/store.ts'
import { opening } from './editable-text.ts'
import {
  beginStep,
  endStep,
  type MirrorRow,
  mirrorsOf,
  openMirrors,
  type StepEnd,
  wakeMirrors,
} from './mirror-store.ts'
import { eventsOf, getTicket, type Ticket, type TicketEvent } from './ticket-store.ts'

/** Who brings tickets to other trackers. */
export interface MirrorWorker {
  readonly store: Store
  readonly slack: Pick<Workspace, 'delivery' | 'displayName'>
  /** Those that are configured. */
  readonly trackers: readonly Tracker[]
}

/** A new ticket is to appear in every tracker that is configured; in the transaction that is given. */
export async function startMirrors(
  tx: Queryable,
  { store, trackers }: Pick<MirrorWorker, 'store' | 'trackers'>,
  ticketId: string,
): Promise<void> {
  const targets = trackers.map(({ target }) => target)
  if (targets.length === 0) return
  await openMirrors(tx, ticketId, targets)
  for (const target of targets) await store.queue.send(tx, { kind: 'mirror', ticketId, target })
}

/** Something happened to the ticket: its mirrors are to hear of it; in the transaction of what happened. */
export async function tellMirrors(tx: Queryable, queue: Queue, ticketId: string): Promise<void> {
  for (const target of await wakeMirrors(tx, ticketId))
    await queue.send(tx, { kind: 'mirror', ticketId, target })
}

const BUSY_MS = 5_000

/**
 * Brings a tracker up to date with a ticket, a step at a time: the item, then a note for each thing that happened. Each
 * step is counted before anything is sent and noted when it is done, so after a crash or a lost answer it is looked up
 * there and not repeated. A tracker that is down gets a job for later.
 */
export async function mirror(worker: MirrorWorker, ticketId: string, target: string): Promise<void> {
  const { store } = worker
  for (;;) {
    const row = await beginStep(store, ticketId, target)
    if (!row) return comeBack(store, ticketId, target)
    const end = await step(worker, row)
    const now = await store.tx((tx) => settle(tx, store.queue, row, end))
    if (now?.state !== 'waiting' || end.kind === 'again') return
  }
}

/** The job was given up: it broke on our side. Nothing of a ticket is lost for that. */
export const mirrorLater = (
  { store }: Pick<MirrorWorker, 'store'>,
  ticketId: string,
  target: string,
): Promise<void> =>
  store.tx((tx) => store.queue.send(tx, { kind: 'mirror', ticketId, target }, { afterMs: LONGEST_WAIT_MS }))

/**
 * Nothing to do; or another worker has it, and may not see what this job was sent for; or its time has not come, and a
 * job is sent for that.
 */
async function comeBack(store: Store, ticketId: string, target: string): Promise<void> {
  const row = (await mirrorsOf(store, ticketId)).find((each) => each.target === target)
  if (row?.state !== 'waiting' || row.nextTry !== null) return
  await store.tx((tx) => store.queue.send(tx, { kind: 'mirror', ticketId, target }, { afterMs: BUSY_MS }))
}

async function settle(tx: Queryable, queue: Queue, row: MirrorRow, end: StepEnd): Promise<MirrorRow | null> {
  const { ticketId, target } = row
  const now = await endStep(tx, row, end)
  if (!now) return null
  if (end.kind === 'again')
    await queue.send(tx, { kind: 'mirror', ticketId, target }, { afterMs: end.afterMs })
  const ticket = end.kind === 'stepped' && row.externalId !== null ? null : await getTicket(tx, ticketId)
  if (ticket) await queue.send(tx, { kind: 'redraw', runId: ticket.runId })
  return now
}

async function step(worker: MirrorWorker, row: MirrorRow): Promise<StepEnd> {
  const tracker = worker.trackers.find(({ target }) => target === row.target)
  if (!tracker) return { kind: 'failed', error: 'it is not configured any more' }
  const ticket = await getTicket(worker.store, row.ticketId)
  if (!ticket) return { kind: 'failed', error: 'the ticket is gone' }
  const again = row.tries > 1
  const tracked = await trackedTicket(worker, ticket)
  if (row.externalId === null) {
    const made = await tracker.create(tracked, again)
    return made.ok ? { kind: 'stepped', ...made.value, synced: row.synced } : missed(row, made)
  }
  const [event] = await eventsOf(worker.store, ticket.id, row.synced)
  if (!event) return { kind: 'done' }
  const item = { externalId: row.externalId, url: row.url }
  const noted = await tracker.note(item, tracked, await noteOf(worker, event), again)
  return noted.ok ? { kind: 'stepped', ...item, synced: event.position } : missed(row, noted)
}

const FIRST_WAIT_MS = 2_000
const LONGEST_WAIT_MS = 900_000

/** As long as the tracker asked for, else twice as long each time, a quarter of an hour at most. */
function missed(row: MirrorRow, miss: { retry: boolean; reason: string; afterMs?: number }): StepEnd {
  if (!miss.retry) return { kind: 'failed', error: miss.reason }
  const growing = Math.min(FIRST_WAIT_MS * 2 ** Math.min(row.tries - 1, 20), LONGEST_WAIT_MS)
  return { kind: 'again', afterMs: Math.max(miss.afterMs ?? 0, growing), error: miss.reason }
}

async function trackedTicket({ store, slack }: MirrorWorker, ticket: Ticket): Promise<TrackedTicket> {
  const { id, number, title, severity, host, topic, createdAt, body } = ticket
  const main = await messageOf(store, ticket.runId, 'main')
  const first = opening(body)
  return {
    ...{ id, number, title, severity, host, topic, createdAt },
    openedBy: await slack.displayName(ticket.actor.id),
    opening: first,
    evidence: body.slice(first.length),
    threadUrl: main?.ts ? await slack.delivery.permalink(ticket.channel, main.ts) : undefined,
    recurrenceOf: ticket.earlier?.number,
  }
}

async function noteOf({ slack }: MirrorWorker, event: TicketEvent): Promise<Note> {
  const { kind, at, position } = event
  const isPerson = kind === 'assigned' || kind === 'started'
  const whom = isPerson && event.text ? await slack.displayName(event.text) : 'nobody'
  return {
    ...{ kind, at, key: String(position) },
    by: await slack.displayName(event.actor),
    did: did[kind](whom),
    text: isPerson ? '' : (event.text ?? ''),
  }
}

const did: Readonly<Record<TicketEvent['kind'], (whom: string) => string>> = {
  edited: () => 'edited the ticket in Slack',
  assigned: (whom) => `assigned it to ${whom}`,
  started: (whom) => `gave it to ${whom}, who works at it`,
  commented: () => 'wrote',
  closed: () => 'closed it',
  reopened: () => 'reopened it',
}
