import type { Parameters } from './parameters.ts'
import { argvOf } from './plan.ts'
import type { Probe, Runbook } from './runbook.ts'
import { sudoersLine } from './sudoers.ts'

export interface Granting {
  readonly host: string
  /** The bot's login there. */
  readonly login: string
  /** Every runbook with the values that its parameters have on this host. */
  readonly runbooks: readonly { readonly runbook: Runbook; readonly parameters: Parameters }[]
}

/**
 * All that the login lacks to answer every probe, as a file for /etc/sudoers.d: the privileged probes as exact commands, and as comments what sudo is
 * not for (groups, roles, ACLs). A command that several probes run is granted once, for the longest of their time-outs.
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
    for (const probe of runbook.probes.values())
      if (!asked.has(probe.id)) asked.set(probe.id, { probe, argv: exactArgv(probe, values) })
  }
  return [...asked.values()]
}

function exactArgv(probe: Probe, values: ReadonlyMap<string, string>): readonly string[] | undefined {
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

/** One line whatever is in it: a newline would end the comment, and a last backslash would join it with what follows. */
const comment = (text: string): string =>
  `# ${text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replace(/[\s\\]+$/, '')}`
