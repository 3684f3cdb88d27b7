import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

/**
 * Runs a line of shell however this process ends, by SIGKILL too: the shell's input ends with it. In a session of its own, it hears no Ctrl-C.
 * Who no longer needs it kills it.
 */
export function whenWeEnd(line: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const guard = spawn('sh', ['-c', `read -r _; ${line}`, 'guard', ...args], {
    ...options,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  return guard
}
