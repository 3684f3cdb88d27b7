import { checks } from './check/checks.ts'
import type { Facts } from './check/facts.ts'
import { type FaultCount, faultCounts } from './faults/fault-counts.ts'
import { brokenIn, requirements } from './requirements.ts'

interface Count {
  readonly trials: number
  readonly failures: number
}

/** What any number of rounds came to. It is written to the state file of a long run. */
export interface Tally {
  readonly rounds: number
  readonly runs: number
  /** Of these, that ended without a verdict because five workers took them and none came to an end; the thread says so. */
  readonly givenUp: number
  readonly requests: number
  readonly faults: Readonly<Record<string, number>>
  readonly requirements: Readonly<Record<string, Count>>
  readonly checks: Readonly<Record<string, Count>>
  /** "seed: check: problem" */
  readonly problems: readonly string[]
}

const GIVEN_UP = 'could not finish this run after several tries'

const nothing: Count = { trials: 0, failures: 0 }

export const emptyTally: Tally = {
  rounds: 0,
  runs: 0,
  givenUp: 0,
  requests: 0,
  faults: {},
  requirements: {},
  checks: {},
  problems: [],
}

const plus = (before: Count | undefined, { trials, failures }: Count): Count => ({
  trials: (before ?? nothing).trials + trials,
  failures: (before ?? nothing).failures + failures,
})

export function addRound(tally: Tally, seed: string, facts: Facts): Tally {
  const problems = checks.flatMap((check) =>
    check.problems(facts).map((problem) => `${seed}: ${check.name}: ${problem}`),
  )
  return {
    rounds: tally.rounds + 1,
    runs: tally.runs + facts.runs.length,
    givenUp: tally.givenUp + facts.runs.filter(({ failure }) => failure?.includes(GIVEN_UP)).length,
    requests: tally.requests + facts.asked.length + facts.alertsSent.length,
    faults: Object.fromEntries(
      faultCounts.map((name: FaultCount) => [name, (tally.faults[name] ?? 0) + facts.faults[name]]),
    ),
    requirements: Object.fromEntries(
      requirements.map((requirement) => [
        requirement.code,
        plus(tally.requirements[requirement.code], {
          trials: requirement.trials(facts),
          failures: brokenIn(facts, requirement.code).length,
        }),
      ]),
    ),
    checks: Object.fromEntries(
      checks.map((check) => [
        check.name,
        plus(tally.checks[check.name], {
          trials: check.trials(facts),
          failures: check.problems(facts).length,
        }),
      ]),
    ),
    problems: [...tally.problems, ...problems],
  }
}
