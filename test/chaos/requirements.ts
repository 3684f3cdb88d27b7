import { checks } from './check/checks.ts'
import type { Facts } from './check/facts.ts'

/** One row of the table: a requirement of docs/requirements.md, as far as a round puts it to the test. */
export interface Requirement {
  readonly code: string
  readonly fault: string
  /** What is counted as a trial. */
  readonly counted: string
  trials(facts: Facts): number
}

export const requirements: readonly Requirement[] = [
  {
    code: 'R1',
    fault: 'kill -9 during a diagnosis',
    counted: 'runs that a further worker took over',
    trials: ({ runs }) => runs.filter(({ epoch }) => epoch > 1).length,
  },
  {
    code: 'R2',
    fault: 'kill -9 around a fix',
    counted: 'kills of a replica that had a fix under way',
    trials: ({ faults }) => faults.killsWithAFix,
  },
  {
    code: 'R3',
    fault: 'a process stopped for longer than its lease',
    counted: 'stops of more than 10 s of a replica that had a run or a fix under way',
    trials: ({ faults }) => faults.freezesPastTheLeaseWithARun + faults.freezesPastTheLeaseWithAFix,
  },
  {
    code: 'R4',
    fault: 'PostgreSQL restarts, connections break, COMMITs get lost',
    counted: 'runs accepted under these faults',
    trials: ({ runs }) => runs.length,
  },
  {
    code: 'R7',
    fault: 'a host that hangs or is half open',
    counted: 'runs on hostile hosts',
    trials: ({ runs }) => runs.filter(({ host }) => host.startsWith('hostile-')).length,
  },
  {
    code: 'R8',
    fault: 'a connection reset, ended or swallowed during a command',
    counted: 'connections to hosts that were cut',
    trials: ({ faults }) => faults.hostConnectionsCut,
  },
  {
    code: 'R13',
    fault: 'Slack answers 429 or 503',
    counted: 'calls that were refused',
    trials: ({ faults }) => faults.slackRefusals,
  },
  {
    code: 'R14',
    fault: 'Slack did it, and its answer was lost',
    counted: 'calls whose answer was lost',
    trials: ({ faults }) => faults.slackAnswersLost,
  },
  {
    code: 'R15',
    fault: 'Slack delivers twice, at once or late',
    counted: 'requests that were delivered twice',
    trials: ({ faults }) => faults.deliveriesRepeated,
  },
  {
    code: 'R16',
    fault: 'two people click one button',
    counted: 'races',
    trials: ({ faults }) => faults.buttonsRaced,
  },
  {
    code: 'R17',
    fault: 'PagerDuty fails, or its answer is lost',
    counted: 'requests that met a fault',
    trials: ({ faults }) => faults.pagerFaultsMet,
  },
  {
    code: 'R20',
    fault: 'replicas die while a time limit runs',
    counted: 'time limits that were over',
    trials: ({ escalations }) => escalations.filter(({ overdueAt }) => overdueAt !== null).length,
  },
  {
    code: 'R23',
    fault: 'a channel is down',
    counted: 'entries of the outbox',
    trials: ({ sendings }) => sendings.length,
  },
]

/** What the checks of a requirement found broken. */
export const brokenIn = (facts: Facts, code: string): readonly string[] =>
  checks.filter(({ proves }) => proves.includes(code)).flatMap((check) => check.problems(facts))
