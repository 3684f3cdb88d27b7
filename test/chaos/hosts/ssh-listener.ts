import { createServer } from 'node:net'
import type { ServerChannel } from 'ssh2'
import { type KeyPair, startSshServer } from '../../../playground/ssh/server.ts'
import { LOGINS } from './host-kinds.ts'

export interface Asked {
  /** Who has logged in. */
  readonly user: string
  readonly commandLine: string
  readonly channel: ServerChannel
}

export interface SshListenerOptions {
  readonly keys: { readonly host: KeyPair; readonly diagnose: KeyPair; readonly fix: KeyPair }
  connected(): void
  take(asked: Asked): Promise<void>
}

/** Port of an SSH server that both logins of the bot may use. */
export async function listenForSsh({ keys, connected, take }: SshListenerOptions): Promise<number> {
  let user = ''
  const server = await startSshServer({
    user: LOGINS.diagnose,
    hostKeys: [keys.host.private],
    authorizedKey: keys.diagnose.public,
    others: [{ user: LOGINS.fix, authorizedKey: keys.fix.public }],
    onConnection: connected,
    // Called right before `exec`, for the same request.
    beforeExec: (login) => {
      user = login
    },
    exec: (commandLine, channel) => {
      channel.on('error', () => {})
      take({ user, commandLine, channel }).catch((error: unknown) =>
        process.stderr.write(`a simulated host failed: ${error}\n`),
      )
    },
  })
  return server.port
}

/** Port of what takes connections and says nothing. */
export function listenSilently(): Promise<number> {
  const server = createServer((socket) => void socket.on('error', () => {}).resume())
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    }),
  )
}
