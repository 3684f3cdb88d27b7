import type { Message } from '../../slack/message.ts'
import type { Capabilities } from '../capabilities.ts'
import { commandNames } from '../commands/parse-command.ts'
import { readCommand } from '../commands/slash.ts'
import type { SlackRequest } from '../guard.ts'
import { answerMention } from '../mentions/answer-mention.ts'
import { diagnoseWhatIsMeant } from '../mentions/find-diagnosis.ts'
import { namedHosts } from '../mentions/named-hosts.ts'
import type { Mention } from '../mentions/parse-mention.ts'

/**
 * What is written to the bot directly: the commands that can be mentioned, and, since nobody else is meant by it, any
 * words that name a host. A topic is then chosen by its symptoms, as everywhere.
 */
export async function answerDirectMessage(
  bot: Capabilities,
  request: SlackRequest,
  { inThread, ...mention }: Mention & { readonly inThread: boolean },
): Promise<Message | undefined> {
  const words = `${mention.command}\n${mention.beside}`
  const message = isAboutHost(bot, request, mention.command, words)
    ? await diagnoseWhatIsMeant(bot, request, { beside: words, inThread: false })
    : (await answerMention(bot, request, { ...mention, inThread }))?.message
  return message && asTyped(message)
}

/** No command, yet it names a host. */
function isAboutHost(bot: Capabilities, request: SlackRequest, command: string, words: string): boolean {
  const parsed = readCommand(bot, { ...request, text: command })
  if (parsed.kind !== 'mistake' || parsed.missing) return false
  const [first = ''] = command.trim().toLowerCase().split(/\s+/)
  return !isCommand(first) && namedHosts(bot.hosts.inventory, words).length > 0
}

const isCommand = (word: string): boolean => (commandNames as readonly string[]).includes(word)

const prefixed = new RegExp(`(?<![\\w/.~-])[@/]debvisor (?=<|(?:${commandNames.join('|')})\\b)`, 'g')

/** Here a command needs nothing before it. */
const asTyped = (message: Message): Message =>
  JSON.parse(JSON.stringify(message).replace(prefixed, '')) as Message
