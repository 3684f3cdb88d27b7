import { askEscalation, type EscalateDeps, offerFor } from '../../escalation/escalate.ts'
import type { Run } from '../../runs/run.ts'
import type { Message } from '../../slack/message.ts'
import { alreadyEscalated, noticeMessage } from '../../slack/messages/answers.ts'
import { overrideForm, overrideNotice, readOverride } from '../../slack/messages/escalation/forms.ts'
import type { Submitted } from '../../slack/messages/ticket/forms.ts'
import { runOf } from '../find-run.ts'
import type { Filed } from '../form-result.ts'
import type { Ask } from '../guard.ts'

const GONE = 'This run is gone, or not of this workspace: nothing was done.'

/** Of a form that an older version opened, in which both were filled in. */
const REASON_NOT_SENT =
  'Your reason was not sent, because “Contact the DevOps lead” was selected. To page the on-call, click “Page on-call” again.'

/** Level 3 for a host outside production: a form explains, offers Level 2, and takes a reason. */
export async function openOverride(
  deps: EscalateDeps,
  ask: Ask,
  run: Run,
  sentence: string,
): Promise<Message | undefined> {
  const opened = await deps.delivery.openView(
    ask.trigger,
    overrideForm(run.id, sentence, offerFor(deps, run, 2).state === 'ready'),
  )
  return opened.ok ? undefined : noticeMessage(`${sentence} Nobody was paged.`)
}

/** The form was sent: that is the page. What was done takes the form's place. */
export async function saveOverride(deps: EscalateDeps, ask: Ask, view: Submitted): Promise<Filed> {
  const filed = readOverride(view)
  if (filed.what === 'mistake') return { ok: false, block: filed.block, sentence: filed.sentence }
  const run = await runOf(deps.db, { ...ask, text: filed.runId })
  if (filed.what === 'page') return shown(await pageAllTheSame(deps, ask, run, filed.reason))
  const contacted = await contactLead(deps, ask, run)
  return contacted.ok && filed.reasonWritten
    ? shown({ ok: true, sentence: `${contacted.sentence} ${REASON_NOT_SENT}` })
    : shown(contacted)
}

const shown = ({ ok, sentence }: Done): Filed =>
  ok ? { ok, view: overrideNotice(sentence) } : { ok, sentence }

/** *Contact DevOps lead* in the form: Level 2, and no page, whatever was typed for one. */
export async function leadInsteadButton(deps: EscalateDeps, ask: Ask): Promise<Message> {
  const { sentence } = await contactLead(deps, ask, await runOf(deps.db, ask))
  return noticeMessage(sentence)
}

/** What was done and what was not, or why nothing was. */
interface Done {
  readonly ok: boolean
  readonly sentence: string
}

async function pageAllTheSame(deps: EscalateDeps, ask: Ask, run: Run | null, reason: string): Promise<Done> {
  if (!run) return gone(ask, 'page')
  const permit = await ask.permit('page', { host: run.host, topic: run.topic })
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const asked = await askEscalation(deps, run, 3, ask.user, permit.audit, deps.clean.text(reason))
  if (!asked.ok) return asked
  const sentence = asked.created
    ? `The on-call is being paged about ${run.topic} on ${run.host}. No message went to the DevOps lead.`
    : `${alreadyEscalated(asked.escalation)} No second page was sent.`
  return { ok: true, sentence }
}

async function contactLead(deps: EscalateDeps, ask: Ask, run: Run | null): Promise<Done> {
  if (!run) return gone(ask, 'escalate')
  const permit = await ask.permit('escalate', { host: run.host, topic: run.topic })
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const asked = await askEscalation(deps, run, 2, ask.user, permit.audit)
  if (!asked.ok) return asked
  const sentence = asked.created
    ? `The DevOps lead is being contacted about ${run.topic} on ${run.host}.`
    : alreadyEscalated(asked.escalation)
  return { ok: true, sentence: `${sentence} No page was sent.` }
}

async function gone(ask: Ask, action: 'page' | 'escalate'): Promise<Done> {
  await ask.refuse(action, {}, GONE)
  return { ok: false, sentence: GONE }
}
