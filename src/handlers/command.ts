/**
 * `/debvisor …` as text, to what is meant. Pure: words in, meaning out; names come from the runbooks and the inventory only, so
 * nothing that a user types can become a host name, an address, a path or a command (S7).
 */

export const commandNames = ['diagnose', 'help', 'hosts', 'runbooks', 'status'] as const
export type CommandName = (typeof commandNames)[number]

/** More than any real command; Slack lets through 10,000 and more. */
const LONGEST = 300

export interface Vocabulary {
  /** Topic of a name or alias. */
  topicOf(word: string): string | undefined
  topicWords(): readonly string[]
  hasHost(word: string): boolean
  hostNames(): readonly string[]
  suggest(word: string, candidates: readonly string[]): readonly string[]
}

export type Meaning =
  | { readonly kind: 'help' | 'hosts' | 'runbooks' | 'status' }
  | { readonly kind: 'diagnose'; readonly topic: string; readonly host: string }
  | { readonly kind: 'mistake'; readonly sentence: string }

export function readCommand(text: string, words: Vocabulary): Meaning {
  if (text.length > LONGEST) {
    return mistake(
      `That command has ${text.length} characters; it may have ${LONGEST}. Try \`/debvisor help\`.`,
    )
  }
  const [first, ...rest] = text.split(/\s+/).filter((word) => word !== '')
  if (first === undefined) return { kind: 'help' }
  const name = first.toLowerCase()
  if (name === '--help' || name === '-h') return { kind: 'help' }
  if (!isCommand(name)) return unknownCommand(first, words)
  if (name !== 'diagnose') {
    return rest[0] === undefined
      ? { kind: name }
      : mistake(`\`/debvisor ${name}\` stands alone; it does not know ${shown(rest[0])}.`)
  }
  return readDiagnose(rest, words)
}

function readDiagnose(rest: readonly string[], words: Vocabulary): Meaning {
  const [topicWord, hostWord, extra] = rest
  for (const word of [topicWord, hostWord]) if (word?.startsWith('-')) return unknownFlag(word)
  if (topicWord === undefined)
    return mistake('Which topic, on which host? `/debvisor diagnose <topic> <host>`.')
  const topic = words.topicOf(topicWord.toLowerCase())
  if (!topic)
    return unknownWord('topic', topicWord, words.topicWords(), words, '`/debvisor runbooks` lists them.')
  if (hostWord === undefined) return mistake(`On which host? \`/debvisor diagnose ${topic} <host>\`.`)
  if (!words.hasHost(hostWord)) {
    return unknownWord('host', hostWord, words.hostNames(), words, '`/debvisor hosts` lists the inventory.')
  }
  if (extra?.startsWith('-')) return unknownFlag(extra)
  if (extra !== undefined) return mistake(`One host at a time: what is ${shown(extra)} after ${hostWord}?`)
  return { kind: 'diagnose', topic, host: hostWord }
}

const unknownFlag = (word: string): Meaning =>
  mistake(`${shown(word)} is no option of diagnose: \`/debvisor diagnose <topic> <host>\`.`)

function unknownCommand(word: string, words: Vocabulary): Meaning {
  const topic = words.topicOf(word.toLowerCase())
  if (topic) return mistake(`${shown(word)} is a topic: \`/debvisor diagnose ${topic} <host>\`.`)
  return unknownWord('command', word, commandNames, words, 'Try `/debvisor help`.')
}

function unknownWord(
  what: string,
  word: string,
  candidates: readonly string[],
  words: Vocabulary,
  where: string,
): Meaning {
  const near = words.suggest(word.toLowerCase(), candidates)
  const hint = near.length > 0 ? ` Did you mean ${near.map((n) => `\`${n}\``).join(' or ')}?` : ''
  return mistake(`There is no ${what} ${shown(word)}.${hint} ${where}`)
}

const isCommand = (word: string): word is CommandName => (commandNames as readonly string[]).includes(word)
const mistake = (sentence: string): Meaning => ({ kind: 'mistake', sentence })

/** The user's own word, back to the user: short, and with nothing in it that Slack would take for markup. */
const shown = (word: string): string => `\`${word.slice(0, 60).replace(/[`<>&*_~|@#\p{C}]/gu, '·')}\``
