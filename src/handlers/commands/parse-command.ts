import { suggest } from '../../inventory/suggest.ts'
import type { KnownNames } from './known-names.ts'
import { LONGEST_COMMENT, readTicket, readTickets, type TicketCommand } from './parse-ticket-command.ts'

/**
 * Reads what was typed behind `/debvisor`. Pure: words in, a command out; names come from the runbooks and the
 * inventory only, so nothing that a user types can become a host name, an address, a path or a command (S7).
 */

export const commandNames = [
  'diagnose',
  'help',
  'hosts',
  'oncall',
  'runbooks',
  'status',
  'ticket',
  'tickets',
  'whoami',
] as const
export type CommandName = (typeof commandNames)[number]

/** More than any real command; Slack lets through 10,000 and more. */
const LONGEST = 300
/** Room for a text beyond what a comment takes, so that the answer can say how long that is. */
const LONGEST_TICKET = 2 * LONGEST_COMMENT

export type ParsedCommand =
  | { readonly kind: 'help' | 'whoami' }
  | { readonly kind: 'hosts' | 'oncall' | 'runbooks' | 'status' }
  | { readonly kind: 'diagnose'; readonly topic: string; readonly host: string }
  /** No topic: what is wrong, in the engineer's words; "" where nothing was said. */
  | { readonly kind: 'triage'; readonly host: string; readonly said: string }
  | TicketCommand
  | { readonly kind: 'mistake'; readonly sentence: string }

export function parseCommand(text: string, known: KnownNames): ParsedCommand {
  const behind = /^\s*ticket(?=\s|$)([\s\S]*)$/i.exec(text)?.[1]
  const longest = behind === undefined ? LONGEST : LONGEST_TICKET
  if (text.length > longest) {
    return mistake(
      `That command has ${text.length} characters; it may have ${longest}. Try \`/debvisor help\`.`,
    )
  }
  const [first, ...rest] = text
    .split(/\s+/)
    .map(bare)
    .filter((word) => word !== '')
  if (first === undefined) return { kind: 'help' }
  const name = first.toLowerCase()
  if (name === '--help' || name === '-h') return { kind: 'help' }
  if (!isCommand(name)) return unknownCommand(first, known)
  const near = (word: string, candidates: readonly string[]) => nothingCalled('word', word, candidates)
  if (name === 'tickets') return asCommand(readTickets(rest, near))
  if (name === 'ticket') return asCommand(readTicket(behind ?? '', near))
  if (name !== 'diagnose') {
    return rest[0] === undefined
      ? { kind: name }
      : mistake(`\`/debvisor ${name}\` stands alone; it does not know ${quoteWord(rest[0])}.`)
  }
  return readDiagnose(rest, known)
}

function readDiagnose(rest: readonly string[], known: KnownNames): ParsedCommand {
  const [first, second, extra] = rest
  const flag = rest.find(isFlag)
  if (first === undefined) {
    return mistake(
      'Which topic, on which host? `/debvisor diagnose <topic> <host>`, or `/debvisor diagnose <host>` and what is wrong.',
    )
  }
  if (isFlag(first)) return unknownFlag(first)
  if (known.hasHost(first)) return flag ? unknownFlag(flag) : readTriage(first, rest.slice(1), known)
  const topic = known.topicOf(first.toLowerCase())
  if (!topic) return unknownFirst(first, known)
  if (second === undefined) return mistake(`On which host? \`/debvisor diagnose ${topic} <host>\`.`)
  if (isFlag(second)) return unknownFlag(second)
  if (!known.hasHost(second)) {
    return unknownWord('host', second, known.hostNames(), '`/debvisor hosts` lists the inventory.')
  }
  if (flag !== undefined) return unknownFlag(flag)
  if (extra !== undefined) return mistake(`One host at a time: what is ${quoteWord(extra)} after ${second}?`)
  return { kind: 'diagnose', topic, host: second }
}

/** Reads a host and what is wrong with it. A single word that is a topic is taken for the topic. */
function readTriage(host: string, said: readonly string[], known: KnownNames): ParsedCommand {
  const [second] = said
  if (second !== undefined && known.hasHost(second))
    return mistake(`One host at a time: what is ${quoteWord(second)} after ${host}?`)
  const topic = said.length === 1 && second !== undefined ? known.topicOf(second.toLowerCase()) : undefined
  return topic ? { kind: 'diagnose', topic, host } : { kind: 'triage', host, said: said.join(' ') }
}

/** Quotes around a whole word are habit: no name has any. */
const bare = (word: string): string => word.replace(/^(["'`])(.*)\1$/, '$2')

const isFlag = (word: string): boolean => /^--?[a-z]/i.test(word)

const unknownFlag = (word: string): ParsedCommand =>
  mistake(`${quoteWord(word)} is no option of diagnose: \`/debvisor diagnose <topic> <host>\`.`)

const unknownFirst = (word: string, known: KnownNames): ParsedCommand =>
  unknownWord(
    'topic or host',
    word,
    [...known.topicWords(), ...known.hostNames()],
    '`/debvisor runbooks` and `/debvisor hosts` list them.',
  )

function unknownCommand(word: string, known: KnownNames): ParsedCommand {
  const topic = known.topicOf(word.toLowerCase())
  if (topic) return mistake(`${quoteWord(word)} is a topic: \`/debvisor diagnose ${topic} <host>\`.`)
  return unknownWord('command', word, commandNames, 'Try `/debvisor help`.')
}

function unknownWord(
  what: string,
  word: string,
  candidates: readonly string[],
  where: string,
): ParsedCommand {
  return mistake(`${nothingCalled(what, word, candidates)} ${where}`)
}

/** "There is no host `hots1`. Did you mean `host1`?" */
function nothingCalled(what: string, word: string, candidates: readonly string[]): string {
  const near = suggest(word.toLowerCase(), candidates)
  const hint = near.length > 0 ? ` Did you mean ${near.map((n) => `\`${n}\``).join(' or ')}?` : ''
  return `There is no ${what} ${quoteWord(word)}.${hint}`
}

const asCommand = (read: ReturnType<typeof readTicket>): ParsedCommand =>
  'wrong' in read ? mistake(read.wrong) : read

const isCommand = (word: string): word is CommandName => (commandNames as readonly string[]).includes(word)
const mistake = (sentence: string): ParsedCommand => ({ kind: 'mistake', sentence })

/** The user's own word, back to the user: short, and with nothing in it that Slack would take for markup. */
const quoteWord = (word: string): string => `\`${word.slice(0, 60).replace(/[`<>&*_~|@#\p{C}]/gu, '·')}\``
