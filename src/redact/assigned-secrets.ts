import { type Value, valueAfter } from './assigned-value.ts'
import { MARK } from './mark.ts'
import { type Key, secretKeyBefore } from './secret-key.ts'

/**
 * Redacts the value that a secret's name gets: `password = …`, `"api_key": "…"`, `--token=…`, `?access_token=…`,
 * `X-Vault-Token: …`. It works from the separators of one line, forward only, so it is linear. Quotes and the
 * separators of CSV and JSON stay where they are.
 */
export function redactAssignments(line: string): string {
  let out = ''
  let kept = 0
  let i = 0
  while (i < line.length) {
    const found = isSeparator(line.charCodeAt(i)) ? assignmentAt(line, i) : undefined
    if (found?.secret) {
      out += line.slice(kept, found.value.start) + found.replacement
      kept = found.value.end
    }
    i = Math.max(i + 1, found?.value.end ?? 0)
  }
  return out + line.slice(kept)
}

const isSeparator = (code: number): boolean => code === 0x3a || code === 0x3d

function assignmentAt(line: string, index: number) {
  const key = secretKeyBefore(line, index)
  const value = key && valueAfter(line, index, key)
  if (!key || !value) return undefined
  return {
    value,
    secret: value.text !== '' && !isInnocent(line, index, key, value),
    replacement: value.bare ? `${key.quote}${MARK}${key.quote}` : MARK,
  }
}

function isInnocent(line: string, index: number, key: Key, value: Value): boolean {
  if (!value.quoted && NOTHING.test(value.text)) return true
  if (REFERENCE.test(value.text) || PLACEHOLDER.test(value.text) || KEY_FILE.test(value.text)) return true
  if (!value.quoted && BLOCK_HEADER.test(value.text)) return true
  if (isProse(line, index, key, value) && PLAIN_WORD.test(value.text)) return true
  return !value.quoted && (EVERYDAY[key.name]?.test(value.text) ?? false)
}

const NOTHING = /^(?:true|false|null|nil|none|undefined|yes|no|on|off|~|-|\(null\)|\(none\)|<nil>)[,;.]?$/i
/**
 * A reference to where the value will come from: `$http_authorization`, `$DB_PASSWORD`, `${X}`, `$(cat file)`, `{{ x
 * }}`, `%(x)s`.
 */
const REFERENCE =
  /^(?:\$[a-z]+(?:_[a-z0-9]+)+;?|\$[A-Z][A-Z0-9_]*|\$\{[^}]*\}|\$\([^)]*\)|\{\{[^}]*\}\}|%\(\w+\)s|%[sdiv])$/
/** `private_key: /etc/ssl/app.key` says where a key is, not what it is. */
const KEY_FILE = /^(?:~|\.{1,2})?\/[\w./@-]+\.(?:key|pem|crt|p12|pub)[,;]?$/
/** The text follows on the next lines: multi-line-secrets.ts. */
const BLOCK_HEADER = /^[|>][-+0-9]{0,2}$/
const PLACEHOLDER = /^(?:<[\w -]+>|\*+|[xX]{3,}|.{0,8}(?:\.\.\.|…))$/
/** After "invalid token:" comes a reason. A password that is one plain word looks the same there, and stays. */
const PLAIN_WORD = /^(?:[A-Za-z]+|\d{1,3})[.,;!?]?$/
const isProse = (line: string, index: number, key: Key, value: Value): boolean =>
  line[index] === ':' &&
  key.quote === '' &&
  !value.quoted &&
  /[A-Za-z] $/.test(line.slice(0, key.start).slice(-2))

/** Names that mean something else elsewhere: nsswitch.conf and passwd(1), a shell's directory, a test's count. */
const EVERYDAY: Readonly<Record<string, RegExp>> = {
  passwd: /^(?:files|compat|db|sss|ldap|nis|systemd)\b|^\S+ \S/,
  pwd: /^\//,
  pass: /^\d+(?:[,;]|$)/,
}
