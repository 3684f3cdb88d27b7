import { readFile } from 'node:fs/promises'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { type Failed, failed } from '../connect-failure.ts'
import type { ConnectFailure, Hop } from '../outcome.ts'
import {
  fingerprint,
  type HostKey,
  type KnownHostLine,
  type KnownHosts,
  linesFor,
  parseKnownHosts,
  readHostKey,
} from './known-hosts-file.ts'

export interface PinnedKeys extends KnownHosts {
  readonly file: string
}

export type PinnedKeysRead = { readonly ok: true; readonly keys: PinnedKeys } | Failed

/** Reads the file on the way to a hop. A file that is not there pins nothing. */
export async function readPinnedKeys(file: string, hop: Hop): Promise<PinnedKeysRead> {
  try {
    return { ok: true, keys: { file, ...parseKnownHosts(await readFile(file, 'utf8')) } }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    if (code === 'ENOENT') return { ok: true, keys: { file, lines: [], problems: [] } }
    const reason = `the known_hosts file ${file} cannot be read (${code})`
    const { failure } = failed(hop, 'host-key', reason, 'let the bot read that file')
    return { ok: false, failure: { ...failure, hostKey: 'not-checked' } }
  }
}

/** What ssh2 can verify, best first. ssh-rsa keys are verified with SHA-2 signatures only. */
const ALGORITHMS: readonly (readonly [ServerHostKeyAlgorithm, type: string])[] = [
  ['ssh-ed25519', 'ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256'],
  ['ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp384'],
  ['ecdsa-sha2-nistp521', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'ssh-rsa'],
  ['rsa-sha2-256', 'ssh-rsa'],
]

/**
 * Algorithms to ask for: those of the pinned keys first, so that a server with several keys shows one that we
 * know. The others after them, so that the refusal of a changed key can name the key that was offered.
 */
export function hostKeyAlgorithms(pinned: PinnedKeys, hop: Hop): ServerHostKeyAlgorithm[] {
  const known = new Set(plain(linesFor(pinned, hop.address, hop.port)).map((line) => line.key.type))
  const first = ALGORITHMS.filter(([, type]) => known.has(type))
  const rest = ALGORITHMS.filter(([, type]) => !known.has(type))
  return [...first, ...rest].map(([algorithm]) => algorithm)
}

export type KeyVerdict =
  | { readonly trusted: true; readonly fingerprint: string }
  | { readonly trusted: false; readonly failure: ConnectFailure }

/** Is this the key that is pinned for this hop? Anything else is refused, before a credential is sent. */
export function judgeHostKey(pinned: PinnedKeys, hop: Hop, blob: Buffer): KeyVerdict {
  const refuse = (reason: string, remedy: string, hostKey?: ConnectFailure['hostKey']): KeyVerdict => ({
    trusted: false,
    failure: { ...failed(hop, 'host-key', reason, remedy).failure, ...(hostKey ? { hostKey } : {}) },
  })
  const unreadable = pinned.problems.find((problem) => problem.marked)
  if (unreadable) {
    return refuse(
      `line ${unreadable.line} of ${pinned.file} cannot be read (${unreadable.reason}), and it may revoke this key`,
      'mend that line',
      'not-checked',
    )
  }
  const offered = readHostKey(blob)
  if (!offered)
    return refuse('the server offered something that is no host key', 'check that SSH listens on that port')
  const lines = linesFor(pinned, hop.address, hop.port)
  const isSame = (line: KnownHostLine): boolean => line.key.blob.equals(offered.blob)
  const revoked = lines.find((line) => line.marker === 'revoked' && isSame(line))
  if (revoked) {
    return refuse(
      `the host key ${show(offered)} is revoked by line ${revoked.line} of ${pinned.file}`,
      `give the host new keys, then run: debvisor hosts trust ${hop.name}`,
    )
  }
  if (plain(lines).some(isSame)) return { trusted: true, fingerprint: fingerprint(offered) }
  return refuse(...explainMismatch(pinned, hop, lines, offered))
}

function explainMismatch(
  pinned: PinnedKeys,
  hop: Hop,
  lines: readonly KnownHostLine[],
  offered: HostKey,
): [reason: string, remedy: string, hostKey?: ConnectFailure['hostKey']] {
  const keys = plain(lines)
  const trust = `debvisor hosts trust ${hop.name}`
  if (keys.length > 0) {
    const known = keys.map((line) => `${show(line.key)} (line ${line.line} of ${pinned.file})`).join(', ')
    return [
      `the host key has changed, somebody may be intercepting the connection: offered is ${show(offered)}, pinned is ${known}`,
      `find out why; if the host was set up anew, remove the old line and run: ${trust}`,
    ]
  }
  if (lines.some((line) => line.marker === 'cert-authority')) {
    return [
      `${pinned.file} has only a certificate authority for this host, and host certificates are not supported`,
      `pin the host's own key: ${trust}`,
      'not-pinned',
    ]
  }
  return [
    `the host key is not pinned in ${pinned.file} (offered is ${show(offered)})`,
    `compare that fingerprint with the host's own, then run: ${trust}`,
    'not-pinned',
  ]
}

const plain = (lines: readonly KnownHostLine[]): KnownHostLine[] =>
  lines.filter((line) => line.marker === undefined)

const show = (key: HostKey): string => `${key.type} ${fingerprint(key)}`
