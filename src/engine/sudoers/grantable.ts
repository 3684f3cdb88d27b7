import { evidenceContext } from '../plan/evidence-context.ts'
import type { Parameters } from '../runbook/parameters.ts'
import type { Fix, Probe, Runbook } from '../runbook/runbook.ts'

/** The fixes of a runbook that may be offered on a host of these parameters at all: no other is granted. */
export const grantableFixes = (runbook: Runbook, parameters: Parameters): Fix[] =>
  [...runbook.fixes.values()].filter(mayHold(runbook, parameters, ({ when }) => when))

/** The probes that may ever be asked there. */
export const grantableProbes = (runbook: Runbook, parameters: Parameters): Probe[] =>
  [...runbook.probes.values()].filter(mayHold(runbook, parameters, ({ needs }) => needs))

/**
 * False of what has a condition that the parameters alone make false. A right that nothing uses is only there to be
 * misused.
 */
function mayHold<T>(
  runbook: Runbook,
  parameters: Parameters,
  conditionOf: (of: T) => Fix['when'],
): (of: T) => boolean {
  const contexts = [true, false].map((production) => {
    const host = { name: '', production }
    return evidenceContext(runbook, { parameters, host, records: new Map() }).context
  })
  return (of) => {
    const answers = contexts.map((context) => conditionOf(of)?.evaluate(context))
    return !answers.every((answer) => answer?.known && answer.value === false)
  }
}
