import type { FixRoutes } from '../inventory/ansible.ts'
import { approve, decline, propose, type RequestDeps, request } from '../jobs/fix-request.ts'
import { noticeMessage } from '../slack/blocks/answers.ts'
import { fixLoading, fixModal, fixNotice, readFixForm } from '../slack/blocks/fix-modal.ts'
import type { Submitted } from '../slack/blocks/ticket-forms.ts'
import type { Delivery } from '../slack/delivery.ts'
import type { Message } from '../slack/message.ts'
import type { Db } from '../store/db.ts'
import { type Fix, getFix } from '../store/fixes.ts'
import type { Ask } from './door.ts'
import type { Filed } from './filed.ts'
import { isRowId, runOf } from './run-of.ts'

export interface FixDoorDeps extends RequestDeps {
  readonly delivery: Delivery
  readonly fixRoutes: FixRoutes
}

const GONE =
  'This button is older than what the bot keeps, or not its own: nothing was done. Start a new run.'
const NOT_OPENED = 'Slack did not open the form; click the button again.'
const BROKEN = 'Something broke on our side; nothing was run. Please try again in a minute.'
const OTHER_PERSON =
  'You asked for this fix, so somebody else has to approve it: on production a change takes two people.'
const OTHER_FORM = 'This form was opened for somebody else: nothing was run.'

/** *Apply fix*: a form opens at once and then shows exactly what would run, or why nothing can. */
export async function applyFixButton(deps: FixDoorDeps, ask: Ask): Promise<Message | undefined> {
  const opened = await deps.delivery.openView(ask.trigger, fixLoading())
  if (!opened.ok) return noticeMessage(NOT_OPENED)
  const show = (view: Parameters<Delivery['updateView']>[1]) => deps.delivery.updateView(opened.viewId, view)
  const shown = await proposal(deps, ask).catch(async (error: unknown) => {
    await show(fixNotice(BROKEN))
    throw error
  })
  await show(shown.ok ? fixModal(shown.fixes, shown.login) : fixNotice(shown.sentence))
  return undefined
}

type Proposal =
  | { readonly ok: true; readonly fixes: readonly Fix[]; readonly login: string }
  | { readonly ok: false; readonly sentence: string }

async function proposal(deps: FixDoorDeps, ask: Ask): Promise<Proposal> {
  const run = await runOf(deps.db, ask)
  if (!run) return { ok: false, sentence: GONE }
  const place = { host: run.host, topic: run.topic }
  const permit = await ask.permit('fix', place)
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const proposed = await propose(deps, run, ask.user, permit.audit)
  if (proposed.ok) {
    const login = deps.fixRoutes.get(run.host)?.target.user ?? ''
    return { ok: true, fixes: proposed.value, login }
  }
  await ask.refuse('fix', place, proposed.sentence)
  return proposed
}

/** The form is submitted: what was shown in it is asked for. */
export async function saveFix(deps: FixDoorDeps, ask: Ask, view: Submitted): Promise<Filed> {
  const fix = await fixOf(deps.db, ask.team, readFixForm(view))
  if (!fix) return { ok: false, sentence: GONE }
  const place = { host: fix.host, topic: fix.topic }
  if (fix.requester !== ask.user) return notFiled(ask, place, OTHER_FORM)
  const permit = await ask.permit('fix', place)
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const asked = await request(deps, fix, ask.user, permit.audit)
  return asked.ok ? { ok: true } : notFiled(ask, place, asked.sentence)
}

async function notFiled(ask: Ask, place: { host: string; topic: string }, sentence: string): Promise<Filed> {
  await ask.refuse('fix', place, sentence)
  return { ok: false, sentence }
}

/** *Approve*: by somebody else than who asked (S6). */
export const approveButton = decision(approve, (fix, user) =>
  fix.requester === user ? OTHER_PERSON : undefined,
)

/** *Decline*: by anyone who might approve, the one who asked included. */
export const declineButton = decision(decline, () => undefined)

/** `barred`: why this person may not say it, whatever the policy says. */
function decision(
  decide: typeof approve,
  barred: (fix: Fix, user: string) => string | undefined,
): (deps: FixDoorDeps, ask: Ask) => Promise<Message | undefined> {
  return async (deps, ask) => {
    const fix = await fixOf(deps.db, ask.team, ask.text)
    if (!fix) return noticeMessage(GONE)
    const place = { host: fix.host, topic: fix.topic }
    const permit = await ask.permit('approve', place)
    if (!permit.allowed) return noticeMessage(permit.reason)
    const sentence = barred(fix, ask.user)
    if (sentence) return refused(ask, place, sentence)
    const decided = await decide(deps, fix, ask.user, permit.audit)
    return decided.ok ? undefined : refused(ask, place, decided.sentence)
  }
}

async function refused(ask: Ask, place: { host: string; topic: string }, sentence: string): Promise<Message> {
  await ask.refuse('approve', place, sentence)
  return noticeMessage(sentence)
}

/** What a button or form carries is an id; what it means is looked up, for this team only (S7). */
async function fixOf(db: Db, team: string, id: string): Promise<Fix | null> {
  if (!isRowId(id)) return null
  const fix = await getFix(db, id)
  return fix?.team === team ? fix : null
}
