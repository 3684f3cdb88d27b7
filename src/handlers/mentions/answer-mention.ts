import { findRunByCode } from '../../runs/run-store.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { unwrap } from '../../slack/typed-text.ts'
import type { Capabilities } from '../capabilities.ts'
import { knownNamesOf } from '../commands/known-names.ts'
import { type ParsedCommand, parseCommand } from '../commands/parse-command.ts'
import type { RunAct } from '../commands/parse-run-command.ts'
import { actOnRun } from '../commands/run-command.ts'
import { slash } from '../commands/slash.ts'
import type { SlackRequest } from '../guard.ts'
import { diagnoseWhatIsMeant } from './find-diagnosis.ts'
import type { Mention } from './parse-mention.ts'
import { runHere } from './run-of-thread.ts'

export interface MentionAnswer {
  readonly message: Message
  /** Its lists hold what the asker may read, which is not for everybody in the channel. */
  readonly alone: boolean
}

const forAskerAlone: ReadonlySet<ParsedCommand['kind']> = new Set([
  'group',
  'hosts',
  'status',
  'ticket',
  'tickets',
  'whoami',
] as const)

/**
 * What a mention asks: the same words as behind `/debvisor`, by the same handlers. What it leaves out, the thread may
 * say: which run, which host.
 */
export async function answerMention(
  bot: Capabilities,
  request: SlackRequest,
  { command, beside, inThread }: Mention & { readonly inThread: boolean },
): Promise<MentionAnswer | undefined> {
  // Nothing opens a form here.
  const typed = unwrap(command) === '' ? 'help' : command
  const parsed = parseCommand(unwrap(typed), knownNamesOf(bot.runbooks, bot.hosts.inventory))
  const lacks = parsed.kind === 'mistake' ? parsed.lacks : undefined
  const said =
    lacks?.what === 'host'
      ? { message: await diagnoseWhatIsMeant(bot, request, { topic: lacks.topic, beside, inThread }) }
      : lacks && (await onRunHere(bot, request, lacks.act))
  const message = said ? said.message : await slash(bot, { ...request, text: typed })
  if (!message) return undefined
  const alone = forAskerAlone.has(parsed.kind) || (await isOfAnotherChannel(bot, request, parsed))
  return { message: asMentions(message), alone }
}

/** What another channel's thread shows is not for everybody in this one. */
async function isOfAnotherChannel(
  { store }: Pick<Capabilities, 'store'>,
  { team, channel }: SlackRequest,
  parsed: ParsedCommand,
): Promise<boolean> {
  if (parsed.kind !== 'run') return false
  const run = await findRunByCode(store, team, parsed.code)
  return run !== null && run.channel !== channel
}

/** No message: the thread shows by itself what was done. Undefined: it has no run, and nothing was done. */
async function onRunHere(
  bot: Capabilities,
  request: SlackRequest,
  act: RunAct,
): Promise<{ readonly message: Message | undefined } | undefined> {
  const { team, channel, thread } = request
  if (thread === undefined) return undefined
  const here = await runHere(bot.store, { team, channel, thread }, act)
  if ('run' in here) {
    const { answer, done } = await actOnRun(bot, request, act, here.run)
    return { message: answer ?? (done && act !== 'again' ? noticeMessage(done) : undefined) }
  }
  const readable = here.oneOf.filter(({ host, topic }) => request.may('read', { host, topic }).allowed)
  if (readable.length === 0) return undefined
  const named = readable
    .slice(0, 5)
    .map(({ code, topic, host }) => `\`${act} ${code}\` (${topic} on ${host})`)
  return { message: noticeMessage(`This thread has several runs. Which one? @debvisor ${named.join(', ')}`) }
}

/** Slash commands do not work in threads. A path that ends in this word is no command. */
const asMentions = (message: Message): Message =>
  JSON.parse(JSON.stringify(message).replace(/(?<![\w/.~-])\/debvisor(?= )/g, '@debvisor')) as Message
