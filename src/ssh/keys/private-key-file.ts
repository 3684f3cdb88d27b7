import { type FileHandle, open } from 'node:fs/promises'
import ssh2, { type ParsedKey } from 'ssh2'
import { isPrivate } from '../../files/private-mode.ts'
import { type Failed, failed } from '../connect-failure.ts'
import type { Hop } from '../outcome.ts'

/** A private key is some 3 KB; whatever is larger is none. */
const LARGEST_KEY_FILE = 64 * 1024

export type LoadedKey = { readonly ok: true; readonly key: ParsedKey } | Failed

/** The private key of a hop. Refused where others can read the file: they may have the key already. */
export async function loadKey(hop: Hop, passphrase: string | undefined): Promise<LoadedKey> {
  const refuse = (reason: string, remedy: string): Failed => failed(hop, 'key-file', reason, remedy)
  const { keyFile } = hop
  if (!keyFile) return refuse('the inventory names no private key', 'set ansible_ssh_private_key_file for it')
  const read = await readPrivately(keyFile)
  if (read.kind === 'missing')
    return refuse(
      `the key file ${keyFile} cannot be read (${read.code})`,
      'check ansible_ssh_private_key_file',
    )
  if (read.kind === 'open') {
    return refuse(
      `others than its owner can read the key file ${keyFile} (mode ${read.mode})`,
      `chmod 600 ${keyFile}`,
    )
  }
  const key = ssh2.utils.parseKey(read.bytes, passphrase)
  if (key instanceof Error) return refuse(...explain(keyFile, key, passphrase !== undefined))
  if (!key.isPrivateKey())
    return refuse(`${keyFile} holds a public key`, 'name the private key in the inventory')
  return { ok: true, key }
}

type Read =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'open'; readonly mode: string }
  | { readonly kind: 'missing'; readonly code: string }

/** Mode and content of the same open file, so that nobody can swap it in between. */
async function readPrivately(file: string): Promise<Read> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, 'r')
    const stat = await handle.stat()
    if (!isPrivate(stat)) return { kind: 'open', mode: (stat.mode & 0o777).toString(8) }
    if (stat.size > LARGEST_KEY_FILE) return { kind: 'missing', code: 'too large for a key' }
    return { kind: 'bytes', bytes: await handle.readFile() }
  } catch (error) {
    return { kind: 'missing', code: (error as NodeJS.ErrnoException).code ?? 'unknown error' }
  } finally {
    await handle?.close()
  }
}

function explain(file: string, error: Error, hadPassphrase: boolean): [reason: string, remedy: string] {
  if (/no passphrase given/i.test(error.message)) {
    return [
      `the key file ${file} is encrypted`,
      'give the bot its passphrase, or a key of its own without one',
    ]
  }
  if (hadPassphrase && /integrity check failed|bad passphrase|bad decrypt/i.test(error.message)) {
    return [`the passphrase does not open the key file ${file}`, 'correct the passphrase']
  }
  return [
    `${file} is no private key that can be used (${error.message})`,
    'make one with: ssh-keygen -t ed25519',
  ]
}
