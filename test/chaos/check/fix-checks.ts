import type { SeenCommand } from '../hosts/simulated-hosts.ts'
import { type Check, changeOne, one } from './check.ts'
import type { Facts, FixFact } from './facts.ts'

/** A row is stamped when its transaction began. */
const EARLY_MS = 250
/** A host may take what was on its way when its connection broke. Whoever stood still for longer than a lease is far beyond that. */
const LATE_MS = 3_000

const begun = (facts: Facts): FixFact[] => facts.fixes.filter((fix) => fix.begun > 0)

/** The fix in whose time the host took the command: a host has one change at a time. */
function fixOf(facts: Facts, { host, at }: SeenCommand): FixFact | undefined {
  const underWay = facts.fixes.filter(
    (fix) =>
      fix.host === host &&
      fix.startedAt !== null &&
      at >= fix.startedAt - EARLY_MS &&
      at <= (fix.endedAt ?? Number.POSITIVE_INFINITY) + LATE_MS,
  )
  return underWay.sort((one, other) => (other.startedAt ?? 0) - (one.startedAt ?? 0))[0]
}

const commandsOf = (facts: Facts, fix: FixFact): SeenCommand[] =>
  facts.fixCommands.filter((command) => fixOf(facts, command) === fix)

export const fixChecks: readonly Check[] = [
  {
    name: 'a command of a fix reaches its host once at most',
    proves: ['R2', 'R3'],
    trials: (facts) => begun(facts).length,
    problems: (facts) =>
      facts.fixes.flatMap((fix) => {
        const steps = commandsOf(facts, fix).map(({ step }) => step)
        return new Set(steps).size === steps.length
          ? []
          : [`the fix ${fix.id} on ${fix.host} sent ${steps.join(', ')}`]
      }),
    plant: (facts) => ({
      ...facts,
      fixCommands: [
        ...facts.fixCommands,
        one(facts.fixCommands, (command) => fixOf(facts, command) !== undefined),
      ],
    }),
  },
  {
    name: 'no command is sent outside the time of its fix',
    proves: ['R2', 'R3'],
    trials: (facts) => facts.fixCommands.length,
    problems: (facts) =>
      facts.fixCommands
        .filter((command) => !fixOf(facts, command))
        .map(
          ({ host, step, at }) =>
            `${host} took ${step} at ${new Date(at).toISOString()}, when no fix was under way`,
        ),
    plant: (facts) => {
      const fix = one(facts.fixes, ({ endedAt }) => endedAt !== null)
      return {
        ...facts,
        fixCommands: [...facts.fixCommands, { host: 'a host', step: '/chaos/count', at: fix.endedAt ?? 0 }],
      }
    },
  },
  {
    name: 'no more is sent than was intended',
    proves: ['R2'],
    trials: (facts) => facts.fixes.filter(({ startedAt }) => startedAt !== null).length,
    problems: (facts) =>
      facts.fixes
        .filter((fix) => commandsOf(facts, fix).length > fix.begun)
        .map(
          (fix) =>
            `the fix ${fix.id} on ${fix.host} meant to send ${fix.begun}, and sent ${commandsOf(facts, fix).length}`,
        ),
    plant: (facts) => ({
      ...facts,
      fixes: changeOne(
        facts.fixes,
        (fix) => commandsOf(facts, fix).length > 0,
        (fix) => ({ ...fix, begun: 0 }),
      ),
    }),
  },
  {
    name: 'a fix that is said to have worked has run, all of it',
    proves: ['R2'],
    trials: (facts) => facts.fixes.filter(({ state }) => state === 'succeeded').length,
    problems: (facts) =>
      facts.fixes
        .filter((fix) => fix.state === 'succeeded' && commandsOf(facts, fix).length !== fix.steps)
        .map(
          (fix) =>
            `the fix ${fix.id} on ${fix.host} is said to have worked, and sent ${commandsOf(facts, fix).length} of ${fix.steps}`,
        ),
    plant: (facts) => {
      const fix = one(facts.fixes, ({ state }) => state === 'succeeded')
      const [first] = commandsOf(facts, fix)
      return { ...facts, fixCommands: facts.fixCommands.filter((command) => command !== first) }
    },
  },
  {
    name: 'on production a fix took two people',
    proves: ['R16'],
    trials: (facts) => facts.fixes.filter((fix) => fix.production && fix.startedAt !== null).length,
    problems: (facts) =>
      facts.fixes
        .filter(
          (fix) =>
            fix.production && fix.startedAt !== null && (fix.approver ?? fix.requester) === fix.requester,
        )
        .map((fix) => `the fix ${fix.id} on ${fix.host} ran in the name of ${fix.requester} alone`),
    plant: (facts) => ({
      ...facts,
      fixes: changeOne(
        facts.fixes,
        (fix) => fix.startedAt !== null,
        (fix) => ({ ...fix, production: true, approver: null }),
      ),
    }),
  },
  {
    name: 'a fix is approved once, of however many who click',
    proves: ['R16'],
    trials: (facts) => facts.fixes.filter(({ approver }) => approver !== null).length,
    problems: (facts) =>
      facts.fixes
        .filter(({ approver }) => approver !== null)
        .flatMap(({ id }) => {
          const times = facts.audit.filter(({ target }) => target?.startsWith(`fix ${id} approved`)).length
          return times === 1 ? [] : [`the fix ${id} was approved ${times} times`]
        }),
    plant: (facts) => ({
      ...facts,
      audit: [...facts.audit, one(facts.audit, ({ target }) => / approved/.test(target ?? ''))],
    }),
  },
]
