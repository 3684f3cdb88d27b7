import { describe, expect, it } from 'vitest'
import {
  altered,
  type Changes,
  causes,
  denied,
  diagnose,
  finding,
  missing,
  onlySshd,
  since,
} from './diagnosis.ts'
import { healthy } from './healthy.ts'

const config = healthy.nginx_config ?? ''

/** What a handshake through nginx gets, DebVisor's own port being well. */
const through = (status: number, note = ''): Changes => ({
  ws_nginx: `nginx	ws	-	${status}	${note}
nginx	ws	http://dash.example.com	${status}	${note}
nginx	poll	-	${status < 300 ? 200 : status}	${note}
direct	ws	-	101	0{}
direct	ws	http://dash.example.com	101	0{}
`,
  nginx_said_again: 'now=1795496545 zone=+0000\n',
})

describe('websocket', () => {
  it('blames the headers that nginx does not pass on, with file and line', () => {
    const report = diagnose('websocket', {
      changes: {
        ...through(400, '{"code":3,"message":"Bad request"}'),
        nginx_config: config.replace(/ {8}proxy_set_header (Upgrade|Connection).*\n/g, ''),
      },
    })
    expect(report.summary).toBe(
      'Real-time updates fail because nginx does not pass the Upgrade and Connection headers on',
    )
    expect(causes(report)).toEqual(['nginx.upgrade-missing'])
    expect(finding(report, 'nginx.upgrade-missing').subject).toBe('/etc/nginx/sites-enabled/debvisor:6')
  })

  it('leaves a configuration alone that works, whatever it lacks', () => {
    const bare = config.replace(/ {8}proxy_(set_header (Upgrade|Connection)|http_version).*\n/g, '')
    expect(diagnose('websocket', { changes: { nginx_config: bare } }).verdict).toBe('healthy')
  })

  it('counts a header set on the server as lost where the location sets one of its own', () => {
    const inherited = config
      .replace(/ {8}proxy_set_header (Upgrade|Connection).*\n/g, '')
      .replace('server_name dash', 'proxy_set_header Upgrade $http_upgrade;\n    server_name dash')
    const report = diagnose('websocket', { changes: { ...through(400), nginx_config: inherited } })
    expect(causes(report)).toEqual(['nginx.upgrade-missing'])
  })

  it('finds HTTP/1.0 towards DebVisor', () => {
    const nginx_config = config.replace(/ {8}proxy_http_version.*\n/, '')
    const report = diagnose('websocket', { changes: { ...through(400), nginx_config } })
    expect(causes(report)).toEqual(['nginx.http10'])
  })

  it('finds an upstream on the wrong port, through its upstream block too', () => {
    const nginx_config = config
      .replace(
        'location /socket.io/ {\n        proxy_pass http://127.0.0.1:8080',
        'location /socket.io/ {\n        proxy_pass http://app',
      )
      .replace('server {', 'upstream app { server 127.0.0.1:8081; }\nserver {')
    const report = diagnose('websocket', { changes: { ...through(502, '502 Bad Gateway'), nginx_config } })
    expect(causes(report)).toEqual(['nginx.upstream-wrong'])
    expect(finding(report, 'nginx.upstream-wrong').detail).toContain('127.0.0.1:8081')
    expect(finding(report, 'nginx.gateway-error').role).toBe('consequence')
  })

  it.each([
    [403, 'deny all;', 'nginx.refuses'],
    [401, 'auth_basic "x";', 'nginx.refuses'],
  ])('answers %s by the rule at its line', (status, rule, id) => {
    const nginx_config = config.replace('proxy_http_version 1.1;', `proxy_http_version 1.1; ${rule}`)
    const report = diagnose('websocket', { changes: { ...through(status), nginx_config } })
    expect(causes(report)).toEqual([id])
    expect(finding(report, id).subject).toBe('/etc/nginx/sites-enabled/debvisor:7')
  })

  it('takes a configuration that was not loaded for the cause of what it cannot explain', () => {
    const report = diagnose('websocket', {
      changes: {
        ...through(404),
        nginx_loaded: 'worker=10800\nchanged=60\nfile=/etc/nginx/sites-enabled/debvisor\n',
      },
    })
    expect(causes(report)).toEqual(['nginx.not-reloaded'])
  })

  const stopped: Changes = {
    nginx_unit: altered('nginx_unit', [
      'ActiveState=failed',
      'SubState=failed',
      'Result=exit-code',
      'MainPID=0',
    ]),
    ws_nginx: 'nginx\tws\t-\t0\tconnect: Connection refused\ndirect\tws\t-\t101\t\n',
    nginx_said_again: 'now=1795496545 zone=+0000\n',
    nginx_test: denied,
  }

  it.each([
    ['bind() to 0.0.0.0:80 failed (98: Address already in use)', 'nginx.port-taken'],
    ['host not found in upstream "app" in /etc/nginx/sites-enabled/debvisor:4', 'nginx.upstream-unresolved'],
    ['cannot load certificate "/etc/ssl/x.pem": BIO_new_file() failed', 'nginx.certificate-broken'],
    ['unexpected "}" in /etc/nginx/sites-enabled/debvisor:8', 'nginx.config-invalid'],
    [
      'a duplicate default server for 0.0.0.0:80 in /etc/nginx/sites-enabled/debvisor:2',
      'nginx.config-invalid',
    ],
  ])('down after "%s" is %s', (line, id) => {
    const nginx_said = `now=1795496545 zone=+0000\n2026/11/24 05:02:10 [emerg] 77#77: ${line}\n`
    const report = diagnose('websocket', { changes: { ...stopped, nginx_said } })
    expect(causes(report)).toEqual([id])
    expect(finding(report, 'nginx.down').explainedBy).toEqual([id])
  })

  it('closes what comes by another name: its line is the cause, not that it does not answer', () => {
    const closing = (healthy.nginx_config ?? '').replace(
      '    server_name dash.example.com;\n',
      '    server_name dash.example.com;\n    if ($host != "old.example.com") {\n        return 444;\n    }\n',
    )
    const closed = 'nginx\tws\t-\t0\tclosed without an answer\ndirect\tws\t-\t101\t\n'
    const changes = { ws_nginx: closed, nginx_said_again: 'now=1795496545 zone=+0000\n' }
    const report = diagnose('websocket', { changes: { ...changes, nginx_config: closing } })
    expect(causes(report)).toEqual(['nginx.closes'])
    expect(finding(report, 'nginx.closes').subject).toBe('/etc/nginx/sites-enabled/debvisor:5')
    expect(finding(report, 'nginx.closes').detail).toContain('old.example.com')
    // A server of another name may close what it gets.
    const elsewhere = `${healthy.nginx_config}\nserver {\n    listen 80 default_server;\n    return 444;\n}\n`
    expect(causes(diagnose('websocket', { changes: { ...changes, nginx_config: elsewhere } }))).not.toContain(
      'nginx.closes',
    )
  })

  it('blames no configuration that nginx itself takes by now', () => {
    const nginx_said =
      'now=1795496545 zone=+0000\n2026/11/24 05:02:10 [emerg] 77#77: unexpected "}" in /etc/nginx/sites-enabled/debvisor:8\n'
    const nginx_test = {
      stdout: '',
      stderr: 'nginx: configuration file /etc/nginx/nginx.conf test is successful\n',
      exitCode: 0,
    }
    const report = diagnose('websocket', { changes: { ...stopped, nginx_said, nginx_test } })
    expect(causes(report)).toEqual(['nginx.down'])
    expect(finding(report, 'nginx.down').detail).toMatch(
      /unexpected "}" in .*:8; nginx -t finds no error now$/,
    )
    // What Debian's unit gives on its command line, nginx -t is not given.
    const twice = nginx_said.replace(
      /unexpected.*/,
      '"daemon" directive is duplicate in /etc/nginx/nginx.conf:1',
    )
    const again = diagnose('websocket', { changes: { ...stopped, nginx_said: twice, nginx_test } })
    expect(causes(again)).toEqual(['nginx.config-invalid'])
    expect(finding(again, 'nginx.config-invalid').subject).toBe('/etc/nginx/nginx.conf:1')
  })

  it('says that nginx is down where its log is closed', () => {
    const changes = { ...stopped, nginx_said: denied, nginx_said_again: denied }
    expect(causes(diagnose('websocket', { changes }))).toEqual(['nginx.down'])
  })

  it('takes no request without a session for one that met a foreign server: we send such a one ourselves', () => {
    const line = (id: string): string =>
      `10+0000 gunicorn[167]: Invalid session ${id} (further occurrences of this error will be logged with level INFO)`
    expect(diagnose('websocket', { changes: { said: since([line('None')]) } }).verdict).toBe('healthy')
    const foreign = { said: since([line('iMNpuPxGcSll8lU9AAAQ')]) }
    expect(causes(diagnose('websocket', { changes: foreign }))).toContain('socketio.not-sticky')
  })

  it('finds the origin that Socket.IO refuses', () => {
    const report = diagnose('websocket', {
      changes: {
        ws_nginx: `nginx	ws	-	101	0{}
nginx	ws	http://dash.example.com	400	"Not an accepted origin."
direct	ws	-	101	0{}
direct	ws	http://dash.example.com	400	"Not an accepted origin."
`,
      },
    })
    expect(causes(report)).toEqual(['socketio.origin-refused'])
    expect(finding(report, 'socketio.origin-refused').subject).toBe('http://dash.example.com')
  })

  describe('where no public name is known', () => {
    const nameless = config.replace('server_name dash.example.com;', 'server_name _;')
    const refused = (origin: string, requests = '') => {
      const line = `10+0000 debvisor-server[155]: WARNING debvisor.realtime: ${origin} is not an accepted origin.`
      const changes = { nginx_config: nameless, said: since([line]), said_again: since([line]), requests }
      return diagnose('websocket', { changes }).findings.map(({ id }) => id)
    }
    const row = (failed: number, between: number): string =>
      `GET\t/socket.io/\t/var/log/nginx/access.log\tno\t4xx\t400\tother\t${failed}\t60\t1\t0\t${between}\t0\t1\t0\t${failed}\t/socket.io/\t400\t400\n`

    it.each(['http://localhost', 'https://dash.example.com', 'http://10.0.0.5:80'])(
      'takes it from what Socket.IO says of %s',
      (origin) => {
        expect(refused(origin)).toContain('socketio.origin-refused')
      },
    )

    it.each(['http://localhost:5173', 'chrome-extension://abcdefgh', 'file://', 'null'])(
      'leaves out %s, which no page of this nginx has',
      (origin) => {
        expect(refused(origin)).not.toContain('socketio.origin-refused')
      },
    )

    it('leaves out a page of somebody else, beside which dashboards get in', () => {
      expect(refused('https://portal.example.net', row(9, 40))).not.toContain('socketio.origin-refused')
      expect(refused('https://dash.example.com', row(9, 0))).toContain('socketio.origin-refused')
    })
  })

  const wrong = 'Sec-WebSocket-Accept is iDgMzwP0ljOw4bZwIka0gmdENMx='
  const direct = (note: string) => `ws\t101\t${note}\npoll\t200\t0{"sid":"a","pingInterval":25000}\n`
  const viaNginx = (note: string) => `nginx\tws\t-\t101\t${note}\ndirect\tws\t-\t101\t\n`

  it("is DebVisor's where browsers refuse its answer to the handshake, though it is 101", () => {
    const report = diagnose('websocket', { changes: { ws_direct: direct(wrong), ws_nginx: viaNginx(wrong) } })
    expect(causes(report)).toEqual(['socketio.accept-wrong'])
    expect(finding(report, 'websocket.failing').explainedBy).toEqual(['socketio.accept-wrong'])
    expect(finding(report, 'socketio.accept-wrong').detail).toContain(wrong)
  })

  it("is nginx's where the answer is right behind it", () => {
    const report = diagnose('websocket', {
      changes: { ws_direct: direct(''), ws_nginx: viaNginx('Sec-WebSocket-Accept is missing') },
    })
    expect(causes(report)).toEqual(['nginx.accept-lost'])
    expect(finding(report, 'nginx.accept-lost').subject).toMatch(/sites-enabled\/debvisor:\d+$/)
  })

  it('is nobody’s where the word stands in an answer that is taken', () => {
    const report = diagnose('websocket', {
      changes: { ws_direct: direct('see Sec-WebSocket-Accept is missing'), ws_nginx: viaNginx('') },
    })
    expect(causes(report)).toEqual([])
  })

  it('blames nginx where the origin is refused only through it', () => {
    const report = diagnose('websocket', {
      changes: {
        ws_nginx: `nginx	ws	-	101	0{}
nginx	ws	http://dash.example.com	400	"Not an accepted origin."
direct	ws	-	101	0{}
direct	ws	http://dash.example.com	101	0{}
`,
      },
    })
    expect(causes(report)).toEqual(['nginx.host-header'])
  })

  it('compares proxy_read_timeout with the interval of pings', () => {
    const nginx_config = config.replace(
      'proxy_http_version 1.1;',
      'proxy_http_version 1.1;\n        proxy_read_timeout 10s;',
    )
    const report = diagnose('websocket', { changes: { nginx_config } })
    expect(causes(report)).toEqual(['nginx.read-timeout'])
    expect(finding(report, 'nginx.read-timeout')).toMatchObject({
      subject: '/etc/nginx/sites-enabled/debvisor:8',
      detail: 'proxy_read_timeout is 10 s, Socket.IO pings every 25 s',
    })
  })

  it('compares the client that is served with the protocol that the server speaks', () => {
    const report = diagnose('websocket', {
      changes: {
        sio_versions: 'client\tserved\t2.4.0\t/socket.io/socket.io.js\n',
        ws_old: 'status=400\nnote={"code":5,"message":"Unsupported protocol version"}\n',
      },
    })
    expect(causes(report)).toEqual(['socketio.version-mismatch'])
  })

  it('calls it likely, no more, that clients of an old protocol are its own, where the served one fits', () => {
    const line = (age: number) =>
      `${new Date((1795496545 - age) * 1000).toISOString().slice(0, 19)}+0000 debvisor-server[1]: WARNING client asked for protocol EIO=3, server speaks 4\n`
    const asked = (...ages: readonly number[]) =>
      diagnose('websocket', {
        changes: { said: `now=1795496545 zone=+0000 written=1795496500\n${ages.map(line).join('')}` },
      })
    const report = asked(40, 20, 1)
    expect(causes(report)).toEqual(['socketio.old-clients'])
    expect(finding(report, 'socketio.old-clients')).toMatchObject({
      confidence: 'likely',
      subject: 'clients that are not served from here',
    })
    // Our own looks leave such lines, and what has ended is over.
    expect(asked(20, 1).verdict).toBe('healthy')
    expect(asked(400, 300, 200).verdict).toBe('healthy')
  })

  it('finds a dead backend, not nginx, behind a 502', () => {
    const report = diagnose('websocket', {
      changes: {
        unit: altered('unit', ['ActiveState=inactive', 'SubState=dead', 'MainPID=0']),
        http: '/api/health\t0\t0\tconnect: Connection refused\n',
        listeners: onlySshd,
        ws_direct: 'ws\t0\tconnect: Connection refused\n',
      },
    })
    expect(causes(report)).toEqual(['debvisor.stopped'])
    expect(report.summary).toBe('Real-time updates fail because DebVisor is stopped')
  })

  it('says where nginx is not on this host', () => {
    const none =
      'LoadState=not-found\nActiveState=inactive\nId=nginx.service\nResult=success\nStateChangeTimestamp=\n'
    const report = diagnose('websocket', { changes: { nginx_config: missing, nginx_unit: none } })
    expect(finding(report, 'nginx.not-here').role).toBe('notice')
    expect(causes(report)).toEqual([])
  })
})
