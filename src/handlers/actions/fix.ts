import { authorize } from '../../access/authorize.ts'
import { type Fix, getFix } from '../../fixes/fix-store.ts'
import { type Answer, approve, decline, no, propose, type RequestDeps, request } from '../../fixes/request.ts'
import type { FixRoutes } from '../../inventory/ansible.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/answers.ts'
import { fixModal, readFixForm } from '../../slack/messages/fix/fix-form.ts'
import type { Submitted } from '../../slack/messages/ticket/forms.ts'
import type { Delivery } from '../../slack/transport/delivery.ts'
import type { WriteAudit } from '../../store/audit/audit.ts'
import type { Db } from '../../store/db.ts'
import { isRowId, runOf } from '../find-run.ts'
import type { Filed, Filled } from '../form-result.ts'
import { type Ask, type DoorDeps, type Place, whoIs } from '../guard.ts'

export interface FixDoorDeps extends RequestDeps, Pick<DoorDeps, 'gate' | 'people' | 'memberships'> {
  readonly delivery: Delivery
  readonly fixRoutes: FixRoutes
}

const GONE =
  'This button is older than what the bot keeps, or not its own: nothing was done. Start a new run.'
const OTHER_PERSON =
  'You asked for this fix, so somebody else has to approve it: on production a change takes two people.'
const NO_LONGER =
  'Whoever asked for this may not apply fixes there any more, or Slack did not say so: nothing was run. Click *Do not run*, and ask for it yourself.'
const OTHER_FORM = 'This form was opened for somebody else: nothing was run.'

/** *Apply fix*: exactly what would run, or why nothing can. */
export async function fillFixForm(deps: FixDoorDeps, ask: Ask): Promise<Filled> {
  const run = await runOf(deps.db, ask)
  if (!run) return notFiled(ask, {}, GONE)
  const place = { host: run.host, topic: run.topic }
  const permit = await ask.permit('fix', place)
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const proposed = await propose(deps, run, ask.user, permit.audit)
  if (!proposed.ok) return notFiled(ask, place, proposed.sentence)
  const login = deps.fixRoutes.get(run.host)?.target.user ?? ''
  return { ok: true, view: fixModal(proposed.value, login) }
}

/** The form is submitted: what was shown in it is asked for. */
export async function saveFix(deps: FixDoorDeps, ask: Ask, view: Submitted): Promise<Filed> {
  const fix = await fixOf(deps.db, ask.team, readFixForm(view))
  if (!fix) return notFiled(ask, {}, GONE)
  const place = { host: fix.host, topic: fix.topic }
  const about = `fix ${fix.id}`
  if (fix.requester !== ask.user) return notFiled(ask, place, OTHER_FORM, about)
  const permit = await ask.permit('fix', place)
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const asked = await request(deps, fix, ask.user, permit.audit)
  return asked.ok ? { ok: true } : notFiled(ask, place, asked.sentence, about)
}

async function notFiled(ask: Ask, place: Place, sentence: string, target?: string) {
  await ask.refuse('fix', place, sentence, target)
  return { ok: false, sentence } as const
}

/** *Approve*: by somebody else than who asked (S6). */
export async function approveButton(deps: FixDoorDeps, ask: Ask): Promise<Message | undefined> {
  const fix = await fixOf(deps.db, ask.team, ask.text)
  if (!fix) return unknownFix(ask, 'approve')
  return decided(ask, fix, 'approve', async (audit) => {
    if (fix.requester === ask.user) return no(OTHER_PERSON)
    return (await mayStillAsk(deps, fix)) ? approve(deps, fix, ask.user, audit) : no(NO_LONGER)
  })
}

/** It runs in both names: whoever lost the right since they asked is no first person. */
async function mayStillAsk(deps: FixDoorDeps, { requester, team, host, topic }: Fix): Promise<boolean> {
  const principal = await whoIs(deps, { user: requester, team }, true)
  return authorize(deps.gate, { principal, action: 'fix', host, topic }).allowed
}

/** *Do not run*: whoever might approve declines the request; whoever asked withdraws it, for which the right to ask is enough. */
export async function declineButton(deps: FixDoorDeps, ask: Ask): Promise<Message | undefined> {
  const fix = await fixOf(deps.db, ask.team, ask.text)
  if (!fix) return unknownFix(ask, 'ask')
  const action = fix.requester === ask.user ? 'fix' : 'approve'
  return decided(ask, fix, action, (audit) => decline(deps, fix, ask.user, audit))
}

async function decided(
  ask: Ask,
  fix: Fix,
  action: 'fix' | 'approve',
  decide: (audit: WriteAudit) => Promise<Answer<Fix>>,
): Promise<Message | undefined> {
  const place = { host: fix.host, topic: fix.topic }
  const permit = await ask.permit(action, place)
  if (!permit.allowed) return noticeMessage(permit.reason)
  const answer = await decide(permit.audit)
  if (answer.ok) return undefined
  await ask.refuse(action, place, answer.sentence)
  return noticeMessage(answer.sentence)
}

/** A forged or an old id: who sent it reads so, and the audit does not call it allowed. */
async function unknownFix(ask: Ask, action: 'fix' | 'approve' | 'ask'): Promise<Message> {
  await ask.refuse(action, {}, GONE)
  return noticeMessage(GONE)
}

/** What a button or form carries is an id; what it means is looked up, for this team only (S7). */
async function fixOf(db: Db, team: string, id: string): Promise<Fix | null> {
  if (!isRowId(id)) return null
  const fix = await getFix(db, id)
  return fix?.team === team ? fix : null
}
