import { suggest } from '../../inventory/suggest.ts'
import { bare, quoteWord, withoutPunctuation, wordsOf } from '../../slack/typed-words.ts'
import {
  type FleetCommand,
  fleetOf,
  hasListOfHosts,
  LONGEST_PATTERN,
  readPattern,
} from '../fleet/parse-fleet.ts'
import { unclearHosts, unclearHostsAfter } from '../fleet/unclear-hosts.ts'
import type { KnownNames } from './known-names.ts'
import {
  type HistoryCommand,
  type Names,
  type ReadHistory,
  readHistory,
  readStats,
} from './parse-history-command.ts'
import {
  type MissingRun,
  type ReadRunCommand,
  type RunAct,
  type RunCommand,
  readRunCommand,
  runActs,
} from './parse-run-command.ts'
import {
  LONGEST_COMMENT,
  type ReadTicket,
  readTicket,
  readTickets,
  type TicketCommand,
} from './parse-ticket-command.ts'
import {
  type ReadWatch,
  readSchedule,
  readUnschedule,
  readUnwatch,
  readWatch,
  type WatchCommand,
} from './parse-watch-command.ts'

/**
 * Reads what was typed behind `/debvisor`. Pure: words in, a command out; names come from the runbooks and the
 * inventory only, so nothing that a user types can become a host name, an address, a path or a command (S7).
 */

export const commandNames = [
  ...runActs,
  'diagnose',
  'help',
  'history',
  'hosts',
  'oncall',
  'runbooks',
  'schedule',
  'stats',
  'status',
  'ticket',
  'tickets',
  'unschedule',
  'unwatch',
  'watch',
  'whoami',
] as const
export type CommandName = (typeof commandNames)[number]

const laterNames: readonly string[] = [
  ...runActs,
  ...['history', 'stats', 'schedule', 'unschedule', 'watch', 'unwatch'],
]

/**
 * What no host or group may be called. Some commands came later than people's inventories: a host with the name of one
 * stays, and is diagnosed by `diagnose`.
 */
export const reservedNames: readonly string[] = commandNames.filter((name) => !laterNames.includes(name))

/** More than any real command; Slack lets through 10,000 and more. */
const LONGEST = 300
/** Room for a text beyond what a comment takes, so that the answer can say how long that is. */
const LONGEST_TICKET = 2 * LONGEST_COMMENT

export type ParsedCommand =
  /** `about`: one command; undefined: all of them. */
  | { readonly kind: 'help'; readonly about?: CommandName }
  /** Nothing was typed: what is to be diagnosed is asked in a form. */
  | { readonly kind: 'form' }
  | { readonly kind: 'whoami' }
  | { readonly kind: 'hosts' | 'oncall' | 'runbooks' | 'status' }
  | { readonly kind: 'diagnose'; readonly topic: string; readonly host: string }
  /** No topic: what is wrong, in the engineer's words; "" where nothing was said. */
  | { readonly kind: 'triage'; readonly host: string; readonly said: string }
  | FleetCommand
  | RunCommand
  | HistoryCommand
  | TicketCommand
  | WatchCommand
  | { readonly kind: 'mistake'; readonly sentence: string; readonly missing?: MissingPart }

/** All that is wrong with a command: what it is about was not typed. The thread that it stands in may say so. */
export type MissingPart =
  | MissingRun
  | { readonly what: 'history' }
  | { readonly what: 'host'; readonly topic?: string }

export function parseCommand(typed: string, known: KnownNames): ParsedCommand {
  const text = bare(withoutAddress(typed).trim())
  const behind = behindTicket(text)
  const longest = behind !== undefined ? LONGEST_TICKET : hasListOfHosts(text) ? LONGEST_PATTERN : LONGEST
  if (text.length > longest) {
    return mistake(
      `That command has ${text.length} characters; it may have ${longest}. Try \`/debvisor help\`.`,
    )
  }
  const [first, ...rest] = wordsOf(text)
  if (first === undefined) return { kind: 'form' }
  if (isHelp(first)) return readHelp(rest)
  const name = nameIn(first)
  if (!isCommand(name)) return readNames([first, ...rest], known)
  if (rest.length === 1 && rest.every(isHelp)) return { kind: 'help', about: name }
  const near = (word: string, candidates: readonly string[]) => nothingCalled('word', word, candidates)
  if (name === 'tickets') return asCommand(readTickets(rest, near))
  if (name === 'ticket') return asCommand(readTicket(behind ?? '', near))
  if (isRunAct(name)) return asCommand(readRunCommand(name, rest, known.hostOf))
  if (name === 'history') return asCommand(readHistory(rest, namesOf(known)))
  if (name === 'stats') return asCommand(readStats(rest, namesOf(known)))
  if (name === 'watch') return asCommand(readWatch(rest, namesOf(known)))
  if (name === 'unwatch') return asCommand(readUnwatch(rest, namesOf(known)))
  if (name === 'schedule') return asCommand(readSchedule(rest, namesOf(known)))
  if (name === 'unschedule') return asCommand(readUnschedule(rest))
  if (name !== 'diagnose') {
    return rest[0] === undefined
      ? { kind: name }
      : mistake(`\`/debvisor ${name}\` stands alone; it does not know ${quoteWord(rest[0])}.`)
  }
  return readDiagnose(rest, known)
}

function isRunAct(word: string): word is RunAct {
  return (runActs as readonly string[]).includes(word)
}

/** What was typed behind the word `ticket`, as it is; undefined: the command is another. */
function behindTicket(text: string): string | undefined {
  const [head = ''] = /^\s*\S+/.exec(text) ?? []
  return nameIn(head.trim()) === 'ticket' ? text.slice(head.length) : undefined
}

/** "ack:", "`ticket`" */
const nameIn = (word: string): string => withoutPunctuation(bare(word)).toLowerCase()

/** A mention of the bot before the command is habit, and so is the command's own name. */
const withoutAddress = (text: string): string => text.replace(/^\s*(?:@\S+|\/debvisor)(?=\s|$)/i, '')

const isHelp = (word: string): boolean => ['help', '--help', '-h', '?', '-?'].includes(word.toLowerCase())

/** "help diagnose"; of what is no command, everything. */
function readHelp([word]: readonly string[]): ParsedCommand {
  const about = word?.toLowerCase()
  return about !== undefined && isCommand(about) ? { kind: 'help', about } : { kind: 'help' }
}

/** Without a command: names of hosts, topics and groups are taken as for `diagnose`. */
function readNames(words: readonly string[], known: KnownNames): ParsedCommand {
  const [first = ''] = words
  const { host, topic, group } = meant(first, known)
  if (host ?? topic ?? group ?? readPattern(words, known, { isSure: false }))
    return readDiagnose(words, known)
  return unknownWord(
    'command, topic or host',
    first,
    [...commandNames, ...known.topicWords(), ...known.hostNames()],
    'Try `/debvisor help`.',
  )
}

interface Meant {
  readonly host?: string | undefined
  readonly topic?: string | undefined
  readonly group?: string | undefined
}

/** What a word names. A host wins over a group; no host has the name of a topic. */
function meant(word: string, known: KnownNames): Meant {
  for (const form of [word, withoutPunctuation(word)]) {
    const host = known.hostOf(form)
    const topic = known.topicOf(form.toLowerCase())
    if (host !== undefined || topic !== undefined) return { host, topic }
    const group = known.groupOf(form)
    if (group !== undefined) return { group }
  }
  return {}
}

function readDiagnose(rest: readonly string[], known: KnownNames): ParsedCommand {
  const [first, ...others] = rest
  const flag = rest.find(isFlag)
  if (first === undefined) {
    return mistake(
      'Which topic, on which host? `/debvisor diagnose <topic> <host>`, or `/debvisor diagnose <host>` and what is wrong.',
      { what: 'host' },
    )
  }
  if (isFlag(first)) return unknownFlag(first)
  const { host, topic } = meant(first, known)
  const fleet = topic === undefined ? readPattern(rest, known, { isSure: true }) : undefined
  if (fleet) {
    if (flag !== undefined) return unknownFlag(flag)
    const unclear = unclearHosts(fleet, known)
    return unclear === undefined ? fleetOf(fleet, topicIn(fleet.rest, known)) : mistake(unclear)
  }
  if (host !== undefined) return flag ? unknownFlag(flag) : readTriage(host, others, known)
  return topic === undefined ? unknownFirst(first, known) : readHost(topic, others, known)
}

/** The host behind a topic: "db host1", "db on host1". */
function readHost(topic: string, rest: readonly string[], known: KnownNames): ParsedCommand {
  const flag = rest.find(isFlag)
  const named = /^(on|at|of)$/i.test(rest[0] ?? '') && rest.length > 1 ? rest.slice(1) : rest
  const [second, extra] = named
  if (second === undefined)
    return mistake(`On which host? \`/debvisor diagnose ${topic} <host>\`.`, { what: 'host', topic })
  if (isFlag(second)) return unknownFlag(second)
  const fleet = readPattern(named, known, { isSure: true })
  if (fleet) {
    if (flag !== undefined) return unknownFlag(flag)
    const [more] = fleet.rest
    if (more === undefined) return { kind: 'fleet', pattern: fleet.pattern, topic, said: '' }
    const unclear = unclearHostsAfter(fleet, known)
    return unclear === undefined ? oneWord(more, fleet.pattern) : mistake(unclear)
  }
  const { host } = meant(second, known)
  if (host === undefined) {
    return unknownWord('host', second, known.hostNames(), '`/debvisor hosts` lists the inventory.')
  }
  if (flag !== undefined) return unknownFlag(flag)
  if (extra !== undefined) return oneWord(extra, host)
  return { kind: 'diagnose', topic, host }
}

/** Reads a host and what is wrong with it. A single word that is a topic is taken for the topic. */
function readTriage(host: string, said: readonly string[], known: KnownNames): ParsedCommand {
  const [second] = said
  if (second !== undefined && meant(second, known).host !== undefined) return oneWord(second, host)
  const unclear = unclearHostsAfter({ pattern: host, rest: said }, known)
  if (unclear !== undefined) return mistake(unclear)
  const topic = topicIn(said, known)
  return topic ? { kind: 'diagnose', topic, host } : { kind: 'triage', host, said: said.join(' ') }
}

const oneWord = (extra: string, host: string): ParsedCommand =>
  mistake(
    `One host at a time, or several as one word, such as \`host1,host2\`: what is ${quoteWord(extra)} after ${quoteWord(host)}?`,
  )

const topicIn = (words: readonly string[], known: KnownNames): string | undefined =>
  words.length === 1 ? meant(words[0] ?? '', known).topic : undefined

const isFlag = (word: string): boolean => /^--?[a-z]/i.test(word)

const unknownFlag = (word: string): ParsedCommand =>
  mistake(`${quoteWord(word)} is no option of diagnose: \`/debvisor diagnose <topic> <host>\`.`)

const namesOf = (known: KnownNames): Names & { meant(word: string): Meant } => ({
  meant: (word) => meant(word, known),
  unknown: (word) => nothingCalled('host or topic', word, [...known.topicWords(), ...known.hostNames()]),
  quote: quoteWord,
})

const unknownFirst = (word: string, known: KnownNames): ParsedCommand =>
  unknownWord(
    'topic or host',
    word,
    [...known.topicWords(), ...known.hostNames()],
    '`/debvisor runbooks` and `/debvisor hosts` list them.',
  )

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

const asCommand = (read: ReadTicket | ReadRunCommand | ReadHistory | ReadWatch): ParsedCommand =>
  'wrong' in read ? mistake(read.wrong, 'missing' in read ? read.missing : undefined) : read

const isCommand = (word: string): word is CommandName => (commandNames as readonly string[]).includes(word)
const mistake = (sentence: string, missing?: MissingPart): ParsedCommand => ({
  kind: 'mistake',
  sentence,
  ...(missing ? { missing } : {}),
})
