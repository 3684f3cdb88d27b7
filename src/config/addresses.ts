import { isIP } from 'node:net'

/** Each of these says what is wrong with an address, or nothing. None repeats the address: it might hold a password. */
type Problem = string | undefined

/** S22: encrypted, except to this machine. */
function webUrlProblem(text: string): Problem {
  const url = parse(text)
  if (!url) return 'this is no URL; write https://host/path'
  if (url.username || url.password) return 'a URL here holds no login or password; take it out'
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return undefined
  return 'write https://; http:// is for this machine only (localhost, 127.0.0.1, [::1])'
}

export const publicUrlProblem = webUrlProblem
/** Traces name hosts and topics: a collector in the same network may be told so without encryption, a token may not. */
export function collectorUrlProblem(text: string, withToken: boolean): Problem {
  if (withToken) return webUrlProblem(text)
  const url = parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) return 'this is no URL; write http://host:4318'
  return url.username || url.password ? 'a URL here holds no login or password; take it out' : undefined
}
export const eventsUrlProblem = webUrlProblem
/** S22: the REST token goes to PagerDuty, or to an emulator on this machine, and nowhere else. */
export function pagerApiUrlProblem(text: string): Problem {
  const url = parse(text)
  const problem = webUrlProblem(text)
  if (problem || !url || isLoopback(url.hostname)) return problem
  return ['api.pagerduty.com', 'api.eu.pagerduty.com'].includes(url.hostname)
    ? undefined
    : 'write https://api.pagerduty.com or https://api.eu.pagerduty.com; the token goes nowhere else'
}
export const slackApiUrlProblem = (text: string): Problem =>
  webUrlProblem(text) ?? (text.endsWith('/api/') ? undefined : 'the URL of the Slack API ends in /api/')

export const mirrorUrlProblem = (text: string): Problem =>
  webUrlProblem(text) ??
  (/[?#]/.test(text)
    ? 'a URL here has no `?` and no `#`: what belongs to a request is added to it'
    : undefined)
/** An origin only: the bot adds the path. */
export const siteProblem = (text: string): Problem =>
  mirrorUrlProblem(text) ??
  (new URL(text).pathname === '/' ? undefined : 'write the site alone: https://name.atlassian.net')

export function smtpUrlProblem(text: string): Problem {
  const url = parse(text)
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    return 'write smtp://host:port or smtps://host:port'
  if (url.username || url.password)
    return 'take login and password out of the URL: `smtp.user`, and SMTP_PASSWORD or `smtp.passwordFile`'
  return undefined
}

export const emailProblem = (text: string): Problem =>
  /^[^\s@<>(),;:"\\]{1,64}@[A-Za-z0-9.-]{1,253}$/.test(text)
    ? undefined
    : 'write one plain mail address: name@example.com'

export interface Listen {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:8090`, `[::1]:8090`, `localhost:8090`; port 0 lets the system choose. */
export function parseListen(text: string): Listen | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2] ?? ''
  const port = Number(match?.[3])
  const known = match?.[1] ? isIP(host) === 6 : isIP(host) === 4 || /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(host)
  return known && port <= 65_535 ? { host, port } : undefined
}

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname === '[::1]' ||
  hostname === '::1' ||
  (isIP(hostname) === 4 && hostname.startsWith('127.'))

const parse = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined)

/** Read by a pattern, because PostgreSQL allows an empty host (a socket), which the standard of URLs does not. */
const DATABASE_URL = /^postgres(?:ql)?:\/\/(?:([^:@/?#]*)(?::([^/?#]*))?@)?[^\s]*$/

export const databaseUrlProblem = (text: string): Problem =>
  DATABASE_URL.test(text)
    ? undefined
    : 'this is no URL of PostgreSQL; write postgres://user@host:5432/database'

/**
 * The password of a database URL, as written and decoded: an error message may hold either. A password that is an
 * everyday name (user and password `postgres`) is left out. It could not be hidden, because the name is everywhere.
 */
export function databasePasswords(text: string): readonly string[] {
  const [, user = '', inUser = ''] = DATABASE_URL.exec(text) ?? []
  const inQuery = /[?&]password=([^&#]*)/.exec(text)?.[1] ?? ''
  const names = new Set(['', decoded(user), 'postgres', 'postgresql', 'debvisor'])
  return [...new Set([inUser, inQuery].flatMap((password) => [password, decoded(password)]))].filter(
    (password) => !names.has(password),
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
