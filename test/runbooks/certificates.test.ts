import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding, since } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** A row of the probe: by default a good certificate of the daemon. */
const row = (more: Readonly<Record<string, string>> = {}): string =>
  `${Object.values({
    unit: 'debvisor-rpcd',
    setting: 'tls_cert_file',
    path: '/etc/debvisor/certs/rpc-server.crt',
    kind: 'certificate',
    state: 'there',
    reads: 'yes',
    days: '200',
    names: 'localhost',
    issued: 'yes',
    fits: '-',
    ...more,
  }).join('\t')}\n`

const daemon = (state: string): string =>
  `Id=debvisor-rpcd.service\nLoadState=loaded\nActiveState=${state}\nSubState=${state}\nUnitFileState=enabled\nResult=success\nTriggeredBy=\nExecMainStatus=1\nNRestarts=0\nConditionResult=yes\n`

const judged = (
  rows: string,
  more: { readonly daemon?: string; readonly changes?: Changes; readonly frontPort?: number } = {},
) =>
  diagnose('service', {
    variables: { layout: 'own', services: 'debvisor-rpcd', frontPort: more.frontPort ?? 80 },
    changes: {
      certificates: rows,
      other_units: daemon(more.daemon ?? 'active'),
      other_said: 'now=1795490163 zone=+0000\n',
      ...more.changes,
    },
  })

describe('a certificate of the platform', () => {
  it.each([
    ['has ended', { days: '-12' }, 'debvisor.certificate-expired', 'ended 12 days ago'],
    [
      'is not valid yet',
      { days: '400', state: 'early' },
      'debvisor.certificate-expired',
      'begins in the future',
    ],
    [
      'is no certificate',
      { state: 'broken', days: '-' },
      'debvisor.certificate-broken',
      'finds no certificate',
    ],
    ['ends within a week', { days: '3' }, 'debvisor.certificate-expires', 'ends in 3 days'],
  ])('that %s is a cause though all units run', (_, more, id, words) => {
    const report = judged(row(more))
    expect(causes(report)).toEqual([id])
    expect(finding(report, id)).toMatchObject({
      subject: '/etc/debvisor/certs/rpc-server.crt',
      detail: expect.stringContaining(words),
    })
  })

  it.each([
    [
      'is of another authority',
      { issued: 'no' },
      'debvisor.certificate-foreign',
      'was not issued by the authority',
    ],
    [
      'has a key that does not fit',
      { fits: 'no' },
      'debvisor.certificate-foreign',
      'does not belong to the key',
    ],
    [
      'is not there',
      { state: 'missing', days: '-', reads: '-' },
      'debvisor.certificate-missing',
      'there is no such file',
    ],
  ])('that %s is a cause where its unit is down, and none while all is well', (_, more, id, words) => {
    const report = judged(row(more), { daemon: 'failed' })
    expect(causes(report)).toEqual([id])
    expect(finding(report, id).detail).toContain(words)
    expect(finding(report, 'debvisor.service-down').role).toBe('consequence')
    expect(judged(row(more))).toMatchObject({ verdict: 'healthy' })
  })

  it('that its unit may not read is a cause where the unit is down, and explains that', () => {
    const closed = row({
      setting: 'tls_key_file',
      path: '/etc/debvisor/certs/rpc.key',
      kind: 'key',
      reads: 'no',
      days: '-',
    })
    const report = judged(closed, { daemon: 'failed' })
    expect(causes(report)).toEqual(['debvisor.certificate-closed'])
    expect(finding(report, 'debvisor.service-down').role).toBe('consequence')
    // An ACL, which the mode does not show, may let it in.
    expect(judged(closed)).toMatchObject({ verdict: 'healthy' })
  })

  it.each([
    ['is good', {}],
    ['ends in a month', { days: '30' }],
    ['is closed to the login', { state: 'closed', reads: '-', days: '-' }],
    ['is a key, which nobody reads', { kind: 'key', days: '-', names: '-', issued: '-' }],
  ])('that %s is none', (_, more) => {
    expect(judged(row(more))).toMatchObject({ verdict: 'healthy' })
  })

  it('that only nginx sees may have ended: it trusts whatever it is given', () => {
    const inner = row({ unit: 'debvisor', setting: 'certfile', days: '-3' })
    expect(judged(inner)).toMatchObject({ verdict: 'healthy' })
    expect(causes(judged(inner, { frontPort: 8080 }))).toContain('debvisor.certificate-expired')
  })

  it('is not looked for in the guide’s layout, and no trouble where openssl is not there', () => {
    expect(diagnose('service', { changes: { certificates: row({ days: '-1' }) } })).toMatchObject({
      verdict: 'healthy',
    })
    const none = { status: 'not-installed', exitCode: 127, stdout: '' } as const
    expect(
      judged('', { changes: { certificates: none } }).findings.filter(({ role }) => role === 'cause'),
    ).toEqual([])
    expect(healthy).not.toHaveProperty('certificates')
  })
})
describe('certificates on a host without openssl', () => {
  const unread = (more = {}) => row({ state: 'unread', days: '-', names: '-', issued: '-', ...more })
  const certificate_contents = {
    status: 'unanswered',
    exitCode: 69,
    stdout: '',
    reason: 'exit status 69: openssl is not installed, so it is not known what is in the certificates',
  } as const

  it('are not known to be good, and the report says why', () => {
    const report = judged(unread(), { changes: { certificate_contents } })
    expect(causes(report)).toEqual([])
    expect(report.verdict).toBe('inconclusive')
    expect(report.unknown.find(({ probe }) => probe === 'certificate_contents')?.reason).toContain(
      'openssl is not installed',
    )
    for (const id of ['broken', 'expired', 'misnamed'])
      expect(report.ruledOut.map((finding) => finding.id)).not.toContain(`debvisor.certificate-${id}`)
  })

  it('are judged by their modes all the same', () => {
    const report = judged(unread({ reads: 'no' }), { daemon: 'failed', changes: { certificate_contents } })
    expect(causes(report)).toEqual(['debvisor.certificate-closed'])
  })

  it('are of no matter where the units name none', () => {
    expect(judged('')).toMatchObject({ verdict: 'healthy' })
  })
})

describe("OpenSSL's settings of the host", () => {
  const refused = {
    other_said:
      'now=1795490163 zone=+0000\n2026-11-24T03:16:00+0000 python3[9]: ERROR rpcd: cannot load rpc-server.crt: [SSL: EE_KEY_TOO_SMALL] ee key too small\n=== end\n',
  }
  const level = (n: number): string =>
    `MinProtocol\tTLSv1.2\t/etc/ssl/openssl.cnf:60\nCipherString\tDEFAULT:@SECLEVEL=${n}\t/etc/ssl/openssl.cnf:61\n=== end\n`

  it('are the cause where a unit does not start for its key', () => {
    const report = judged(row(), { daemon: 'failed', changes: { ...refused, tls_policy: level(3) } })
    expect(causes(report)).toEqual(['debvisor.tls-policy'])
    expect(finding(report, 'debvisor.tls-policy')).toMatchObject({
      subject: '/etc/ssl/openssl.cnf:61',
      detail: expect.stringContaining('EE_KEY_TOO_SMALL'),
    })
  })

  it("are none where they ask for what Debian does, or only strangers' protocols are refused", () => {
    expect(
      causes(judged(row(), { daemon: 'failed', changes: { ...refused, tls_policy: level(2) } })),
    ).toEqual(['debvisor.service-down'])
    const strangers = refused.other_said.replace(
      /cannot load.*/,
      'TLS handshake with 203.0.113.9 failed: no shared cipher',
    )
    expect(
      causes(judged(row(), { daemon: 'failed', changes: { other_said: strangers, tls_policy: level(3) } })),
    ).toEqual(['debvisor.service-down'])
  })
})

describe('a certificate that openssl calls good, and a strict check does not', () => {
  const refusal = (words: string, at = '15', port = 7443) =>
    `now=1795496538 zone=+0000\n2026-11-24T05:02:${at}+0000 gunicorn[9]: ERROR panel.api: RPC call nodes.list failed: handshake with 127.0.0.1:${port}: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: ${words} (_ssl.c:1029)\n=== end\n`
  const listeners = `${healthy.listeners}tcp LISTEN 0 5 127.0.0.1:7443 0.0.0.0:* uid:999 ino:1 sk:1 cgroup:/system.slice/debvisor-rpcd.service <->\n`
  const authority = row({
    unit: 'debvisor',
    setting: 'RPC_CA_CERT',
    path: '/etc/debvisor/certs/ca.crt',
    kind: 'authority',
  })
  const strict = (said: string, more: Changes = {}) =>
    judged(row() + authority, {
      changes: { listeners, said, said_again: said, other_units: `${daemon('active')}Age=40\n`, ...more },
    })
  const id = 'debvisor.certificate-strict'

  it.each([
    [
      'Missing Authority Key Identifier',
      '/etc/debvisor/certs/rpc-server.crt',
      'authorityKeyIdentifier=keyid',
    ],
    [
      'Basic Constraints of CA cert not marked critical',
      '/etc/debvisor/certs/ca.crt',
      'basicConstraints=critical,CA:TRUE',
    ],
    [
      'CA cert does not include key usage extension',
      '/etc/debvisor/certs/ca.crt',
      'keyUsage=critical,keyCertSign,cRLSign',
    ],
  ])('is told with its file, and what it lacks: %s', (words, path, extension) => {
    const report = strict(refusal(words))
    expect(causes(report)).toContain(id)
    expect(finding(report, id)).toMatchObject({ subject: path, detail: expect.stringContaining(words) })
    expect(finding(report, id).resolution.join()).toContain(extension)
  })

  it.each([
    [
      'it was made anew since',
      refusal('Missing Authority Key Identifier', '05'),
      { other_units: `${daemon('active')}Age=3\n` },
    ],
    ['another server was called', refusal('Missing Authority Key Identifier', '15', 9443), {}],
    ['it has ended', refusal('certificate has expired'), {}],
  ])('is not told where %s', (_, said, more) => {
    expect(causes(strict(said, more))).not.toContain(id)
  })
})

describe('a certificate that its unit has not loaded', () => {
  const listeners = `${healthy.listeners}tcp LISTEN 0 5 127.0.0.1:7443 0.0.0.0:* cgroup:/system.slice/debvisor-rpcd.service <->\n`
  const told = (left: number, tail = 'OLD', age = 5000) =>
    judged(`${row().trimEnd()}\t900\tNEW\tCN = rpc\n`, {
      changes: {
        listeners,
        other_units: `${daemon('active')}Age=${age}\n`,
        loaded_certificate: `tail=${tail}\nsubject=CN = rpc\nleft=${left}\n`,
      },
    })

  it('is the cause where the one that it shows has ended', () => {
    const report = told(-2 * 86_400)
    expect(causes(report)).toEqual(['debvisor.certificate-not-loaded'])
    const { subject, detail, resolution } = finding(report, 'debvisor.certificate-not-loaded')
    expect(subject).toBe('/etc/debvisor/certs/rpc-server.crt')
    expect(detail).toContain('shows at port 7443 ended 2 days ago')
    expect(resolution[0]).toBe('Load it: systemctl reload-or-restart debvisor-rpcd')
  })

  it('is no trouble while the older one is good, none where they are the same, and not asked where the unit is newer', () => {
    expect(told(40 * 86_400).verdict).toBe('healthy')
    expect(finding(told(40 * 86_400), 'debvisor.certificate-not-loaded-yet').severity).toBe('info')
    for (const report of [told(40 * 86_400, 'NEW'), told(-2 * 86_400, 'OLD', 300)])
      expect(report.findings.map(({ id }) => id).join()).not.toContain('not-loaded')
  })
})

describe('a certificate and a key of two issues', () => {
  const client = row({
    unit: 'debvisor',
    setting: 'beside',
    path: '/etc/debvisor/certs/panel-client.crt',
  })
  const said = (second: string) =>
    since([
      `${second}+0000 gunicorn[7]: ERROR panel.api: RPC call nodes.list failed: UNAUTHENTICATED: handshake with 127.0.0.1:7443: [X509: KEY_VALUES_MISMATCH] key values mismatch (_ssl.c:4114)`,
    ])

  it('are told by DebVisor’s own words, with the client’s file', () => {
    const { subject, title, resolution } = finding(
      judged(client, { changes: { said: said('10') } }),
      'debvisor.pair-unlike',
    )
    expect(subject).toBe('/etc/debvisor/certs/panel-client.crt')
    expect(title).toContain('/etc/debvisor/certs/panel-client.crt does not match it: they are not one pair')
    expect(resolution[1]).toContain('openssl pkey -in /etc/debvisor/certs/panel-client.key -pubout')
  })

  it('name no file where the only one fits its key, and are nothing without the words', () => {
    const fitting = client.replace('\t-\n', '\tyes\n')
    expect(finding(judged(fitting, { changes: { said: said('10') } }), 'debvisor.pair-unlike').subject).toBe(
      'client certificate of debvisor',
    )
    expect(judged(client)).toMatchObject({ verdict: 'healthy' })
  })
})
