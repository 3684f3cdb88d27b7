import { evidenceContext } from '../plan/evidence-context.ts'
import type { Parameters } from '../runbook/parameters.ts'
import type { Fix, Runbook } from '../runbook/runbook.ts'

/**
 * The fixes of a runbook that may be offered on a host of these parameters at all. One whose condition they alone make
 * false is granted nowhere: a right that nothing uses is only there to be misused.
 */
export function grantableFixes(runbook: Runbook, parameters: Parameters): Fix[] {
  const contexts = [true, false].map((production) => {
    const host = { name: '', production }
    return evidenceContext(runbook, { parameters, host, records: new Map() }).context
  })
  return [...runbook.fixes.values()].filter(({ when }) => {
    const answers = contexts.map((context) => when?.evaluate(context))
    return !answers.every((answer) => answer?.known && answer.value === false)
  })
}
