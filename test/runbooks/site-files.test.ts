import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding } from './diagnosis.ts'

const file = '/etc/nginx/sites-enabled/debvisor'
const leftOut = `left-out\t${file}\t/etc/nginx/nginx.conf:62\t/etc/nginx/sites-enabled/*.conf\t-\t-\n=== end\n`
const nothingPassed =
  '# configuration file /etc/nginx/nginx.conf:\nevents {}\nhttp { include sites-enabled/*.conf; }\n'

describe('a site that nginx does not read', () => {
  const report = (files: string) =>
    diagnose('websocket', { changes: { nginx_config: nothingPassed, site_files: files } })

  it('is named, with the include that leaves it out', () => {
    const told = report(leftOut)
    expect(causes(told)).toContain('nginx.site-left-out')
    expect(causes(told)).not.toContain('nginx.not-proxying')
    const { subject, detail, resolution } = finding(told, 'nginx.site-left-out')
    expect(subject).toBe(file)
    expect(detail).toContain(
      'include /etc/nginx/sites-enabled/*.conf (/etc/nginx/nginx.conf:62) leaves it out',
    )
    expect(resolution.join()).toContain('nginx -t && systemctl reload nginx')
  })

  it('is not there where none was left out', () => {
    expect(causes(report('=== end\n'))).toContain('nginx.not-proxying')
  })
})

describe('a site that is a copy in place of a link', () => {
  const moved =
    'tcp LISTEN 0 128 127.0.0.1:8085 0.0.0.0:* ino:1 sk:1 cgroup:/system.slice/debvisor.service <->\n'
  const nginx = 'tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* ino:2 sk:2 cgroup:/system.slice/nginx.service <->\n'
  const copy = (there: string): Changes => ({
    listeners: moved + nginx,
    http: '/api/health\t0\t0\tconnect: Connection refused\n',
    ws_direct: 'ws\t0\tconnect: Connection refused\n',
    site_files: `copy\t${file}\t/etc/nginx/sites-available/debvisor\t${file}:9\tproxy_pass http://127.0.0.1:8080;\tproxy_pass ${there};\n=== end\n`,
  })

  it('explains why DebVisor listens where nginx does not ask', () => {
    const report = diagnose('websocket', { changes: copy('http://127.0.0.1:8085') })
    expect(causes(report)).toContain('nginx.enabled-copy')
    expect(causes(report)).not.toContain('debvisor.wrong-port')
    expect(finding(report, 'nginx.enabled-copy')).toMatchObject({
      subject: `${file}:9`,
      confidence: 'likely',
    })
    expect(finding(report, 'nginx.enabled-copy').resolution.join()).toContain(
      `ln -sf /etc/nginx/sites-available/debvisor ${file}`,
    )
  })

  it('explains nothing where the other file leads elsewhere too', () => {
    const report = diagnose('websocket', { changes: copy('http://127.0.0.1:9000') })
    expect(causes(report)).toContain('debvisor.wrong-port')
    expect(causes(report)).not.toContain('nginx.enabled-copy')
  })
})
