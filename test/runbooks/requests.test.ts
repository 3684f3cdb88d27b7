import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding, since } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const usual = {
  method: 'GET',
  path: '/api/v1/hosts',
  log: '/var/log/nginx/access.log',
  foreign: 'no',
  class: '5xx',
  status: 502,
  page: 'other',
  failed: 12,
  first: 240,
  last: 5,
  before: 40,
  between: 0,
  since: 0,
  clients: 2,
  referred: 0,
  socketio: 0,
  example: '/api/v1/hosts',
  again: '502',
  own: 500,
}
type Requests = Partial<Record<keyof typeof usual, string | number>>
/** What the access log says, a row of recent-requests.pl each. */
const asked = (...rows: readonly Requests[]): Changes => ({
  requests: rows.map((row) => `${Object.values({ ...usual, ...row }).join('\t')}\n`).join(''),
})
const verdictOn = (...rows: readonly Requests[]) => diagnose('service', { changes: asked(...rows) })
const found = (...rows: readonly Requests[]): string[] => {
  const report = verdictOn(...rows)
  return report.verdict === 'healthy' ? ['healthy'] : causes(report)
}

describe("errors of DebVisor's own program", () => {
  const failure = (...lines: readonly string[]): Changes => ({
    ...asked({ path: '/', again: '502', own: 0 }),
    said: since(lines.map((line) => `15+0000 debvisor-server[448]: ${line}`)),
  })
  const reading = [
    "Exception occurred during processing of request from ('127.0.0.1', 48452)",
    'Traceback (most recent call last):',
    '  File "/usr/lib/python3.11/http/server.py", line 420, in handle_one_request',
    '    method()',
    '  File "/opt/debvisor/debvisor/server.py", line 114, in do_GET',
    '    return self.file("index.html", "text/html; charset=UTF-8")',
    '           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^',
    '  File "/opt/debvisor/debvisor/server.py", line 143, in file',
    '    text = source.read()',
    '  File "<frozen codecs>", line 322, in decode',
  ]
  const decoding = "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xdc in position 92"

  it('stand before the requests that fail of them, with the code that led there', () => {
    const report = diagnose('service', { changes: failure(...reading, decoding) })
    expect(causes(report)).toEqual(['debvisor.raises'])
    expect(finding(report, 'front.requests-fail').role).toBe('consequence')
    const { title, subject, detail, evidence } = finding(report, 'debvisor.raises')
    expect(title).toBe("DebVisor's program fails on requests: UnicodeDecodeError")
    expect(subject).toBe('/opt/debvisor/debvisor/server.py:143')
    expect(detail).toBe(`While GET / gets 502, its log says: ${decoding}`)
    expect(evidence[1]?.text).toContain('self.file("index.html"')
  })

  const fetching = (error: string, query = 'found = self.rows(select(alerts).limit(50))'): string[] => [
    'GET /api/alerts failed',
    'Traceback (most recent call last):',
    '  File "/opt/debvisor/web/store.py", line 44, in alerts',
    `    ${query}`,
    '  File "/usr/lib/python3/dist-packages/sqlalchemy/engine/cursor.py", line 1106, in fetchone',
    '    row = dbapi_cursor.fetchone()',
    error,
  ]

  it.each([
    ['ValueError: year 20226 is out of range', 'table alerts: year 20226', "t::text LIKE '%20226-%'"],
    [
      "LookupError: 'urgent' is not among the defined enum values. Enum name: severity.",
      'table alerts: value urgent',
      "t::text LIKE '%urgent%'",
    ],
    ["UnicodeDecodeError: 'utf-8' codec can't decode byte 0xdc", 'table alerts: text', 'NOT t::text ~ '],
  ])('name the value of a row that cannot be read: %s', (error, subject, condition) => {
    const report = diagnose('db', { changes: failure(...fetching(error)) })
    expect(causes(report)).toEqual(['postgresql.row-unreadable'])
    expect(finding(report, 'debvisor.raises').role).toBe('consequence')
    const { resolution, ...row } = finding(report, 'postgresql.row-unreadable')
    expect(row.subject).toBe(subject)
    expect(resolution.join()).toContain(`FROM alerts AS t WHERE ${condition}`)
  })

  it('put no word of a host into a command that a shell would read', () => {
    const error = "LookupError: 'a$(reboot)' is not among the defined enum values."
    const report = diagnose('db', { changes: failure(...fetching(error)) })
    expect(finding(report, 'postgresql.row-unreadable').resolution.join()).not.toContain('reboot')
  })

  it.each([
    [
      'the value came from a user',
      'ValueError: year 20226 is out of range',
      'datetime.date(int(year), 1, 1)',
    ],
    ['rows are fetched, and the program fails on something else', "KeyError: 'rack'", ''],
  ])('blame no row where %s', (_, error, call) => {
    const lines = call === '' ? fetching(error) : [...fetching(error).slice(0, 3), `    ${call}`, error]
    expect(causes(diagnose('db', { changes: failure(...lines) }))).toEqual(['debvisor.raises'])
  })

  it('name the own code behind many frames of a library', () => {
    const inside = Array.from({ length: 12 }, (_, i) => [
      `  File "/usr/lib/python3.11/urllib/request.py", line ${i}, in open`,
      '    return opener.open(url)',
    ]).flat()
    const own = ['  File "/opt/debvisor/debvisor/labels.py", line 10, in labelled', '    urlopen(AGENT)']
    const lines = ['GET /api/v1/hosts failed', ...own, ...inside, 'urllib.error.URLError: <urlopen error>']
    const report = diagnose('service', { changes: failure(...lines) })
    expect(finding(report, 'debvisor.raises').subject).toBe('/opt/debvisor/debvisor/labels.py:10')
  })

  it.each([
    ['GET /api/v1/hosts failed', 'urllib.error.URLError: <urlopen error [Errno 111] Connection refused>'],
    ['Exception on /api/v1/hosts [GET]', "KeyError: 'rack'"],
    ['[ERROR] Error handling request /api/v1/hosts', 'requests.exceptions.ProxyError: cannot connect'],
  ])('are told of others too: %s', (line, exception) => {
    expect(causes(diagnose('service', { changes: failure(line, exception) }))).toEqual(['debvisor.raises'])
  })

  it('are of a proxy where the environment names one', () => {
    const changes: Changes = {
      ...failure('GET / failed', 'urllib.error.URLError: <urlopen error [Errno 111] Connection refused>'),
      env_names: 'DATABASE_PASSWORD\t1\t/opt/debvisor/.env:1\nhttp_proxy\t1\t/opt/debvisor/.env:4\n',
    }
    const report = diagnose('service', { changes })
    expect(causes(report)).toEqual(['debvisor.proxy-variable'])
    expect(finding(report, 'debvisor.proxy-variable')).toMatchObject({
      title: 'http_proxy sends requests of DebVisor to a proxy that does not serve them',
      subject: '/opt/debvisor/.env:4',
    })
    const both = { ...changes, env_names: `${changes.env_names}https_proxy\t1\t/opt/debvisor/.env:5\n` }
    expect(causes(diagnose('service', { changes: both }))).toEqual(['debvisor.proxy-variable'])
    const direct =
      'requests.exceptions.ConnectionError: HTTPConnectionPool(host=10.0.0.9, port=9090): refused'
    expect(
      causes(diagnose('service', { changes: { ...changes, ...failure('GET / failed', direct) } })),
    ).toEqual(['debvisor.raises'])
    const { requests: _, ...served } = changes
    expect(causes(diagnose('service', { changes: served }))).toEqual([])
    const other = { ...changes, ...failure('GET / failed', "KeyError: 'rack'") }
    expect(causes(diagnose('service', { changes: other }))).toEqual(['debvisor.raises'])
  })

  it.each([
    ['what the database refuses', 'GET / failed', 'psycopg2.errors.DeadlockDetected: deadlock detected'],
    ['what no request raised', 'ERROR debvisor.collector: round failed', "KeyError: 'rack'"],
  ])('are not %s', (_, line, exception) => {
    expect(causes(diagnose('service', { changes: failure(line, exception) }))).not.toContain(
      'debvisor.raises',
    )
  })

  it('are none where nginx alone fails, and DebVisor answers the same request well', () => {
    const changes = { ...failure(...reading, decoding), ...asked({ path: '/', again: '502', own: 200 }) }
    expect(causes(diagnose('service', { changes }))).not.toContain('debvisor.raises')
    const own = { ...changes, ...asked({ path: '/', status: 500, again: '500 200', own: 200 }) }
    expect(causes(diagnose('service', { changes: own }))).toEqual(['debvisor.raises'])
  })

  it('are none where users are served', () => {
    const { said = '' } = failure(...reading, decoding)
    const report = diagnose('service', { changes: { said } })
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.raises')
  })
})

describe('redirects of a path', () => {
  const circling = {
    class: 'served',
    status: 308,
    path: '/dashboard',
    failed: 6,
    first: 15,
    last: 15,
    again: '-',
    own: -1,
  }

  it('that come again and again within seconds lead in a circle', () => {
    expect(found(circling)).toEqual(['front.redirects-circle'])
  })

  it.each([
    ['over minutes, by many', { ...circling, first: 300 }],
    ['of the start page, which strangers ask for', { ...circling, path: '/' }],
    ['to a login', { ...circling, path: '/auth/login' }],
    ['a few times', { ...circling, failed: 3 }],
  ])('are nothing where they come %s', (_, row) => {
    expect(found(row)).toEqual(['healthy'])
  })
})

describe('requests of users that fail', () => {
  it('are a problem, whose side it is told by what DebVisor itself answers', () => {
    const report = verdictOn({})
    expect(report.verdict).toBe('problem')
    expect(finding(report, 'front.requests-fail')).toMatchObject({
      role: 'cause',
      symptom: true,
      subject: 'GET /api/v1/hosts',
      detail: expect.stringMatching(
        /^12 requests .* got 502 within 4 minutes, the newest 5 s ago .* so DebVisor is to blame$/,
      ),
    })
    expect(finding(verdictOn({ own: 200 }), 'front.requests-fail').detail).toMatch(/so nginx is to blame$/)
    expect(finding(verdictOn({ first: 61 }), 'front.requests-fail').detail).toContain('within 2 minutes')
    expect(finding(verdictOn({ again: '0', own: 0 }), 'front.requests-fail').detail).toMatch(
      /it gets no answer through nginx and no answer at DebVisor's own port$/,
    )
  })

  it('count from the first one where DebVisor serves it and nginx fails again, which says why', () => {
    const nginx = [
      `now=1795496545 zone=+0000`,
      '2026/11/24 05:02:10 [error] 77#77: *9 upstream SSL certificate does not match "debvisor_panel" while SSL handshaking to upstream, client: 198.18.0.1, server: panel, request: "GET /api/v1/hosts HTTP/1.1", upstream: "https://127.0.0.1:8080/api/v1/hosts", host: "panel"',
      '',
    ].join('\n')
    const once = asked({ failed: 1, before: 0, again: '502 502', own: 200 })
    const report = diagnose('service', { changes: { ...once, front_said: nginx } })
    expect(causes(report)).toEqual(['nginx.cannot-pass'])
    expect(finding(report, 'nginx.cannot-pass').title).toContain(
      'certificate does not match "debvisor_panel"',
    )
    expect(finding(report, 'front.requests-fail').role).toBe('consequence')
    const silent = diagnose('service', { changes: { ...once, front_said: 'now=1795496545 zone=+0000\n' } })
    expect(causes(silent)).toEqual(['front.requests-fail'])
  })

  it('are explained by whatever breaks them', () => {
    const stopped = healthy.unit?.replace('ActiveState=active', 'ActiveState=failed') ?? ''
    const report = diagnose('service', { changes: { ...asked({}), unit: stopped } })
    expect(finding(report, 'front.requests-fail')).toMatchObject({ role: 'consequence' })
  })

  it.each([
    ['one in five, good ones in between', { failed: 20, between: 70, since: 4, again: '-', own: -1 }],
    ['and fail again now, whoever they were', { foreign: 'yes', path: '/x', again: '502' }],
    ['asked with a query, which nobody asks again', { again: '-', own: -1 }],
  ])('%s, count', (_, row) => {
    expect(found(row)).toEqual(['front.requests-fail'])
  })

  it.each([
    ['once, and asked again DebVisor fails as well: a path that somebody made up', { failed: 1 }],
    ['twice, which nobody asks again', { failed: 2, again: '-', own: -1 }],
    ['once, and asked again it works', { failed: 1, again: '200 200 200', own: 200 }],
    ['ended: three good answers since', { since: 3, again: '-', own: -1 }],
    ['ended: nobody came since, asked again it works', { again: '200 200 200', own: 200 }],
    [
      'a while ago, where users came every ten seconds',
      { failed: 20, first: 700, last: 500, again: '-', own: -1 },
    ],
    ['one in a hundred', { failed: 4, between: 390, since: 6, again: '200 502 200', own: 200 }],
    [
      'of the API of another site that shares the log',
      { foreign: 'yes', path: '/api/dashboards', again: '404', own: 404 },
    ],
    ['of another site that shares the log', { foreign: 'yes', path: '/wiki', again: '404', own: 404 }],
  ])('%s, are no trouble', (_, row) => {
    expect(found(row)).toEqual(['healthy'])
  })
})

describe('users that are refused', () => {
  const refused = { class: '4xx', status: 404, again: '-', own: -1 }

  it.each([
    ['by nginx, where DebVisor answers', { ...refused, again: '404', own: 200 }],
    ['what was served before', refused],
    ['by a rule of nginx since', { ...refused, status: 403, page: 'nginx' }],
    [
      'over a limit that they share',
      { ...refused, status: 429, page: 'nginx', failed: 70, before: 2, between: 1, again: '429', own: 401 },
    ],
    ['by a password that nginx asks for since', { ...refused, class: '401', status: 401, page: 'nginx' }],
    [
      'where this host is allowed',
      { ...refused, status: 403, page: 'nginx', again: '200 200 200', own: 200 },
    ],
    [
      'for their cookies',
      { ...refused, status: 400, page: 'too large', again: '200 200 200', own: 200, before: 0 },
    ],
  ])('%s, are a problem', (_, row) => {
    expect(found(row)).toEqual(['front.requests-refused'])
  })

  it.each([
    [
      'a thing that was deleted, and that one page still asks for',
      { ...refused, path: '/api/v1/vms/web-01', clients: 1 },
    ],
    ['a path that never was', { ...refused, path: '/wp-login.php', before: 0, again: '404', own: 404 }],
    [
      'strangers who ask a host with a password for its start page',
      { ...refused, class: '401', status: 401, path: '/', page: 'nginx', before: 0, again: '401', own: 200 },
    ],
    [
      'strangers whom a rule for addresses keeps out',
      { ...refused, status: 403, path: '/', page: 'nginx', before: 0, again: '403', own: 200 },
    ],
    [
      'strangers whom a rule keeps out that lets this host in',
      { ...refused, status: 403, path: '/', page: 'nginx', before: 0, again: '200 200 200', own: 200 },
    ],
    [
      'a tab whose session ended over night',
      { ...refused, class: '401', status: 401, page: 'nginx', clients: 1 },
    ],
    [
      'one address that asks for the page to log in too often now and then',
      {
        ...refused,
        path: '/auth/login',
        status: 429,
        page: 'nginx',
        failed: 4,
        before: 5,
        between: 1,
        clients: 1,
        again: '429',
        own: 200,
      },
    ],
    [
      'attempts to log in over the limit that is there for them',
      { ...refused, path: '/auth/login', status: 429, page: 'nginx', failed: 70, between: 9, again: '-' },
    ],
    ['forbidden by DebVisor, page of its own', { ...refused, status: 403 }],
    ['a bad form', { ...refused, method: 'POST', status: 422 }],
    ['one that is served to others', { ...refused, between: 5 }],
    [
      'a favicon that no page has',
      { ...refused, path: '/favicon.ico', before: 0, referred: 9, again: '404', own: 404 },
    ],
    ['a wrong password', { ...refused, class: '401', status: 401, since: 1 }],
    [
      'bad requests of a scanner',
      { ...refused, path: '/', status: 400, page: 'nginx', again: '200 200 200', own: 200 },
    ],
    [
      'hosts that are gone, beside those that are there',
      { ...refused, path: '/api/v1/hosts/*', between: 30, since: 9 },
    ],
  ])('%s, are no trouble', (_, row) => {
    expect(found(row)).toEqual(['healthy'])
  })

  it('are counted in plain words', () => {
    const one = verdictOn({ ...refused, clients: 1 })
    expect(finding(one, 'front.requests-refused').detail).toContain('of one client got 404')
    const tooLong = { ...refused, path: '/', status: 414, again: '200 200 200', own: 200 }
    const report = diagnose('websocket', { changes: asked(tooLong) })
    expect(finding(report, 'nginx.headers-too-large').detail).toContain('got 414, the newest')
  })

  it('for cookies: the directive where it is set', () => {
    const config = `${healthy.nginx_config}# configuration file /etc/nginx/conf.d/limits.conf:\nlarge_client_header_buffers 4 1k;\n`
    const row = { ...refused, path: '/', status: 400, page: 'too large', again: '200 200 200', own: 200 }
    const report = diagnose('websocket', { changes: { ...asked(row), nginx_config: config } })
    expect(causes(report)).toEqual(['nginx.headers-too-large'])
    expect(
      finding(report, 'nginx.headers-too-large')
        .evidence.map(({ text }) => text)
        .join(),
    ).toContain('(/var/log')
  })
})

describe('users that wait', () => {
  it('and hang up before an answer', () => {
    expect(found({ class: '499', status: 499, again: '-', own: -1 })).toEqual(['front.requests-given-up'])
    expect(found({ class: '499', status: 499, since: 20, again: '-', own: -1 })).toEqual(['healthy'])
    expect(found({ class: '499', status: 499, socketio: 12, again: '-', own: -1 })).toEqual(['healthy'])
    // A search that asks anew at each key, and whose browser drops what it asked before.
    expect(found({ class: '499', status: 499, first: 12, last: 5, again: '-', own: -1 })).toEqual(['healthy'])
  })

  it('for seconds, again and again', () => {
    expect(found({ class: 'slow', status: 4100, failed: 30 })).toEqual(['front.requests-slow'])
    expect(found({ class: 'slow', status: 1500, failed: 30 })).toEqual(['healthy'])
    expect(found({ class: 'slow', status: 9000, failed: 3 })).toEqual(['healthy'])
    expect(found({ class: 'slow', status: 60_000, failed: 30, path: '/api/v1/events' })).toEqual(['healthy'])
    expect(found({ class: 'slow', status: 60_000, failed: 30, path: '/isos/debian.iso' })).toEqual([
      'healthy',
    ])
  })
})

describe('Socket.IO asked for at another path', () => {
  const elsewhere = { class: '4xx', status: 404, path: '/ws/', socketio: 12, before: 0, again: '-', own: -1 }
  const websocket = (row: Requests) => diagnose('websocket', { changes: asked(row) })

  it('is told with the path', () => {
    const report = websocket(elsewhere)
    expect(causes(report)).toEqual(['socketio.client-path'])
    expect(finding(report, 'socketio.client-path')).toMatchObject({ subject: '/ws/' })
  })

  it('is none where somebody gets in there, and none of its own path', () => {
    expect(websocket({ ...elsewhere, since: 3 }).verdict).toBe('healthy')
    expect(websocket({ ...elsewhere, path: '/socket.io/', status: 400 }).verdict).toBe('healthy')
  })
})

describe('POST of the polling transport', () => {
  const post = (nginx: number, direct: number): Changes => ({
    large_post: `nginx\t${nginx}\tno\ndirect\t${direct}\tok\n`,
  })
  it('is refused by nginx alone', () => {
    expect(causes(diagnose('websocket', { changes: post(403, 200) }))).toEqual(['nginx.post-refused'])
    expect(causes(diagnose('websocket', { changes: post(405, 400) }))).toEqual(['nginx.post-refused'])
  })
  it('is refused by DebVisor too: nothing of nginx', () => {
    expect(diagnose('websocket', { changes: post(403, 403) }).verdict).toBe('healthy')
    expect(diagnose('websocket', { changes: post(400, 400) }).verdict).toBe('healthy')
  })
})

describe('a front that listens on loopback only', () => {
  const refusedOutside = 'connect=refused\nto=10.0.0.1 port 80\nfrom=the bot\n'
  const listeners = (healthy.listeners ?? '')
    .replaceAll(/(?:0\.0\.0\.0|\*):80\b/g, '127.0.0.1:80')
    .replaceAll(/.*\[::\]:80\b.*\n/g, '')
  const changes = { listeners, front: refusedOutside }

  it('is reached by nobody', () => {
    const report = diagnose('service', { changes })
    expect(causes(report)).toEqual(['front.loopback-only'])
    expect(finding(report, 'front.loopback-only').subject).toContain('127.0.0.1:80')
  })

  it('is as it should be behind a tunnel, or another server of this host', () => {
    expect(diagnose('service', { changes, variables: { frontIsLocal: true } }).verdict).toBe('healthy')
    const balanced = `${listeners}tcp LISTEN 0 128 0.0.0.0:443 0.0.0.0:* ino:9 sk:9 cgroup:/system.slice/haproxy.service <->\n`
    expect(diagnose('service', { changes: { ...changes, listeners: balanced } }).verdict).toBe('healthy')
    const tunnelled = `${listeners}tcp LISTEN 0 128 127.0.0.1:20241 0.0.0.0:* ino:9 sk:9 cgroup:/system.slice/cloudflared.service <->\n`
    expect(diagnose('service', { changes: { ...changes, listeners: tunnelled } }).verdict).toBe('healthy')
    expect(
      diagnose('service', { changes: { listeners: healthy.listeners ?? '', front: refusedOutside } }).verdict,
    ).toBe('healthy')
  })
})

describe('answers that are very long', () => {
  it('are told with their length', () => {
    const report = verdictOn({ class: 'huge', status: 19, failed: 5, last: 30 })
    expect(causes(report)).toEqual(['front.answers-huge'])
    expect(finding(report, 'front.answers-huge').title).toBe('Responses of /api/v1/hosts are 19 MB')
  })
  it('of an export are as they should be', () => {
    expect(found({ class: 'huge', status: 19, path: '/api/v1/backups/exports' })).toEqual(['healthy'])
  })
})

describe('nginx in between', () => {
  const page = '<!doctype html> <title>DebVisor</title>'
  const withConfig = (line: string, after: string, more: Changes) =>
    diagnose('websocket', {
      changes: { nginx_config: (healthy.nginx_config ?? '').replace(after, `${line}\n${after}`), ...more },
    })

  it('answers the API with a page of its own', () => {
    const http =
      '/api/health\t200\t9\tapplication/json {"status": "ok"}\n/\t200\t9\ttext/html <!doctype html>\n'
    const report = diagnose('websocket', {
      changes: { http, front_http: `/api/health\t200\t${page}\n/\t200\t${page}\n` },
    })
    expect(causes(report)).toEqual(['nginx.answers-itself'])
    const well = diagnose('websocket', {
      changes: { http, front_http: `/api/health\t200\t{"status": "ok"}\n/\t200\t${page}\n` },
    })
    expect(well.verdict).toBe('healthy')
  })

  it('keeps the bodies of requests', () => {
    const large_post = 'nginx\t0\t-\ndirect\t200\tok\n'
    const report = withConfig('        proxy_pass_request_body off;', '        proxy_http_version', {
      large_post,
    })
    expect(causes(report)).toEqual(['nginx.body-withheld'])
    expect(causes(diagnose('websocket', { changes: { large_post } }))).toEqual(['nginx.large-fails'])
    const well = withConfig('        proxy_pass_request_body off;', '        proxy_http_version', {})
    expect(well.verdict).toBe('healthy')
  })

  it('speaks another protocol than browsers, unless somebody is served', () => {
    const closed = 'nginx\tws\t-\t0\tclosed without an answer\ndirect\tws\t-\t101\t0{}\n'
    const nginx_config = (healthy.nginx_config ?? '').replace(
      /listen +([0-9]+)[^;]*;/,
      'listen $1 proxy_protocol;',
    )
    const report = diagnose('websocket', {
      changes: { nginx_config, ws_nginx: closed, nginx_said_again: 'now=1795496545 zone=+0000\n' },
    })
    expect(causes(report)[0]).toBe('nginx.listen-protocol')
    const served = { ...asked({ class: 'served', status: 200, last: 0, again: '-', own: -1 }) }
    const balanced = diagnose('websocket', {
      changes: { nginx_config, ws_nginx: closed, nginx_said_again: 'now=1795496545 zone=+0000\n', ...served },
    })
    expect(causes(balanced)).not.toContain('nginx.listen-protocol')
    expect(causes(balanced)).not.toContain('nginx.unreachable')
  })

  it('copies requests to a server that is gone', () => {
    const row = '/etc/nginx/sites-enabled/debvisor:9\tmirror /copy\t10.0.0.9\t-\ttimed out\t-1\t-\n'
    expect(causes(diagnose('performance', { changes: { front_members: row } }))).toEqual([
      'front.mirror-dead',
    ])
    expect(
      diagnose('performance', { changes: { front_members: row.replace('timed out', 'ok') } }).verdict,
    ).toBe('healthy')
  })
})

describe('logins that are refused one after the other', () => {
  const refusals = since(
    [1, 4, 9].map(
      (s) => `0${s}+0000 gunicorn[9]: WARNING panel.auth: failed login of 'operator' from 10.0.0.7`,
    ),
  )
  const short = 'users,password_hash,64,/opt/debvisor/web/panel/auth.py\n'
  const refusedWith = (password_columns: string, ...rows: readonly Requests[]) =>
    diagnose('db', {
      changes: { said: refusals, password_columns, ...(rows.length > 0 ? asked(...rows) : {}) },
    })
  const id = 'postgresql.hashes-cut'

  it('are a cause where the column is too short for a hash', () => {
    const report = refusedWith(short)
    expect(causes(report)).toEqual([id])
    expect(finding(report, id)).toMatchObject({
      subject: 'users.password_hash',
      title: 'Column users.password_hash is too short for password hashes',
      confidence: 'likely',
    })
  })

  it.each([
    ['the column is long enough', 'users,password_hash,200,/opt/debvisor/web/panel/auth.py\n'],
    ['the program makes short hashes', 'users,password,64,-\n'],
    ['there is no such column', ''],
  ])('are somebody who has forgotten a password where %s', (_, rows) => {
    expect(refusedWith(rows)).toMatchObject({ verdict: 'healthy' })
  })

  it('are no trouble where somebody got in since', () => {
    const login = { method: 'POST', path: '/auth/login', class: 'served', status: 302, last: 3, again: '-' }
    expect(refusedWith(short, login)).toMatchObject({ verdict: 'healthy' })
  })
})

describe('SCRIPT_NAME in the environment of gunicorn', () => {
  const said = since(
    ['/', '/api/stats'].map(
      (path) =>
        `15+0000 gunicorn[637]: [WARNING] Invalid request from ip=127.0.0.1: Configuration problem: Request path '${path}' does not start with SCRIPT_NAME '/panel'`,
    ),
  )
  const failing = { path: '/api/stats', example: '/api/stats', status: 500, again: '500', own: 500 }
  const refused = (more: Changes = {}, ...rows: readonly Requests[]): Changes => ({
    ...asked(failing, ...rows),
    said,
    said_again: said,
    http: '/api/health\t500\t9\ttext/html Bad Request\n',
    paths: '',
    unit_settings: '',
    env_order: 'closed\t1\t/etc/default/panel\t0\t/lib/d.service:12\n',
    env_names: 'SECRET_KEY\t1\t/etc/default/panel:1\nSCRIPT_NAME\t1\t/etc/default/panel:6\n',
    ...more,
  })

  it('is why it refuses each address that does not begin with it', () => {
    const report = diagnose('service', { changes: refused() })
    expect(causes(report)).toEqual(['debvisor.script-name'])
    expect(finding(report, 'debvisor.script-name')).toMatchObject({
      title: 'SCRIPT_NAME=/panel is set for DebVisor: it refuses each address that does not begin with it',
      subject: 'SCRIPT_NAME (/etc/default/panel:6)',
    })
    expect(finding(report, 'debvisor.api-errors').role).toBe('consequence')
  })

  it('is told where nobody knows its place', () => {
    const report = diagnose('service', { changes: refused({ env_names: '' }) })
    expect(finding(report, 'debvisor.script-name').subject).toBe('SCRIPT_NAME')
  })

  it.each([
    [
      'users are served below it, and only looks of others are refused',
      refused({}, { ...failing, path: '/panel/', example: '/panel/', class: 'served', status: 200 }),
    ],
    ['other requests fail', { ...refused(), ...asked({ ...failing, path: '/api/b', example: '/api/b' }) }],
    ['the lines are old', refused({ said: since([]), said_again: since([]) })],
  ])('is not blamed where %s', (_, changes) => {
    const ids = diagnose('service', { changes }).findings.map(({ id }) => id)
    expect(ids).not.toContain('debvisor.script-name')
  })
})

describe('a unit that DebVisor asks, and that fails of itself', () => {
  const raised = since([
    '15+0000 python3[582]: Traceback (most recent call last):',
    '15+0000 python3[582]:   File "/usr/lib/python3.13/socketserver.py", line 766, in __init__',
    '15+0000 python3[582]:   File "/opt/debvisor/rpc/debvisor_rpcd.py", line 61, in admits',
    "15+0000 python3[582]: TypeError: '>=' not supported between instances of 'int' and 'str'",
  ])
  const error = (second: string) =>
    since([
      `${second}+0000 gunicorn[205]: ERROR panel.api: RPC call nodes.list failed: the daemon closed the connection`,
    ])
  const config = 'file\t4\t15:26\t/etc/debvisor/rpc/config.json\n'
  const fails = (more: Changes = {}): Changes => ({
    ...asked({ path: '/api/nodes', example: '/api/nodes', status: 502, again: '401', own: 401 }),
    said: error('15'),
    others_said: raised,
    changes: config,
    ...more,
  })
  const look = (changes: Changes) =>
    diagnose('service', { changes, variables: { services: 'debvisor-rpcd' } })

  it('is named, with its code and the settings that somebody changed', () => {
    const report = look(fails())
    expect(causes(report)).toContain('debvisor.service-raises')
    const { title, subject, detail, confidence } = finding(report, 'debvisor.service-raises')
    expect(title).toBe(
      "debvisor-rpcd fails on calls: TypeError: '>=' not supported between instances of 'int' and 'str'",
    )
    expect(subject).toBe('/etc/debvisor/rpc/config.json')
    expect(detail).toContain('at /opt/debvisor/rpc/debvisor_rpcd.py:61: ')
    expect(detail).toContain('one that stands in quotes in its configuration')
    expect(confidence).toBe('likely')
  })

  it('is told by its code alone where no settings were changed', () => {
    const { subject } = finding(look(fails({ changes: '' })), 'debvisor.service-raises')
    expect(subject).toBe('/opt/debvisor/rpc/debvisor_rpcd.py:61')
  })

  it.each([
    ['no request fails', { requests: '' }],
    ['DebVisor has an error at another time', { said: error('02') }],
    [
      'it says an error that it has from elsewhere',
      { others_said: since(['15+0000 python3[582]: ERROR rpcd: call refused']) },
    ],
  ])('is not blamed where %s', (_, more: Changes) => {
    expect(look(fails(more)).findings.map(({ id }) => id)).not.toContain('debvisor.service-raises')
  })
})
