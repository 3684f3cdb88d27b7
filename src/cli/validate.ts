import { existsSync } from 'node:fs'
import { refuse } from './output/refusals.ts'
import { exitCodes, type Terminal } from './output/terminal.ts'
import type { Options } from './read-hosts.ts'
import { type SetUp, setUp } from './set-up.ts'

/**
 * Exit status 0 when all that is there is good, else 3. Where nothing names an inventory, it checks the runbooks alone.
 */
export function validateCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  folders: readonly string[],
  options: Options,
): number {
  const ready = setUp(env, options, { folders, inventoryOptional: true, guards: true })
  if (!ready.ok) {
    const status = refuse(term, ready.sentences)
    term.err(`debvisor: ${ready.sentences.length} problem${ready.sentences.length === 1 ? '' : 's'}`)
    return status
  }
  const topics = [...ready.runbooks.topics.values()]
  const probes = new Set(topics.flatMap((t) => [...t.probes.keys()])).size
  const findings = new Set(topics.flatMap((t) => t.findings.map((f) => f.id))).size
  term.out(`Good: ${topics.length} topics, ${probes} probes, ${findings} findings, ${hostsOf(ready)}.`)
  return exitCodes.healthy
}

const hostsOf = ({ config, inventory: { hosts } }: SetUp): string =>
  existsSync(config.inventory) ? `${hosts.size} hosts` : 'no hosts (there is no inventory.yml here)'
