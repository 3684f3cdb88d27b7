import { describe, expect, it } from 'vitest'
import { type Changes, causes, denied, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const config = healthy.nginx_config ?? ''
const site = '/etc/nginx/sites-enabled/debvisor'
const proxied = '        proxy_pass http://127.0.0.1:8080;\n        proxy_http_version'

/** The location of Socket.IO with other lines before proxy_http_version. */
const located = (lines: string): string => config.replace(proxied, `${lines}\n        proxy_http_version`)

const asked = (upstream: string): string =>
  `client: 10.0.0.7, server: dash.example.com, request: "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", upstream: "${upstream}/socket.io/?EIO=4&transport=websocket", host: "dash.example.com"`

/** A handshake through nginx gets `status`; what its log says of it. At DebVisor itself it works. */
const through = (status: number, ...said: readonly string[]): Changes => ({
  ws_nginx: `nginx	ws	-	${status}	no
nginx	ws	http://dash.example.com	${status}	no
direct	ws	-	101	0{}
direct	ws	http://dash.example.com	101	0{}
`,
  nginx_said_again: `now=1795496545 zone=+0000\n${said.map((text) => `2026/11/24 05:02:24 [error] 77#77: ${text}\n`).join('')}`,
  egress_rules: denied,
  egress_unit: '',
})

describe('the reason that nginx gives', () => {
  const unresolved = located(
    '        resolver 10.0.0.2 valid=10s;\n        set $app app.internal;\n        proxy_pass http://$app:8080;',
  )

  it('is a name that its resolver does not know: the directive, the name and what the resolver said', () => {
    const report = diagnose('websocket', {
      changes: {
        ...through(
          502,
          'send() failed (111: Connection refused) while resolving, resolver: 10.0.0.2:53',
          `*3 app.internal could not be resolved (110: Operation timed out), ${asked('http://x')}`,
        ),
        nginx_config: unresolved,
      },
    })
    expect(causes(report)).toEqual(['nginx.name-unresolved'])
    expect(finding(report, 'nginx.name-unresolved')).toMatchObject({
      subject: `${site}:6`,
      detail: expect.stringMatching(
        /^app\.internal could not be resolved \(110: .*10\.0\.0\.2 valid=10s .*:6\), which says: send\(\) failed \(111: .*proxy_pass http:\/\/\$app:8080/,
      ),
    })
  })

  it('is a name and no resolver at all', () => {
    const report = diagnose('websocket', {
      changes: {
        ...through(502, `*3 no resolver defined to resolve app.internal, ${asked('http://x')}`),
        nginx_config: unresolved.replace(/ *resolver .*\n/, ''),
      },
    })
    expect(causes(report)).toEqual(['nginx.name-unresolved'])
    expect(finding(report, 'nginx.name-unresolved').detail).toContain('no resolver is set')
  })

  it('is TLS to a server that speaks none', () => {
    const report = diagnose('websocket', {
      changes: {
        ...through(
          502,
          `*3 SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream, ${asked('https://127.0.0.1:8080')}`,
        ),
        nginx_config: located('        proxy_pass https://127.0.0.1:8080;'),
      },
    })
    expect(causes(report)).toEqual(['nginx.upstream-tls'])
    expect(report.summary).toContain('nginx speaks TLS to DebVisor, which speaks none')
    expect(finding(report, 'nginx.upstream-tls').subject).toBe(`${site}:6`)
  })

  it('is a sign-on that does not answer: its directive, and where it asks', () => {
    const report = diagnose('websocket', {
      changes: {
        ...through(
          500,
          `*3 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.7, server: x, request: "GET /socket.io/ HTTP/1.1", subrequest: "/auth", upstream: "http://127.0.0.1:4180/auth"`,
          `*3 auth request unexpected status: 502 while sending to client, ${asked('http://x')}`,
        ),
        nginx_config: located(
          '        proxy_pass http://127.0.0.1:8080;\n        auth_request /auth;',
        ).replace(
          '    location /socket.io/',
          '    location = /auth { internal; proxy_pass http://127.0.0.1:4180; }\n    location /socket.io/',
        ),
      },
    })
    expect(causes(report)).toEqual(['nginx.auth-request'])
    expect(finding(report, 'nginx.auth-request')).toMatchObject({
      subject: `${site}:8`,
      detail: expect.stringMatching(/127\.0\.0\.1:4180 \(.*:5\).*connect\(\) failed \(111/),
    })
  })

  it('is quoted where nobody knows a cause for it', () => {
    const report = diagnose('websocket', {
      changes: through(
        502,
        `*3 upstream prematurely closed connection while reading response header from upstream, ${asked('http://127.0.0.1:8080')}`,
      ),
    })
    expect(causes(report)).toEqual(['nginx.gateway-error'])
    expect(finding(report, 'nginx.gateway-error').detail).toContain(
      'its error log says: upstream prematurely closed connection while reading response header from upstream 127.0.0.1:8080',
    )
  })

  it('is quoted for a page that fails too', () => {
    const report = diagnose('websocket', {
      changes: {
        front_http: '/api/health\t502\t<html>\n/\t200\t<html>\n',
        nginx_said_again: `now=1795496545 zone=+0000\n2026/11/24 05:02:24 [error] 7#7: *9 upstream sent too big header while reading response header from upstream, client: 10.0.0.7, server: _, request: "GET /api/health HTTP/1.1"\n`,
      },
    })
    expect(causes(report)).toEqual(['nginx.site-fails'])
    expect(finding(report, 'nginx.site-fails').detail).toContain(
      'its error log says: upstream sent too big header while reading response header from upstream',
    )
  })

  it('is not that of an earlier request, nor of another site', () => {
    const report = diagnose('websocket', {
      changes: through(
        502,
        `*1 app.internal could not be resolved (110: Operation timed out), ${asked('http://x')}`,
        `*3 upstream prematurely closed connection while reading response header from upstream, ${asked('http://127.0.0.1:8080')}`,
        '*4 other.internal could not be resolved (3: Host not found), client: 10.0.0.9, server: other, request: "GET /shop HTTP/1.1"',
      ),
    })
    expect(causes(report)).toEqual(['nginx.gateway-error'])
  })
})

describe('an address that answers all but nginx', () => {
  const refused = `*3 connect() failed (111: Connection refused) while connecting to upstream, ${asked('http://127.0.0.1:8080')}`
  const rules = (rule: string): string =>
    `table inet guard {\n\tchain out {\n\t\ttype filter hook output priority filter; policy accept;\n\t\toif "lo" tcp dport 5432 accept\n\t\t${rule}\n\t}\n}\n`

  it.each([
    [refused, 'meta skuid 33 tcp dport != { 53, 443 } reject with tcp reset'],
    [
      refused.replace('connect() failed (111: Connection refused)', 'upstream timed out (110: x)'),
      'socket cgroupv2 level 2 "system.slice/nginx.service" drop',
    ],
    [refused.replace('111: Connection refused', '113: No route to host'), 'tcp dport 8080 reject'],
  ])('names the rule for %s', (said, rule) => {
    const report = diagnose('websocket', { changes: { ...through(502, said), egress_rules: rules(rule) } })
    expect(causes(report)).toEqual(['nginx.egress-denied'])
    expect(finding(report, 'nginx.egress-denied').subject).toBe(`inet guard, chain out: ${rule}`)
  })

  it.each([
    ['connect() failed (1: Operation not permitted)', 'IPAddressDeny=any'],
    ['socket() failed (97: Address family not supported by protocol)', 'RestrictAddressFamilies=AF_UNIX'],
  ])('names the line of its unit for %s', (why, line) => {
    const egress_unit = `/etc/systemd/system/nginx.service.d/harden.conf:4\t${line}\n`
    const said = refused.replace('connect() failed (111: Connection refused)', why)
    for (const egress_rules of [denied, rules('tcp dport 8080 drop')]) {
      const report = diagnose('websocket', { changes: { ...through(502, said), egress_unit, egress_rules } })
      expect(causes(report)).toEqual(['nginx.egress-denied'])
      expect(finding(report, 'nginx.egress-denied').subject).toBe(
        `/etc/systemd/system/nginx.service.d/harden.conf:4: ${line}`,
      )
    }
  })

  it('is told by what it does where nobody may read the rules', () => {
    const report = diagnose('websocket', { changes: through(502, refused) })
    expect(causes(report)).toEqual(['nginx.egress-denied'])
    expect(finding(report, 'nginx.egress-denied').subject).toBe('127.0.0.1:8080')
  })

  it('is not blamed where nginx tries another address than the one that answers', () => {
    const elsewhere = refused.replace('http://127.0.0.1:8080', 'http://[::1]:8080')
    const report = diagnose('websocket', { changes: through(502, elsewhere) })
    expect(causes(report)).toEqual(['nginx.gateway-error'])
  })

  it('is not blamed where the handshake passes', () => {
    const changes = { egress_rules: rules('meta skuid 33 drop') }
    expect(diagnose('websocket', { changes }).verdict).toBe('healthy')
  })
})

describe('the front port', () => {
  const pace = (...front: readonly string[]): string =>
    `${front.map((one) => `front\t80\t${one}\n`).join('')}own\t8080\t0\t0\t6\t200\t-\nown\t8080\t0\t0\t7\t200\t-\n`
  const quick = '0\t0\t9\t200\t-'
  const lost = '1022\t1\t1031\t200\t-'
  const edge = (...rules: readonly string[]): string =>
    `table inet edge {\n\tchain in {\n\t\ttype filter hook input priority filter; policy accept;\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}\n}\n`

  it.each([
    'tcp dport 80 tcp flags syn limit rate over 2/second burst 3 packets counter packets 12 bytes 720 drop',
    'tcp dport { 80, 443 } ct state new ct count over 4 reject',
    'meter flood { ip saddr limit rate over 3/second } drop',
  ])('loses connections to the rule %s', (rule) => {
    const report = diagnose('performance', {
      changes: {
        front_pace: pace(quick, quick, lost, lost),
        front_rules: edge(
          'limit rate 5/minute log prefix "in "',
          'tcp dport 22 limit rate over 3/minute drop',
          rule,
        ),
      },
    })
    expect(causes(report)).toEqual(['front.connections-dropped'])
    expect(finding(report, 'front.connections-dropped')).toMatchObject({
      subject: `inet edge, chain in: ${rule}`,
      detail: expect.stringContaining('the slowest took 1022 ms'),
    })
  })

  it('is not reached at all behind a rule that drops everything: the rule, not only the port', () => {
    const report = diagnose('websocket', {
      changes: {
        ...through(0),
        front_http: '/api/health\t0\tconnect: Connection timed out\n',
        large_post: 'nginx\t0\t-\ndirect\t400\t-\n',
        front_pace: pace('4000\t2\t4000\t0\tconnect: timed out', '4000\t2\t4000\t0\tconnect: timed out'),
        front_rules: edge('iif "lo" tcp dport 80 drop'),
      },
    })
    expect(causes(report)).toEqual(['front.connections-dropped'])
    expect(finding(report, 'front.connections-dropped').subject).toBe(
      'inet edge, chain in: iif "lo" tcp dport 80 drop',
    )
  })

  it('leaves DebVisor’s own port to the finding that knows it', () => {
    const report = diagnose('performance', {
      changes: {
        http: '/api/health\t0\t3000\tconnect: timed out\n',
        front_pace: pace(quick).replace('own\t8080\t0\t0', 'own\t8080\t4000\t2'),
        listeners: (healthy.listeners ?? '').replace('0      5 ', '0      128 '),
        front_rules: edge('tcp dport 8080 drop'),
        firewall: edge('tcp dport 8080 drop'),
      },
    })
    expect(causes(report)).toEqual(['debvisor.firewall'])
  })

  it('loses connections where nobody may read the rules', () => {
    const report = diagnose('performance', {
      changes: { front_pace: pace(quick, lost), front_rules: denied },
    })
    expect(causes(report)).toEqual(['front.connections-dropped'])
    expect(finding(report, 'front.connections-dropped').subject).toBe('port 80')
  })

  it('leaves a limit alone that loses nothing', () => {
    const changes = { front_rules: edge('tcp dport 80 limit rate over 2/second drop') }
    expect(diagnose('performance', { changes }).verdict).toBe('healthy')
  })

  it('does not blame a rule for the short queue of a server', () => {
    const listeners = (healthy.listeners ?? '').replace('0      511 ', '0      5 ')
    const report = diagnose('performance', { changes: { front_pace: pace(quick, lost), listeners } })
    expect(causes(report)).not.toContain('front.connections-dropped')
  })

  const members = (connect: string, age = -1): string =>
    `/etc/nginx/conf.d/up.conf:2\tapp\t127.0.0.1:8080\t-\tok\t-1\t-
/etc/nginx/conf.d/up.conf:3\tapp\t10.0.0.9:8080\t-\t${connect}\t${age}\tupstream timed out (110: Connection timed out) while connecting to upstream
`
  const waits = '0\t0\t3080\t200\t-'

  it.each([
    ['No route to host', waits, -1],
    ['Connection refused', quick, 40],
    ['timed out', '0\t0\t4000\t0\tno answer within 4 s', 12],
  ])('waits for a dead member of its group: %s', (connect, one, age) => {
    const report = diagnose('performance', {
      changes: { front_pace: pace(one, quick, one, quick), front_members: members(connect, age) },
    })
    expect(causes(report)).toEqual(['front.member-dead'])
    expect(finding(report, 'front.member-dead')).toMatchObject({
      subject: '/etc/nginx/conf.d/up.conf:3 (server 10.0.0.9:8080)',
      detail: expect.stringContaining(connect),
    })
  })

  it('leaves a dead member alone for which nothing has waited lately', () => {
    const changes = { front_members: members('Connection refused', 7200) }
    expect(diagnose('performance', { changes }).verdict).toBe('healthy')
  })

  it('is not blamed where DebVisor itself is as slow', () => {
    const front_pace = pace(waits, waits)
      .replaceAll('\t0\t0\t6\t', '\t0\t0\t2900\t')
      .replaceAll('\t0\t0\t7\t', '\t0\t0\t2900\t')
    expect(causes(diagnose('performance', { changes: { front_pace } }))).toEqual([])
  })

  it('is as slow as a short queue of DebVisor makes it', () => {
    const report = diagnose('performance', {
      changes: {
        front_pace: pace(waits, waits, quick),
        network: 'overflows=40\noverflows_total=90\nresent=0\nresent_total=86\nsent=21\nsent_total=22688\n',
      },
    })
    expect(causes(report)).toEqual(['performance.accept-queue'])
  })

  it('says that requests wait within nginx where no member is known to be dead', () => {
    const report = diagnose('performance', { changes: { front_pace: pace(waits, waits, quick) } })
    expect(causes(report)).toEqual(['front.slow'])
  })
})

describe('a large message', () => {
  const fails = (status: number): string => `nginx\t${status}\t<html>\ndirect\t400\t{"code":2}\n`
  const crit = (what: string): string =>
    `now=1795496545 zone=+0000\n2026/11/24 05:02:24 [crit] 60#60: *3 ${what}, client: 10.0.0.7, server: _, request: "POST /socket.io/?EIO=4&transport=polling HTTP/1.1", host: "x"\n`
  const folders = (mode: string, may: string): string =>
    `/\t0755\troot\troot\tyes\n/var\t0755\troot\troot\tyes\n/var/lib\t0755\troot\troot\tyes\n/var/lib/nginx\t${mode}\troot\troot\t${may}\n/var/lib/nginx\t41\twww-data\t-\tworker\n`
  const forbidden = 'open() "/var/lib/nginx/body/0000000001" failed (13: Permission denied)'

  it('that nginx may not keep: the folder that stops its workers', () => {
    const report = diagnose('websocket', {
      changes: {
        large_post: fails(500),
        nginx_said_again: crit(forbidden),
        temp_look: folders('0700', 'no'),
      },
    })
    expect(causes(report)).toEqual(['nginx.temp-files'])
    expect(finding(report, 'nginx.temp-files')).toMatchObject({
      subject: '/var/lib/nginx',
      detail: expect.stringMatching(
        /^open\(\) .*\(13: Permission denied\); \/var\/lib\/nginx \(mode 0700, root:root\) gives no access to www-data, .*70 KB gets 500/,
      ),
    })
  })

  it('that nginx may not keep, where its log is closed', () => {
    const report = diagnose('websocket', {
      changes: {
        large_post: fails(500),
        nginx_said_again: denied,
        nginx_said: denied,
        temp_look: folders('0700', 'no'),
      },
    })
    expect(causes(report)).toContain('nginx.large-fails')
  })

  it('that does not fit on its disk', () => {
    const full = 'pwrite() "/srv/tmp/0000000001" failed (28: No space left on device)'
    const report = diagnose('websocket', {
      changes: {
        large_post: fails(500),
        nginx_said_again: crit(full),
        temp_look: '/srv/tmp\t0700\twww-data\troot\tyes\n/srv/tmp\t100\twww-data\t-\tworker\n',
      },
    })
    expect(causes(report)).toEqual(['nginx.temp-files'])
    expect(finding(report, 'nginx.temp-files').subject).toBe('/srv/tmp/0000000001')
  })

  it('that nginx finds too large: its directive', () => {
    const nginx_config = located(
      '        client_max_body_size 16k;\n        proxy_pass http://127.0.0.1:8080;',
    )
    const report = diagnose('websocket', {
      changes: {
        large_post: fails(413),
        nginx_said_again: 'now=1795496545 zone=+0000\n',
        temp_look: folders('0755', 'yes'),
        nginx_config,
      },
    })
    expect(causes(report)).toEqual(['nginx.body-limit'])
    expect(finding(report, 'nginx.body-limit').subject).toBe(`${site}:6`)
  })

  it('that DebVisor itself refuses is nobody’s fault', () => {
    const large_post = 'nginx\t502\t<html>\ndirect\t0\t-\n'
    expect(diagnose('websocket', { changes: { large_post } }).verdict).toBe('healthy')
  })

  it('is no matter where the folder was mended since its log spoke of it', () => {
    const changes = { nginx_said: crit(forbidden), temp_look: folders('0755', 'yes') }
    expect(diagnose('websocket', { changes }).verdict).toBe('healthy')
  })
})

describe('the Content-Security-Policy of the page', () => {
  const policy = (directive: string, sources: string, more = ''): Changes => ({
    sio_policy: `header\t${directive} ${sources}\n${more}`,
  })

  it.each([
    ['connect-src', 'https://api.example.net'],
    ['connect-src', "'none'"],
    ['default-src', 'https:'],
    ['connect-src', 'wss://old.example.com'],
    ['connect-src', '*.example.net data:'],
  ])('that forbids a WebSocket: %s %s', (directive, sources) => {
    const nginx_config = config.replace(
      'include',
      `add_header Content-Security-Policy "${directive} ${sources}" always;\n    include`,
    )
    const report = diagnose('websocket', { changes: { ...policy(directive, sources), nginx_config } })
    expect(causes(report)).toEqual(['socketio.content-policy'])
    expect(finding(report, 'socketio.content-policy')).toMatchObject({
      subject: '/etc/nginx/nginx.conf:4',
      detail: expect.stringContaining(`${directive} of the dashboard's page allows ${sources} only`),
    })
  })

  it.each([
    "'self'",
    '*',
    "https: 'SELF'",
    'ws: wss:',
    'wss://dash.example.com',
    'dash.example.com:80',
    '*.example.com',
  ])('that allows it: %s', (sources) => {
    expect(diagnose('websocket', { changes: policy('connect-src', sources) }).verdict).toBe('healthy')
  })

  it('is as it should be where the page names the host that it allows', () => {
    const mentions = 'mentions\tapi.example.net\n'
    const changes = policy('connect-src', 'https://api.example.net', mentions)
    expect(diagnose('websocket', { changes }).verdict).toBe('healthy')
  })

  it('that keeps the Socket.IO client from being loaded', () => {
    const changes = policy('connect-src', "'self'", 'meta\tscript-src https://cdn.example.net\n')
    const report = diagnose('websocket', { changes })
    expect(causes(report)).toEqual(['socketio.content-policy'])
    expect(finding(report, 'socketio.content-policy').subject).toBe("the page's meta element")
  })
})

describe('requests at the front port', () => {
  const own = 'own\t8080\t0\t0\t6\t200\t-\nown\t8080\t0\t0\t8\t200\t-\n'
  const paced = (...rows: readonly string[]) =>
    finding(diagnose('performance', { changes: { front_pace: `${rows.join('\n')}\n${own}` } }), 'front.slow')

  it('wait, or fail at once, which is told as what it is', () => {
    const slow = 'front\t80\t0\t0\t1775\t200\t-'
    const failed = 'front\t80\t0\t0\t1\t502\t-'
    expect(paced(slow, slow, failed)).toMatchObject({
      title: 'Requests wait within nginx',
      detail:
        "Of 3 requests through port 80 at once 2 were slow (the slowest 1775 ms) and 1 got 502; those at DebVisor's own port took 8 ms at most",
    })
    expect(paced(failed, failed)).toMatchObject({
      title: 'Requests fail within nginx',
      detail:
        "Of 2 requests through port 80 at once 2 got 502; those at DebVisor's own port took 8 ms at most",
    })
  })
})

it('a line of the second look at a log is quoted as one of it', () => {
  const error = '2026-11-24T05:02:15+0000 debvisor-server[448]: ERROR debvisor.api: GET /api/health failed'
  const http = '/api/health\t500\t12\tapplication/json {"error": "Internal Server Error"}\n'
  const now = 'now=1795496538 zone=+0000\n'
  const report = diagnose('service', {
    changes: { http, said: now, said_again: `${now}${error}\n` },
  })
  expect(finding(report, 'debvisor.api-errors').evidence).toContainEqual({ probe: 'said_again', text: error })
})

describe('a member that nginx has marked as failed', () => {
  const group = (server: string): string =>
    `${located('        proxy_pass http://platform;')}
# configuration file /etc/nginx/conf.d/up.conf:
upstream platform {
    server ${server};
    server 127.0.0.1:8090 backup;
}
`.replace('http {', 'http {\n    include /etc/nginx/conf.d/*.conf;')
  const members = (connect: string): string =>
    `/etc/nginx/conf.d/up.conf:2\tplatform\t127.0.0.1:8080\t-\t${connect}\t70\tconnect() failed (111: Connection refused) while connecting to upstream
/etc/nginx/conf.d/up.conf:3\tplatform\t127.0.0.1:8090\tbackup\tok\t-1\t-
`
  const requests =
    'GET|/|/var/log/nginx/access.log|no|5xx|503|other|40|70|0|9|0|0|1|0|0|/|503|200\n'.replaceAll('|', '\t')
  const said = (seconds: number, times = 1): string =>
    `now=1795496545 zone=+0000\n${`2026/11/24 05:02:${seconds} [error] 77#77: *9 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.7, server: dash, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8080/", host: "dash"\n`.repeat(times)}`
  const seen = (server: string, connect = 'ok') =>
    diagnose('websocket', {
      changes: {
        ...through(503),
        nginx_config: group(server),
        front_members: members(connect),
        front_http: '/api/health\t503\tback soon\n/\t503\tback soon\n',
        requests,
        front_said: said(10),
      },
    })

  it('and that answers again is told with the line that keeps it out, and no old error is', () => {
    const report = seen('127.0.0.1:8080 max_fails=1 fail_timeout=30m')
    expect(causes(report)).toEqual(['nginx.member-marked-down'])
    expect(finding(report, 'nginx.member-marked-down')).toMatchObject({
      title: 'nginx keeps requests from DebVisor, which answers again: fail_timeout=30m',
      subject: '/etc/nginx/conf.d/up.conf:2',
      detail: expect.stringContaining('its backup 127.0.0.1:8090 (/etc/nginx/conf.d/up.conf:3) answers'),
    })
    expect(report.findings.map(({ id }) => id)).not.toContain('nginx.cannot-pass')
  })

  it.each([
    ['is tried again within seconds', '127.0.0.1:8080 fail_timeout=10s', 'ok'],
    ['is never marked', '127.0.0.1:8080 max_fails=0 fail_timeout=30m', 'ok'],
    ['takes no connections', '127.0.0.1:8080 fail_timeout=30m', 'Connection refused'],
  ])('is not to blame where it %s', (_, server, connect) => {
    expect(causes(seen(server, connect))).not.toContain('nginx.member-marked-down')
  })

  it('is no trouble where users are served', () => {
    const changes = {
      nginx_config: group('127.0.0.1:8080 fail_timeout=30m'),
      front_members: members('ok'),
    }
    expect(diagnose('websocket', { changes }).verdict).toBe('healthy')
  })

  it.each([
    ['goes on', said(25)],
    ['is of each request', said(10, 15)],
  ])('is another matter where its error %s', (_, front_said) => {
    const report = diagnose('service', { changes: { requests, front_said } })
    expect(causes(report)).toEqual(['nginx.cannot-pass'])
  })
})
