import { describe, expect, it } from 'vitest'
import { causes, diagnose, finding, missing } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const listeners = (healthy.listeners ?? '').replace('0.0.0.0:80 ', '0.0.0.0:443 ')
const told = (tls_chain: string, more = {}) =>
  diagnose('websocket', { changes: { listeners, tls_chain, ...more }, variables: { frontPort: 443 } })
const alone = (issuer: string, code = 20): string =>
  `code=${code}\nsent=1\nsubject=CN = panel\nissuer=${issuer}\nfile=/etc/debvisor/certs/panel.crt\n`

describe('a certificate without its issuer', () => {
  it('that lies on the host and is no root is incomplete', () => {
    const report = told(`${alone('CN = Web issuer')}found=/etc/debvisor/pki/issuer.crt\nkind=intermediate\n`)
    expect(causes(report)).toContain('nginx.chain-incomplete')
    const { subject, detail, resolution } = finding(report, 'nginx.chain-incomplete')
    expect(subject).toBe('/etc/debvisor/certs/panel.crt')
    expect(detail).toContain('(CN = Web issuer), which is no root; it lies at /etc/debvisor/pki/issuer.crt')
    expect(resolution.join()).toContain('cat /etc/debvisor/pki/issuer.crt >>/etc/debvisor/certs/panel.crt')
  })

  it.each(["C = US, O = Let's Encrypt, CN = R11", 'C=AT, O=ZeroSSL, CN=ZeroSSL ECC Domain Secure Site CA'])(
    'of a public authority, whose roots issue for no server, is incomplete: %s',
    (issuer) => {
      expect(causes(told(alone(issuer, 21)))).toContain('nginx.chain-incomplete')
    },
  )

  it('of the organisation whose root lies here, which has not issued it, is likely incomplete', () => {
    const report = told(`${alone('O=DebVisor, CN=Web issuer 2')}relative=/etc/debvisor/certs/ca.crt\n`)
    expect(causes(report)).toContain('nginx.chain-unknown')
    expect(finding(report, 'nginx.chain-unknown').confidence).toBe('likely')
  })

  it.each([
    [
      'a private root that lies on the host',
      `${alone('CN = Lab root')}found=/etc/debvisor/certs/ca.crt\nkind=root\n`,
    ],
    ['a private authority that nobody here knows', alone('O = Example Corp, CN = Example issuing CA')],
    ['itself', 'code=18\nsent=1\nsubject=CN = own\nissuer=CN = own\n'],
    ['a root that the host knows', alone("C = US, O = Let's Encrypt, CN = R11", 0)],
    ['one that comes with it', alone("C = US, O = Let's Encrypt, CN = R11", -1).replace('sent=1', 'sent=2')],
  ])('of %s is not', (_, said) => {
    expect(causes(told(said)).filter((id) => id.startsWith('nginx.chain'))).toEqual([])
  })

  it('is not looked at without openssl', () => {
    const report = diagnose('websocket', {
      changes: { listeners, tls_chain: missing },
      variables: { frontPort: 443 },
    })
    expect(report.unknown.map(({ probe }) => probe)).not.toContain('tls_chain')
    expect(report.findings.map(({ id }) => id)).not.toContain('nginx.chain-incomplete')
  })
})
