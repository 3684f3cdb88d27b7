import type { Compared, Difference } from '../../findings/difference.ts'
import type { Finding } from '../../findings/finding.ts'
import type { UnexplainedError } from '../../findings/unexplained-error.ts'
import { pathOf } from './changed-files.ts'
import { type ChangedBy, changedLately, isOnlyDated } from './changed-lately.ts'
import { wordsOfDifference } from './names.ts'
import { type Change, withTraces } from './traces.ts'
import { differencesOf, hasEffect, troubleOf, WEIGHTS, type Weighed, type Weighing, weigh } from './weigh.ts'

/** What is wrong, and what is not as it was. */
export interface Trouble {
  /** The true findings, notices among them. */
  readonly findings: readonly Finding[]
  readonly unexplained: readonly UnexplainedError[]
  /** Absent: there is no healthy run to compare with. */
  readonly compared: Compared | undefined
  /** What the host says was changed lately, which has to do where there is no healthy run. */
  readonly changed?: ChangedBy | undefined
}

/** A change that may be to blame. */
export interface Suspect extends Omit<Weighing, 'isNamed'> {
  /** It stands out: the headline names it. */
  readonly isStrong: boolean
}

const MOST = 3

/** What changed since the last healthy run. Nothing here proves anything. */
export interface Suspicion {
  /** Those that may be to blame, the likeliest first. */
  readonly suspects: readonly Suspect[]
  /** All that somebody may have made, in the same order. */
  readonly ranked: readonly Weighing[]
}

/**
 * A healthy run says what differs. Without one, packages, a sibling and the times of files have to do; none says when all was
 * well, so any error may have begun with what they tell.
 */
function lookedAt(compared: Compared | undefined, changed: ChangedBy | undefined): Compared | undefined {
  if (compared && !compared.with) return compared
  const dated = changed ? changedLately(changed) : []
  if (!compared && !changed) return undefined
  const ages = new Map(dated.map(({ object, age }) => [object, age]))
  const unlike = (compared?.differences ?? []).map((one) => withAge(one, ages.get(pathOf(one))))
  const told = new Set(unlike.map(pathOf))
  return {
    seconds: Number.MAX_SAFE_INTEGER,
    differences: [...unlike, ...dated.filter(({ object }) => !told.has(object))],
    unseen: compared?.unseen ?? [],
  }
}

const withAge = (difference: Difference, age: number | undefined): Difference =>
  age === undefined ? difference : { ...difference, age }

/** Where a cause is proven, only what the errors name is worth a line beside it. */
export function suspectsOf({ findings, unexplained, compared, changed }: Trouble): Suspicion {
  const looked = lookedAt(compared, changed)
  if (!looked) return { suspects: [], ranked: [] }
  const told = findings.filter(({ role }) => role !== 'notice')
  const ours = unexplained.filter(({ strangers }) => !strangers)
  const isOpen =
    told.every(({ role, symptom }) => role !== 'cause' || symptom) || ours.some(({ goesOn }) => goesOn)
  const made = looked.differences.filter((difference) => !difference.followed && hasEffect(difference))
  const changes = withTraces(made)
  const trouble = troubleOf(told, ours, { ...looked, changes })
  const ranked = changes
    .map((change) => weigh(change, trouble))
    .filter((one) => !isOnlyDated(one.difference) || isTimely(one, trouble))
    .sort((a, b) => b.weight - a.weight || ageOf(a) - ageOf(b))
  const worth = ranked.filter(({ weight, isNamed }) => weight >= WEIGHTS.told && (isOpen || isNamed))
  const suspects = worth.slice(0, MOST).map(({ isNamed: _, ...suspect }, at) => ({
    ...suspect,
    isStrong: at === 0 && isOpen && standsOut(ranked, trouble),
  }))
  return { suspects, ranked }
}

/** Of a file of which only the time is known, that time has to fit. */
function isTimely({ difference: { age } }: Weighing, { onset = 0 }: Weighed): boolean {
  const before = (age ?? Number.MAX_SAFE_INTEGER) - onset
  return before >= -5 && before <= MOST_BEFORE
}

/** Seconds. */
const MOST_BEFORE = 900

/** Of two that weigh the same, what was done last is looked at first. */
const ageOf = ({ difference: { age = Number.MAX_SAFE_INTEGER } }: Weighing): number => age

/** Before all others but those of the same change: a zone of nginx, and where it is used. */
function standsOut([first, ...others]: readonly Weighing[], { rarity }: Weighed): boolean {
  // Of what is only dated nobody knows what was changed: what is wrong is told before it.
  if (!first || first.weight < WEIGHTS.strong || isOnlyDated(first.difference)) return false
  const { unlike } = first.difference
  if (unlike && !(unlike.kind === 'sibling' && first.isNamed)) return false
  const own = [...wordsOfItsOwn(first)].filter((word) => rarity.get(word) === 2)
  const isOfSameChange = (other: Weighing): boolean => {
    const words = wordsOfItsOwn(other)
    return own.some((word) => words.has(word))
  }
  const next = others.find((other) => !isOfSameChange(other))
  return first.weight - (next?.weight ?? 0) >= WEIGHTS.ahead
}

/** That two files lie in one folder, or two lines in one file, makes no single change of them. */
const wordsOfItsOwn = (change: Change): Set<string> =>
  new Set(
    differencesOf(change).flatMap((one) => [
      ...wordsOfDifference(one.object.startsWith('/') ? { ...one, object: '' } : one),
    ]),
  )
