import type { ParsedKey } from 'ssh2'
import type { Failed } from './connect-failure.ts'
import { type HostKeyCheck, type OpenHop, openHop } from './hop.ts'
import { loadKey } from './keys/private-key-file.ts'
import { hostKeyAlgorithms, judgeHostKey, type PinnedKeys, readPinnedKeys } from './keys/verify-host-key.ts'
import { openLocalSession } from './local-session.ts'
import type { Connected, Hop, Route } from './outcome.ts'
import { closeChain, openSshSession } from './ssh-session.ts'

export interface ConnectOptions {
  readonly knownHostsFile: string
  /** For each hop, from TCP to authenticated; 10 s by default. */
  readonly hopTimeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Of the key files that are encrypted. */
  readonly passphrase?: string | undefined | ((hop: Hop) => string | undefined)
}

export const HOP_TIMEOUT_MS = 10_000

/**
 * Opens a session on the host at the end of a route. Every hop's host key is verified before that hop sees a
 * credential.
 */
export async function connect(route: Route, options: ConnectOptions): Promise<Connected> {
  if (route.kind === 'local') return { ok: true, session: openLocalSession() }
  const chain = await openChain(route.hops, options)
  return chain.ok ? { ok: true, session: openSshSession(chain.hops) } : chain
}

export type Chain = { readonly ok: true; readonly hops: readonly OpenHop[] } | Failed

/** Opens one hop after the other, each through the one before. When one fails, those before it are closed. */
export async function openChain(hops: readonly Hop[], options: ConnectOptions): Promise<Chain> {
  const prepared: { hop: Hop; key: ParsedKey; hostKeyCheck: HostKeyCheck }[] = []
  for (const hop of hops) {
    const pinned = await readPinnedKeys(options.knownHostsFile, hop)
    if (!pinned.ok) return pinned
    const { passphrase } = options
    const loaded = await loadKey(hop, typeof passphrase === 'function' ? passphrase(hop) : passphrase)
    if (!loaded.ok) return loaded
    prepared.push({ hop, key: loaded.key, hostKeyCheck: hostKeyCheckFor(pinned.keys, hop) })
  }
  const opened: OpenHop[] = []
  for (const { hop, key, hostKeyCheck } of prepared) {
    const ms = options.hopTimeoutMs ?? HOP_TIMEOUT_MS
    const result = await openHop(hop, opened.at(-1), { key, hostKeyCheck, ms, signal: options.signal })
    if (!result.ok) {
      await closeChain(opened)
      return result
    }
    opened.push(result.open)
  }
  return { ok: true, hops: opened }
}

const hostKeyCheckFor = (keys: PinnedKeys, hop: Hop): HostKeyCheck => ({
  algorithms: hostKeyAlgorithms(keys, hop),
  judge: (blob) => judgeHostKey(keys, hop, blob),
})
