import { authorize } from '../../access/authorize.ts'
import { type Escalation, isOpen, type Level } from '../../escalation/escalation.ts'
import {
  acknowledge,
  deEscalate,
  reassign,
  resolveProblems,
  type Step,
} from '../../escalation/escalation-actions.ts'
import {
  escalationsAround,
  escalationsOfProblem,
  foundHealthySince,
  getEscalation,
} from '../../escalation/escalation-store.ts'
import { offerFor } from '../../escalation/request-escalation.ts'
import type { Run } from '../../runs/run.ts'
import { getRun } from '../../runs/run-store.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import {
  readReassign,
  reassignedNotice,
  reassignedTwice,
  reassignForm,
} from '../../slack/messages/escalation/forms.ts'
import type { Submitted } from '../../slack/messages/ticket/forms.ts'
import { whoIs } from '../../slack/workspace/who-is.ts'
import type { Capabilities } from '../capabilities.ts'
import { isRowId, runOf } from '../find-run.ts'
import type { FormContent, FormResult } from '../form-result.ts'
import type { Permit, SlackRequest } from '../guard.ts'

export type EscalationCapabilities = Pick<
  Capabilities,
  'store' | 'slack' | 'access' | 'hosts' | 'escalationSettings'
>

const GONE = 'This escalation is gone, or not of this workspace: nothing was done.'
async function gone(request: SlackRequest): Promise<Message> {
  await request.refuse('escalate', {}, GONE)
  return noticeMessage(GONE)
}

const LATE = 'This changed meanwhile: the thread shows how it stands. Nothing was done.'

const BACK =
  'A later check found something again, so nothing was resolved: look at that one, or resolve in the thread of the problem.'

/**
 * A button of an escalation. The escalation is looked up for this team only (S7); its rights are those on the run's
 * host and topic.
 */
const onEscalation =
  (step: (bot: EscalationCapabilities, step: Step, request: SlackRequest) => Promise<boolean | Message>) =>
  async (bot: EscalationCapabilities, request: SlackRequest): Promise<Message | undefined> => {
    const found = await escalationOf(bot, request, request.text)
    if (!found) return gone(request)
    const permit = await permitOn(request, found)
    if (!permit.allowed) return noticeMessage(permit.reason)
    const done = await step(bot, { ...found, by: request.user, audit: permit.audit }, request)
    if (done === true) return undefined
    return done === false ? late(bot, found) : done
  }

export const acknowledgeButton = onEscalation(({ store }, step) => acknowledge(store, step))

export const deEscalateButton = onEscalation((bot, step) => deEscalate(bot, step, levelBelow(bot, step)))

/** *Reassign*: for the lead's escalation alone, while somebody has it. */
export async function fillReassignment(
  bot: EscalationCapabilities,
  request: SlackRequest,
): Promise<FormContent> {
  const found = await escalationOf(bot, request, request.text)
  if (!found) return { ok: false, sentence: (await gone(request)).text }
  const permit = await permitOn(request, found)
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const { level, closedAt, id } = found.escalation
  return level === 2 && !closedAt ? { ok: true, view: reassignForm(id) } : { ok: false, sentence: LATE }
}

/** *Resolve* ends all escalations of the problem, so it needs the rights of the highest one. */
export async function resolveButton(
  bot: EscalationCapabilities,
  request: SlackRequest,
): Promise<Message | undefined> {
  const found = await escalationOf(bot, request, request.text)
  if (!found) return gone(request)
  const { team, problemKey } = found.escalation
  const open = (await escalationsOfProblem(bot.store, team, problemKey)).filter(isOpen)
  const why = 'It was resolved with all that was open for its problem.'
  return resolveAll(bot, request, { run: found.run, open, why })
}

/** *Resolve all* of a healthy run: every problem that runs of its topic and host left open. */
export async function resolveAllButton(
  bot: EscalationCapabilities,
  request: SlackRequest,
): Promise<Message | undefined> {
  const run = await runOf(bot.store, request)
  if (!run) return gone(request)
  const healthy = run.report?.verdict === 'healthy' && (await stillHealthy(bot, run))
  if (!healthy) return noticeMessage(BACK)
  const open = (await escalationsAround(bot.store, run)).filter(isOpen)
  return resolveAll(bot, request, { run, open, why: `Run ${run.code} found the problem gone.` })
}

/** Unless a later run found something: what was open may be what it found. */
const stillHealthy = ({ store }: EscalationCapabilities, run: Run): Promise<boolean> =>
  foundHealthySince(store, run, new Date(run.createdAt.getTime() - 1))

async function resolveAll(
  bot: EscalationCapabilities,
  request: SlackRequest,
  { run, open, why }: { readonly run: Run; readonly open: readonly Escalation[]; readonly why: string },
): Promise<Message | undefined> {
  const paged = open.some(({ level }) => level === 3)
  const permit = await request.permit(paged ? 'page' : 'escalate', { host: run.host, topic: run.topic })
  if (!permit.allowed) return noticeMessage(permit.reason)
  const problemKeys = [...new Set(open.map(({ problemKey }) => problemKey))]
  const about = { team: run.team, problemKeys, by: request.user, why }
  const closed = await resolveProblems(bot.store, about, permit.audit)
  await bot.store.tx((tx) => bot.store.queue.send(tx, { kind: 'redraw', runId: run.id }))
  return closed.length > 0
    ? undefined
    : noticeMessage('Nothing was open any more; the thread shows how it stands.')
}

export async function saveReassignment(
  bot: EscalationCapabilities,
  request: SlackRequest,
  view: Submitted,
): Promise<FormResult> {
  const refuse = (sentence: string): FormResult => ({ ok: false, sentence })
  const form = readReassign(view)
  if (!form) return refuse('Choose a person of this workspace.')
  const found = await escalationOf(bot, request, form.id)
  if (!found) return refuse((await gone(request)).text)
  const permit = await permitOn(request, found)
  if (!permit.allowed) return refuse(permit.reason)
  if (!(await mayTake(bot, form.to, found.run))) return refuse(CANNOT_TAKE)
  const step = { ...found, by: request.user, audit: permit.audit }
  const done = await reassign(bot, step, { to: form.to, form: request.trigger })
  const now = (await getEscalation(bot.store, form.id)) ?? found.escalation
  if (done) return { ok: true, view: reassignedNotice(found.run, form.to, now.dueAt) }
  const hasIt = isOpen(now) && now.assignee === form.to
  return hasIt ? { ok: true, view: reassignedTwice(found.run, form.to) } : refuse(LATE)
}

const CANNOT_TAKE =
  'Only a full member of this workspace who may escalate for this host can take it; choose another person.'

/** Nothing of a host is written to a guest or a stranger, nor to somebody whose acknowledgement would be refused. */
async function mayTake(
  bot: EscalationCapabilities,
  user: string,
  { team, host, topic }: Run,
): Promise<boolean> {
  const principal = await whoIs(bot, { user, team }, { fresh: false })
  return authorize(bot.access, { principal, action: 'escalate', host, topic }).allowed
}

interface Found {
  readonly escalation: Escalation
  readonly run: Run
}

async function escalationOf(
  { store }: EscalationCapabilities,
  request: SlackRequest,
  id: string,
): Promise<Found | null> {
  const escalation = isRowId(id) ? await getEscalation(store, id) : null
  if (!escalation || escalation.team !== request.team || escalation.level === 1) return null
  const run = await getRun(store, escalation.runId)
  return run && { escalation, run }
}

const permitOn = (request: SlackRequest, { escalation, run }: Found): Promise<Permit> =>
  request.permit(escalation.level === 3 ? 'page' : 'escalate', { host: run.host, topic: run.topic })

/** Where the lead cannot be reached, a ticket it is. */
const levelBelow = (bot: EscalationCapabilities, { escalation, run }: Found): Level =>
  escalation.level === 3 && offerFor(bot, run, 2).state === 'ready' ? 2 : 1

/** A click on an old message: the thread is drawn again, and says how it stands. */
async function late(bot: EscalationCapabilities, { run }: Found): Promise<Message> {
  await bot.store.tx((tx) => bot.store.queue.send(tx, { kind: 'redraw', runId: run.id }))
  return noticeMessage(LATE)
}
