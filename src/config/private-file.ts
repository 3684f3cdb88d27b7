import { readFileSync, statSync } from 'node:fs'
import { isPrivate } from '../files/private-mode.ts'

export type SecretText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string }

/** Shorter values cannot be told from ordinary text, so no output could be kept free of them. */
const SHORTEST = 4
const LARGEST_BYTES = 64 * 1024

/** One secret out of its file. Files that group or others can read are refused (S21). */
export function readSecretFile(path: string): SecretText {
  const whole = readPrivateFile(path)
  return whole.ok ? checkSecret(whole.text.replace(/\r?\n$/, '')) : whole
}

export function checkSecret(text: string): SecretText {
  if (/[\r\n]/.test(text)) return { ok: false, message: 'a secret is one line; this has more' }
  if (text.trim() === '') return { ok: false, message: 'there is no secret in it' }
  if (text.length < SHORTEST)
    return {
      ok: false,
      message: `a secret has ${SHORTEST} characters at least, or outputs could not be kept free of it`,
    }
  return { ok: true, text }
}

export function readPrivateFile(path: string): SecretText {
  try {
    const stat = statSync(path)
    if (!stat.isFile()) return { ok: false, message: `${path} is not a file` }
    if (!isPrivate(stat))
      return {
        ok: false,
        message: `others than its owner can read or write ${path}; run \`chmod 600 ${path}\``,
      }
    if (stat.size > LARGEST_BYTES)
      return { ok: false, message: `${path} is larger than a secret can be (64 KiB)` }
    return { ok: true, text: readFileSync(path, 'utf8') }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    if (code === 'ENOENT')
      return { ok: false, message: `there is no file ${path}; create it, readable by its owner only` }
    return { ok: false, message: `${path} cannot be read (${code}); let this user own it` }
  }
}
