import { withoutPunctuation } from '../../slack/typed-words.ts'
import { clip } from '../../text/shorten.ts'
import type { KnownNames } from '../commands/known-names.ts'
import type { ReadPattern } from './parse-fleet.ts'

const ADDS = new Set(['and', 'or', 'plus', 'also', '&', '+'])
const LEAVES_OUT = new Set(['except', 'but', 'not', 'without', 'minus', 'excluding', 'nor', '-'])

/** "not responding" says what is wrong, and not which hosts are left alone. */
const SAYS_WHAT_IS_WRONG = /(?:ing|able|ible|ed)$|^(?:up|ok|okay|well|healthy|there)$/i

type Known = Pick<KnownNames, 'hostOf' | 'groupOf' | 'topicOf' | 'isPattern' | 'fitsHosts'>

/**
 * What stands behind hosts, and may be meant to add or to leave out some: "production except db3". As a description it
 * would ask db3 too. One sentence with the way to write it; undefined: it is a description.
 */
export function unclearHosts({ pattern, rest }: ReadPattern, known: Known): string | undefined {
  const named = namesIn(rest, known)
  return joinsHosts(rest) || named.length > 0 ? sentenceOf({ pattern, rest }, named) : undefined
}

/** The same behind one host, with which much is said of others: "web1 cannot reach db1". */
export function unclearHostsAfter({ pattern, rest }: ReadPattern, known: Known): string | undefined {
  const named = namesIn(rest, known)
  return joinsHosts(rest) && named.length > 0 ? sentenceOf({ pattern, rest }, named) : undefined
}

function joinsHosts([first = '', second = '']: readonly string[]): boolean {
  const word = wordOf(first)
  if (word === 'not' && SAYS_WHAT_IS_WRONG.test(withoutPunctuation(second))) return false
  return ADDS.has(word) || LEAVES_OUT.has(word)
}

function sentenceOf({ pattern, rest }: ReadPattern, named: readonly string[]): string {
  const isLess = (ADDS.has(wordOf(rest[0] ?? '')) ? [] : rest).some((word) => LEAVES_OUT.has(wordOf(word)))
  const mark = pattern.includes(',') ? ',' : isLess ? ':' : ','
  const names = named.length > 0 ? named : ['host1']
  // One pattern has commas or colons: the colons of "web:&db" part nothing once there is a comma.
  const written = [mark === ',' ? pattern.replaceAll(/:(?![^[\]]*\])/g, ',') : pattern]
    .concat(names.map((name) => (isLess ? `!${name}` : name)))
    .join(mark)
  const said = rest.slice(0, rest.length > 4 ? 3 : 4).join(' ')
  return `${quoted(said)} behind ${quoted(pattern)} may change which hosts are meant: write all hosts as one word, such as ${quoted(written)}, and nothing else about hosts behind it.`
}

/** Hosts, groups and patterns that are named, as far as the asker may know them. */
const namesIn = (words: readonly string[], known: Known): string[] => [
  ...new Set(
    words.flatMap((word) => {
      const bare = withoutPunctuation(word)
      // A topic says what is wrong, whatever else has its name; "all" is a word like any other.
      if (known.topicOf(bare.toLowerCase()) !== undefined || /^(?:all|ungrouped)$/i.test(bare)) return []
      const name = known.hostOf(bare) ?? known.groupOf(bare) ?? (known.isPattern(bare) ? bare : undefined)
      return name !== undefined && known.fitsHosts(name) ? name.replace(/^[!&]/, '') : []
    }),
  ),
]

const wordOf = (word: string): string => (withoutPunctuation(word) || word).toLowerCase()

const quoted = (text: string): string => `\`${clip(text, 120).replaceAll(/[`<>\p{C}]/gu, '·')}\``
