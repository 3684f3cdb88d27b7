import type { ProbeRecord } from '../../findings/probe-record.ts'
import {
  checkValue,
  type Parameters,
  type ResolvedParameters,
  resolveParameters,
} from '../runbook/parameters.ts'
import type { Runbook } from '../runbook/runbook.ts'
import { evidenceContext } from './evidence-context.ts'

/**
 * The values of a runbook's parameters on a host that has been asked what is there: the host's variable, else what the
 * probes that are asked first found, else the default. What they found reaches a command through the pattern of its
 * type, as any value of a host does; what does not fit counts as not found.
 */
export function discoverParameters(
  runbook: Runbook,
  variables: Readonly<Record<string, unknown>>,
  records: ReadonlyMap<string, ProbeRecord>,
): ResolvedParameters {
  const given = resolveParameters(runbook, variables)
  if (!given.ok || runbook.discovered.size === 0) return given
  return {
    ok: true,
    values: { ...given.values, ...found(runbook, { given: given.values, variables, records }) },
  }
}

function found(
  runbook: Runbook,
  about: {
    readonly given: Parameters
    readonly variables: Readonly<Record<string, unknown>>
    readonly records: ReadonlyMap<string, ProbeRecord>
  },
): Parameters {
  const host = { name: '', production: false }
  const { context } = evidenceContext(runbook, { parameters: about.given, host, records: about.records })
  return Object.fromEntries(
    [...runbook.discovered].flatMap(([name, from]) => {
      const type = runbook.parameters.get(name)?.type
      if (type === undefined || Object.hasOwn(about.variables, name)) return []
      const answer = from.evaluate(context)
      const checked = answer.known ? checkValue(type, answer.value) : undefined
      return checked?.ok ? [[name, checked.value]] : []
    }),
  )
}
