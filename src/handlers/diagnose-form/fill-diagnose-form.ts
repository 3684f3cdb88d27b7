import type { ModalView } from '@slack/types'
import { triage } from '../../engine/triage.ts'
import type { Message } from '../../slack/message.ts'
import { textOfMessage } from '../../slack/message-text.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { diagnoseForm } from '../../slack/messages/diagnose-form.ts'
import type { Capabilities } from '../capabilities.ts'
import { runOf } from '../find-run.ts'
import type { FormContent } from '../form-result.ts'
import type { SlackRequest } from '../guard.ts'
import { namedHosts } from '../mentions/named-hosts.ts'

type FillCapabilities = Pick<Capabilities, 'hosts' | 'runbooks'>

/** Where a form is asked for. */
export interface AskedFrom {
  readonly channel?: string | undefined
  readonly thread?: string | undefined
  /** What the form is opened from, whoever wrote it: compared with names and symptoms, and nothing else. */
  readonly message?: unknown
}

/** What a button on the Home tab says of it: the run that it stands beside, or a host. */
interface Preset {
  readonly host?: string | undefined
  readonly topic?: string | undefined
}

/** The form with what the message says of itself. A person reads it before anything is done. */
export async function fillDiagnoseForm(
  bot: FillCapabilities,
  request: SlackRequest,
  { channel, thread, message }: AskedFrom,
  preset: Preset = {},
): Promise<FormContent> {
  const permit = await request.permit('diagnose', {})
  if (!permit.allowed) return { ok: false, sentence: permit.reason }
  const mayOn = (host: string | undefined, topic?: string) =>
    request.may('diagnose', {
      ...(host === undefined ? {} : { host }),
      ...(topic === undefined ? {} : { topic }),
    }).allowed
  const words = textOfMessage(message)
  const named = preset.host === undefined ? namedHosts(bot.hosts.inventory, words) : [preset.host]
  const found = named.filter((host) => mayOn(host))
  const topics = [...bot.runbooks.topics.values()].filter(({ topic }) => mayOn(undefined, topic))
  const choice = words === '' ? undefined : triage(topics, words)
  const topic = preset.topic ?? (choice?.decided ? choice.topic : undefined)
  return { ok: true, view: diagnoseForm({ channel, thread, found, topics, topic }) }
}

/**
 * *Choose in a form*, under a question of ours: the answer goes where that stands. *Diagnose* on the Home tab, which is
 * no channel: whoever clicks chooses.
 */
export async function fillFromButton(
  bot: FillCapabilities & Pick<Capabilities, 'store'>,
  request: SlackRequest,
): Promise<FormContent> {
  const { channel, thread, text } = request
  if (channel !== '') return fillDiagnoseForm(bot, request, { channel, thread })
  const run = await runOf(bot.store, request)
  const isReadable = run && request.may('read', { host: run.host, topic: run.topic }).allowed
  const host = isReadable ? run.host : bot.hosts.inventory.hosts.get(text)?.name
  return fillDiagnoseForm(bot, request, {}, { host, topic: isReadable ? run.topic : undefined })
}

const NOT_OPENED =
  'Slack did not open the form in time. `/debvisor diagnose <topic> <host>` does the same; `/debvisor help` lists all commands.'

/** The bare command. */
export async function openDiagnoseForm(
  bot: FillCapabilities & Pick<Capabilities, 'slack'>,
  request: SlackRequest,
): Promise<Message | undefined> {
  const { channel, thread } = request
  const content = await fillDiagnoseForm(bot, request, { channel, thread })
  if (!content.ok) return noticeMessage(content.sentence)
  return (await opens(bot, request, content.view)) ? undefined : noticeMessage(NOT_OPENED)
}

const opens = async (
  { slack }: Pick<Capabilities, 'slack'>,
  { trigger }: Pick<SlackRequest, 'trigger'>,
  view: ModalView,
): Promise<boolean> => (await slack.delivery.openView(trigger, view)).ok
