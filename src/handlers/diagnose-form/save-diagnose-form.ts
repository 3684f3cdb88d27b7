import {
  DIAGNOSE_TITLE,
  readDiagnoseForm,
  startedNotice,
  type WantedInForm,
} from '../../slack/messages/diagnose-form.ts'
import { formAnswer } from '../../slack/messages/empty-form.ts'
import type { Submitted } from '../../slack/messages/ticket/forms.ts'
import { formKey } from '../../store/seen-deliveries.ts'
import type { Capabilities } from '../capabilities.ts'
import { chooseTopic } from '../choose-topic.ts'
import type { FormResult } from '../form-result.ts'
import type { SlackRequest } from '../guard.ts'
import { beginDiagnosis } from '../start-diagnosis.ts'

export type SaveCapabilities = Pick<Capabilities, 'store' | 'slack' | 'hosts' | 'runbooks' | 'limits'>

const NOT_THERE =
  'I am not in that channel, so only you read it: to share it, /invite @debvisor there and ask again.'

/** Starts what the form asks for, once, however often it is sent. What was done takes the form's place. */
export async function saveDiagnoseForm(
  bot: SaveCapabilities,
  request: SlackRequest,
  view: Submitted,
): Promise<FormResult> {
  const wanted = readDiagnoseForm(view)
  if (!wanted) return { ok: false, sentence: 'Choose a host.' }
  const { host } = wanted
  const choice =
    wanted.topic === undefined
      ? chooseTopic(bot, request, host, wanted.said)
      : { topic: wanted.topic, reason: null }
  if (!choice || !bot.runbooks.topics.has(choice.topic))
    return { ok: false, block: 'topic', sentence: 'There is no such topic any more: choose another.' }
  // Where somebody may not diagnose, they are told so before anything is opened or written anywhere.
  const may = request.may('diagnose', { host, topic: choice.topic })
  const to = may.allowed ? await destinationOf(bot, request, wanted) : { channel: wanted.channel ?? '' }
  if (!to) return { ok: false, sentence: 'Slack did not open a direct message to you; choose a channel.' }
  const { channel, thread, note } = to
  const delivery = formKey(request.trigger, JSON.stringify([wanted, choice.topic]))
  const asked = { ...request, channel, thread, trigger: delivery }
  const begun = await beginDiagnosis(bot, asked, { ...choice, host })
  if (begun.state === 'refused') return { ok: false, sentence: begun.sentence }
  if (begun.state === 'joined') return { ok: true, view: formAnswer(DIAGNOSE_TITLE, begun.message) }
  return { ok: true, view: startedNotice({ topic: choice.topic, host }, to, note) }
}

interface DestinationOfForm {
  readonly channel: string
  readonly thread?: string | undefined
  /** Why it is not where the form said. */
  readonly note?: string
}

/** Where the bot cannot write, whoever asked reads the answer directly. Undefined: not even that. */
async function destinationOf(
  { slack }: Pick<Capabilities, 'slack'>,
  { user }: Pick<SlackRequest, 'user'>,
  { channel, thread }: WantedInForm,
): Promise<DestinationOfForm | undefined> {
  if (channel !== undefined && (await slack.delivery.isIn(channel))) return { channel, thread }
  const opened = await slack.delivery.openDm(user)
  if (!opened.ok) return undefined
  return { channel: opened.channel, ...(channel === undefined ? {} : { note: NOT_THERE }) }
}
