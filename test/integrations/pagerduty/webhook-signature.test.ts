import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSigned } from '../../../src/integrations/pagerduty/webhook-signature.ts'
import { signed } from '../../fakes/pagerduty-webhooks.ts'

const body = Buffer.from('{"event":{}}')
const header = (...secrets: string[]) => signed(body.toString(), secrets)

describe('the signature', () => {
  test('is that of the raw body with the secret, as the documents give it', () => {
    // printf '{"event":{}}' | openssl dgst -sha256 -hmac secret
    const hex = '2c984a26b96792f49173390b114619a17f5699a0bb42f13aff472b980b3080b5'
    expect(isSigned(body, `v1=${hex}`, ['secret'])).toBe(true)
    expect(isSigned(body, header('secret'), ['secret'])).toBe(true)
  })

  test('may be one of several, while a secret is replaced on either side', () => {
    expect(isSigned(body, header('old', 'new'), ['new'])).toBe(true)
    expect(isSigned(body, header('new'), ['new', 'old'])).toBe(true)
    expect(isSigned(body, ` ${header('other')} , ${header('new')} `, ['new'])).toBe(true)
  })

  test.each([
    ['none', undefined],
    ['an empty one', ''],
    ['that of another secret', header('other')],
    ['another version', header('secret').replace('v1', 'v2')],
    ['a short one', header('secret').slice(0, -1)],
    ['bytes more', `${header('secret')}00`],
    [
      'a hundred wrong ones before the right one',
      `${Array(100).fill(header('x')).join(',')},${header('secret')}`,
    ],
  ])('%s is refused', (_, given) => {
    expect(isSigned(body, given, ['secret'])).toBe(false)
  })

  test('holds for no other body', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const other = Buffer.from(bytes)
        expect(isSigned(other, header('secret'), ['secret'])).toBe(other.equals(body))
      }),
    )
  })
})
