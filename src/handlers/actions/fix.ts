import { authorize } from '../../access/authorize.ts'
import { type Fix, getFix } from '../../fixes/fix-store.ts'
import {
  approve,
  decline,
  propose,
  type Requested,
  refused,
  submit,
} from '../../fixes/request-and-approve.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { askedNotice, fixModal, readFixForm } from '../../slack/messages/fix/fix-form.ts'
import type { Submitted } from '../../slack/messages/ticket/forms.ts'
import { whoIs } from '../../slack/workspace/who-is.ts'
import type { WriteAudit } from '../../store/audit/audit.ts'
import type { Queryable } from '../../store/db.ts'
import type { Capabilities } from '../capabilities.ts'
import { isRowId, runOf } from '../find-run.ts'
import type { FormContent, FormResult } from '../form-result.ts'
import type { Scope, SlackRequest } from '../guard.ts'

export type FixCapabilities = Pick<
  Capabilities,
  'store' | 'slack' | 'access' | 'runbooks' | 'hosts' | 'fixHosts' | 'meter'
>

const GONE =
  'This button is older than what the bot keeps, or not its own: nothing was done. Start a new run.'
const OTHER_PERSON =
  'You asked for this fix, so somebody else has to approve it: on production a change takes two people.'
const NO_LONGER =
  'Whoever asked for this may not apply fixes there any more, or Slack did not say so: nothing was run. Click *Do not run*, and ask for it yourself.'
const OTHER_FORM = 'This form was opened for somebody else: nothing was run.'

/** *Apply fix*: exactly what would run, or why nothing can. */
export async function fillFixForm(bot: FixCapabilities, request: SlackRequest): Promise<FormContent> {
  const run = await runOf(bot.store, request)
  if (!run) return refuseForm(request, {}, GONE)
  const scope = { host: run.host, topic: run.topic }
  const permit = await request.permit('fix', scope)
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const proposed = await propose(bot, run, request.user, permit.audit)
  if (!proposed.ok) return refuseForm(request, scope, proposed.sentence)
  const login = bot.fixHosts.routes.get(run.host)?.target.user ?? ''
  return { ok: true, view: fixModal(proposed.value, login) }
}

/** The form is submitted: what was shown in it is asked for. */
export async function saveFix(
  bot: FixCapabilities,
  request: SlackRequest,
  view: Submitted,
): Promise<FormResult> {
  const fix = await fixOf(bot.store, request.team, readFixForm(view))
  if (!fix) return refuseForm(request, {}, GONE)
  const scope = { host: fix.host, topic: fix.topic }
  const about = `fix ${fix.id}`
  if (fix.requester !== request.user) return refuseForm(request, scope, OTHER_FORM, about)
  const permit = await request.permit('fix', scope)
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const asked = await submit(bot, fix, request.user, permit.audit)
  if (!asked.ok) return refuseForm(request, scope, asked.sentence, about)
  return { ok: true, view: askedNotice(asked.value, { before: fix.requestedAt !== null }) }
}

async function refuseForm(request: SlackRequest, scope: Scope, sentence: string, target?: string) {
  await request.refuse('fix', scope, sentence, target)
  return { ok: false, sentence } as const
}

/** *Approve*: by somebody else than who asked (S6). */
export async function approveButton(
  bot: FixCapabilities,
  request: SlackRequest,
): Promise<Message | undefined> {
  const fix = await fixOf(bot.store, request.team, request.text)
  if (!fix) return unknownFix(request, 'approve')
  return decided(request, fix, 'approve', async (audit) => {
    if (fix.requester === request.user) return refused(OTHER_PERSON)
    return (await mayStillAsk(bot, fix)) ? approve(bot.store, fix, request.user, audit) : refused(NO_LONGER)
  })
}

/** A fix runs in two people's names. Whoever lost the right since they asked does not count as the first. */
async function mayStillAsk(bot: FixCapabilities, { requester, team, host, topic }: Fix): Promise<boolean> {
  const principal = await whoIs(bot, { user: requester, team }, { fresh: true })
  return authorize(bot.access, { principal, action: 'fix', host, topic }).allowed
}

/**
 * *Do not run*: whoever might approve declines the request; whoever asked withdraws it, for which the right to ask is
 * enough.
 */
export async function declineButton(
  bot: FixCapabilities,
  request: SlackRequest,
): Promise<Message | undefined> {
  const fix = await fixOf(bot.store, request.team, request.text)
  if (!fix) return unknownFix(request, 'ask')
  const action = fix.requester === request.user ? 'fix' : 'approve'
  return decided(request, fix, action, async (audit) => {
    const declined = await decline(bot.store, fix, request.user, audit)
    if (declined.ok) bot.meter?.add('debvisor_fixes_total', { outcome: declined.value.state })
    return declined
  })
}

async function decided(
  request: SlackRequest,
  fix: Fix,
  action: 'fix' | 'approve',
  decide: (audit: WriteAudit) => Promise<Requested<Fix>>,
): Promise<Message | undefined> {
  const scope = { host: fix.host, topic: fix.topic }
  const permit = await request.permit(action, scope)
  if (!permit.allowed) return noticeMessage(permit.reason)
  const answer = await decide(permit.audit)
  if (answer.ok) return undefined
  await request.refuse(action, scope, answer.sentence)
  return noticeMessage(answer.sentence)
}

/** Answers a forged or an old id. Whoever sent it is told so, and the audit does not call it allowed. */
async function unknownFix(request: SlackRequest, action: 'fix' | 'approve' | 'ask'): Promise<Message> {
  await request.refuse(action, {}, GONE)
  return noticeMessage(GONE)
}

/** The fix whose id a button or form carries, if it is one of this team (S7). Null: there is none. */
async function fixOf(db: Queryable, team: string, id: string): Promise<Fix | null> {
  if (!isRowId(id)) return null
  const fix = await getFix(db, id)
  return fix?.team === team ? fix : null
}
