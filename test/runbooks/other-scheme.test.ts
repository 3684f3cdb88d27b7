import { describe, expect, it } from 'vitest'
import { causes, diagnose, finding, platformTopics } from './diagnosis.ts'
import { healthy } from './healthy.ts'
import { scriptOf } from './scripts.ts'

const speaksTls = {
  http: '/api/health\t0\t10\tspeaks TLS\n',
  ws_direct: 'ws\t0\tclosed without an answer\n=== end\n',
  sio_page: { status: 'unanswered', exitCode: 69, stdout: '' },
} as const
const asked = (topic: string) =>
  Object.fromEntries(Object.entries(speaksTls).filter(([id]) => id === 'http' || topic === 'websocket'))

describe('a port that speaks the other of TLS and plain HTTP', () => {
  it.each(platformTopics)('is one warning, and nothing hangs (%s)', (topic) => {
    const report = diagnose(topic, { changes: asked(topic) })
    expect(causes(report)).toEqual(['debvisor.scheme-differs'])
    expect(report.findings.filter(({ role }) => role === 'consequence')).toEqual([])
    expect(finding(report, 'debvisor.scheme-differs')).toMatchObject({
      severity: 'warning',
      title: "DebVisor's port 8080 speaks TLS, and it is asked in plain HTTP",
      subject: 'port 8080',
    })
  })

  it('is so too where TLS is asked for', () => {
    const report = diagnose('service', {
      changes: { http: '/api/health\t0\t10\tdoes not speak TLS\n' },
      variables: { tls: true },
    })
    expect(finding(report, 'debvisor.scheme-differs').title).toBe(
      "DebVisor's port 8080 does not speak TLS, and it is asked over TLS",
    )
  })

  it('is not one that answers nothing, or whose page speaks of TLS', () => {
    const hung = diagnose('service', { changes: { http: '/api/health\t0\t0\tclosed without an answer\n' } })
    expect(causes(hung)).toEqual(['debvisor.hung'])
    const page = '/api/health\t200\t9\tapplication/json {"ok": true}\n/\t200\t9\tspeaks TLS\n'
    expect(diagnose('service', { changes: { http: page } }).verdict).toBe('healthy')
  })

  it('is told apart from one that refuses the handshake', () => {
    const refuses = (topic: string) =>
      diagnose(topic, {
        changes: { ...asked(topic), http: '/api/health\t0\t9\tTLS: alert certificate required\n' },
        variables: { tls: true },
      })
    for (const topic of platformTopics) expect(causes(refuses(topic))).toEqual(['debvisor.tls-refused'])
    expect(finding(refuses('service'), 'debvisor.tls-refused').detail).toBe(
      'TLS: alert certificate required: what DebVisor answers was not seen; it may want a certificate of its clients',
    )
    const once = '/api/health\t200\t9\tapplication/json {}\n/\t0\t9\tTLS: alert internal error\n'
    expect(diagnose('service', { changes: { http: once }, variables: { tls: true } }).verdict).toBe('healthy')
  })

  it('is unseen where TLS cannot be spoken', () => {
    const report = diagnose('service', {
      changes: {
        http: { status: 'unanswered', exitCode: 69, stdout: '', stderr: 'openssl is not installed' },
      },
      variables: { tls: true },
    })
    expect(report.verdict).toBe('inconclusive')
  })
})

it('what is asked of DebVisor itself is asked over TLS by the name of its site, where it has one', () => {
  const variables = { port: 443, tls: true, siteHost: 'panel.example' }
  for (const id of ['http', 'ws_direct', 'sio_page', 'sio_versions'])
    expect(scriptOf('websocket', id, variables)).toContain(" '443' 'true' 'panel.example'")
  expect(scriptOf('websocket', 'http')).toContain(" '8080' 'false' 'localhost'")
})

describe('nginx that speaks plain HTTP to a DebVisor that speaks TLS', () => {
  const ws_nginx = (status: number) => `nginx\tws\t-\t${status}\t\ndirect\tws\t-\t101\t\n`
  const through = (status: number, scheme = 'http', tls = true) =>
    diagnose('websocket', {
      changes: {
        ws_nginx: ws_nginx(status),
        nginx_said_again: 'now=1795496545 zone=+0000\n',
        nginx_config: (healthy.nginx_config ?? '').replaceAll('http://127', `${scheme}://127`),
      },
      variables: { tls },
    })

  it.each([400, 502])('is the cause of its %i', (status) => {
    const report = through(status)
    expect(causes(report)).toEqual(['nginx.upstream-plain'])
    expect(finding(report, 'websocket.failing').role).toBe('consequence')
  })

  it('is not one that speaks TLS, or a DebVisor that does not', () => {
    for (const report of [through(502, 'https'), through(502, 'http', false)])
      expect(causes(report)).toEqual(['nginx.gateway-error'])
    expect(diagnose('websocket', { variables: { tls: true } }).verdict).toBe('healthy')
  })
})
