import { isBodySigned } from '../body-signature.ts'

/**
 * Whether PagerDuty signed a V3 webhook (developer.pagerduty.com/docs/webhooks-overview): over the raw body, with a
 * secret of the subscription. `header`: X-PagerDuty-Signature, `v1=<hex>`, several of them separated by commas while a
 * secret is replaced. `secrets`: the subscription's, and the one before.
 */
export function isSigned(body: Buffer, header: string | undefined, secrets: readonly string[]): boolean {
  const given = (header ?? '')
    .split(',')
    .flatMap((part) => /^\s*v1=([0-9a-f]{64})\s*$/i.exec(part)?.[1] ?? [])
    .map((hex) => Buffer.from(hex, 'hex'))
  return isBodySigned(body, given, secrets)
}
