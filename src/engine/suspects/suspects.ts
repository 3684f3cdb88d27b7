import type { Compared, Difference } from '../../findings/difference.ts'
import type { Finding } from '../../findings/finding.ts'
import type { UnexplainedError } from '../../findings/unexplained-error.ts'
import { wordsOfDifference } from './names.ts'
import { hasEffect, troubleOf, WEIGHTS, type Weighed, type Weighing, weigh } from './weigh.ts'

/** What is wrong, and what is not as it was. */
export interface Trouble {
  /** The true findings, notices among them. */
  readonly findings: readonly Finding[]
  readonly unexplained: readonly UnexplainedError[]
  /** Absent: there is no healthy run to compare with. */
  readonly compared: Compared | undefined
}

/** A difference that may be to blame. */
export interface Suspect extends Omit<Weighing, 'isNamed'> {
  /** It stands out: the headline names it. */
  readonly isStrong: boolean
}

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
