import type { ClientChannel } from 'ssh2'
import type { OpenHop } from './hop.ts'
import type { Session } from './outcome.ts'
import { checkPort } from './port-check.ts'
import { type Program, perlCommandLine, type Start, type Started } from './wave/start-program.ts'
import { runWave } from './wave/wave.ts'

/** A session on the last hop; those before it carry it. */
export function openSshSession(hops: readonly OpenHop[]): Session {
  const host = hops.at(-1)
  if (!host) throw new Error('a route over SSH has at least one hop')
  return {
    fingerprint: host.fingerprint,
    user: host.hop.user,
    run: (commands, options) => runWave(startOn(host), host.hop.user, commands, options),
    checkPort: (port, options) => checkPort(hops, port, options),
    close: () => closeChain(hops),
  }
}

/** The innermost connection first: it needs the others to say goodbye. */
export async function closeChain(hops: readonly OpenHop[]): Promise<void> {
  for (const hop of hops.toReversed()) await hop.close()
}

const startOn =
  (host: OpenHop): Start =>
  (lengths) =>
    new Promise<Started>((resolve) => {
      const refuse = (error: Error): void => {
        const lost = host.lost()
        const reason = lost
          ? `the connection was lost: ${lost}`
          : `the host opened no session: ${error.message}`
        resolve({ ok: false, reason })
      }
      try {
        host.client.exec(perlCommandLine(lengths), (error, channel) => {
          if (error) refuse(error)
          else resolve({ ok: true, program: toProgram(channel, host) })
        })
      } catch (error) {
        refuse(error as Error) // "Not connected"
      }
    })

function toProgram(channel: ClientChannel, host: OpenHop): Program {
  channel.on('error', () => {})
  const ended: Program['ended'] = new Promise((resolve) =>
    channel.once('close', (code?: number | null) => {
      const lost = host.lost()
      resolve({ code: code ?? null, ...(lost ? { lost } : {}) })
    }),
  )
  return {
    input: channel.stdin,
    output: channel,
    errors: channel.stderr,
    ended,
    destroy: () => channel.destroy(),
  }
}
