import type { ProbeRecord } from '../../findings/probe-record.ts'
import { clip } from '../../text/shorten.ts'
import type { EvidenceContext, Inputs } from '../plan/evidence-context.ts'
import { argvOf, valuesFor } from '../plan/plan.ts'
import type { Probe } from '../runbook/runbook.ts'
import { sudoersLine } from '../sudoers/sudoers-line.ts'

/**
 * Of sysexits.h: what the probe asks does not run. The shipped probes say so, and EX_NOPERM (77) where they may not
 * look.
 */
const UNAVAILABLE = 69

/** What would let the probe answer: one sentence, with the exact line or command where there is one. */
export function remedyFor(
  probe: Probe,
  record: ProbeRecord | undefined,
  inputs: Inputs,
  evidence: EvidenceContext,
  login: string,
): string {
  if (evidence.unparsed.has(probe.id))
    return `see its whole output, and mend the probe's \`parse\` in the runbook`
  switch (record?.status) {
    case undefined:
    case 'lost':
      return 'check again; if the connection ends again, look at the network and at sshd on the host'
    case 'refused':
      return grantFor(probe, inputs, evidence, login)
    case 'not-installed':
      return probe.package ? `sudo apt install ${probe.package}` : 'install the program'
    case 'timed-out':
      return timedOut(probe, record, inputs, evidence, login)
    case 'cut':
      return `run it by hand, with less output: ${shortened(record.command)}`
    case 'unanswered':
      if (record.exitCode === UNAVAILABLE) return 'nothing is to be granted; check again once that runs'
      if (probe.grant && login === 'root') return 'root lacks no right; what this reads is not on the host'
      if (probe.grant) return probe.grant.replaceAll('${login}', login)
      return record.command
        ? `run it by hand to see why: ${shortened(record.command)}`
        : 'see the probes that it needs'
    default:
      return 'see its whole output, and mend the condition in the runbook'
  }
}

function timedOut(
  probe: Probe,
  record: ProbeRecord,
  inputs: Inputs,
  evidence: EvidenceContext,
  login: string,
): string {
  if (record.leftover && probe.privileged)
    return `${record.leftover} processes still run on the host; end them, and let sudo do so from now on: ${grantFor(probe, inputs, evidence, login)}`
  if (record.leftover) return `${record.leftover} processes still run on the host; end them, then check again`
  return `check again when the host is less busy, or run it by hand to see where it waits: ${shortened(record.command)}`
}

function grantFor(probe: Probe, inputs: Inputs, evidence: EvidenceContext, login: string): string {
  if (!probe.privileged) return probe.grant?.replaceAll('${login}', login) ?? `let ${login} run it`
  const values = valuesFor(probe, evidence.context, inputs.parameters)
  if (!values.ok) return `let ${login} run ${probe.privileged[0]} through sudo`
  const line = sudoersLine(login, argvOf(probe.privileged, values.values), probe.timeoutMs)
  return `add with visudo: ${line}`
}

/** One line, to be pasted: its beginning tells which command it is; reproduction steps have the whole. */
const shortened = (command: string): string =>
  clip(
    command
      .trim()
      .replaceAll(/\\\n\s*/g, '')
      .replaceAll(/([|{(]|&&|\bdo|\bthen|\belse)\n\s*/g, '$1 ')
      .replaceAll(/\n\s*/g, '; '),
    300,
  )
