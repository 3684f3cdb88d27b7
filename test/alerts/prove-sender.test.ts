import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { provenByBody, provenByHeaders } from '../../src/alerts/prove-sender.ts'

const secrets = ['the-old-secret-of-16', 'the-new-secret-of-16']
const basic = (login: string) => ({ authorization: `Basic ${Buffer.from(login).toString('base64')}` })

describe('a sender', () => {
  it.each([
    [{ authorization: 'Bearer the-old-secret-of-16' }, true],
    [{ authorization: 'bearer  the-new-secret-of-16' }, true],
    [{ authorization: 'Bearer the-new-secret-of-1' }, false],
    [{ authorization: 'Bearer ' }, false],
    [{ authorization: 'the-new-secret-of-16' }, false],
    [basic('x:the-new-secret-of-16'), false],
    [{}, false],
  ])('with a token is proven by it: %j', (headers, is) => {
    expect(provenByHeaders({ way: 'bearer', secrets }, headers)).toBe(is)
  })

  it.each([
    [basic('grafana:the-old-secret-of-16'), true],
    [basic('grafana:the-new-secret-of-16'), true],
    [basic('Grafana:the-new-secret-of-16'), false],
    [basic('grafana:'), false],
    [basic('the-new-secret-of-16'), false],
    [{ authorization: 'Basic !!!' }, false],
    [{ authorization: 'Bearer the-new-secret-of-16' }, false],
    [{}, false],
  ])('with a login is proven by login and password: %j', (headers, is) => {
    expect(provenByHeaders({ way: 'basic', user: 'grafana', secrets }, headers)).toBe(is)
  })

  const body = Buffer.from('{"state":"OK"}')
  const sign = (secret: string, as: 'hex' | 'base64' = 'hex') =>
    createHmac('sha256', secret).update(body).digest(as)
  const proof = { way: 'signature', header: 'x-signature', secrets } as const

  it('that signs is proven by its body, as hex or base64, with a prefix or without, by either secret', () => {
    for (const secret of secrets)
      for (const given of [
        sign(secret),
        `sha256=${sign(secret)}`,
        sign(secret).toUpperCase(),
        sign(secret, 'base64'),
      ])
        expect(provenByBody(proof, { 'x-signature': given }, body)).toBe(true)
    expect(provenByHeaders(proof, { 'x-signature': sign('the-new-secret-of-16') })).toBeUndefined()
  })

  it('that signs is not proven by anything else', () => {
    for (const given of [
      '',
      'sha256=',
      sign('another-secret-of-16'),
      sign('the-new-secret-of-16').slice(1),
      'x'.repeat(64),
    ])
      expect(provenByBody(proof, { 'x-signature': given }, body)).toBe(false)
    expect(provenByBody(proof, {}, body)).toBe(false)
    expect(
      provenByBody(proof, { 'x-signature': sign('the-new-secret-of-16') }, Buffer.from('{"state":"ok"}')),
    ).toBe(false)
    expect(provenByBody({ way: 'bearer', secrets }, {}, body)).toBe(false)
  })

  it('of PagerDuty is proven as its webhooks are', () => {
    const header = {
      'x-pagerduty-signature': `v1=${sign('another-secret-of-16')},v1=${sign('the-old-secret-of-16')}`,
    }
    expect(provenByBody({ way: 'pagerduty', secrets }, header, body)).toBe(true)
    expect(
      provenByBody(
        { way: 'pagerduty', secrets },
        { 'x-pagerduty-signature': sign('the-old-secret-of-16') },
        body,
      ),
    ).toBe(false)
  })
})
