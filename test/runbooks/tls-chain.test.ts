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

describe('a certificate that was renewed and not loaded', () => {
  const shown = (left: number, subject = 'CN = panel'): string =>
    `code=10\nsent=1\nsubject=${subject}\nissuer=CN = ca\ntail=OLD\nleft=${left}\n`
  const file = (tail: string, days = '364', subject = 'CN = panel'): string =>
    `nginx\tssl_certificate\t/etc/debvisor/certs/panel.crt\tcertificate\tthere\tyes\t${days}\tpanel.local\t-\t-\t900\t${tail}\t${subject}\n`
  const judged = (tls_chain: string, certificates = file('NEW')) =>
    diagnose('service', {
      changes: { listeners, tls_chain, certificates },
      variables: { frontPort: 443, layout: 'own' },
    })
  const told = (report: ReturnType<typeof judged>): string[] =>
    report.findings.map(({ id }) => id).filter((id) => /shows-expired|not-loaded/.test(id))

  it('is the cause where what nginx shows has ended, with its file and the reload', () => {
    const report = judged(shown(-60 * 86_400))
    expect(report.verdict).toBe('problem')
    const { title, subject, detail, resolution } = finding(report, 'nginx.shows-expired')
    expect(subject).toBe('/etc/debvisor/certs/panel.crt')
    expect(title).toContain('was renewed: it was not reloaded')
    expect(detail).toContain('ended 60 days ago')
    expect(resolution[0]).toContain('nginx -t && systemctl reload nginx')
  })

  it('has ended, too, where nobody may read the file: then it is to be renewed', () => {
    const report = judged(shown(-86_400), file('-', '-', '-'))
    expect(finding(report, 'nginx.shows-expired').title).toBe('nginx shows a certificate that has expired')
  })

  it('is a warning in the last week, and before that no trouble', () => {
    expect(told(judged(shown(3 * 86_400)))).toEqual(['nginx.renewed-not-loaded'])
    expect(judged(shown(3 * 86_400)).verdict).toBe('problem')
    expect(told(judged(shown(90 * 86_400)))).toEqual(['nginx.renewed-not-loaded-yet'])
    expect(judged(shown(90 * 86_400)).verdict).toBe('healthy')
  })

  it.each([
    ['one of two files, of the same names', file('NEW') + file('OLD')],
    ['of another server', file('NEW', '364', 'CN = other')],
    ['the newer one: somebody put an old file back', file('NEW', '1')],
    ['told by an older probe', file('NEW').replace(/\t900\tNEW.*/, '')],
  ])('is none that is %s', (_, certificates) => {
    expect(told(judged(shown(90 * 86_400), certificates))).toEqual([])
  })
})
