import type { Pattern } from './secret-pattern.ts'

/**
 * Secrets that may look like anything and are told by the words around them. Settings with `=` and `:` are in
 * assigned-secrets.ts.
 */
export const CONTEXTS: readonly Pattern[] = [
  {
    of: 'passwords in URLs, up to the last @',
    hints: ['://'],
    pattern: String.raw`\b[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@?#"'<>\[\]]*:([^\s"'<>]+)@`,
    // http://host:8080/path?mail=a@b holds a port.
    unless: (found) => /^\d{1,5}(?:[/?#,]|$)/.test(found),
  },
  {
    of: 'Authorization headers',
    hints: ['authorization'],
    pattern: String.raw`(?i)\bauthorization["']{0,2}[ \t]*[:=][ \t]*["']{0,2}(?:basic|bearer|digest|negotiate|ntlm|token|apikey|key|aws4-hmac-sha256)[ \t]+([^\s"',\[][^"'\n]*)`,
  },
  {
    of: 'Authorization headers without a scheme, and nginx settings of them',
    hints: ['authorization'],
    pattern: String.raw`(?i)\b(?:proxy-)?authorization["']{0,2}(?:[ \t]*[:=][ \t]*|[ \t]+)["']{0,2}([\w.~+/=-]{12,})`,
    unless: looksLikeWords,
  },
  {
    of: 'bearer tokens',
    hints: ['bearer'],
    pattern: String.raw`(?i)\bbearer[ \t]+([\w.~+/=-]{12,})`,
    unless: looksLikeWords,
  },
  {
    of: 'basic credentials',
    hints: ['basic'],
    pattern: String.raw`(?i)\bbasic[ \t]+([A-Za-z0-9+/]{6,}={0,2})`,
    unless: (found) => !/^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(found, 'base64').toString('latin1')),
  },
  {
    of: 'cookies',
    hints: ['cookie'],
    pattern: String.raw`(?i)\bcookie["']{0,2}[ \t]*[:=][ \t]*["']{0,2}([^\s=;"',]+=[^"'\n]*)`,
  },
  {
    of: 'PagerDuty keys',
    hints: ['key'],
    pattern: String.raw`(?i)\b(?:routing|integration|service)[ _-]?key\W{1,6}([a-z0-9+_-]{20,32})\b`,
    unless: looksLikeWords,
  },
  {
    of: 'PagerDuty integration URLs',
    hints: ['pagerduty.com'],
    pattern: String.raw`\bpagerduty\.com/integration/(\w{20,})`,
  },
  {
    of: 'passwords in SQL',
    hints: ['password', 'identified'],
    pattern: String.raw`(?i)\b(?:password|identified[ \t]+by(?:[ \t]+password)?)[ \t]+E?'((?:[^'\n]|'')+)'`,
  },
  {
    of: 'options of programs',
    hints: ['password', 'passwd', 'passphrase', 'secret', 'token', 'key'],
    pattern: String.raw`(?i)(?:^|[\s"'])--?[\w-]*(?:password|passwd|passphrase|secret|token|api-?key|access-?key)[ \t]+["']?([^\s"',\[-][^\s"',]*)`,
    unless: (found) => SENTENCE_WORDS.test(found),
  },
  { of: 'sshpass', hints: ['sshpass'], pattern: String.raw`\bsshpass[ \t]+-p[ \t]*["']?([^\s"']+)` },
  {
    of: 'mysql -p',
    hints: ['mysql', 'mariadb'],
    pattern: String.raw`\b(?:mysql|mariadb)[\w-]*[ \t](?:[^\n|;]*?[ \t])??-p([^\s"']+)`,
  },
  {
    of: 'redis-cli -a',
    hints: ['redis-cli'],
    pattern: String.raw`\bredis-cli[ \t](?:[^\n|;]*?[ \t])??-a[ \t]+["']?([^\s"']+)`,
  },
  {
    of: 'curl -u',
    hints: ['curl', '--proxy-user'],
    pattern: String.raw`(?:\bcurl[ \t](?:[^\n|;]*?[ \t])??(?:-u|--user)|--proxy-user)[ \t=]*["']?[^\s:"']+:([^\s"']+)`,
  },
  {
    of: 'redis.conf',
    hints: ['requirepass', 'masterauth'],
    pattern: String.raw`(?im)^[ \t]*(?:requirepass|masterauth)[ \t]+["']?([^\s"'\[]+)`,
  },
  { of: '.netrc', hints: ['login'], pattern: String.raw`\blogin[ \t]+\S+[ \t]+password[ \t]+([^\s\[]\S*)` },
  {
    of: '.pgpass',
    hints: [':'],
    pattern: String.raw`(?m)^[^:\s]+:(?:\d{4,5}|\*):[^:\s]+:[^:\s]+:([^\s\[]\S*)$`,
  },
  {
    of: 'Azure and AWS signatures in URLs',
    hints: ['sig'],
    pattern: String.raw`(?i)[?&](?:sig|x-amz-signature|signature)=([\w%+/=-]{8,})`,
  },
  {
    of: 'XML elements',
    hints: ['</'],
    pattern: String.raw`(?i)<[\w:.-]*(?:password|passwd|passphrase|secret|token|api-?key)>([^<\n]+)</`,
  },
  {
    of: 'random-looking text after a word for a secret',
    hints: ['password', 'secret', 'token', 'key'],
    pattern: String.raw`(?i)\b(?:password|secret|token|api[ _-]?key|private key)[ \t]+(?:is[ \t]+|was[ \t]+)?["']?([\w+/=-]{20,})`,
    unless: (found) => looksLikeWords(found) || !/[A-Za-z]/.test(found) || !/\d/.test(found),
  },
]

/** `$http_authorization`, `authentication`, `auth_token_expired`: letters with at most a few marks, and no digit. */
function looksLikeWords(found: string): boolean {
  return !/\d/.test(found) && !/[a-z][A-Z].*[a-z][A-Z]/.test(found)
}

/** "--password is required" is about the option. */
const SENTENCE_WORDS =
  /^(?:is|are|was|or|and|to|for|in|on|if|when|via|with|without|from|option|options|flag|flags|must|cannot|not|requires|required|argument|needs|may|should|can|instead)[.,:;]?$/
