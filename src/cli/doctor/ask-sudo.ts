import type { Session } from '../../ssh/outcome.ts'
import { readSudo } from '../../ssh/wave/sudo.ts'
import { quote } from '../../text/quote.ts'

/** `not-there`: the host does not have the program. */
export type SudoAnswer =
  | { readonly kind: 'granted' | 'not-there' }
  | { readonly kind: 'refused'; readonly reason: string }

const TIMEOUT_MS = 10_000

/** Whether sudo would run each command for the session's login, in their order. None of them is run: sudo(8), `-l`. */
export async function askSudo(
  session: Session,
  commands: readonly (readonly string[])[],
): Promise<SudoAnswer[]> {
  const asked = commands.map((argv, i) => ({
    id: String(i),
    kind: 'shell' as const,
    script: `[ "$(id -u)" = 0 ] || sudo -n -l -- ${argv.map(quote).join(' ')}`,
    timeoutMs: TIMEOUT_MS,
  }))
  const outcomes = await session.run(asked)
  return asked.map(({ id }): SudoAnswer => {
    const outcome = outcomes.get(id)
    if (outcome?.status !== 'exited')
      return { kind: 'refused', reason: 'sudo did not say whether it may be run' }
    const { code, stdout, stderr } = outcome
    if (code === 0) return { kind: 'granted' }
    if (code === 127) return { kind: 'refused', reason: 'this host has no sudo' }
    const said = readSudo(session.user, code, stdout, stderr)
    if (said?.kind === 'not-found') return { kind: 'not-there' }
    // Of a command that is not granted, it says nothing at all.
    return {
      kind: 'refused',
      reason: said?.reason ?? `sudoers does not let ${session.user} run this command`,
    }
  })
}
