import type { Logger } from 'pino'
import type { SendResult } from '../../integrations/channel-adapter.ts'
import type { Metered } from '../../metrics/meter.ts'
import { withLogFields } from '../../redact/log-fields.ts'
import type { Run } from '../../runs/run.ts'
import { getRun } from '../../runs/run-store.ts'
import type { Queryable } from '../../store/db.ts'
import type { Store } from '../../store/store.ts'
import { type Channel, channels, type KeptOf, type SenderFor } from '../channels.ts'
import { type Escalation, isOpen } from '../escalation.ts'
import { end } from '../escalation-actions.ts'
import { getEscalation, lockEscalation, noteLastFailure, noteRecord } from '../escalation-store.ts'
import { moveEscalation } from '../move-store.ts'
import { moves } from '../moves.ts'
import { moveEntry } from '../open-escalation.ts'
import { redrawProblem } from '../redraw-problem.ts'
import { type NoticeSources, noticeOf } from './notice.ts'
import { claimEntry, endEntry, entriesOf, type OutboxEntry, postponeEntry } from './outbox-store.ts'

/** Who takes entries from the outbox and sends them. */
export interface OutboxWorker extends NoticeSources, Metered {
  readonly store: Store
  /** What sends through a channel. */
  readonly senderFor: SenderFor
  readonly log: Logger
}

/** Longer than any channel's own time-out: after it the worker counts as dead. */
const BUSY_MS = 90_000

/**
 * Sends what is due of this escalation, through all channels at once: one that is down does not hold up another (R23).
 */
export async function sendDue(worker: OutboxWorker, escalationId: string): Promise<void> {
  const claim = () => claimEntry(worker.store, BUSY_MS, { escalationId })
  for (;;) {
    const taken: OutboxEntry[] = []
    for (let next = await claim(); next; next = await claim()) taken.push(next)
    if (taken.length === 0) return
    await Promise.all(taken.map((entry) => send(worker, entry)))
  }
}

/** Takes one that is due, of any escalation, by that channel. Null: there is none. */
export const claimNext = (
  { store }: Pick<OutboxWorker, 'store'>,
  channel?: Channel,
): Promise<OutboxEntry | null> => claimEntry(store, BUSY_MS, channel ? { channel } : {})

/**
 * One try. What has happened outside is noted afterwards, so it may happen again after a crash: the mail's Message-ID,
 * the message's key and the page's dedup_key make that harmless.
 */
export const send = (worker: OutboxWorker, entry: OutboxEntry): Promise<void> =>
  sendBy(worker, entry.channel, entry)

async function sendBy<C extends Channel>(
  worker: OutboxWorker,
  channel: C,
  entry: OutboxEntry,
): Promise<void> {
  const escalation = await getEscalation(worker.store, entry.escalationId)
  const run = escalation && (await getRun(worker.store, escalation.runId))
  if (!escalation || !run) return
  const over = isOver(entry, escalation)
  const count = (outcome: string): void => worker.meter?.add('debvisor_notices_total', { channel, outcome })
  if (over || isProven(channel, entry, escalation)) {
    const state = over ? 'dropped' : 'sent'
    if (await worker.store.tx((tx) => endEntry(tx, entry, state))) count(state)
    return
  }
  const fields = { run: run.code, runId: run.id, escalation: escalation.id }
  const result = await withLogFields(fields, () => attempt(worker, channel, entry, { escalation, run }))
  const done = unlessGivenUp(entry, result)
  await worker.store.tx((tx) => settle(tx, worker.store, channel, { entry, run, result }))
  count(done.ok ? 'sent' : done.retry ? 'postponed' : 'failed')
}

/** R18: nobody is woken for what is known to be over. */
const isOver = ({ act }: OutboxEntry, escalation: Escalation): boolean =>
  act !== 'resolve' && !isOpen(escalation)

/** Somebody else told that it arrived, whatever we heard of it ourselves. */
function isProven<C extends Channel>(
  channel: C,
  { act }: OutboxEntry,
  { records }: Pick<Escalation, 'records'>,
): boolean {
  const kept: KeptOf<C> | null = records[channel]
  return act === 'open' && kept !== null && channels[channel].adapter.isProven(kept)
}

async function attempt<C extends Channel>(
  worker: OutboxWorker,
  channel: C,
  entry: OutboxEntry,
  about: { readonly escalation: Escalation; readonly run: Run },
): Promise<SendResult<KeptOf<C>>> {
  const sender = worker.senderFor(channel)
  if (!sender) {
    const reason = `the ${channels[channel].label} is not configured any more`
    return { ok: false, retry: false, reason }
  }
  try {
    return await sender(noticeOf(worker, channel, entry, about))
  } catch (error) {
    worker.log.error({ err: error, channel }, 'sending broke')
    return { ok: false, retry: true, reason: 'something broke on our side; the log has it' }
  }
}

async function settle<C extends Channel>(
  tx: Queryable,
  { queue, audit }: Store,
  channel: C,
  { entry, run, result }: { entry: OutboxEntry; run: Run; result: SendResult<KeptOf<C>> },
): Promise<void> {
  // First, as everybody does who moves an escalation: two who lock it and its entries in another order would wait for
  // each other.
  const escalation = await lockEscalation(tx, entry.escalationId)
  if (!escalation) return
  const proven = isProven(channel, entry, escalation)
  const done: SendResult<KeptOf<C>> = proven ? { ok: true, kept: {} } : unlessGivenUp(entry, result)
  if (!(await noteEnd(tx, entry, done))) return
  const moved = entry.act === 'open' ? await follow(tx, channel, escalation, done) : null
  await redrawProblem(tx, queue, escalation)
  if (!moved) return
  const target = `level ${escalation.level}, escalation ${escalation.id}: ${moved.state}`
  const said = { actor: 'debvisor', door: 'channel', asked: channels[channel].label, target }
  await audit(tx, moveEntry(run, escalation.level, said))
}

/** What did not work for a day counts as failed, visibly. */
function unlessGivenUp<Kept>({ channel, ageMs }: OutboxEntry, result: SendResult<Kept>): SendResult<Kept> {
  if (result.ok || !result.retry || ageMs < channels[channel].retry.giveUpAfterMs) return result
  return { ok: false, retry: false, reason: `given up after a day: ${result.reason}` }
}

function noteEnd(tx: Queryable, entry: OutboxEntry, result: SendResult<unknown>): Promise<boolean> {
  if (result.ok) return endEntry(tx, entry, 'sent')
  if (!result.retry) return endEntry(tx, entry, 'failed', result.reason)
  const pauseMs = channels[entry.channel].retry.pauseMs(entry.tries, result.afterMs)
  return postponeEntry(tx, entry, result.reason, pauseMs)
}

/** The first channel that reached somebody makes the escalation done; the last one that failed makes it failed. */
async function follow<C extends Channel>(
  tx: Queryable,
  channel: C,
  escalation: Escalation,
  result: SendResult<KeptOf<C>>,
): Promise<Escalation | null> {
  if (result.ok) return reached(tx, channel, escalation, result)
  if (result.retry) return null
  const failure = `${channels[channel].label}: ${result.reason}`
  const others = toWhoeverHasIt(await entriesOf(tx, [escalation.id]))
  if (others.some(({ state }) => state === 'waiting' || state === 'sent')) {
    await noteLastFailure(tx, escalation.id, failure)
    return null
  }
  return moveEscalation(tx, escalation.id, moves.failed, failure)
}

async function reached<C extends Channel>(
  tx: Queryable,
  channel: C,
  { id, assignee }: Escalation,
  { kept, since }: Extract<SendResult<KeptOf<C>>, { ok: true }>,
): Promise<Escalation | null> {
  const { record, reached: reachedBy } = channels[channel].adapter
  const sentNow = record.read(record.write(kept))
  // It went to whoever had the escalation before it was reassigned: that reaches nobody who has it now.
  if (sentNow && reachedBy(sentNow, assignee) === null) return null
  await noteRecord(tx, id, channel, kept)
  const sent = await moveEscalation(tx, id, moves.sent)
  if (!since) return sent
  const later = since.what === 'resolved' ? moves.resolve : moves.acknowledge
  const moved = await moveEscalation(tx, id, later, since.by)
  if (moved && since.what === 'resolved') await end(tx, moved)
  return moved ?? sent
}

/** After a reassignment only the newest message to a person counts: everything else went to the people before. */
function toWhoeverHasIt(entries: readonly OutboxEntry[]): readonly OutboxEntry[] {
  const opening = entries.filter(({ act }) => act === 'open')
  const personal = opening.filter(({ channel }) => channels[channel].to === 'assignee')
  const newest = new Map(personal.map((entry) => [entry.channel, entry]))
  return personal.length > newest.size ? [...newest.values()] : opening
}
