import { spawn } from 'node:child_process'
import { userInfo } from 'node:os'
import type { Session } from './outcome.ts'
import { type Program, perlArguments, type Start, type Started } from './wave/start-program.ts'
import { runWave } from './wave/wave.ts'

/** A session on this machine itself: the same program as over SSH, as a child process. */
export function openLocalSession(): Session {
  const user = loginName()
  return {
    fingerprint: undefined,
    user,
    run: (commands, options) => runWave(startHere, user, commands, options),
    checkPort: undefined,
    close: async () => {},
  }
}

// Detached: a Ctrl-C at the terminal must reach only us, so that wave.pl lives to clean up behind its
// commands.
const startHere: Start = (lengths) =>
  new Promise<Started>((resolve) => {
    const child = spawn('perl', perlArguments(lengths), { stdio: 'pipe', detached: true, cwd: '/' })
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve({
        ok: false,
        reason: error.code === 'ENOENT' ? 'this machine has no perl; install perl-base' : error.message,
      }),
    )
    child.stdin.on('error', () => {})
    const ended: Program['ended'] = new Promise((over) => child.once('close', (code) => over({ code })))
    child.once('spawn', () =>
      resolve({
        ok: true,
        program: {
          input: child.stdin,
          output: child.stdout,
          errors: child.stderr,
          ended,
          destroy: () => child.kill('SIGKILL'),
        },
      }),
    )
  })

/** A container may run under a user id that has no name. */
export function loginName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
