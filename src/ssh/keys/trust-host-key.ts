import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type ConnectOptions, HOP_TIMEOUT_MS, openChain } from '../connect.ts'
import { type Failed, failed } from '../connect-failure.ts'
import { openHop } from '../hop.ts'
import type { Hop } from '../outcome.ts'
import { closeChain } from '../ssh-session.ts'
import {
  fingerprint,
  type HostKey,
  hostPattern,
  linesFor,
  parseKnownHosts,
  readHostKey,
} from './known-hosts-file.ts'
import { hostKeyAlgorithms } from './verify-host-key.ts'

export type Scanned = { readonly ok: true; readonly key: HostKey; readonly fingerprint: string } | Failed

/**
 * Asks the last of these hops for its host key and leaves before a credential is sent. The hops before it
 * must be trusted already: they are entered.
 */
export async function scanHostKey(hops: readonly Hop[], options: ConnectOptions): Promise<Scanned> {
  const hop = hops.at(-1)
  if (!hop) throw new Error('there is no hop to scan')
  const chain = await openChain(hops.slice(0, -1), options)
  if (!chain.ok) return chain
  let seen: HostKey | undefined
  const keyless = failed(
    hop,
    'host-key',
    'the server offered no host key',
    'check that SSH listens on that port',
  )
  const result = await openHop(hop, chain.hops.at(-1), {
    key: undefined,
    hostKeyCheck: {
      algorithms: hostKeyAlgorithms({ file: '', lines: [], problems: [] }, hop),
      judge: (blob) => {
        seen = readHostKey(blob)
        return { trusted: false, failure: keyless.failure }
      },
    },
    ms: options.hopTimeoutMs ?? HOP_TIMEOUT_MS,
    signal: options.signal,
  })
  await closeChain(chain.hops)
  if (seen) return { ok: true, key: seen, fingerprint: fingerprint(seen) }
  return result.ok ? keyless : result
}

/**
 * How a key stands in the file that pins it: it is there already, or there is an older one of its type, which would go
 * on being trusted (with its line). Undefined: it may be added.
 */
export async function pinnedBefore(
  file: string,
  hop: Hop,
  key: HostKey,
): Promise<'same' | number | undefined> {
  const known = parseKnownHosts(await readFile(file, 'utf8').catch(() => ''))
  const lines = linesFor(known, hop.address, hop.port).filter((line) => line.marker === undefined)
  if (lines.some((line) => line.key.blob.equals(key.blob))) return 'same'
  return lines.find((line) => line.key.type === key.type)?.line
}

/** Characters that an address may have: none that means something in a known_hosts file. */
const ADDRESS = /^[A-Za-z0-9._:%-]+$/

/** Pins a key: adds its line to the file, which is made where it is missing, for its owner only. */
export async function appendKnownHost(file: string, hop: Hop, key: HostKey): Promise<void> {
  if (!ADDRESS.test(hop.address)) throw new RangeError(`${hop.address} is no address`)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const before = await readFile(file, 'utf8').catch(() => '')
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  const line = `${hostPattern(hop.address, hop.port)} ${key.type} ${key.blob.toString('base64')} ${hop.name}\n`
  await appendFile(file, gap + line, { mode: 0o600 })
}
