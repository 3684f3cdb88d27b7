import { describe, expect, it } from 'vitest'
import { altered, type Change, causes, diagnose, finding, runbooks } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const without = (port: string): string =>
  (healthy.listeners ?? '')
    .split('\n')
    .filter((line) => !line.includes(`:${port} `))
    .join('\n')
const ofTopic = (topic: string, changes: Readonly<Record<string, Change>>) => {
  const probes = runbooks.find(topic)?.probes ?? new Map()
  return Object.fromEntries(Object.entries(changes).filter(([id]) => probes.has(id)))
}
const refused = (why: string) => `/api/health\t0\t0\tconnect: ${why}\n`
const elsewhere = { certificates: '', listeners: without('8080'), said: 'now=1795496537 zone=+0000\n' }

describe.each(['service', 'db', 'performance'])(
  '%s on a host where DebVisor listens on a socket file',
  (topic) => {
    const variables = { layout: 'own', listenAddress: 'unix:/run/debvisor/panel.sock' }

    it('is well where it answers there', () => {
      const changes = ofTopic(topic, { certificates: '', listeners: without('8080') })
      expect(diagnose(topic, { variables, changes })).toMatchObject({ verdict: 'healthy' })
    })

    it('does not take what holds the guide’s port for a stranger', () => {
      const foreign = `${without('8080')}tcp LISTEN 0 5 0.0.0.0:8080 0.0.0.0:* ino:9 sk:9 cgroup:/system.slice/cadvisor.service <->\n`
      const changes = ofTopic(topic, { certificates: '', listeners: foreign })
      expect(diagnose(topic, { variables, changes })).toMatchObject({ verdict: 'healthy' })
    })
  },
)

describe('a socket file', () => {
  const variables = { layout: 'own', listenAddress: 'unix:/run/debvisor/panel.sock' }

  it.each(['Connection refused', 'No such file or directory'])('where nobody listens: %s', (why) => {
    const report = diagnose('service', { variables, changes: { ...elsewhere, http: refused(why) } })
    expect(causes(report)).toEqual(['debvisor.not-listening'])
    expect(finding(report, 'debvisor.not-listening').detail).toContain(
      'nothing listens on /run/debvisor/panel.sock',
    )
  })

  it('where requests hang', () => {
    const http = '/api/health\t0\t6000\tno answer within 6 s\n'
    const report = diagnose('service', { variables, changes: { ...elsewhere, http } })
    expect(causes(report)).toEqual(['debvisor.hung'])
    expect(finding(report, 'debvisor.hung').detail).toBe('/api/health: no answer within 6 s')
  })

  it('that is closed to the login leaves open what DebVisor answers', () => {
    const http = {
      status: 'unanswered',
      exitCode: 77,
      stdout: '',
      reason: 'exit status 77: this login may not connect to /run/debvisor/panel.sock',
    } as const
    const report = diagnose('service', { variables, changes: { ...elsewhere, http } })
    expect(causes(report)).toEqual([])
    expect(report.verdict).toBe('inconclusive')
    expect(report.unknown.find(({ probe }) => probe === 'http')).toMatchObject({
      remedy: expect.stringContaining('setfacl -m u:bot:rw FILE'),
    })
  })
})

describe('a unit that a socket unit starts', () => {
  const variables = { layout: 'own', port: 8443, socketUnit: 'debvisor-panel.socket' }
  const held = `${without('8080')}tcp LISTEN 0 5 127.0.0.1:8443 0.0.0.0:* ino:9 sk:9 cgroup:/init.scope <->\n`
  const resting = altered('unit', ['ActiveState=inactive', 'SubState=dead', 'MainPID=0'])
  const changes = { certificates: '', listeners: held }

  it('is well while it runs, and while it rests until it is asked', () => {
    expect(diagnose('service', { variables, changes })).toMatchObject({ verdict: 'healthy' })
    expect(causes(diagnose('service', { variables, changes: { ...changes, unit: resting } }))).toEqual([])
  })

  it('is stopped where nobody starts it, or it ends at once', () => {
    const http = refused('Connection refused')
    const stopped = diagnose('service', {
      variables: { ...variables, socketUnit: '' },
      changes: { ...changes, unit: resting, listeners: without('8080'), http },
    })
    expect(causes(stopped)).toContain('debvisor.stopped')
    const ends = '/api/health\t0\t9\tclosed without an answer\n'
    const failed = diagnose('service', { variables, changes: { ...changes, unit: resting, http: ends } })
    expect(causes(failed)).toContain('debvisor.stopped')
  })
})

describe('another address of this host', () => {
  const at = `${without('8080')}tcp LISTEN 0 5 10.0.0.5:8080 0.0.0.0:* ino:9 sk:9 cgroup:/system.slice/debvisor.service <->\n`

  it('is well where nginx leads to it, and wrong where nobody expects it there', () => {
    const known = { layout: 'own', listenAddress: '10.0.0.5' }
    const changes = { certificates: '', listeners: at }
    expect(diagnose('service', { variables: known, changes })).toMatchObject({ verdict: 'healthy' })
    const http = refused('Connection refused')
    const report = diagnose('service', { variables: { layout: 'own' }, changes: { ...changes, http } })
    expect(causes(report)).toContain('debvisor.wrong-address')
  })

  it('of a network of its own is no port of this host', () => {
    const variables = { layout: 'own', listenAddress: '10.200.0.2' }
    const changes = { certificates: '', listeners: without('8080') }
    expect(diagnose('service', { variables, changes })).toMatchObject({ verdict: 'healthy' })
    const silent = '/api/health\t0\t6000\tno answer within 6 s\n'
    expect(causes(diagnose('service', { variables, changes: { ...changes, http: silent } }))).toEqual([
      'debvisor.hung',
    ])
  })
})

describe('nginx before a socket file', () => {
  const file = '/run/debvisor/panel.sock'
  const variables = { layout: 'own', listenAddress: `unix:${file}` }
  const config = (pass: string) =>
    `# configuration file /etc/nginx/nginx.conf:\nhttp {\n  server {\n    listen 80;\n    server_name dash.example.com;\n    location / {\n      proxy_pass ${pass};\n      proxy_http_version 1.1;\n      proxy_set_header Upgrade $http_upgrade;\n      proxy_set_header Connection "upgrade";\n    }\n  }\n}\n`
  const ws_nginx =
    'nginx\tws\t-\t502\t502 Bad Gateway\nnginx\tws\thttp://dash.example.com\t502\t\nnginx\tpoll\t-\t502\t\ndirect\tws\t-\t101\t\ndirect\tws\thttp://dash.example.com\t101\t\n'
  const failed = (why: string) =>
    `now=1795496537 zone=+0000\n2026/11/24 05:02:15 [crit] 7#7: *1 connect() to unix:${file} failed (${why}) while connecting to upstream, client: 127.0.0.1, server: dash.example.com, request: "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", upstream: "http://unix:${file}:/socket.io/?EIO=4&transport=websocket", host: "dash.example.com"\n`
  const told = (pass: string, why: string) =>
    causes(
      diagnose('websocket', {
        variables,
        changes: {
          certificates: '',
          listeners: without('8080'),
          nginx_config: config(pass),
          ws_nginx,
          nginx_said: failed(why),
          nginx_said_again: failed(why),
        },
      }),
    )

  it.each([`http://unix:${file}`, `http://unix:${file}:/`])('that is closed to nginx: %s', (pass) => {
    const all = told(pass, '13: Permission denied')
    expect(all).toContain('nginx.upstream-denied')
    expect(all).not.toContain('nginx.upstream-wrong')
  })

  it('that is another one is at the wrong address', () => {
    const all = told('http://unix:/run/debvisor/old.sock', '2: No such file or directory')
    expect(all).toContain('nginx.upstream-wrong')
    expect(all).not.toContain('nginx.upstream-denied')
  })
})

describe('the session of whoever asks by the old protocol', () => {
  const said = (words: string) =>
    `now=1795496537 zone=+0000\n2026-11-24T05:02:07+0000 gunicorn[9]: ERROR engineio.server: ${words}\n`

  it('is none that servers do not share', () => {
    const ours = said(
      'Invalid session None (further occurrences of this error will be logged with level INFO)',
    )
    expect(causes(diagnose('websocket', { changes: { said: ours } }))).not.toContain('socketio.not-sticky')
    const real = said(
      'Invalid session aX3_9fQ2LmZ0kP7rT1vB (further occurrences of this error will be logged with level INFO)',
    )
    expect(causes(diagnose('websocket', { changes: { said: real } }))).toContain('socketio.not-sticky')
  })
})
