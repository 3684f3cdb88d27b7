import type { Unknown } from '../../findings/finding.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import type { EvidenceContext, Inputs } from '../plan/evidence-context.ts'
import type { Probe, Runbook } from '../runbook/runbook.ts'
import type { Decision } from './evaluate-rule.ts'
import { remedyFor } from './remedy.ts'
import { plainTitle } from './title.ts'

/** What could not be looked at, for the findings that hang on it: each probe once, in the runbook's order. */
export function unknownsOf(
  runbook: Runbook,
  undecided: readonly Decision[],
  inputs: Inputs,
  evidence: EvidenceContext,
  login: string,
): Unknown[] {
  const found = new Map<string, Unknown>()
  for (const decision of undecided)
    for (const unknown of behind(decision, runbook, inputs, evidence, login))
      if (!found.has(unknown.probe)) found.set(unknown.probe, unknown)
  const order = [...runbook.probes.keys()]
  return [...found.values()].sort((a, b) => order.indexOf(a.probe) - order.indexOf(b.probe))
}

function behind(
  { rule, undecided }: Decision,
  runbook: Runbook,
  inputs: Inputs,
  evidence: EvidenceContext,
  login: string,
): Unknown[] {
  const silent = silentProbes(rule.probes, runbook, inputs.records, evidence)
  if (silent.length > 0)
    return silent.map((probe) => {
      const record = inputs.records.get(probe.id)
      const reason = misunderstood(probe, evidence) ?? reasonOf(record)
      return { probe: probe.id, reason, remedy: remedyFor(probe, record, inputs, evidence, login) }
    })
  // All answered, and yet it is not decided: a field that is not there, a program that is not installed.
  const missing = rule.probes.find((id) => inputs.records.get(id)?.status === 'not-installed')
  const probe = runbook.probes.get(missing ?? rule.probes[0] ?? '')
  if (!probe)
    return [{ probe: rule.id, reason: undecided ?? '', remedy: 'mend the condition in the runbook' }]
  const record = inputs.records.get(probe.id)
  const reason = missing
    ? 'the program is not installed on the host'
    : `its answer does not say whether this holds: ${plainTitle(rule.id)} (${undecided})`
  return [{ probe: probe.id, reason, remedy: remedyFor(probe, record, inputs, evidence, login) }]
}

/** The reason quotes the host, which a probe that is not to be shown must not. */
function misunderstood(probe: Probe, evidence: EvidenceContext): string | undefined {
  const reason = evidence.unparsed.get(probe.id)
  return reason !== undefined && !probe.expose ? 'its answer is not understood' : reason
}

/**
 * Whether what left a finding open is an answer that came broken: not understood, cut, lost, late, or without a field
 * that it always has. A right that the login lacks and a program that is not there are known limits of the look; a
 * broken answer may hide anything.
 */
export function isBroken(
  { rule }: Decision,
  runbook: Runbook,
  records: ReadonlyMap<string, ProbeRecord>,
  evidence: EvidenceContext,
): boolean {
  const silent = silentProbes(rule.probes, runbook, records, evidence)
  if (silent.length === 0) return !rule.probes.some((id) => records.get(id)?.status === 'not-installed')
  return silent.some(({ id }) => {
    const status = records.get(id)?.status
    return status === 'answered' || (status !== undefined && broken.has(status))
  })
}

const broken: ReadonlySet<ProbeRecord['status']> = new Set(['timed-out', 'cut', 'lost'])

/** A probe that did not run because its need is unknown stands for the probes that left the need open. */
function silentProbes(
  ids: readonly string[],
  runbook: Runbook,
  records: ReadonlyMap<string, ProbeRecord>,
  evidence: EvidenceContext,
): Probe[] {
  return ids.flatMap((id) => {
    const probe = runbook.probes.get(id)
    if (!probe || !isSilent(id, records, evidence)) return []
    const needs = ran(records.get(id)) ? undefined : probe.needs
    const open = needs && !needs.evaluate(evidence.context).known ? runbook.probesOf(needs) : []
    const roots = silentProbes(open, runbook, records, evidence)
    return roots.length > 0 ? roots : [probe]
  })
}

const ran = (record: ProbeRecord | undefined): boolean => record !== undefined && record.command !== ''

function isSilent(id: string, records: ReadonlyMap<string, ProbeRecord>, evidence: EvidenceContext): boolean {
  const status = records.get(id)?.status
  if (status === 'answered') return evidence.unparsed.has(id)
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
