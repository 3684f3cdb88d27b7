import { didYouMean } from '../text/did-you-mean.ts'
import { fitsGlob } from '../text/glob.ts'
import { linearPattern } from '../text/re2-pattern.ts'
import { clip } from '../text/shorten.ts'
import type { Host, Inventory } from './inventory.ts'

export type MatchedHosts =
  /** In the order of the inventory, each once. */
  | { readonly ok: true; readonly hosts: readonly Host[] }
  /** Without a full stop. */
  | { readonly ok: false; readonly message: string }

/** Longer ones are a slip, or somebody's list of hosts that belongs into the inventory as a group. */
const LONGEST = 2_000

/**
 * The hosts that Ansible's pattern language means: names, groups, `all`, `web*` and `db?` (of hosts and groups),
 * `~web\d+` (a regular expression, RE2), parts of a group (`web[0]`, `web[-1]`, `web[0:2]`); several of them parted by
 * `,` or `:` are added up, then `&those` are kept and `!these` left out, wherever they stand. Unlike there, a part that
 * means no host is refused: `!hots3` would ask a host that was to be left alone. Parts of a group are counted in the order
 * of the inventory, one that goes beyond it or is written `[1-3]` is refused, and `[ab]` is not read as letters.
 * https://docs.ansible.com/ansible/latest/inventory_guide/intro_patterns.html
 */
export function matchHosts(inventory: Inventory, pattern: string): MatchedHosts {
  if (pattern.length > LONGEST) return no(`a pattern of hosts has at most ${LONGEST} characters`)
  const terms = termsOf(pattern)
  if (terms.length === 0) return no('the pattern of hosts is empty')
  const sets: Record<Term['sign'], Set<string>[]> = { '': [], '&': [], '!': [] }
  for (const term of terms) {
    const names = namesOf(inventory, term)
    if (typeof names === 'string') return no(names)
    sets[term.sign].push(new Set(names))
  }
  const added = sets[''].length > 0 ? sets[''] : [new Set(inventory.hosts.keys())]
  const hosts = [...inventory.hosts.values()].filter(
    ({ name }) =>
      added.some((set) => set.has(name)) &&
      sets['&'].every((set) => set.has(name)) &&
      !sets['!'].some((set) => set.has(name)),
  )
  return hosts.length > 0 ? { ok: true, hosts } : no(`no host is left of ${shown(pattern)}`)
}

/** Whether it may mean several hosts, or is written as a pattern: anything but the name of one host. */
export function isHostPattern({ hosts, groups }: Inventory, text: string): boolean {
  if (hosts.has(text)) return false
  return NAMES_OF_ALL.has(text) || groups.has(text) || (PRINTABLE.test(text) && /[,:*?!&~[\]]/.test(text))
}

const NAMES_OF_ALL: ReadonlySet<string> = new Set(['all', 'ungrouped'])
const PRINTABLE = /^[\x20-\x7e]+$/

interface Term {
  readonly sign: '' | '&' | '!'
  readonly text: string
}

/** Parted by commas, or else by colons; those in brackets are a part of a group. */
function termsOf(pattern: string): Term[] {
  const parts = pattern.includes(',') ? pattern.split(',') : pattern.split(/:(?![^[\]]*\])/)
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part): Term => {
      const sign = part[0] === '!' || part[0] === '&' ? part[0] : ''
      return { sign, text: part.slice(sign.length).trim() }
    })
}

/** The names that one part means; otherwise what is wrong with it. */
function namesOf(inventory: Inventory, { sign, text }: Term): readonly string[] | string {
  if (text === '') return 'a `!` or `&` in the pattern has no host or group behind it'
  if (text.startsWith('~')) return byExpression(inventory, text.slice(1))
  const [, head = text, subscript] = /^(.+)\[([^[\]]*)\]$/.exec(text) ?? []
  if (subscript !== undefined && !SUBSCRIPT.test(subscript))
    return `${shown(text)}: a part of a group is written [0], [-1], [0:2] or [3:]; [abc] is not read as letters`
  const names = byName(inventory, head)
  if (names.length === 0) {
    if (!inventory.groups.has(head) && head !== 'ungrouped') return noSuch(inventory, head)
    // There may be none today: a group for maintenance.
    return sign === '!' ? [] : `group ${shown(head)} has no hosts`
  }
  if (subscript === undefined) return names
  return partOf(names, { text, head, subscript })
}

const SUBSCRIPT = /^(?:(-?\d{1,6})|(\d{1,6})([:-])(\d{0,6}))$/

function byName({ hosts, groups }: Inventory, text: string): string[] {
  if (text === 'all' || text === '*') return [...hosts.keys()]
  if (text === 'ungrouped') return [...hosts.values()].filter((h) => h.groups.length === 0).map((h) => h.name)
  if (hosts.has(text)) return [text]
  const members = groups.get(text)
  if (members) return [...members]
  return /[*?]/.test(text) ? fitting({ hosts, groups }, (name) => fitsGlob(name, text)) : []
}

function byExpression(inventory: Inventory, source: string): string[] | string {
  const compiled = linearPattern(source)
  if (!compiled.ok) return `${shown(`~${source}`)}: ${compiled.message}`
  const names = fitting(inventory, (name) => compiled.pattern.matcher(name).lookingAt())
  return names.length > 0 ? names : `${shown(`~${source}`)} fits no host and no group`
}

const fitting = ({ hosts, groups }: Inventory, fits: (name: string) => boolean): string[] => [
  ...new Set([
    ...[...groups].flatMap(([name, members]) => (fits(name) ? members : [])),
    ...[...hosts.keys()].filter(fits),
  ]),
]

/** Counted from 0 in the order of the inventory, both ends included; from the end where it is negative. */
function partOf(
  names: readonly string[],
  { text, head, subscript }: { readonly text: string; readonly head: string; readonly subscript: string },
): readonly string[] | string {
  const [, one, first, sign, last] = SUBSCRIPT.exec(subscript) ?? []
  const [from, to] =
    one !== undefined ? [Number(one), Number(one)] : [Number(first), last ? Number(last) : -1]
  const part = names.slice(from, to === -1 ? undefined : to + 1)
  if (part.length === 0) return `${shown(text)} means no host: ${shown(head)} has ${names.length}`
  if (from < -names.length || to >= names.length)
    return `${shown(text)} goes beyond ${shown(head)}, which has ${names.length}: counted from 0, its last is ${shown(`${head}[${names.length - 1}]`)}`
  // Whoever writes [1-3] may mean the names that end so, and is told what it would count.
  if (sign === '-')
    return `${shown(text)} is counted from 0 and would mean ${listed(part)}; write ${shown(`${head}[${first}:${last}]`)} for ${part.length === 1 ? 'that' : 'those'}, or the names of the hosts`
  return part
}

const MOST_LISTED = 4

const listed = (names: readonly string[]): string =>
  names.length > MOST_LISTED
    ? `${names.slice(0, MOST_LISTED - 1).join(', ')} and ${names.length - MOST_LISTED + 1} more`
    : names.join(', ')

function noSuch({ hosts, groups }: Inventory, text: string): string {
  if (/[*?]/.test(text)) return `${shown(text)} fits no host and no group`
  const near = didYouMean(text, [...hosts.keys(), ...groups.keys()])
  return `there is no host or group ${shown(text)} in the inventory${near ? `; did you mean \`${near}\`?` : ''}`
}

const shown = (text: string): string => `\`${clip(text, 80)}\``

const no = (message: string): MatchedHosts => ({ ok: false, message })
