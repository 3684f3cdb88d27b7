import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newKeyPair, type SshServerOptions, startSshServer } from '../../playground/ssh/server.ts'
import { hostPattern } from '../../src/ssh/keys/known-hosts-file.ts'
import type { Hop } from '../../src/ssh/outcome.ts'

export const LOGIN = 'diagnostics'

export interface FakeHost {
  /** With a key that may log in. */
  readonly hop: Hop
  /** Pins its host key. */
  readonly knownHostsFile: string
  /** Its folder: gone with it. */
  readonly folder: string
  /** The public host key, "ssh-ed25519 AAAA…". */
  readonly hostKey: string
  /** Every authentication request that came in: its method, and whether it was signed. */
  readonly attempts: { readonly method: string; readonly signed: boolean }[]
  /** Connections that were made so far. */
  readonly connections: () => number
  close(): Promise<void>
}

/** An in-process SSH server with fresh keys, and the files with which a client gets in. */
export async function startFakeHost(options: Partial<SshServerOptions> = {}): Promise<FakeHost> {
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-ssh-'))
  const [host, client] = [newKeyPair(), newKeyPair()]
  const attempts: FakeHost['attempts'] = []
  let connections = 0
  const server = await startSshServer({
    user: LOGIN,
    hostKeys: [host.private],
    authorizedKey: client.public,
    ...options,
    onConnection: (connection) => {
      connections++
      options.onConnection?.(connection)
    },
    onAuthentication: (attempt) =>
      attempts.push({
        method: attempt.method,
        signed: 'signature' in attempt && attempt.signature !== undefined,
      }),
  })
  const keyFile = join(folder, 'key')
  writeFileSync(keyFile, client.private)
  chmodSync(keyFile, 0o600)
  const knownHostsFile = join(folder, 'known_hosts')
  writeFileSync(knownHostsFile, `${hostPattern('127.0.0.1', server.port)} ${host.public}\n`)
  return {
    hop: { name: 'host1', address: '127.0.0.1', port: server.port, user: LOGIN, keyFile },
    knownHostsFile,
    folder,
    hostKey: host.public.split(' ', 2).join(' '),
    attempts,
    connections: () => connections,
    close: async () => {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
