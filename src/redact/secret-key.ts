/**
 * Names of things whose value is a secret: `DB_PASSWORD`, `client-secret`, `accessToken`, `spring.datasource.password`,
 * `requirepass`.
 */

/** A longer name than this is not a name. */
const MAX_KEY = 64

/**
 * A name counts by how it ends: `auth_token_expired`, `password_encryption`, `max_tokens` and `token_file` name no
 * secret.
 */
const ENDS_IN_SECRET = new RegExp(
  `(?:${[
    'pass[-_.]?(?:word|phrase|wd|code)(?:[-_.]?hash|\\d)?',
    'pwd',
    'secret',
    'token',
    'credential',
    'api[-_.]?key',
    '(?:access|account|auth|encryption|master|private|secret|shared|signing)[-_.]?key',
    'secret[-_.]?key[-_.]?base',
    'requirepass',
    'masterauth',
  ].join('|')})$`,
  'i',
)
/** `db_pass` and `smtpPass`, not `bypass`. */
const ENDS_IN_PASS = /(?:^|[-_.])pass$|[a-z]Pass$/i
/** Shell's own directories; systemd's and sshd's settings, which name a file or a method. */
const INNOCENT = /^(?:PWD|OLDPWD|LoadCredential)$/

export const namesSecret = (name: string): boolean =>
  !INNOCENT.test(name) && (ENDS_IN_SECRET.test(name) || ENDS_IN_PASS.test(name))

export interface Key {
  readonly name: string
  /** Where the name starts in the line. */
  readonly start: number
  /** What closes a quoted name: `"`, `\"` (JSON in JSON), `""` (JSON in CSV), `'`; empty for a bare one. */
  readonly quote: string
  /** White space stands between the name and its separator. */
  readonly spaced: boolean
}

/** The secret's name that ends before the separator at `index`, or undefined. Looks back a bounded distance. */
export function secretKeyBefore(line: string, index: number): Key | undefined {
  const space = back(line, index, 64, isBlank)
  const closing = back(line, space, 9, (c) => c === '"' || c === "'" || c === '\\' || c === ']')
  const start = back(line, closing, MAX_KEY + 1, isNameCharacter)
  const name = line.slice(start, closing)
  if (name.length > MAX_KEY || !namesSecret(name)) return undefined
  return { name, start, quote: line.slice(closing, space).replaceAll(']', ''), spaced: space < index }
}

function back(line: string, from: number, most: number, wanted: (c: string) => boolean): number {
  let i = from
  while (i > 0 && from - i < most && wanted(line.charAt(i - 1))) i--
  return i
}

export const isBlank = (c: string): boolean => c === ' ' || c === '\t'
const isNameCharacter = (c: string): boolean => /[\w.-]/.test(c)
