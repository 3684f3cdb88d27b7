import { withoutPunctuation } from '../../slack/typed-words.ts'
import type { KnownNames } from '../commands/known-names.ts'

/** Many hosts, in the place of one. */
export interface FleetCommand {
  readonly kind: 'fleet'
  /** As Ansible reads it; whether it means any host is not known yet. */
  readonly pattern: string
  /** Undefined: chosen by what is said. */
  readonly topic: string | undefined
  readonly said: string
}

export interface ReadPattern {
  readonly pattern: string
  /** The words behind it. */
  readonly rest: readonly string[]
}

/**
 * A pattern of hosts at the beginning: a group, or what is written as one ("web*", "host1,host2", "all:!db3"). People
 * write a space after a comma, and before what is left out. `isSure`: hosts are what stands here; otherwise "all" is a
 * word like any other.
 */
export function readPattern(
  words: readonly string[],
  known: KnownNames,
  sure: { readonly isSure: boolean },
): ReadPattern | undefined {
  const read = readFirst(words, known, sure)
  if (!read) return undefined
  let { pattern, rest } = read
  for (let [next] = rest; next !== undefined && EXCLUSION.test(next); [next] = rest) {
    pattern += /^[,:]/.test(next) ? next : `:${next}`
    rest = rest.slice(1)
  }
  return { pattern, rest }
}

const EXCLUSION = /^[,:]?[!&]./

/** A group of which the asker may see no host is a word like any other. */
function readFirst(
  [first = '', ...others]: readonly string[],
  known: KnownNames,
  { isSure }: { readonly isSure: boolean },
): ReadPattern | undefined {
  const group = known.groupOf(first) ?? known.groupOf(withoutPunctuation(first))
  const single = known.hostOf(withoutPunctuation(first)) !== undefined
  const goesOn = (next: string | undefined): next is string =>
    next !== undefined && isNamed(withoutPunctuation(next), known)
  // Whoever left out behind "!" what is to be left out is told so: without it the others would be asked as well.
  if (/[,:][!&]$/.test(first)) return { pattern: first, rest: others }
  let pattern = first
  let rest = others
  while (pattern.endsWith(',') && goesOn(rest[0])) {
    pattern += rest[0]
    rest = rest.slice(1)
  }
  if (pattern !== first) return { pattern: withoutPunctuation(pattern), rest }
  if (single) return undefined
  if (group !== undefined) return known.fitsHosts(group) ? { pattern: group, rest } : undefined
  if (!isSure && /^\p{L}+$/u.test(withoutPunctuation(first))) return undefined
  if (known.isPattern(withoutPunctuation(first))) return { pattern: withoutPunctuation(first), rest }
  // "web?" is a glob where hosts fit it, and a question where none does.
  return known.isPattern(first) && known.fitsHosts(first) ? { pattern: first, rest } : undefined
}

/** "web1, db is down": what has the name of a topic is the topic, whether or not a group has it too. */
const isNamed = (word: string, known: KnownNames): boolean =>
  known.topicOf(word.toLowerCase()) === undefined && isOfHosts(word, known)

const isOfHosts = (word: string, known: KnownNames): boolean =>
  known.hostOf(word) !== undefined || known.groupOf(word) !== undefined || known.isPattern(word)

/** Many hosts and what is wrong with them. `topic`: all that is said of it. */
export const fleetOf = ({ pattern, rest }: ReadPattern, topic: string | undefined): FleetCommand => ({
  kind: 'fleet',
  pattern,
  topic,
  said: topic === undefined ? rest.join(' ') : '',
})

/** Of a command with a list of hosts: as much as a pattern may have. */
export const LONGEST_PATTERN = 2_000
const LONG_WORD = 150

/** One long word with commas or colons: "host1,host2,…". */
export const hasListOfHosts = (text: string): boolean =>
  text.split(/\s/).some((word) => word.length > LONG_WORD && /[,:]/.test(word))
