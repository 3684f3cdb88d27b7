import { type ConnectOptions, openChain } from './connect.ts'
import { failed } from './connect-failure.ts'
import { loadKey } from './keys/private-key-file.ts'
import type { Connected, Hop } from './outcome.ts'
import { openSshSession } from './ssh-session.ts'

/**
 * How to reach a host to mend it. It is no Route: `connect`, which is all that a diagnosis has, does not take it, and
 * nothing that a diagnosis is given holds one (S14).
 */
export interface FixRoute {
  readonly kind: 'fix'
  /** Jump hosts, entered as ever: they only pass on. */
  readonly via: readonly Hop[]
  /** The host with the login and key for fixes. */
  readonly target: Hop & { readonly keyFile: string }
  /** Of the same host; its key must be another one. */
  readonly diagnosisKeyFile: string | undefined
}

export interface FixConnectOptions extends Omit<ConnectOptions, 'passphrase'> {
  /** Of the key files of jump hosts and diagnosis. */
  readonly passphrase?: string | undefined
  readonly fixPassphrase?: string | undefined
}

/** Opens a session with the login for fixes. The one place where the key for fixes is read. */
export async function connectForFix(route: FixRoute, options: FixConnectOptions): Promise<Connected> {
  const { via, target } = route
  if (await isCopy(route, options)) {
    return failed(
      target,
      'key-file',
      `${target.keyFile} holds the same key as ${route.diagnosisKeyFile}, with which diagnoses log in`,
      'make another key for fixes: ssh-keygen -t ed25519',
    )
  }
  const passphrase = (hop: Hop) => (hop === target ? options.fixPassphrase : options.passphrase)
  const chain = await openChain([...via, target], { ...options, passphrase })
  return chain.ok ? { ok: true, session: openSshSession(chain.hops) } : chain
}

/** The same file was refused at the start already; this finds a copy of it. */
async function isCopy(
  { target, diagnosisKeyFile: keyFile }: FixRoute,
  { passphrase, fixPassphrase }: FixConnectOptions,
): Promise<boolean> {
  const [ours, theirs] = await Promise.all([
    loadKey(target, fixPassphrase),
    loadKey({ ...target, keyFile }, passphrase),
  ])
  return ours.ok && theirs.ok && ours.key.getPublicSSH().equals(theirs.key.getPublicSSH())
}
