import type { Logger } from 'pino'
import type { Mailer } from '../../integrations/mail/smtp.ts'
import type { Pager } from '../../integrations/pagerduty/events-api.ts'
import type { FoundIncident } from '../../integrations/pagerduty/incidents.ts'
import { dedupKey, pageEvent } from '../../integrations/pagerduty/page-event.ts'
import type { PagerApi } from '../../integrations/pagerduty/rest-api.ts'
import { type BundleDeps, bundleOf } from '../../runs/load-bundle.ts'
import type { Run } from '../../runs/run.ts'
import { getRun } from '../../runs/run-store.ts'
import type { AuditEntry } from '../../store/audit/audit.ts'
import type { Queryable } from '../../store/db.ts'
import { end } from '../actions.ts'
import { type Escalation, isOpen } from '../escalation.ts'
import { escalationsOfProblem, getEscalation, lockEscalation, noteExternal } from '../escalation-store.ts'
import { type HistoryDeps, historyOf } from '../history.ts'
import { incidentFacts } from '../incident-facts.ts'
import { leadMail } from '../lead-letter.ts'
import { moveEscalation } from '../move-escalation.ts'
import { GIVE_UP_AFTER_MS, moves, pauseMs } from '../moves.ts'
import { askerOf, channelNames, type EscalationDeps, moveEntry, redrawProblem } from '../open-escalation.ts'
import { impatient } from '../slack-within-deadline.ts'
import type { Brought, DirectMessages } from './direct-messages.ts'
import {
  claimSending,
  endSending,
  postponeSending,
  type Sending,
  type SendingChannel,
  sendingsOf,
} from './outbox-store.ts'

/** Adapters are undefined where they are not configured. */
export interface SendDeps extends BundleDeps, HistoryDeps, EscalationDeps {
  readonly log: Logger
  readonly directMessages: DirectMessages
  readonly mailer: Mailer | undefined
  readonly pager: Pager | undefined
  /** Undefined: there is no token for the REST API. */
  readonly pagerApi: Pick<PagerApi, 'incidentsOf'> | undefined
  /** Redacts the entry and appends it. */
  audit(tx: Queryable, entry: AuditEntry): Promise<unknown>
}

/** Longer than any channel's own time-out: after it the worker counts as dead. */
const BUSY_MS = 90_000

/** Sends what is due of this escalation, all ways at once: one that is down does not hold up another (R23). */
export async function sendDue(deps: SendDeps, escalationId: string): Promise<void> {
  const claim = () => claimSending(deps.db, BUSY_MS, { escalationId })
  for (;;) {
    const taken: Sending[] = []
    for (let next = await claim(); next; next = await claim()) taken.push(next)
    if (taken.length === 0) return
    await Promise.all(taken.map((sending) => send(deps, sending)))
  }
}

/** Takes one that is due, of any escalation, by that channel. Null: there is none. */
export const claimAny = ({ db }: SendDeps, channel?: SendingChannel): Promise<Sending | null> =>
  claimSending(db, BUSY_MS, channel ? { channel } : {})

type Result =
  /** `found`: it had happened before this try, and this is what became of it since. */
  | {
      readonly ok: true
      readonly external: Readonly<Record<string, string>>
      readonly found?: FoundIncident | undefined
    }
  /** It may work later. */
  | { readonly ok: false; readonly again: string; readonly afterMs?: number | undefined }
  /** It never will. */
  | { readonly ok: false; readonly error: string }

/**
 * One try. What has happened outside is noted afterwards, so it may happen again after a crash: the mail's Message-ID, the message's key and the
 * page's dedup_key make that harmless.
 */
export async function send(deps: SendDeps, sending: Sending): Promise<void> {
  const escalation = await getEscalation(deps.db, sending.escalationId)
  const run = escalation && (await getRun(deps.db, escalation.runId))
  if (!escalation || !run) return
  if (isOver(sending, escalation) || isProven(sending, escalation)) {
    await deps.db.tx((tx) => endSending(tx, sending, isOver(sending, escalation) ? 'dropped' : 'sent'))
    return
  }
  const result = await attempt(deps, sending, escalation, run).catch((error: unknown): Result => {
    deps.log.error({ err: error, escalation: escalation.id, channel: sending.channel }, 'sending broke')
    return { ok: false, again: 'something broke on our side; the log has it' }
  })
  await deps.db.tx((tx) => settle(tx, deps, sending, run, result))
}

/** R18: nobody is woken for what is known to be over. */
const isOver = ({ act }: Sending, escalation: Escalation): boolean => act !== 'resolve' && !isOpen(escalation)

/** A webhook told of the page's incident: the trigger arrived, whatever we heard of it. */
const isProven = ({ channel, act }: Sending, { external }: Escalation): boolean =>
  channel === 'page' && act === 'open' && external.paged !== undefined

function attempt(deps: SendDeps, sending: Sending, escalation: Escalation, run: Run): Promise<Result> {
  switch (sending.channel) {
    case 'message':
      return messageLead(deps, escalation, run)
    case 'mail':
      return mailLead(impatient(deps), escalation, run)
    case 'page':
      return tellPager(impatient(deps), sending, escalation, run)
  }
}

async function messageLead(deps: SendDeps, escalation: Escalation, run: Run): Promise<Result> {
  const user = escalation.assignee
  if (!user) return { ok: false, error: 'there is nobody to write to any more' }
  const brought = await deps.directMessages.bringTo(user, {
    run,
    escalation,
    key: directKey(escalation, user),
  })
  if (!brought.ok) return slackSaid(brought)
  return { ok: true, external: { dmChannel: brought.channel, dmTs: brought.ts, dmUser: user } }
}

/** A page that was handed back is a message of its own. */
const directKey = (
  { id, external: { handedBack } }: Pick<Escalation, 'id' | 'external'>,
  user: string,
): string => `lead:${id}:${user}${handedBack ? `:${handedBack}` : ''}`

const slackSaid = (failed: Extract<Brought, { ok: false }>): Result => {
  const said = failed.detail || failed.reason
  return failed.reason === 'unavailable' || failed.reason === 'rate-limited'
    ? { ok: false, again: said }
    : { ok: false, error: said }
}

async function mailLead(deps: SendDeps, escalation: Escalation, run: Run): Promise<Result> {
  if (!deps.mailer) return { ok: false, error: 'no mail server is configured any more' }
  const to = deps.lead.email
  const by = await deps.displayName(escalation.actor.id)
  const sent = await deps.mailer.send(
    leadMail({
      bundle: await bundleOf(deps, run),
      escalationId: escalation.id,
      to,
      by,
      limit: limitOf(escalation),
    }),
  )
  if (sent.ok) return { ok: true, external: { messageId: sent.messageId, mailedTo: to } }
  return sent.retry ? { ok: false, again: sent.reason } : { ok: false, error: sent.reason }
}

const limitOf = ({ dueAt, dueThen }: Escalation) =>
  dueAt && dueThen ? { until: dueAt, take: dueThen } : null

async function tellPager(
  deps: SendDeps,
  sending: Sending,
  escalation: Escalation,
  run: Run,
): Promise<Result> {
  if (!deps.pager) return { ok: false, error: 'no pager is configured any more' }
  const { act } = sending
  const found = act === 'open' ? await madeBefore(deps, sending, escalation) : undefined
  if (found)
    return { ok: true, external: { paged: 'yes', incidentId: found.id, ...incidentFacts(found) }, found }
  const dedup_key = dedupKey(escalation.problemKey)
  const event =
    act === 'open' ? await pageOf(deps, escalation, run) : ({ event_action: act, dedup_key } as const)
  const result = await deps.pager.send(event)
  if (result.outcome === 'accepted') return { ok: true, external: act === 'open' ? { paged: 'yes' } : {} }
  return result.outcome === 'rejected'
    ? { ok: false, error: result.reason }
    : { ok: false, again: result.reason, afterMs: result.afterMs }
}

/**
 * Before a trigger is sent again: an earlier try whose answer was lost may have made the incident, and if somebody has resolved that since, a second
 * trigger would open another one. PagerDuty is asked; where it does not say, the page goes out: twice is better than never.
 */
async function madeBefore(
  { db, pagerApi }: SendDeps,
  { tries }: Sending,
  { id, team, problemKey, createdAt }: Escalation,
): Promise<FoundIncident | undefined> {
  if (tries < 2 || !pagerApi) return undefined
  const found = (await pagerApi.incidentsOf(dedupKey(problemKey), createdAt)) ?? []
  if (found.length === 0) return undefined
  const others = (await escalationsOfProblem(db, team, problemKey)).filter(
    (escalation) => escalation.id !== id,
  )
  const theirs = new Set(others.map(({ external }) => external.incidentId))
  return found.find((incident) => !theirs.has(incident.id))
}

/** One bundle: the page carries the ticket and what the lead said. */
async function pageOf(deps: SendDeps, escalation: Escalation, run: Run) {
  const asker = askerOf(escalation)
  const [bundle, history, by] = await Promise.all([
    bundleOf(deps, run),
    historyOf(deps, escalation.team, escalation.problemKey, escalation),
    deps.displayName(asker.by),
  ])
  const group = deps.inventory.hosts.get(run.host)?.groups[0]
  const { ticket, lines } = history
  return pageEvent({
    bundle,
    problemKey: escalation.problemKey,
    by,
    byTime: asker.byTime,
    reason: escalation.reason,
    history: lines,
    ...(group ? { group } : {}),
    ...(ticket ? { ticket } : {}),
  })
}

async function settle(
  tx: Queryable,
  deps: SendDeps,
  sending: Sending,
  run: Run,
  result: Result,
): Promise<void> {
  // First, as everybody does who moves an escalation: two who lock it and its sendings in another order would wait for each other.
  const escalation = await lockEscalation(tx, sending.escalationId)
  const done: Result =
    escalation && isProven(sending, escalation) ? { ok: true, external: {} } : giveUp(sending, result)
  if (!escalation || !(await noteEnd(tx, sending, done))) return
  const moved = 'again' in done || sending.act !== 'open' ? null : await follow(tx, sending, escalation, done)
  await redrawProblem(tx, deps.queue, escalation)
  if (moved) {
    const target = `level ${escalation.level}, escalation ${escalation.id}: ${moved.state}`
    const asked = channelNames[sending.channel]
    await deps.audit(
      tx,
      moveEntry(run, escalation.level, { actor: 'debvisor', door: 'channel', asked, target }),
    )
  }
}

/** What did not work for a day counts as failed, visibly. */
function giveUp({ ageMs }: Sending, result: Result): Result {
  if (!('again' in result) || ageMs < GIVE_UP_AFTER_MS) return result
  return { ok: false, error: `given up after a day: ${result.again}` }
}

function noteEnd(tx: Queryable, sending: Sending, result: Result): Promise<boolean> {
  if (result.ok) return endSending(tx, sending, 'sent')
  if ('error' in result) return endSending(tx, sending, 'failed', result.error)
  return postponeSending(tx, sending, result.again, pauseMs(sending.tries, result.afterMs))
}

/** The first way that reached somebody makes the escalation done; the last one that failed makes it failed. */
async function follow(
  tx: Queryable,
  sending: Sending,
  escalation: Escalation,
  result: Exclude<Result, { again: string }>,
): Promise<Escalation | null> {
  if (result.ok) return reached(tx, escalation, result)
  const failure = `${channelNames[sending.channel]}: ${result.error}`
  const ways = waysTo(await sendingsOf(tx, [escalation.id]))
  if (ways.some(({ state }) => state === 'waiting' || state === 'sent')) {
    await noteExternal(tx, escalation.id, { failed: failure })
    return null
  }
  return moveEscalation(tx, escalation.id, moves.failed, failure)
}

async function reached(
  tx: Queryable,
  escalation: Escalation,
  { external, found }: Extract<Result, { ok: true }>,
) {
  // Whoever had it before it was reassigned was written to late: that reaches nobody who has it now.
  if (external.dmUser && external.dmUser !== escalation.assignee) return null
  await noteExternal(tx, escalation.id, external)
  const sent = await moveEscalation(tx, escalation.id, moves.sent)
  if (!found || found.status === 'triggered') return sent
  const since = await moveEscalation(
    tx,
    escalation.id,
    found.status === 'resolved' ? moves.resolve : moves.acknowledge,
    found.by,
  )
  if (since && found.status === 'resolved') await end(tx, since)
  return since ?? sent
}

/** To who has it now: the mail is sent once, a message to each who was given it. */
function waysTo(sendings: readonly Sending[]): readonly Sending[] {
  const opening = sendings.filter(({ act }) => act === 'open')
  const messages = opening.filter(({ channel }) => channel === 'message')
  return messages.length > 1 ? messages.slice(-1) : opening
}
