import { askEscalation, offerFor } from '../../escalation/request-escalation.ts'
import type { Run } from '../../runs/run.ts'
import type { Message } from '../../slack/message.ts'
import { alreadyEscalated, noticeMessage } from '../../slack/messages/command-answers.ts'
import { overrideForm, overrideNotice, readOverride } from '../../slack/messages/escalation/forms.ts'
import type { Submitted } from '../../slack/messages/ticket/forms.ts'
import type { Capabilities } from '../capabilities.ts'
import { runOf } from '../find-run.ts'
import type { FormResult } from '../form-result.ts'
import type { SlackRequest } from '../guard.ts'

export type PageCapabilities = Pick<
  Capabilities,
  'store' | 'slack' | 'hosts' | 'runbooks' | 'escalationSettings' | 'redactor'
>

const GONE = 'This run is gone, or not of this workspace: nothing was done.'

/** Of a form that an older version opened, in which both were filled in. */
const REASON_NOT_SENT =
  'Your reason was not sent, because “Contact the DevOps lead” was selected. To page the on-call, click “Page on-call” again.'

/** Level 3 for a host outside production: a form explains, offers Level 2, and takes a reason. */
export async function openOverride(
  bot: PageCapabilities,
  request: SlackRequest,
  run: Run,
  sentence: string,
): Promise<Message | undefined> {
  if (request.opensForms === false)
    return noticeMessage(
      `${sentence} Nobody was paged. To page all the same, click Page on-call under the verdict of run ${run.code}.`,
    )
  const opened = await bot.slack.delivery.openView(
    request.trigger,
    overrideForm(run.id, sentence, offerFor(bot, run, 2).state === 'ready'),
  )
  return opened.ok ? undefined : noticeMessage(`${sentence} Nobody was paged.`)
}

/** Pages, because the form was sent. What was done takes the form's place. */
export async function saveOverride(
  bot: PageCapabilities,
  request: SlackRequest,
  view: Submitted,
): Promise<FormResult> {
  const form = readOverride(view)
  if (form.what === 'mistake') return { ok: false, block: form.block, sentence: form.sentence }
  const run = await runOf(bot.store, { ...request, text: form.runId })
  if (form.what === 'page') return resultOf(await pageAllTheSame(bot, request, run, form.reason))
  const contacted = await contactLead(bot, request, run)
  return contacted.ok && form.reasonWritten
    ? resultOf({ ok: true, sentence: `${contacted.sentence} ${REASON_NOT_SENT}` })
    : resultOf(contacted)
}

const resultOf = ({ ok, sentence }: Done): FormResult =>
  ok ? { ok, view: overrideNotice(sentence) } : { ok, sentence }

/** *Contact DevOps lead* in the form: Level 2, and no page, whatever was typed for one. */
export async function leadInsteadButton(bot: PageCapabilities, request: SlackRequest): Promise<Message> {
  const { sentence } = await contactLead(bot, request, await runOf(bot.store, request))
  return noticeMessage(sentence)
}

/** What was done and what was not, or why nothing was. */
interface Done {
  readonly ok: boolean
  readonly sentence: string
}

async function pageAllTheSame(
  bot: PageCapabilities,
  request: SlackRequest,
  run: Run | null,
  reason: string,
): Promise<Done> {
  if (!run) return gone(request, 'page')
  const permit = await request.permit('page', { host: run.host, topic: run.topic })
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const asked = await askEscalation(bot, {
    run,
    level: 3,
    by: request.user,
    reason: bot.redactor.text(reason),
    audit: permit.audit,
  })
  if (!asked.ok) return asked
  const sentence = asked.created
    ? `The on-call is being paged about ${run.topic} on ${run.host}. No message went to the DevOps lead.`
    : `${alreadyEscalated(asked.escalation)} No second page was sent.`
  return { ok: true, sentence }
}

async function contactLead(bot: PageCapabilities, request: SlackRequest, run: Run | null): Promise<Done> {
  if (!run) return gone(request, 'escalate')
  const permit = await request.permit('escalate', { host: run.host, topic: run.topic })
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const asked = await askEscalation(bot, { run, level: 2, by: request.user, audit: permit.audit })
  if (!asked.ok) return asked
  const sentence = asked.created
    ? `The DevOps lead is being contacted about ${run.topic} on ${run.host}.`
    : alreadyEscalated(asked.escalation)
  return { ok: true, sentence: `${sentence} No page was sent.` }
}

async function gone(request: SlackRequest, action: 'page' | 'escalate'): Promise<Done> {
  await request.refuse(action, {}, GONE)
  return { ok: false, sentence: GONE }
}
