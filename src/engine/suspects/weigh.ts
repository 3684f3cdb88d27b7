import type { Difference } from '../../findings/difference.ts'
import type { Finding } from '../../findings/finding.ts'
import { duration } from '../../findings/recent-changes.ts'
import type { UnexplainedError } from '../../findings/unexplained-error.ts'
import { errorOf } from '../errors/error-line.ts'
import {
  type Component,
  componentOfDifference,
  componentsOfTrouble,
  isBehind,
  isForPeople,
} from './components.ts'
import { type Kinds, kindsOf, kinshipOf } from './kindred.ts'
import {
  containsName,
  filesIn,
  isFolderOf,
  isTelling,
  nameOf,
  tableOf,
  wordsOf,
  wordsOfDifference,
} from './names.ts'
import type { Change } from './traces.ts'

/**
 * What a difference weighs. The figures were set by the blind rounds of the lab (docs/lab.md): what the errors name
 * outweighs where it lies, and where it lies outweighs when it was. `related`: from here on what was changed in the last
 * day is said to have to do with what is wrong. `told`: from here on a difference is a suspect. `strong`: from here
 * on the headline names it, where the next one is as far behind as `ahead`.
 */
export const WEIGHTS = {
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
  sibling: -20,
  packaged: -5,
  conffile: -35,
  related: 45,
  told: 50,
  strong: 80,
  ahead: 15,
} as const
/** What differences are weighed against. */
export interface Weighed {
  /** What findings and errors say, in lower case. */
  readonly text: string
  readonly words: ReadonlySet<string>
  readonly files: ReadonlySet<string>
  /** What is apt to make it (kindred.ts). */
  readonly kinds: Kinds
  readonly components: ReadonlySet<Component>
  /** How many changes have this word: one that many have tells nothing. */
  readonly rarity: ReadonlyMap<string, number>
  /** Seconds before the run at which the first error that goes on was logged; undefined: none that is new does. */
  readonly onset: number | undefined
}

/** `seconds`: how old the healthy look is that showed the changes. */
export function troubleOf(
  told: readonly Finding[],
  unexplained: readonly UnexplainedError[],
  { changes, seconds }: { readonly changes: readonly Change[]; readonly seconds: number },
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
  for (const change of changes)
    for (const word of wordsOfChange(change)) rarity.set(word, (rarity.get(word) ?? 0) + 1)
  // What was logged before the healthy run too did not begin with a change since then.
  const going = unexplained.flatMap(({ goesOn, first }) => (goesOn && first <= seconds ? [first] : []))
  return {
    text,
    words: wordsOf(text),
    files: filesIn(text),
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

export const wordsOfChange = (change: Change): Set<string> =>
  new Set(differencesOf(change).flatMap((difference) => [...wordsOfDifference(difference)]))

export const differencesOf = ({ difference, traces }: Change): readonly Difference[] => [
  difference,
  ...traces,
]

/** How much a change weighs, and why. */
export interface Weighing extends Change {
  readonly weight: number
  /** Why, in words: "changed 40 s before the first error". */
  readonly reasons: readonly string[]
  /** What is wrong names it, or has words of it. */
  readonly isNamed: boolean
}

/** Wherever it shows counts once: as the difference that is closest to what is wrong. */
export function weigh(change: Change, trouble: Weighed): Weighing {
  const all = differencesOf(change)
  const closest = (partOf: (difference: Difference, trouble: Weighed) => Part): Part =>
    all.map((one) => partOf(one, trouble)).reduce((a, b) => (b.weight > a.weight ? b : a))
  const named = closest(nameWeight)
  const parts = [
    named,
    closest((one) => ({ weight: WEIGHTS[kinshipOf(one, trouble.kinds)] })),
    closest(placeWeight),
    timeWeight(all.find(({ age }) => age !== undefined) ?? change.difference, trouble),
  ]
  return {
    ...change,
    weight: parts.reduce(
      (sum, { weight }) => sum + weight,
      kindWeight(change.difference) + referenceWeight(change),
    ),
    reasons: parts.flatMap(({ reason }) => (reason ? [reason] : [])),
    isNamed: named.weight >= WEIGHTS.words,
  }
}

interface Part {
  readonly weight: number
  readonly reason?: string
}

/** What the errors call by its name, or has a word of them that is not everywhere. */
function nameWeight(difference: Difference, { text, words, files, rarity }: Weighed): Part {
  const name = nameOf(difference).toLowerCase()
  const called = [nameOf(difference), ...(difference.links ?? [])].find((one) => {
    const lower = one.toLowerCase()
    return isTelling(lower) && containsName(text, lower)
  })
  if (called !== undefined) return { weight: WEIGHTS.named, reason: `what is wrong names ${called}` }
  const file = name.startsWith('/') ? (name.split('/').at(-1) ?? '') : ''
  if (file.includes('.') && isTelling(file) && files.has(file))
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
  if (isForPeople(difference)) return { weight: WEIGHTS.elsewhere }
  // Of a topic that is not about the platform nothing is known.
  if (components.size === 0 && text !== '') return { weight: WEIGHTS.behind }
  const place = componentOfDifference(difference)
  if (components.has(place))
    return { weight: WEIGHTS.here, reason: `it belongs to ${place}, where the trouble is` }
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
  const reason = `it changed ${duration(Math.max(0, before))} before the first error in the log`
  if (before <= 120) return { weight: 25, reason }
  if (before <= 900) return { weight: 15, reason }
  return before <= 86_400 ? { weight: 5 } : { weight: 0 }
}

/** Headings, and what only people read. */
const WITHOUT_EFFECT = /^\s*(?:\[[\w ]+\]|(?:Description|Documentation)\s*=.*)?$/

export const hasEffect = (difference: Difference): boolean =>
  difference.area === 'line'
    ? `${difference.was}\n${difference.now}`.split('\n').some((line) => !WITHOUT_EFFECT.test(line))
    : !isLogThatGrew(difference)

/** Whatever happens is written there: only another owner or mode is a change. */
function isLogThatGrew({ area, object, was, now }: Difference): boolean {
  if (area !== 'file' || !LOG.test(object)) return false
  const [before, after] = [was, now].map((value) => value.split(' ').slice(0, 3).join(' '))
  return before === after && before !== ''
}

const LOG = /^\/var\/log\/|\.log(?:\.\d+)?$/

/** What differs from a package or from another host may have done so for years, and some files are there to be edited. */
function referenceWeight({ difference: { unlike } }: Change): number {
  if (!unlike) return 0
  if (unlike.kind === 'sibling') return WEIGHTS.sibling
  return WEIGHTS[unlike.conffile ? 'conffile' : 'packaged']
}

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
