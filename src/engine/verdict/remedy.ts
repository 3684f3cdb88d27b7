import type { ProbeRecord } from '../../findings/probe-record.ts'
import { clip } from '../../text/shorten.ts'
import { argvOf, valuesFor } from '../plan/plan.ts'
import type { Probe } from '../runbook/runbook.ts'
import { sudoersLine } from '../sudoers/sudoers-line.ts'
import type { Observation } from './observation.ts'

/**
 * Of sysexits.h: what the probe asks does not run. The shipped probes say so, and EX_NOPERM (77) where they may not
 * look.
 */
const UNAVAILABLE = 69

/** What would let the probe answer: one sentence, with the exact line or command where there is one. */
export function remedyFor(probe: Probe, seen: Observation): string {
  if (seen.unparsed.has(probe.id))
    return `see its whole output, and mend the probe's \`parse\` in the runbook`
  const record = seen.records.get(probe.id)
  const { login } = seen
  switch (record?.status) {
    case undefined:
    case 'lost':
      return record && isOutOfTasks(record)
        ? `see what limits the processes of ${login}: DefaultTasksMax= in /etc/systemd/system.conf and system.conf.d, TasksMax= of its session (systemctl status), ulimit -u`
        : 'check again; if the connection ends again, look at the network and at sshd on the host'
    case 'refused':
      return grantFor(probe, seen)
    case 'not-installed':
      return installing(probe.package)
    case 'timed-out':
      return timedOut(probe, record, seen)
    case 'cut':
      return `run it by hand, with less output: ${shortened(record.command)}`
    case 'unanswered':
      if (record.exitCode === UNAVAILABLE)
        return lacksOpenssl(record)
          ? 'sudo apt install openssl'
          : 'nothing is to be granted; check again once that runs'
      if (probe.grant && login !== 'root' && lacksRight(record))
        return probe.grant.replaceAll('${login}', login)
      return record.command
        ? `run it by hand to see why: ${shortened(record.command)}`
        : 'see the probes that it needs'
    default:
      return 'see its whole output, and mend the condition in the runbook'
  }
}

/** Programs that are examined, not examined with: a host may be without them on purpose. */
const SERVERS: ReadonlySet<string> = new Set(['nginx'])

function installing(name: string | undefined): string {
  if (!name) return 'install the program'
  const install = `sudo apt install ${name}`
  return SERVERS.has(name) ? `only if ${name} is meant to run on this host: ${install}` : install
}

/** As scripts say that ask over TLS; they are of Perl, whose package is there. */
const lacksOpenssl = ({ stderr }: ProbeRecord): boolean => stderr.startsWith('openssl is not installed')

/** The session of the login may start no more processes, or nobody on the host may: what DebVisor meets as well, where the limit is for all units. */
const isOutOfTasks = ({ reason }: ProbeRecord): boolean =>
  /fork: (?:retry: )?Resource temporarily unavailable|Cannot fork/.test(reason ?? '')

/** As scripts end that may not read something (may-read.sh). */
const MAY_NOT = 77
const denied =
  /permission denied|not permitted|must be (?:superuser|owner|a member)|insufficient|authentication failed|no pg_hba\.conf entry|role "[^"]*" does not exist|may not/i

/** A program that fails for another reason says so, and more rights would not help it. */
const lacksRight = ({ exitCode, stderr }: ProbeRecord): boolean =>
  exitCode === MAY_NOT || stderr.trim() === '' || denied.test(stderr)

function timedOut(probe: Probe, { leftover, command }: ProbeRecord, seen: Observation): string {
  if (leftover && probe.privileged)
    return `${leftover} processes still run on the host; end them, and let sudo do so from now on: ${grantFor(probe, seen)}`
  if (leftover) return `${leftover} processes still run on the host; end them, then check again`
  return `check again when the host is less busy, or run it by hand to see where it waits: ${shortened(command)}`
}

function grantFor(probe: Probe, { context, parameters, login }: Observation): string {
  if (!probe.privileged) return probe.grant?.replaceAll('${login}', login) ?? `let ${login} run it`
  const values = valuesFor(probe, context, parameters)
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
