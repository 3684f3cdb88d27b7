import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isBodySigned } from '../integrations/body-signature.ts'
import { isSigned } from '../integrations/pagerduty/webhook-signature.ts'
import type { Proof } from './source.ts'

/** Whether the headers alone prove the sender. Undefined: that takes the body. */
export function provenByHeaders(proof: Proof, headers: IncomingHttpHeaders): boolean | undefined {
  const given = headers.authorization ?? ''
  if (proof.way === 'bearer') return isOneOf(tokenIn(given, 'bearer'), proof.secrets)
  if (proof.way !== 'basic') return undefined
  const login = Buffer.from(tokenIn(given, 'basic'), 'base64').toString('utf8')
  return isOneOf(
    login,
    proof.secrets.map((secret) => `${proof.user}:${secret}`),
  )
}

/** Whether the sender signed this body: of those that do not prove themselves by headers alone. */
export function provenByBody(proof: Proof, headers: IncomingHttpHeaders, body: Buffer): boolean {
  if (proof.way === 'pagerduty')
    return isSigned(body, single(headers['x-pagerduty-signature']), proof.secrets)
  if (proof.way !== 'signature') return false
  const given = (single(headers[proof.header]) ?? '').replace(/^sha256=/i, '').trim()
  const hex = /^[0-9a-f]{64}$/i.test(given)
  const base64 = /^[A-Za-z0-9+/]{43}=$/.test(given)
  const signatures = hex || base64 ? [Buffer.from(given, hex ? 'hex' : 'base64')] : []
  return isBodySigned(body, signatures, proof.secrets)
}

const tokenIn = (header: string, scheme: 'bearer' | 'basic'): string =>
  header.toLowerCase().startsWith(`${scheme} `) ? header.slice(scheme.length + 1).trim() : ''

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined

/** All are compared, as hashes of one length, so that the time says nothing about which one was near. */
const isOneOf = (given: string, right: readonly string[]): boolean =>
  right.map((each) => timingSafeEqual(digest(each), digest(given))).includes(true)

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
