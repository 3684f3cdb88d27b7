import type { Check } from './check.ts'
import type { Facts } from './facts.ts'
import { sampleFacts } from './sample.ts'

/** Why a check would be worth nothing: it complains of what is well, or does not see what is broken. Empty: it sees. */
export function blindness(check: Check): readonly string[] {
  const complaints = check.problems(sampleFacts).map((problem) => `it complains of a good round: ${problem}`)
  return [...complaints, ...(seesIn(check, sampleFacts) ? [] : ['it does not see what was planted'])]
}

/** The same on what a round left behind, where there is something to plant it on; undefined: there is not. */
export function sightIn(check: Check, facts: Facts): boolean | undefined {
  try {
    return seesIn(check, facts)
  } catch {
    return undefined
  }
}

const seesIn = (check: Check, facts: Facts): boolean =>
  check.problems(check.plant(facts)).length > check.problems(facts).length
