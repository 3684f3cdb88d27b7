import { refuse } from './diagnose.ts'
import { type Options, setUp } from './set-up.ts'
import { exitCodes, type Terminal } from './terminal.ts'

export function validateCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  folders: readonly string[],
  options: Options,
): number {
  const ready = setUp(env, options, folders)
  if (!ready.ok) {
    const status = refuse(term, ready.sentences)
    term.err(`debvisor: ${ready.sentences.length} problem${ready.sentences.length === 1 ? '' : 's'}`)
    return status
  }
  const topics = [...ready.runbooks.topics.values()]
  const probes = new Set(topics.flatMap((t) => [...t.probes.keys()])).size
  const findings = new Set(topics.flatMap((t) => t.findings.map((f) => f.id))).size
  term.out(
    `Good: ${topics.length} topics, ${probes} probes, ${findings} findings, ${ready.inventory.hosts.size} hosts.`,
  )
  return exitCodes.healthy
}
