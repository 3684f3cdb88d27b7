import { argvOf } from '../plan/plan.ts'
import { type FixStep, grantedSteps } from '../plan/render-fix.ts'
import type { Parameters } from '../runbook/parameters.ts'
import type { Fix, Probe, Runbook } from '../runbook/runbook.ts'
import { grantableFixes, grantableProbes } from './grantable.ts'
import { sudoersLine } from './sudoers-line.ts'

export interface Granting {
  readonly host: string
  /** The bot's login there. */
  readonly login: string
  /** Every runbook with the values that its parameters have on this host. */
  readonly runbooks: readonly { readonly runbook: Runbook; readonly parameters: Parameters }[]
}

/**
 * All that the login lacks to answer every probe, as a file for /etc/sudoers.d: the privileged probes as exact
 * commands, and as comments what sudo is not for (groups, roles, ACLs). A command that several probes run is granted
 * once, for the longest of their time-outs.
 */
export function sudoersFile({ host, login, runbooks }: Granting): string {
  const probes = probesOf(runbooks)
  const lines = [
    ...header(host, login),
    ...commandLines(login, probes),
    ...inexactLines(probes),
    ...grantLines(login, probes),
  ]
  return `${lines.join('\n')}\n`
}

interface Asked {
  readonly probe: Probe
  /** Undefined where evidence decides it, or where a line of sudoers cannot say it. */
  readonly argv: readonly string[] | undefined
}

/** Each probe once: topics share them. */
function probesOf(runbooks: Granting['runbooks']): Asked[] {
  const asked = new Map<string, Asked>()
  for (const { runbook, parameters } of runbooks) {
    const values = new Map(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
    for (const probe of grantableProbes(runbook, parameters))
      if (!asked.has(probe.id)) asked.set(probe.id, { probe, argv: exactArgv(probe, values) })
  }
  return [...asked.values()]
}

/** Undefined: it is not privileged, or only the host knows the command, or a line of sudoers cannot say it. */
export function exactArgv(probe: Probe, values: ReadonlyMap<string, string>): readonly string[] | undefined {
  if (!probe.privileged || probe.values.size > 0) return undefined
  const argv = argvOf(probe.privileged, values)
  // A line of sudoers ends at a newline, whatever stands before it.
  return argv.some((word) => /\p{Cc}/u.test(word)) ? undefined : argv
}

const header = (host: string, login: string): string[] => [
  `# What DebVisor's probes may run as root on ${host}, logged in as ${login}: these exact commands, none of which changes anything.`,
  '# Check it, then put it in its place:',
  '#   visudo -cf FILE && install -o root -g root -m 0440 FILE /etc/sudoers.d/debvisor-bot',
  '# Programs are named where Debian has them; where `command -v PROGRAM` says another path on the host, write that one.',
]

function commandLines(login: string, probes: readonly Asked[]): string[] {
  const commands = new Map<string, { argv: readonly string[]; timeoutMs: number; titles: string[] }>()
  for (const { probe, argv } of probes) {
    if (!argv) continue
    const key = JSON.stringify(argv)
    const known = commands.get(key)
    commands.set(key, {
      argv,
      timeoutMs: Math.max(known?.timeoutMs ?? 0, probe.timeoutMs),
      titles: [...(known?.titles ?? []), probe.title],
    })
  }
  return [...commands.values()].flatMap(({ argv, timeoutMs, titles }) => [
    '',
    comment(titles.join(', ')),
    sudoersLine(login, argv, timeoutMs),
  ])
}

function inexactLines(probes: readonly Asked[]): string[] {
  const open = probes.filter(({ probe, argv }) => probe.privileged && !argv)
  if (open.length === 0) return []
  return [
    '',
    '# Not granted: what these run is only known once the host has answered. Their remedy names the line when it is needed.',
    ...open.map(({ probe }) => comment(`  ${probe.title}: ${probe.privileged?.join(' ')}`)),
  ]
}

function grantLines(login: string, probes: readonly Asked[]): string[] {
  const grants = new Map<string, string[]>()
  for (const { probe } of probes) {
    if (!probe.grant) continue
    const grant = probe.grant.replaceAll('${login}', login)
    grants.set(grant, [...(grants.get(grant) ?? []), probe.title])
  }
  if (grants.size === 0) return []
  return [
    '',
    '# What the other probes need is no matter of sudo; grant on the host what you agree to:',
    ...[...grants].flatMap(([grant, titles]) => [
      comment(`  ${grant}`),
      comment(`    for: ${[...new Set(titles)].join(', ')}`),
    ]),
  ]
}

/**
 * What the login for fixes may run as root, as a file of its own: the exact steps of every fix, and as comments what is
 * no matter of sudo. It is never the login that diagnoses, and has none of its rights.
 */
export function fixSudoersFile({ host, login, runbooks }: Granting): string {
  const fixes = fixesOf(runbooks)
  const lines = [
    `# What DebVisor's fixes may run as root on ${host}, logged in as ${login}: these exact commands, each of which a person asks for in Slack and, on`,
    '# production, a second person approves. This login is for nothing else; the one that diagnoses must not be in this file.',
    '# Check it, then put it in its place:',
    '#   visudo -cf FILE && install -o root -g root -m 0440 FILE /etc/sudoers.d/debvisor-fix',
    '# Programs are named where Debian has them; where `command -v PROGRAM` says another path on the host, write that one.',
    '# systemctl is kept from a pager and from asking for a password, and NOEXEC from starting a shell.',
    ...rootSteps(login, fixes),
    ...loginSteps(login, fixes),
  ]
  return `${lines.join('\n')}\n`
}

interface AskedFix {
  readonly fix: Fix
  readonly steps: readonly FixStep[]
}

/** Each fix once: topics share them. */
function fixesOf(runbooks: Granting['runbooks']): AskedFix[] {
  const asked = new Map<string, AskedFix>()
  for (const { runbook, parameters } of runbooks) {
    const values = new Map(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
    for (const fix of grantableFixes(runbook, parameters))
      if (!asked.has(fix.id)) asked.set(fix.id, { fix, steps: grantedSteps(fix, values) })
  }
  return [...asked.values()]
}

function rootSteps(login: string, fixes: readonly AskedFix[]): string[] {
  const commands = new Map<string, { step: FixStep; titles: string[] }>()
  for (const { fix, steps } of fixes) {
    if (fix.as !== 'root') continue
    for (const step of steps) {
      const key = JSON.stringify(step.argv)
      const known = commands.get(key)
      const timeoutMs = Math.max(known?.step.timeoutMs ?? 0, step.timeoutMs)
      commands.set(key, { step: { ...step, timeoutMs }, titles: [...(known?.titles ?? []), fix.title] })
    }
  }
  return [...commands.values()].flatMap(({ step, titles }) => [
    '',
    comment([...new Set(titles)].join(', ')),
    // A line of sudoers ends at a newline, whatever stands before it.
    step.argv.some((word) => /\p{Cc}/u.test(word))
      ? comment(`not granted, a parameter has a control character in it: ${step.argv.join(' ')}`)
      : sudoersLine(login, step.argv, step.timeoutMs),
  ])
}

/**
 * Steps that depend on evidence cannot be granted exactly, so they do not go through sudo. The login itself gets a
 * right that is narrow enough.
 */
function loginSteps(login: string, fixes: readonly AskedFix[]): string[] {
  const own = fixes.filter(({ fix }) => fix.as === 'login')
  if (own.length === 0) return []
  return [
    '',
    '# These run without sudo, for a line of sudoers is exact and what they name is only known once the host has answered:',
    ...own.flatMap(({ fix, steps }) => [
      comment(`  ${fix.title}: ${steps.map(({ argv }) => argv.join(' ')).join(' && ')}`),
      ...(fix.grant ? [comment(`    needs: ${fix.grant.replaceAll('${login}', login)}`)] : []),
    ]),
  ]
}

/**
 * One line, whatever is in it. A newline would end the comment, and a last backslash would join it with the next line.
 */
const comment = (text: string): string =>
  `# ${text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replace(/[\s\\]+$/, '')}`
