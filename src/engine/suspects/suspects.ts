import type { Compared, Difference } from '../../findings/difference.ts'
import type { Finding } from '../../findings/finding.ts'
import { duration } from '../../findings/recent-changes.ts'
import type { UnexplainedError } from '../../findings/unexplained-error.ts'
import { errorOf } from '../errors/error-line.ts'
import { type Component, componentOfDifference, componentsOfTrouble, isBehind } from './components.ts'
import { type Kinds, kindsOf, kinshipOf } from './kindred.ts'

/** What is wrong, and what is not as it was. */
export interface Trouble {
  /** The true findings, notices among them. */
  readonly findings: readonly Finding[]
  readonly unexplained: readonly UnexplainedError[]
  /** Absent: there is no healthy run to compare with. */
  readonly compared: Compared | undefined
}

/** A difference that may be to blame. */
export interface Suspect {
  readonly difference: Difference
  readonly weight: number
  /** Why, in words: "changed 40 s before the first error". */
  readonly reasons: readonly string[]
  /** It stands out: the headline names it. */
  readonly isStrong: boolean
}

/**
 * What a difference weighs. The figures were set by the blind rounds of the lab (docs/lab.md): what the errors name
 * outweighs where it lies, and where it lies outweighs when it was. `told`: from here on it is told. `strong`: from here
 * on the headline names it, where the next one is as far behind as `ahead`.
 */
const WEIGHTS = {
  named: 60,
  ofNamed: 45,
  word: 12,
  words: 40,
  exact: 30,
  kindred: 15,
  none: 0,
  here: 40,
  behind: 30,
  elsewhere: 10,
  told: 50,
  strong: 80,
  ahead: 15,
} as const
const MOST = 3

/** The differences from the last healthy run. Nothing here proves anything. */
export interface Suspicion {
  /** Those that may be to blame, the likeliest first. */
  readonly suspects: readonly Suspect[]
  /** All that somebody may have made, in the same order. */
  readonly ranked: readonly Difference[]
}

/** Where a cause is proven, only what the errors name is worth a line beside it. */
export function suspectsOf({ findings, unexplained, compared }: Trouble): Suspicion {
  if (!compared) return { suspects: [], ranked: [] }
  const told = findings.filter(({ role }) => role !== 'notice')
  const ours = unexplained.filter(({ strangers }) => !strangers)
  const isOpen =
    told.every(({ role, symptom }) => role !== 'cause' || symptom) || ours.some(({ goesOn }) => goesOn)
  const trouble = troubleOf(told, ours, compared)
  const ranked = compared.differences
    .filter((difference) => !difference.followed && hasEffect(difference))
    .map((difference) => weigh(difference, trouble))
    .sort((a, b) => b.weight - a.weight || ageOf(a) - ageOf(b))
  const worth = ranked.filter(({ weight, isNamed }) => weight >= WEIGHTS.told && (isOpen || isNamed))
  const suspects = worth.slice(0, MOST).map(({ isNamed: _, ...suspect }, at) => ({
    ...suspect,
    isStrong: at === 0 && isOpen && standsOut(ranked, trouble),
  }))
  return { suspects, ranked: ranked.map(({ difference }) => difference) }
}

/** Of two that weigh the same, what was done last is looked at first. */
const ageOf = ({ difference: { age = Number.MAX_SAFE_INTEGER } }: Weighing): number => age

/** Before all others but those of the same change: a zone of nginx, and where it is used. */
function standsOut([first, ...others]: readonly Weighing[], { rarity }: Weighed): boolean {
  if (!first || first.weight < WEIGHTS.strong) return false
  const own = [...wordsOfItsOwn(first.difference)].filter((word) => rarity.get(word) === 2)
  const isOfSameChange = ({ difference }: Weighing): boolean => {
    const words = wordsOfItsOwn(difference)
    return own.some((word) => words.has(word))
  }
  const next = others.find((other) => !isOfSameChange(other))
  return first.weight - (next?.weight ?? 0) >= WEIGHTS.ahead
}

/** That two files lie in one folder, or two lines in one file, makes no single change of them. */
const wordsOfItsOwn = (difference: Difference): Set<string> =>
  wordsOfDifference(difference.object.startsWith('/') ? { ...difference, object: '' } : difference)

/** What differences are weighed against. */
interface Weighed {
  /** What findings and errors say, in lower case. */
  readonly text: string
  readonly words: ReadonlySet<string>
  /** What is apt to make it (kindred.ts). */
  readonly kinds: Kinds
  readonly components: ReadonlySet<Component>
  /** How many differences have this word: one that many have tells nothing. */
  readonly rarity: ReadonlyMap<string, number>
  /** Seconds before the run at which the first error that goes on was logged; undefined: none that is new does. */
  readonly onset: number | undefined
}

function troubleOf(
  told: readonly Finding[],
  unexplained: readonly UnexplainedError[],
  { differences, seconds }: Compared,
): Weighed {
  const quoted = told.flatMap(({ evidence }) => evidence.flatMap(({ text }) => text.split('\n')))
  const text = [
    ...told.flatMap(({ title, detail }) => [title, detail]),
    // A command line or a setting that is quoted names much that is well.
    ...quoted.filter((line) => errorOf(line) !== undefined || OF_AN_ERROR.test(line)),
    ...unexplained.flatMap(({ said, object }) => [said, object]),
  ]
    .join('\n')
    .slice(0, LONGEST)
    .toLowerCase()
  const rarity = new Map<string, number>()
  for (const difference of differences)
    for (const word of wordsOfDifference(difference)) rarity.set(word, (rarity.get(word) ?? 0) + 1)
  // What was logged before the healthy run too did not begin with a change since then.
  const going = unexplained.flatMap(({ goesOn, first }) => (goesOn && first <= seconds ? [first] : []))
  return {
    text,
    words: wordsOf(text),
    kinds: kindsOf(text),
    components: componentsOfTrouble(told, unexplained),
    rarity,
    onset: going.length > 0 ? Math.max(...going) : undefined,
  }
}

/** Each difference is looked for in it. */
const LONGEST = 20_000

/** What PostgreSQL logs below an error. */
const OF_AN_ERROR = /\b(?:STATEMENT|CONTEXT|DETAIL|QUERY|HINT): /

type Weighing = Omit<Suspect, 'isStrong'> & { readonly isNamed: boolean }

function weigh(difference: Difference, trouble: Weighed): Weighing {
  const named = nameWeight(difference, trouble)
  const parts = [
    named,
    { weight: WEIGHTS[kinshipOf(difference, trouble.kinds)] },
    placeWeight(difference, trouble),
    timeWeight(difference, trouble),
  ]
  return {
    difference,
    weight: parts.reduce((sum, { weight }) => sum + weight, kindWeight(difference)),
    reasons: parts.flatMap(({ reason }) => (reason ? [reason] : [])),
    isNamed: named.weight >= WEIGHTS.words,
  }
}

interface Part {
  readonly weight: number
  readonly reason?: string
}

/** What the errors call by its name, or has a word of them that is not everywhere. */
function nameWeight(difference: Difference, { text, words, rarity }: Weighed): Part {
  const name = nameOf(difference).toLowerCase()
  if (isTelling(name) && containsName(text, name))
    return { weight: WEIGHTS.named, reason: `what is wrong names ${nameOf(difference)}` }
  const file = name.startsWith('/') ? (name.split('/').at(-1) ?? '') : ''
  if (file.includes('.') && isTelling(file) && containsFile(text, file))
    return { weight: WEIGHTS.ofNamed, reason: `what is wrong names ${file}` }
  if (isTelling(name) && isFolderOf(text, name))
    return { weight: WEIGHTS.ofNamed, reason: `what is wrong lies in ${nameOf(difference)}` }
  const table = tableOf(difference)
  if (isTelling(table) && containsName(text, table))
    return { weight: WEIGHTS.ofNamed, reason: `what is wrong names its table ${table}` }
  const shared = [...wordsOfDifference(difference)].filter((word) => words.has(word))
  const weight = shared.reduce((sum, word) => sum + WEIGHTS.word / (rarity.get(word) ?? 1), 0)
  if (weight < WEIGHTS.word / 2) return { weight: 0 }
  const rare = shared.filter((word) => rarity.get(word) === 1).slice(0, 3)
  return {
    weight: Math.min(WEIGHTS.words, Math.round(weight)),
    ...(rare.length > 0 ? { reason: `“${rare.join('”, “')}” stands in what is wrong too` } : {}),
  }
}

function placeWeight(difference: Difference, { components, text }: Weighed): Part {
  // Of a topic that is not about the platform nothing is known.
  if (components.size === 0 && text !== '') return { weight: WEIGHTS.behind }
  const place = componentOfDifference(difference)
  if (components.has(place))
    return { weight: WEIGHTS.here, reason: `it belongs to ${place}, which has the trouble` }
  if ([...components].some((one) => isBehind(place, one)))
    return {
      weight: WEIGHTS.behind,
      reason:
        place === 'the host' ? 'all of the platform stands on it' : `${place} is on the way of what fails`,
    }
  return { weight: WEIGHTS.elsewhere }
}

/** A change after the first error did not make it. Logs are read from some line on: the first error may be older. */
function timeWeight({ age }: Difference, { onset }: Weighed): Part {
  if (age === undefined) return { weight: 0 }
  if (onset === undefined) return { weight: age <= 900 ? 5 : 0 }
  const before = age - onset
  if (before < -5) return { weight: -30 }
  const reason = `it changed ${duration(Math.max(0, before))} before the first error that is in the log`
  if (before <= 120) return { weight: 25, reason }
  if (before <= 900) return { weight: 15, reason }
  return before <= 86_400 ? { weight: 5 } : { weight: 0 }
}

/** Headings, and what only people read. */
const WITHOUT_EFFECT = /^\s*(?:\[[\w ]+\]|(?:Description|Documentation)\s*=.*)?$/

const hasEffect = ({ area, was, now }: Difference): boolean =>
  area !== 'line' || `${was}\n${now}`.split('\n').some((line) => !WITHOUT_EFFECT.test(line))

/** Pictures, styles and texts of a site: what is wrong with them stands in no log. */
const STATIC = /\.(?:html?|css|txt|svg|png|jpe?g|ico|woff2?|md)$/

const KINDS: ReadonlyMap<string, number> = new Map(
  Object.entries({ package: 8, process: 10, user: 4, group: 6, extension: 14 }),
)
const KIND = 20
/** Read by people, schedulers and shells, not by the platform. */
const FOR_OTHERS =
  /^\/etc\/(?:motd|issue|cron|logrotate|profile|bash|skel|apt|vim|ssh\/|sudoers|aliases|update-motd|hostname$)|^\/root\//

function kindWeight({ area, object }: Difference): number {
  if (FOR_OTHERS.test(object)) return 5
  return area === 'file' && STATIC.test(object) ? 8 : (KINDS.get(area) ?? KIND)
}

/** What people would call it in an error: a path, or the last part of a name of the database. */
export function nameOf({ area, object }: Difference): string {
  if (object.startsWith('/')) return area === 'line' ? object.replace(/:\d+$/, '') : object
  // A function's arguments are parted by spaces too.
  const [name = ''] = object.split('(', 1)
  return name.split(/[ .]/).at(-1) ?? name
}

/** Without its folder: with another one it is another file. */
const containsFile = (text: string, file: string): boolean =>
  text.split(/[\s"'`()[\]{},;=<>]+/).some((word) => word.replace(/(?::\d+)*[:.]*$/, '') === file)

const PARTS_OF_TABLES = /^(?:column|index|constraint|trigger|policy|rule)$/

/** In `database.schema.table.part`; empty: it is no part of a table. */
const tableOf = ({ area, object }: Difference): string =>
  PARTS_OF_TABLES.test(area) ? (object.split('.')[2] ?? '').toLowerCase() : ''

/** Names that are in each error, or in none of its own right. */
const EVERYWHERE =
  /^(?:debvisor|nginx|postgres(?:ql)?|public|main|default|system|localhost|service|python3?|server|error|user|name|status|value|true|false|root|host|port|data|time|type|id|\d{1,3})$/

const isTelling = (name: string): boolean => name.length >= 4 && !EVERYWHERE.test(name)

/** A longer path that begins with it is another one. */
const containsName = (text: string, name: string): boolean =>
  isFollowedBy(text, name, name.startsWith('/') ? /^(?![\w/-]|\.\w)/ : /^(?![\w-])/)

/** A folder right below the root has too much in it. */
const isFolderOf = (text: string, name: string): boolean =>
  name.lastIndexOf('/') > 0 && isFollowedBy(text, name, /^\/\w/)

/** Whether it stands there as a word of its own, and `rest` comes next. */
function isFollowedBy(text: string, name: string, rest: RegExp): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const end = at + name.length
    if (!/[\w-]/.test(text[at - 1] ?? '') && rest.test(text.slice(end, end + 2))) return true
  }
  return false
}

/** What stands in errors and statements of all kinds. */
const OF_ALL_ERRORS =
  /^(?:after|and|before|because|could|does|exists?|failed|from|have|http|https|into|line|null|request|response|select|insert|update|delete|table|column|upstream|client|values|where|while|with|without|this|that|then|when|which|return|returning|reading)$/

const wordsOf = (text: string): Set<string> =>
  new Set(
    text
      .toLowerCase()
      .match(/[a-z_][a-z0-9_-]{3,60}|\d{4,5}/g)
      ?.filter((word) => isTelling(word) && !OF_ALL_ERRORS.test(word)),
  )

/** Those of what changed in it, not of what stayed, and of its name. */
function wordsOfDifference({ object, was, now }: Difference): Set<string> {
  const [before, after] = [wordsOf(was), wordsOf(now)]
  const changed = [...before]
    .filter((word) => !after.has(word))
    .concat([...after].filter((word) => !before.has(word)))
  const stayed = was === '' || now === '' || changed.length > 0 ? [] : [...after]
  return new Set([...changed, ...stayed, ...wordsOf(object.replaceAll('/', ' '))])
}
