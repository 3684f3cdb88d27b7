import { type Check, changeOne, one } from './check.ts'
import type { Facts, HostFact, RunFact } from './facts.ts'

const ENDED = new Set(['done', 'failed', 'cancelled'])
/** A run may take five minutes (S18), and a worker that dies at its end leaves it to another. */
const LONGEST_MS = 6 * 60_000

const hostOf = (facts: Facts, run: RunFact): HostFact | undefined =>
  facts.hosts.find(({ name }) => name === run.host)

/** Runs whose right verdict is known, or known not to be healthy. */
function judged(facts: Facts): { readonly run: RunFact; readonly host: HostFact }[] {
  return facts.runs.flatMap((run) => {
    const host = hostOf(facts, run)
    const isKnown = host && run.state === 'done' && run.topic === host.topic && host.kind !== 'gauge'
    return isKnown ? [{ run, host }] : []
  })
}

const isFalse = ({ run, host }: { readonly run: RunFact; readonly host: HostFact }): boolean =>
  host.kind === 'hostile'
    ? run.verdict !== 'inconclusive'
    : run.verdict !== host.verdict && run.verdict !== 'inconclusive'

export const runChecks: readonly Check[] = [
  {
    name: 'every run that was accepted ends',
    proves: ['R1', 'R4', 'R7'],
    trials: (facts) => facts.runs.length,
    problems: (facts) =>
      facts.runs
        .filter(({ state }) => !ENDED.has(state))
        .map(
          ({ code, topic, host, state, epoch }) =>
            `run ${code}, ${topic} on ${host}, is ${state} (taken ${epoch} times)`,
        ),
    plant: (facts) => ({
      ...facts,
      runs: changeOne(
        facts.runs,
        ({ state }) => state === 'done',
        (run) => ({ ...run, state: 'running' }),
      ),
    }),
  },
  {
    name: 'a look ends within its time, whatever the host does',
    proves: ['R7'],
    trials: (facts) => facts.runs.filter((run) => hostOf(facts, run)?.kind === 'hostile').length,
    problems: (facts) =>
      facts.runs
        .filter(
          ({ startedAt, endedAt }) =>
            startedAt !== null && endedAt !== null && endedAt - startedAt > LONGEST_MS,
        )
        .map(
          ({ code, host, startedAt, endedAt }) =>
            `run ${code} on ${host} took ${((endedAt ?? 0) - (startedAt ?? 0)) / 1_000} s`,
        ),
    plant: (facts) => ({
      ...facts,
      runs: changeOne(
        facts.runs,
        ({ startedAt, endedAt }) => startedAt !== null && endedAt !== null,
        (run) => ({
          ...run,
          endedAt: (run.startedAt ?? 0) + LONGEST_MS + 1,
        }),
      ),
    }),
  },
  {
    name: 'a verdict is the right one or inconclusive, and never a false pass',
    proves: ['R8'],
    trials: (facts) => judged(facts).length,
    problems: (facts) =>
      judged(facts)
        .filter(isFalse)
        .map(
          ({ run, host }) =>
            `run ${run.code}, ${run.topic} on ${run.host}, says ${run.verdict}; right: ${host.verdict ?? 'inconclusive'}`,
        ),
    plant: (facts) => {
      // Not one whose look was cut short on a healthy host: there, a pass is right.
      const { run } = one(
        judged(facts),
        ({ run: { verdict }, host }) => verdict !== 'healthy' && host.verdict !== 'healthy',
      )
      return {
        ...facts,
        runs: changeOne(
          facts.runs,
          (each) => each === run,
          (each) => ({ ...each, verdict: 'healthy' }),
        ),
      }
    },
  },
]
