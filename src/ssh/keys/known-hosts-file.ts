import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** A host's public key as SSH sends it, with its type read from it. */
export interface HostKey {
  readonly type: string
  readonly blob: Buffer
}

export interface KnownHostLine {
  /** From 1, for messages. */
  readonly line: number
  readonly marker: 'revoked' | 'cert-authority' | undefined
  readonly hosts: string
  readonly key: HostKey
}

export interface KnownHosts {
  readonly lines: readonly KnownHostLine[]
  /**
   * Lines that cannot be read. Like OpenSSH we pass over them, except those with a marker: one may be a
   * revocation.
   */
  readonly problems: readonly { readonly line: number; readonly marked: boolean; readonly reason: string }[]
}

/** Reads a known_hosts file as sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT", has it. */
export function parseKnownHosts(text: string): KnownHosts {
  const lines: KnownHostLine[] = []
  const problems: KnownHosts['problems'][number][] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.trim()
    if (content === '' || content.startsWith('#')) continue
    const line = index + 1
    const parsed = parseLine(content, line)
    if (typeof parsed === 'string') problems.push({ line, marked: content.startsWith('@'), reason: parsed })
    else lines.push(parsed)
  }
  return { lines, problems }
}

function parseLine(content: string, line: number): KnownHostLine | string {
  const words = content.split(/[ \t]+/)
  const marker = words[0]?.startsWith('@') ? words.shift()?.slice(1) : undefined
  if (marker !== undefined && marker !== 'revoked' && marker !== 'cert-authority')
    return `the marker @${marker} is unknown`
  const [hosts, type, base64] = words
  if (!hosts || !type || !base64) return 'a line needs host names, a key type and a key'
  const key = readHostKey(Buffer.from(base64, 'base64'))
  if (!key || key.type !== type) return `the key is not a valid ${type} key`
  return { line, marker, hosts, key }
}

/** A key blob begins with its type (RFC 4253, 6.6). */
export function readHostKey(blob: Buffer): HostKey | undefined {
  if (blob.length < 4) return undefined
  const length = blob.readUInt32BE(0)
  if (length === 0 || length > 64 || blob.length <= 4 + length) return undefined
  return { type: blob.toString('latin1', 4, 4 + length), blob }
}

/** As `ssh-keygen -l` shows it. */
export const fingerprint = (key: HostKey): string =>
  `SHA256:${createHash('sha256').update(key.blob).digest('base64').replace(/=+$/, '')}`

/** The name under which known_hosts files have a host: its address, with any port but 22. */
export const hostPattern = (address: string, port: number): string =>
  port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`

/** The lines for one host. */
export function linesFor(known: KnownHosts, address: string, port: number): KnownHostLine[] {
  const name = hostPattern(address, port)
  return known.lines.filter((line) => matchesHost(line.hosts, name))
}

function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name)
  const patterns = hosts.toLowerCase().split(',')
  if (patterns.some((pattern) => pattern.startsWith('!') && matchesGlob(pattern.slice(1), name))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesGlob(pattern, name))
}

/** |1|salt|hash: HMAC-SHA1 of the name, keyed by the salt. */
function matchesHash(hosts: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = hosts.split('|')
  if (version !== '1') return false
  const expected = Buffer.from(hash, 'base64')
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/**
 * `*` and `?` only, as in ssh_config(5), PATTERNS. Goes back to the last star at most, so it takes |pattern|
 * × |text| steps.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let [p, t] = [0, 0]
  let [star, resume] = [-1, 0]
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      resume = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
