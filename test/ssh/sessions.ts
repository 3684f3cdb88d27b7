import { connect } from '../../src/ssh/connect.ts'
import type { Hop, Session } from '../../src/ssh/outcome.ts'
import { startFakeHost } from '../fakes/ssh-server.ts'
import { hasSshd, startSshd } from '../fakes/sshd.ts'

export interface TestSession {
  readonly session: Session
  stop(): Promise<void>
}

/** Every way to run commands that this machine has, each on a real host: this machine. */
export const WAYS: readonly { readonly way: string; open(): Promise<TestSession> }[] = [
  { way: 'local', open: () => enter({ kind: 'local' }, '/nonexistent', async () => {}) },
  {
    way: 'an ssh2 server',
    open: async () => {
      const host = await startFakeHost()
      return enter({ kind: 'ssh', hops: [host.hop] }, host.knownHostsFile, host.close)
    },
  },
  {
    way: 'OpenSSH',
    open: async () => {
      const host = await startSshd()
      return enter({ kind: 'ssh', hops: [host.hop] }, host.knownHostsFile, host.stop)
    },
  },
].filter(({ way }) => way !== 'OpenSSH' || hasSshd())

export async function enter(
  route: { kind: 'local' } | { kind: 'ssh'; hops: Hop[] },
  knownHostsFile: string,
  stopServer: () => Promise<void>,
): Promise<TestSession> {
  const connected = await connect(route, { knownHostsFile })
  if (!connected.ok) throw new Error(JSON.stringify(connected.failure))
  const { session } = connected
  return {
    session,
    stop: async () => {
      await session.close()
      await stopServer()
    },
  }
}
