import type { Unknown } from '../../findings/finding.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import type { Probe } from '../runbook/runbook.ts'
import type { Decision } from './evaluate-rule.ts'
import type { Observation } from './observation.ts'
import { remedyFor } from './remedy.ts'
import { plainTitle } from './title.ts'

/** What could not be looked at, for the findings that hang on it: each probe once, in the runbook's order. */
export function unknownsOf(undecided: readonly Decision[], seen: Observation): Unknown[] {
  const found = new Map<string, Unknown>()
  for (const decision of undecided)
    for (const unknown of behind(decision, seen))
      if (!found.has(unknown.probe)) found.set(unknown.probe, unknown)
  const order = [...seen.runbook.probes.keys()]
  return [...found.values()].sort((a, b) => order.indexOf(a.probe) - order.indexOf(b.probe))
}

function behind({ rule, undecided }: Decision, seen: Observation): Unknown[] {
  const unanswered = silentProbes(rule.probes, seen)
  if (unanswered.length > 0)
    return unanswered.map((probe) => {
      const reason = misunderstood(probe, seen) ?? reasonOf(seen.records.get(probe.id))
      return { probe: probe.id, reason, remedy: remedyFor(probe, seen) }
    })
  // All answered, and yet it is not decided: a field that is not there, a program that is not installed.
  const missing = rule.probes.find((id) => seen.records.get(id)?.status === 'not-installed')
  const probe = seen.runbook.probes.get(missing ?? rule.probes[0] ?? '')
  if (!probe)
    return [{ probe: rule.id, reason: undecided ?? '', remedy: 'mend the condition in the runbook' }]
  const reason = missing
    ? 'the program is not installed on the host'
    : `its answer does not say whether this holds: ${plainTitle(rule.id)} (${undecided})`
  return [{ probe: probe.id, reason, remedy: remedyFor(probe, seen) }]
}

/** The reason quotes the host, which a probe that is not to be shown must not. */
function misunderstood(probe: Probe, { unparsed }: Observation): string | undefined {
  const reason = unparsed.get(probe.id)
  return reason !== undefined && !probe.expose ? 'its answer is not understood' : reason
}

/**
 * Whether what left a finding open is an answer that came broken: not understood, cut, lost, late, or without a field
 * that it always has. A right that the login lacks and a program that is not there are known limits of the look; a
 * broken answer may hide anything.
 */
export function isBroken({ rule }: Decision, seen: Observation): boolean {
  const statusOf = (id: string) => seen.records.get(id)?.status
  const unanswered = silentProbes(rule.probes, seen)
  if (unanswered.length === 0) return !rule.probes.some((id) => statusOf(id) === 'not-installed')
  return unanswered.some(({ id }) => {
    const status = statusOf(id)
    return status === 'answered' || (status !== undefined && broken.has(status))
  })
}

const broken: ReadonlySet<ProbeRecord['status']> = new Set(['timed-out', 'cut', 'lost'])

/** Of each probe that left something open, those that it stands for; many findings hang on the same few. */
const silent = new WeakMap<Observation, Map<string, readonly Probe[]>>()

function silentProbes(ids: readonly string[], seen: Observation): Probe[] {
  const known = silent.get(seen) ?? new Map<string, readonly Probe[]>()
  silent.set(seen, known)
  return ids.flatMap((id) => {
    const probes = known.get(id) ?? silentBehind(id, seen)
    known.set(id, probes)
    return probes
  })
}

/** A probe that did not run because its need is unknown stands for the probes that left the need open. */
function silentBehind(id: string, seen: Observation): readonly Probe[] {
  const { runbook, records, context } = seen
  const probe = runbook.probes.get(id)
  if (!probe || !isSilent(id, seen)) return []
  const needs = ran(records.get(id)) ? undefined : probe.needs
  const open = needs && !needs.evaluate(context).known ? runbook.probesOf(needs) : []
  const roots = silentProbes(open, seen)
  return roots.length > 0 ? roots : [probe]
}

const ran = (record: ProbeRecord | undefined): boolean => record !== undefined && record.command !== ''

function isSilent(id: string, { records, unparsed }: Observation): boolean {
  const status = records.get(id)?.status
  if (status === 'answered') return unparsed.has(id)
  return status !== 'not-installed' && status !== 'skipped'
}

function reasonOf(record: ProbeRecord | undefined): string {
  if (!record) return 'it was not run'
  return record.reason ?? defaultReasons[record.status] ?? record.status
}

const defaultReasons: Partial<Record<ProbeRecord['status'], string>> = {
  'timed-out': 'it gave no answer in time',
  refused: 'sudo refused to run it',
  cut: 'it printed more than a probe may keep',
  lost: 'the connection ended before it answered',
  unanswered: 'its exit status does not answer the question',
}
