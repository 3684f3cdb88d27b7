import type { ProbeRecord } from '../../findings/probe-record.ts'
import { checkValue, type Parameters, resolveParameters } from '../runbook/parameters.ts'
import type { Runbook } from '../runbook/runbook.ts'
import { evidenceContext } from './evidence-context.ts'

export type DiscoveredParameters =
  | { readonly ok: true; readonly values: Parameters; readonly found: ReadonlySet<string> }
  /** One sentence each, naming the host variable to set. */
  | { readonly ok: false; readonly problems: readonly string[] }

/**
 * The values of a runbook's parameters on a host that has been asked what is there: the host's variable, else what the
 * probes that are asked first found, else the default. What they found reaches a command through the pattern of its
 * type, as any value of a host does; what does not fit counts as not found. `found`: the names of those that the host
 * itself told.
 */
export function discoverParameters(
  runbook: Runbook,
  variables: Readonly<Record<string, unknown>>,
  records: ReadonlyMap<string, ProbeRecord>,
): DiscoveredParameters {
  const given = resolveParameters(runbook, variables)
  if (!given.ok) return given
  const open = new Map([...runbook.discovered].filter(([name]) => !Object.hasOwn(variables, name)))
  const found = open.size === 0 ? {} : foundIn(records, { runbook, open, given: given.values })
  return { ok: true, values: { ...given.values, ...found }, found: new Set(Object.keys(found)) }
}

interface Open {
  readonly runbook: Runbook
  /** What the inventory does not set. */
  readonly open: Runbook['discovered']
  readonly given: Parameters
}

function foundIn(records: ReadonlyMap<string, ProbeRecord>, { runbook, open, given }: Open): Parameters {
  const host = { name: '', production: false }
  const { context } = evidenceContext(runbook, { parameters: given, host, records })
  return Object.fromEntries(
    [...open].flatMap(([name, from]) => {
      const { type, lost } = runbook.parameters.get(name) ?? {}
      const answer = from.evaluate(context)
      const value = answer.known ? answer.value : wasAsked(runbook, records) ? lost : undefined
      const checked = type && value !== undefined ? checkValue(type, value) : undefined
      return checked?.ok ? [[name, checked.value]] : []
    }),
  )
}

const wasAsked = ({ probes }: Runbook, records: ReadonlyMap<string, ProbeRecord>): boolean =>
  [...probes.values()].some(({ id, first }) => first && records.has(id))
