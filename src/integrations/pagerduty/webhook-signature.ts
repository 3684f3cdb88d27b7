import { createHmac, timingSafeEqual } from 'node:crypto'

/** More signatures than these are not compared. */
const MOST_SIGNATURES = 10

/**
 * Whether PagerDuty signed a V3 webhook (developer.pagerduty.com/docs/webhooks-overview): over the raw body, with a
 * secret of the subscription. `header`: X-PagerDuty-Signature, `v1=<hex>`, several of them separated by commas while a
 * secret is replaced. `secrets`: the subscription's, and the one before.
 */
export function isSigned(body: Buffer, header: string | undefined, secrets: readonly string[]): boolean {
  const given = (header ?? '')
    .split(',')
    .slice(0, MOST_SIGNATURES)
    .flatMap((part) => /^\s*v1=([0-9a-f]{64})\s*$/i.exec(part)?.[1] ?? [])
    .map((hex) => Buffer.from(hex, 'hex'))
  const right = secrets.map((secret) => createHmac('sha256', secret).update(body).digest())
  // All are compared, so that the time says nothing about which one was near.
  return right.flatMap((one) => given.map((other) => timingSafeEqual(one, other))).includes(true)
}
