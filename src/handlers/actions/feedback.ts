import { feedbackBy, giveFeedback, type Rating } from '../../runs/history/feedback.ts'
import type { Run } from '../../runs/run.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import {
  feedbackWords,
  LONGEST_FEEDBACK,
  readWrong,
  wrongForm,
  wrongNotice,
} from '../../slack/messages/run/feedback.ts'
import type { Submitted } from '../../slack/messages/ticket/forms.ts'
import type { Capabilities } from '../capabilities.ts'
import { runOf } from '../find-run.ts'
import type { FormContent, FormResult } from '../form-result.ts'
import type { Permit, SlackRequest } from '../guard.ts'

type FeedbackCapabilities = Pick<Capabilities, 'store' | 'redactor'>

const GONE = 'This run is gone, or has no verdict: nothing was kept.'

type Rated =
  | { readonly ok: true; readonly run: Run; readonly permit: Extract<Permit, { allowed: true }> }
  | { readonly ok: false; readonly sentence: string }

/** The run that a button or a form names: whoever may read its verdict may say what they think of it. */
async function ratedRun({ store }: FeedbackCapabilities, request: SlackRequest): Promise<Rated> {
  const run = await runOf(store, request)
  if (!run?.report) {
    await request.refuse('read', {}, GONE)
    return { ok: false, sentence: GONE }
  }
  const permit = await request.permit('read', { host: run.host, topic: run.topic })
  return permit.allowed ? { ok: true, run, permit } : { ok: false, sentence: permit.reason }
}

interface Said {
  readonly rating: Rating
  readonly said: string | null
}

async function keep(
  { store, redactor }: FeedbackCapabilities,
  { user }: SlackRequest,
  { run, permit }: Extract<Rated, { ok: true }>,
  { rating, said }: Said,
): Promise<string> {
  const given = { by: user, rating, said: said === null ? null : redactor.text(said) }
  const changed = await store.tx(async (tx) => {
    const isNew = await giveFeedback(tx, run.id, given)
    if (isNew) await permit.audit(tx, `run ${run.code} rated ${rating}`)
    return isNew
  })
  return feedbackWords(run, rating, { before: !changed })
}

/** *Right*. */
export async function rightButton(bot: FeedbackCapabilities, request: SlackRequest): Promise<Message> {
  const rated = await ratedRun(bot, request)
  return noticeMessage(
    rated.ok ? await keep(bot, request, rated, { rating: 'right', said: null }) : rated.sentence,
  )
}

/** *Wrong, it was …* */
export async function fillWrong(bot: FeedbackCapabilities, request: SlackRequest): Promise<FormContent> {
  const rated = await ratedRun(bot, request)
  if (!rated.ok) return rated
  return { ok: true, view: wrongForm(rated.run, await feedbackBy(bot.store, rated.run.id, request.user)) }
}

export async function saveWrong(
  bot: FeedbackCapabilities,
  request: SlackRequest,
  view: Submitted,
): Promise<FormResult> {
  const said = readWrong(view)
  if (said !== null && said.length > LONGEST_FEEDBACK)
    return { ok: false, sentence: `That has ${said.length} characters; it may have ${LONGEST_FEEDBACK}.` }
  const rated = await ratedRun(bot, request)
  if (!rated.ok) return rated
  return { ok: true, view: wrongNotice(await keep(bot, request, rated, { rating: 'wrong', said })) }
}
