import { triage } from '../../engine/triage.ts'
import { runsOfThread } from '../../runs/history/runs-of-thread.ts'
import type { Message } from '../../slack/message.ts'
import { textOfMessage } from '../../slack/message-text.ts'
import { chooseMessage } from '../../slack/messages/choose-diagnosis.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { runAt } from '../../store/posted-messages.ts'
import type { Capabilities } from '../capabilities.ts'
import { readCommand, slash } from '../commands/slash.ts'
import type { SlackRequest } from '../guard.ts'
import { startDiagnosis } from '../start-diagnosis.ts'
import { namedHosts } from './named-hosts.ts'

export type FindCapabilities = Pick<Capabilities, 'store' | 'slack' | 'hosts' | 'runbooks' | 'limits'>

/** What a mention says of the diagnosis that it asks for, without the name of a host. */
export interface Wanted {
  readonly topic?: string | undefined
  /** The rest of its message. */
  readonly beside: string
  /** Whether it stands in a thread that somebody else began. */
  readonly inThread: boolean
}

/**
 * Finds what is to be diagnosed in the words around a mention: beside it, then in the thread. What a stranger wrote
 * there is compared with the names of hosts and the symptoms of topics, and is nothing else. Where that leaves more than
 * one thing to do, or nothing, it is asked, not guessed.
 */
export async function diagnoseWhatIsMeant(
  bot: FindCapabilities,
  request: SlackRequest,
  wanted: Wanted,
): Promise<Message | undefined> {
  const { hosts, words, unread } = await around(bot, request, wanted)
  const topics = [...bot.runbooks.topics.values()]
  const allowed = topics.filter(({ topic }) => hosts.some((host) => may(request, host, topic)))
  const choice = wanted.topic === undefined ? triage(allowed, words) : undefined
  const topic = wanted.topic ?? (choice?.decided ? choice.topic : undefined)
  const [host] = hosts
  if (host === undefined) return chooseMessage(await noHost(request, wanted, unread), [])
  if (hosts.length === 1 && topic !== undefined)
    return startDiagnosis(bot, request, { topic, host, reason: choice?.reason ?? `${host} is named here` })
  if (hosts.length === 1)
    return chooseMessage(
      `Which topic on ${host}? Nothing here tells what is wrong.`,
      allowed.map((each) => ({ host, topic: each.topic })),
    )
  const possible = hosts.filter((each) => topic === undefined || may(request, each, topic))
  return chooseMessage(
    `${hosts.length} hosts are named here: which one?`,
    possible.map((each) => ({ host: each, topic })),
  )
}

/** An option of the question: its value is a command, and read as one. */
export async function chosenDiagnosis(
  bot: Capabilities,
  request: SlackRequest,
): Promise<Message | undefined> {
  const command = readCommand(bot, request)
  if (command.kind === 'diagnose' || command.kind === 'triage') return slash(bot, request)
  const sentence = 'The inventory has changed since this was asked: nothing was started.'
  await request.refuse('diagnose', {}, sentence)
  return noticeMessage(sentence)
}

const may = (request: SlackRequest, host: string, topic?: string): boolean =>
  request.may('diagnose', topic === undefined ? { host } : { host, topic }).allowed

interface Around {
  /** Those that the caller may diagnose. */
  readonly hosts: readonly string[]
  /** What may describe the trouble. */
  readonly words: string
  /** Slack did not give us the message that the thread hangs from. */
  readonly unread?: boolean
}

/**
 * What somebody says beside the mention counts first, then what the thread hangs from, then what was examined in it. Our
 * own message is about its run's host, whatever else it names.
 */
async function around(
  bot: FindCapabilities,
  request: SlackRequest,
  { beside, inThread }: Wanted,
): Promise<Around> {
  const allowed = (names: readonly string[]) => names.filter((host) => may(request, host))
  const { inventory } = bot.hosts
  const said = allowed(namedHosts(inventory, beside))
  const { team, channel, thread } = request
  if (thread === undefined || !inThread) return { hosts: said, words: beside }
  const isRuns = (await runAt(bot.store, channel, thread)) !== undefined
  const message = isRuns ? {} : await bot.slack.delivery.message(channel, thread)
  const above = textOfMessage(message)
  const words = `${beside}\n${above}`
  if (said.length > 0) return { hosts: said, words }
  const named = allowed(namedHosts(inventory, above))
  if (named.length > 0) return { hosts: named, words }
  const examined = (await runsOfThread(bot.store, { team, channel, thread })).map(({ host }) => host)
  const unread = message === undefined
  return { hosts: allowed([...new Set(examined)].filter((host) => inventory.hosts.has(host))), words, unread }
}

async function noHost(request: SlackRequest, { topic }: Wanted, unread = false): Promise<string> {
  const permit = await request.permit('diagnose', topic === undefined ? {} : { topic })
  if (!permit.allowed) return permit.reason
  const why = unread
    ? 'The message that this thread hangs from could not be read. Which host?'
    : 'No host that you may diagnose is named here. Which one?'
  return `${why} \`@debvisor diagnose ${topic ?? '<topic>'} <host>\``
}
