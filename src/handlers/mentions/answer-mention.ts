import { findFleetByCode } from '../../fleet/runs/fleet-store.ts'
import { runsOfThread } from '../../runs/history/runs-of-thread.ts'
import { findRunByCode } from '../../runs/run-store.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { unwrap } from '../../slack/typed-text.ts'
import { EVERY_MS, FOR_MS } from '../../watches/watch.ts'
import type { Capabilities } from '../capabilities.ts'
import { historyCommand } from '../commands/history.ts'
import type { MissingPart, ParsedCommand } from '../commands/parse-command.ts'
import type { RunAct } from '../commands/parse-run-command.ts'
import { actOnRun } from '../commands/run-command.ts'
import { readCommand, slash } from '../commands/slash.ts'
import { watchCommand } from '../commands/watch.ts'
import { againInThread, stopFleet } from '../fleet/fleet-buttons.ts'
import { fleetHere } from '../fleet/fleet-command.ts'
import type { SlackRequest } from '../guard.ts'
import { askFirst } from './ask-first.ts'
import { diagnoseWhatIsMeant } from './find-diagnosis.ts'
import type { Mention } from './parse-mention.ts'
import { runHere } from './run-of-thread.ts'
import { refusePartOfSentence } from './whole-command.ts'

export interface MentionAnswer {
  readonly message: Message
  /** Its lists hold what the asker may read, which is not for everybody in the channel. */
  readonly alone: boolean
}

const forAskerAlone: ReadonlySet<ParsedCommand['kind']> = new Set([
  'history',
  'hosts',
  'oncall',
  'stats',
  'status',
  'ticket',
  'tickets',
  'schedules',
  'watches',
  'whoami',
] as const)

const NO_COMMAND =
  'A message that mentions me is a command when that stands behind the mention: `@debvisor help` lists them.'

/**
 * What a mention asks: the same words as behind `/debvisor`, by the same handlers. What it leaves out, the thread may
 * say: which run, which host.
 */
export async function answerMention(
  bot: Capabilities,
  request: SlackRequest,
  { inThread, ...mention }: Mention & { readonly inThread: boolean },
): Promise<MentionAnswer | undefined> {
  const { command, beside } = mention
  const asksNothing = unwrap(command).trim() === ''
  if (asksNothing && beside.trim() !== '') return { message: noticeMessage(NO_COMMAND), alone: true }
  // Nothing opens a form here.
  let refused = false
  const refuse: SlackRequest['refuse'] = (...why) => {
    refused = true
    return request.refuse(...why)
  }
  const asking = { ...request, refuse }
  const typed = { ...asking, text: asksNothing ? 'help' : command }
  const parsed = await ofThread(bot, typed)
  const refusal = await refusePartOfSentence(request, parsed, mention)
  if (refusal !== undefined) return { message: noticeMessage(refusal), alone: true }
  const missing = parsed.kind === 'mistake' ? parsed.missing : undefined
  const said = missing && (await saidByThread(bot, asking, missing, { beside, inThread }))
  const message = said
    ? said.message
    : parsed.kind === 'watch'
      ? await watchCommand(bot, typed, parsed)
      : await slash(bot, typed)
  if (!message) return undefined
  // What was mistyped is nobody else's, nor how much somebody has asked for; what a thread is asked about is.
  const mistaken = parsed.kind === 'mistake' && (!said || isPrivate(missing))
  const alone =
    mistaken || refused || forAskerAlone.has(parsed.kind) || (await isOfAnotherChannel(bot, request, parsed))
  return { message: asMentions(message), alone }
}

/** `watch` alone lists what is watched; in the thread of a run it is that run which is to be watched. */
async function ofThread(bot: Capabilities, request: SlackRequest): Promise<ParsedCommand> {
  const parsed = readCommand(bot, request)
  const { team, channel, thread } = request
  if (parsed.kind !== 'watches' || thread === undefined) return parsed
  const runs = await runsOfThread(bot.store, { team, channel, thread })
  return runs.length > 0 ? { kind: 'watch', everyMs: EVERY_MS.usual, forMs: FOR_MS.usual } : parsed
}

/** The answer is the asker's, though the thread said what it is about. */
const isPrivate = (missing: MissingPart | undefined): boolean =>
  missing?.what === 'history' || (missing?.what === 'run' && missing.act === 'timeline')

/** A command that leaves out what the thread may say. Undefined: the thread does not say it either. */
async function saidByThread(
  bot: Capabilities,
  request: SlackRequest,
  missing: MissingPart,
  { beside, inThread }: { readonly beside: string; readonly inThread: boolean },
): Promise<{ readonly message: Message | undefined } | undefined> {
  if (missing.what === 'run') return onRunHere(bot, request, missing.act)
  if (missing.what === 'history') return historyHere(bot, request)
  return { message: await diagnoseWhatIsMeant(bot, request, { topic: missing.topic, beside, inThread }) }
}

/** Of the host of the newest run in the thread that the asker may see. */
async function historyHere(
  bot: Capabilities,
  request: SlackRequest,
): Promise<{ readonly message: Message } | undefined> {
  const { team, channel, thread } = request
  const runs = thread === undefined ? [] : await runsOfThread(bot.store, { team, channel, thread })
  const run = runs.find(({ host, topic }) => request.may('read', { host, topic }).allowed)
  return run && { message: await historyCommand(bot, request, { host: run.host, run }) }
}

/** What another channel's thread shows is not for everybody in this one. */
async function isOfAnotherChannel(
  { store }: Pick<Capabilities, 'store'>,
  { team, channel }: SlackRequest,
  parsed: ParsedCommand,
): Promise<boolean> {
  if (parsed.kind !== 'run') return false
  if (parsed.act === 'timeline') return true
  const { code } = parsed
  const told = (await findRunByCode(store, team, code)) ?? (await findFleetByCode(store, team, code))
  return told !== null && told.channel !== channel
}

/** No message: the thread shows by itself what was done. Undefined: it has no run, and nothing was done. */
async function onRunHere(
  bot: Capabilities,
  request: SlackRequest,
  act: RunAct,
): Promise<{ readonly message: Message | undefined } | undefined> {
  const { team, channel, thread } = request
  if (thread === undefined) return undefined
  const fleet = await fleetHere(bot, request, act)
  if (fleet) {
    // What was done shows in its message, or in a new one.
    const answer =
      act === 'cancel' ? await stopFleet(bot, request, fleet) : await againInThread(bot, request, fleet)
    return { message: answer }
  }
  const here = await runHere(bot.store, { team, channel, thread }, act)
  if ('run' in here) {
    if (act === 'page' || act === 'resolve') return { message: await askFirst[act](bot, request, here.run) }
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
