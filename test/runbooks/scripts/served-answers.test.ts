import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ask } from './ask.ts'

/** An answer of a server by path: its type and its body, and what else there is to it. */
interface Answer {
  readonly type?: string
  readonly body?: string | Buffer
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Ends the connection after the body, whatever Content-Length says. */
  readonly cut?: boolean
  /** Milliseconds that it takes. */
  readonly after?: number
}
type Answers = Readonly<Record<string, Answer | ((headers: NodeJS.Dict<string | string[]>) => Answer)>>

const html = (body: string): Answer => ({ type: 'text/html; charset=utf-8', body })
const script = (body: string): Answer => ({ type: 'application/javascript', body })
const json = (body: unknown): Answer => ({
  type: 'application/json',
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

const running: Server[] = []
afterEach(() => {
  for (const server of running.splice(0)) server.close()
})

async function serve(answers: Answers): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const given = answers[request.url ?? ''] ?? { status: 404, body: 'no' }
    const {
      type,
      body = '',
      status = 200,
      headers,
      cut,
      after = 0,
    } = typeof given === 'function' ? given(request.headers) : given
    response.writeHead(status, {
      ...(type ? { 'content-type': type } : {}),
      ...(cut ? {} : { 'content-length': Buffer.byteLength(body) }),
      ...headers,
    })
    if (cut) response.write(body, () => response.destroy())
    else setTimeout(() => response.end(body), after)
  })
  running.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, asked }
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const two = (n: number): string => String(n).padStart(2, '0')
function timeLocal(age: number): string {
  const at = new Date(Date.now() - age * 1000)
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':')
  return `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}:${clock} +0000`
}
interface Visit {
  readonly uri: string
  readonly status?: number
  readonly method?: string
  readonly referrer?: string
}
const visited = (...visits: readonly Visit[]): string =>
  visits
    .flatMap(({ uri, status = 200, method = 'GET', referrer = '-' }) =>
      [9, 5].map(
        (age) =>
          `10.0.0.7 - - [${timeLocal(age)}] "${method} ${uri} HTTP/1.1" ${status} 120 "${referrer}" "Mozilla/5.0"\n`,
      ),
    )
    .join('')

interface Given {
  readonly own: Answers
  /** What nginx gives: what DebVisor gives, but for these. */
  readonly nginx?: Answers
  readonly log?: string
  /** In the server block, before its locations. */
  readonly server?: string
  readonly locations?: (port: number) => string
  /** In the http block. */
  readonly groups?: (port: number) => string
}
type Row = readonly [kind: string, key: string, number: number, side: string, value: string]

async function rowsOf({ own, nginx = {}, log, server = '', locations, groups = () => '' }: Given) {
  const debvisor = await serve(own)
  const front = await serve({ ...own, ...nginx })
  const proxied = (port: number): string => `location / { proxy_pass http://127.0.0.1:${port}; }`
  const { status, stdout, stderr } = await ask(
    'nginx/served-answers.pl',
    ['$root/etc/nginx/nginx.conf', String(debvisor.port)],
    {
      tree: {
        'etc/nginx/nginx.conf': `http {\n  access_log $root/var/log/nginx/access.log;\n  ${groups(debvisor.port)}\n  include $root/etc/nginx/sites-enabled/*;\n}\n`,
        'etc/nginx/sites-enabled/debvisor': `server {\n  listen 127.0.0.1:${front.port};\n  server_name dash.example.com;\n${server}\n${(locations ?? proxied)(debvisor.port)}\n}\n`,
        'var/log/nginx/access.log': log ?? visited(...Object.keys(own).map((uri) => ({ uri }))),
      },
    },
  )
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const lines = stdout.trimEnd().split('\n')
  expect(lines.slice(-2)).toEqual(['end\t\t0\t\tanswers', '=== end'])
  const rows = lines.slice(0, -2).map((line): Row => {
    const [kind = '', key = '', number = '', side = '', value = ''] = line.split('\t')
    return [kind, key, Number(number), side, value]
  })
  const of = (...kinds: readonly string[]): Row[] => rows.filter(([kind]) => kinds.includes(kind))
  return { rows, of, troubles: of('broken', 'asset', 'differs', 'directive'), asked: debvisor.asked }
}

const page = '<!doctype html>\n<title>DebVisor</title>\n<script src="/app.js"></script>\n<h1>Dashboard</h1>\n'
const platform: Answers = {
  '/': html(page),
  '/app.js': script("new WebSocket('ws://' + location.host)"),
  '/api/hosts': json([{ id: 1, name: 'node1' }]),
}

describe('of what users are served', () => {
  it('nothing is amiss where it is whole and the same', async () => {
    const { troubles, of } = await rowsOf({ own: platform })
    expect(troubles).toEqual([])
    expect(of('asked').map(([, path, own, via, type]) => [path, own, via, type])).toEqual([
      ['/', 200, '200', 'text/html'],
      ['/api/hosts', 200, '200', 'application/json'],
      ['/app.js', 200, '200', 'application/javascript'],
    ])
  })

  it('only what may be asked without harm is asked, and that with GET', async () => {
    const { asked } = await rowsOf({
      own: platform,
      log: visited(
        { uri: '/api/hosts' },
        { uri: '/api/hosts?page=2' },
        { uri: '/api/hosts/17' },
        { uri: '/reset/5f2c9a7be01d44f8a9c3' },
        { uri: '/logout' },
        { uri: '/api/v1/touch' },
        { uri: '/api/hosts/delete-all' },
        { uri: '/api/refused', status: 403 },
        { uri: '/api/created', method: 'POST' },
        { uri: '/logo.png' },
        { uri: '/socket.io/' },
      ),
    })
    expect(new Set(asked)).toEqual(new Set(['GET /api/hosts']))
  })

  it('nobody is asked where nobody was served', async () => {
    const { rows, asked } = await rowsOf({ own: platform, log: '' })
    expect({ rows, asked }).toEqual({ rows: [], asked: [] })
  })
})

describe('JSON is broken', () => {
  /** What is said of each body, in their order; six are asked of one host. */
  async function saidOf(bodies: readonly string[]): Promise<(string | undefined)[]> {
    const names = 'abcdefghijklmnopqr'.split('').map((letter) => `/api/${letter}`)
    const { of } = await rowsOf({
      own: Object.fromEntries(bodies.map((body, i) => [names[i] ?? '', json(body)])),
    })
    expect(of('asked')).toHaveLength(bodies.length)
    return bodies.map((body, i) => {
      const [, , bytes, side, why] = of('broken').find(([, key]) => key === names[i]) ?? []
      if (why !== undefined) expect([bytes, side]).toEqual([Buffer.byteLength(body), 'both'])
      return why
    })
  }
  const broken = {
    '[{"cpu": NaN, "memory": 3}]': 'NaN is no number of JSON after the key cpu',
    '{"load": {"one": -Infinity}}': '-Infinity is no number of JSON after the key one',
    '[{"id": 1, "name": "node': 'it breaks off after the key name',
    '[{"id": 1},': 'it breaks off after the key id',
    '<!doctype html><title>Sign in</title>': 'it is HTML',
    '<br /><b>Warning</b>: x\n{"id": 1}': 'it begins with HTML',
    "{'id': 1}": 'it is no JSON from its beginning',
    '{"id": None}': 'None is no word of JSON after the key id',
    '{"id": 1}<!-- 3 ms -->': 'it goes on after its end',
    '{"id": 01}': 'it is no JSON after the key id',
  }

  it.each([0, 6])('where browsers cannot read it (from case %i on)', async (from) => {
    const cases = Object.entries(broken).slice(from, from + 6)
    expect(await saidOf(cases.map(([body]) => body))).toEqual(cases.map(([, why]) => why))
  })

  it('and not where there is none, as of what only says that it is there', async () => {
    const { of, troubles } = await rowsOf({ own: { '/api/ping': json('') } })
    expect(troubles).toEqual([])
    expect(of('answer')).toEqual([
      ['answer', '/api/ping', expect.any(Number), '-', 'application/json, empty'],
    ])
  })

  it('and not where they can', async () => {
    const whole = [
      ')]}\',\n{"id": 1}',
      '\ufeff{"id": 1}',
      '{"id": 1}\n{"id": 2}\n',
      '[null, 0, -1.5e-7, 1E5, 12345678901234567890]\n',
      '{"a": "\\u00fc \\" \\\\ \u00fc", "NaN": "NaN"}',
      ' [ ] ',
    ]
    expect(await saidOf(whole)).toEqual(whole.map(() => undefined))
  })

  it('by nginx alone, where DebVisor gives it whole', async () => {
    const { troubles } = await rowsOf({
      own: { '/api/x': json({ id: 1 }) },
      nginx: { '/api/x': json('{"id": 1}<p>Maintenance at 8</p>') },
    })
    expect(troubles).toEqual([['broken', '/api/x', 32, 'nginx', 'it goes on after its end']])
  })

  it('and not if it was so once only', async () => {
    let times = 0
    const { troubles } = await rowsOf({ own: { '/api/x': () => json(times++ < 2 ? '{"id": ' : { id: 1 }) } })
    expect(troubles).toEqual([])
  })
})

describe('the length and the coding of an answer', () => {
  it('are told where they do not fit the body', async () => {
    const { troubles } = await rowsOf({
      own: {
        '/cut': { type: 'text/html', body: '<p>Dash', headers: { 'content-length': '700' }, cut: true },
        '/chunks': { type: 'text/html', body: '<p>Dash', cut: true },
        '/plain': { type: 'text/html', body: '<p>Dash', headers: { 'content-encoding': 'gzip' } },
        '/packed': { type: 'text/html', body: gzipSync('<p>Dash') },
        '/error': { status: 500, type: 'text/html', body: '<p>Err', cut: true },
      },
    })
    expect(troubles.map(([kind, key, , side, value]) => [kind, key, side, value])).toEqual([
      ['broken', '/chunks', 'both', 'it ends before its last chunk'],
      ['broken', '/cut', 'both', 'it ends after 7 of the 700 bytes that Content-Length says'],
      ['broken', '/packed', 'both', 'it is compressed and has no Content-Encoding'],
      ['broken', '/plain', 'both', 'it says Content-Encoding: gzip and is not compressed'],
    ])
  })

  it('are fine of what is compressed, and of what is too long to be read', async () => {
    const { troubles } = await rowsOf({
      own: {
        '/packed': { type: 'text/html', body: gzipSync('<p>'), headers: { 'content-encoding': 'gzip' } },
        '/long': json(`[${'"x", '.repeat(70_000)}`),
      },
    })
    expect(troubles).toEqual([])
  })

  it('are no matter of a server that is slow', async () => {
    const slow = createTcpServer((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"a"'),
    )
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    const { port } = slow.address() as AddressInfo
    try {
      const { stdout } = await ask('nginx/served-answers.pl', ['$root/etc/nginx/nginx.conf', String(port)], {
        tree: {
          'etc/nginx/nginx.conf': `http { access_log $root/var/log/nginx/access.log; server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${port}; } } }`,
          'var/log/nginx/access.log': visited({ uri: '/api/x' }),
        },
      })
      expect(stdout).toBe('asked\t/api/x\t0\t-\t-\nend\t\t0\t\tanswers\n=== end\n')
    } finally {
      slow.close()
    }
  }, 15_000)
})

describe('a location that takes away what says who asks', () => {
  it('is told, as nginx hands the header down', async () => {
    const { of } = await rowsOf({
      own: platform,
      server: "proxy_set_header Host $host;\nproxy_set_header cookie '';",
      locations: (port) => `
        location / { proxy_pass http://127.0.0.1:${port}; }
        location /api/ { proxy_set_header Host $host; proxy_pass http://127.0.0.1:${port}; }
        location /ws/ { proxy_pass_request_headers off; proxy_set_header Cookie $http_cookie; proxy_pass http://127.0.0.1:${port}; }
        location ~ ^/v[12]/ { proxy_set_header Authorization "Basic hush"; proxy_pass http://127.0.0.1:${port}; }
        location /other/ { proxy_set_header Cookie ""; proxy_pass http://127.0.0.1:1; }`,
    })
    const rows = of('stripped').map(
      ([, key, number, side, value]) => `${key} ${side.split('/').pop()}:${number} ${value}`,
    )
    expect(rows).toEqual([
      '/ debvisor:5 proxy_set_header cookie (empty)',
      '/ws/ debvisor:9 proxy_pass_request_headers off',
      '/ debvisor:10 proxy_set_header Authorization (always the same)',
    ])
  })

  it('is none that hands it on', async () => {
    const locations = (port: number) =>
      `location / { proxy_set_header Cookie $http_cookie; proxy_set_header Authorization "$http_authorization"; proxy_pass http://127.0.0.1:${port}; }`
    expect((await rowsOf({ own: platform, locations })).of('stripped')).toEqual([])
  })
})

describe('DebVisor at a socket file', () => {
  it('is asked there, by the site of nginx that leads to it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'served-answers-'))
    const file = join(folder, 'panel.sock')
    const answer = (kind: string) =>
      createServer((_, response) =>
        response.setHeader('content-type', 'application/json').end(`{"kind":"${kind}","n":1}`),
      )
    const [own, front] = [answer('own'), answer('own')]
    await new Promise<void>((resolve) => own.listen(file, resolve))
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const { port } = front.address() as AddressInfo
    const log = visited({ uri: '/api/x' })
    const site = (pass: string) =>
      `http { access_log $root/var/log/nginx/access.log; upstream p { server unix:${file} fail_timeout=0; } server { listen 127.0.0.1:${port}; location / { proxy_pass ${pass}; } } }`
    try {
      for (const pass of [`http://unix:${file}:/`, 'http://p']) {
        const tree = { 'etc/nginx/nginx.conf': site(pass), 'var/log/nginx/access.log': log }
        const args = ['$root/etc/nginx/nginx.conf', '8080', 'false', `unix:${file}`]
        const { stdout } = await ask('nginx/served-answers.pl', args, { tree })
        expect(stdout).toMatch(/^asked\t\/api\/x\t200\t200\tapplication\/json\n/)
      }
    } finally {
      own.close()
      front.close()
      rmSync(folder, { recursive: true })
    }
  })
})

describe('the scripts and styles of a page', () => {
  const withAssets = html(
    '<link rel="stylesheet" href="style.css"><script src=/app.js?v=3></script><!-- <script src="/old.js"></script> -->\n<script src="https://cdn.example.com/x.js"></script><script src="/custom.js"></script><link rel="icon" href="/favicon.svg">',
  )
  const whole: Answers = { '/style.css': { type: 'text/css', body: 'p {}' }, '/app.js?v=3': script('1') }
  const log = visited({ uri: '/' })

  it('are fine where they are there', async () => {
    expect((await rowsOf({ own: { '/': withAssets, ...whole }, log })).troubles).toEqual([])
  })

  it.each([
    ['are gone', { '/style.css': { status: 404 }, '/app.js?v=3': { status: 502 } }, 'gets 502', 'gets 404'],
    [
      'are a page',
      { '/app.js?v=3': html('<!doctype html><p>'), '/style.css': html('<!DOCTYPE html>') },
      'is HTML',
      'is HTML',
    ],
    [
      'are of no type that runs',
      { '/app.js?v=3': { type: 'text/html', body: '1' } },
      'has type text/html, which browsers do not run',
      undefined,
    ],
    [
      'are empty',
      { '/app.js?v=3': script(''), '/style.css': { type: 'text/css', body: '' } },
      'is empty',
      undefined,
    ],
  ] satisfies readonly [string, Answers, string, string | undefined][])(
    '%s through nginx',
    async (_, nginx, ofScript, ofStyle) => {
      const { of } = await rowsOf({ own: { '/': withAssets, ...whole }, nginx, log })
      expect(of('asset').map(([, path, , kind, value]) => [path, kind, value])).toEqual([
        ['/app.js?v=3', 'script', `/ ${ofScript}`],
        ...(ofStyle ? [['/style.css', 'style', `/ ${ofStyle}`]] : []),
      ])
    },
  )

  it('are a page for those who ask again, who all get 200', async () => {
    const own = { '/': html('<script src="/app.js"></script>'), '/app.js': script('1') }
    const { of } = await rowsOf({ own, nginx: { '/app.js': html('<!doctype html><p>') } })
    expect(of('asset')).toEqual([['asset', '/app.js', 200, 'script', '/ is HTML']])
  })

  it('may be for those alone who name the page, and may be too many at once', async () => {
    const guarded = ({ referer }: NodeJS.Dict<string | string[]>): Answer =>
      referer === undefined ? { status: 403 } : script('1')
    const nginx = { ...whole, '/app.js?v=3': guarded, '/style.css': { status: 503 } }
    expect((await rowsOf({ own: { '/': withAssets, ...whole }, nginx, log })).troubles).toEqual([])
  })

  it('may be gone at DebVisor, where nginx has them', async () => {
    const { troubles } = await rowsOf({ own: { '/': withAssets }, nginx: whole, log })
    expect(troubles).toEqual([])
  })
})

describe('what nginx gives', () => {
  const differs = async (given: Given) =>
    (await rowsOf(given))
      .of('differs', 'directive')
      .map(([kind, key, number, side, value]) => [
        kind,
        key,
        number,
        kind === 'directive' ? side.replace(/^.*\//, '') : side,
        value,
      ])

  it('is something else in the code of a script: sub_filter', async () => {
    expect(
      await differs({
        own: platform,
        nginx: { '/app.js': script("new WebSocket('wss://' + location.host)") },
        server: "  sub_filter_types application/javascript;\n  sub_filter 'ws://' 'wss://';",
      }),
    ).toEqual([
      ['differs', '/app.js', 1, 'changed', 'ws:// has become wss://'],
      ['directive', '/app.js', 6, 'debvisor', expect.stringMatching(/^proxy_pass /)],
      ['directive', '/app.js', 5, 'debvisor', 'sub_filter ws:// wss://'],
    ])
  })

  it('is told without what may be a key', async () => {
    const own = { '/app.js': script('const key = __KEY__') }
    const nginx = { '/app.js': script('const key = sk_live_51Hx9aKq0ZbR7tUvW2') }
    const server = '  sub_filter __KEY__ sk_live_51Hx9aKq0ZbR7tUvW2;'
    const told = await differs({ own, nginx, server })
    expect(told[0]).toEqual(['differs', '/app.js', 1, 'changed', '__KEY__ has become (hidden)'])
    expect(told).toContainEqual(['directive', '/app.js', 4, 'debvisor', 'sub_filter __KEY__ (hidden)'])
    expect(JSON.stringify(told)).not.toContain('sk_live')
  })

  it('is as it must be where users come by TLS', async () => {
    const log = visited({ uri: '/app.js', referrer: 'https://dash.example.com/' })
    const nginx = { '/app.js': script("new WebSocket('wss://' + location.host)") }
    expect(await differs({ own: platform, nginx, log })).toEqual([])
  })

  it('has more than DebVisor gave: a script in the page', async () => {
    const nginx = { '/': html(page.replace('</h1>', '</h1><script src="/banner-of-proxy.js"></script>')) }
    expect((await differs({ own: platform, nginx, log: visited({ uri: '/' }) }))[0]?.slice(0, 4)).toEqual([
      'differs',
      '/',
      1,
      'added',
    ])
  })

  it('is another text alone', async () => {
    const nginx = { '/': html(page.replaceAll('DebVisor', 'ACME').replace('Dashboard', 'Overview')) }
    expect((await differs({ own: platform, nginx }))[0]?.slice(0, 4)).toEqual(['differs', '/', 1, 'text'])
  })

  it('lacks a field of JSON, and has other values', async () => {
    const own = { '/api/hosts': json([{ id: 1, name: 'node1' }]), '/api/load': json({ one: 3 }) }
    const nginx = { '/api/hosts': json([{ id: 1 }]), '/api/load': json({ one: 4 }) }
    const found = (await differs({ own, nginx })).filter(([kind]) => kind === 'differs')
    expect(found).toEqual([
      ['differs', '/api/hosts', 1, 'changed', 'the field [].name is missing'],
      ['differs', '/api/load', 1, 'values', '-'],
    ])
  })

  it('is JSON of hours ago, while DebVisor has that of now', async () => {
    const at = (minutes: number) => json([{ at: new Date(Date.now() - minutes * 60_000).toISOString() }])
    const server = '  proxy_cache figures;'
    const [first] = await differs({ own: { '/api/x': at(0) }, nginx: { '/api/x': at(180) }, server })
    expect(first).toEqual([
      'differs',
      '/api/x',
      1,
      'changed',
      'the last ten minutes in [].at has become an hour ago and more',
    ])
    const [recent] = await differs({ own: { '/api/x': at(0) }, nginx: { '/api/x': at(5) }, server })
    expect(recent?.slice(0, 4)).toEqual(['differs', '/api/x', 1, 'values'])
  })

  it('is another document of a location that does not lead to DebVisor', async () => {
    const locations = (port: number): string =>
      `location / { proxy_pass http://127.0.0.1:${port}; }\nlocation ~* \\.(js|css)$ {\n  root /var/www/old;\n}`
    const nginx = {
      '/app.js': script('"use strict"; const old = require("old-library"); old.start(document, window, 7)'),
    }
    expect(await differs({ own: platform, nginx, locations, log: visited({ uri: '/app.js' }) })).toEqual([
      ['differs', '/app.js', 0, 'other', '-'],
      ['directive', '/app.js', 7, 'debvisor', 'root /var/www/old'],
    ])
  })

  it.each([
    ['in place of the same path', 'location /app/ { proxy_pass http://127.0.0.1:PORT/app/; }', 1],
    [
      'with the longest beginning',
      'location / { root /srv; } location /app { proxy_pass http://127.0.0.1:PORT; }',
      1,
    ],
    ['of a group', 'location ^~ /app/ { proxy_pass http://own; } location ~ js$ { root /srv; }', 1],
    ['under another path', 'location /app/ { proxy_pass http://127.0.0.1:PORT/; }', 0],
    ['rewritten', 'location / { rewrite ^/app/(.*) /$1 break; proxy_pass http://127.0.0.1:PORT; }', 0],
    ['of a pattern', 'location / { proxy_pass http://127.0.0.1:PORT; } location ~* \\.JS$ { root /srv; }', 0],
    [
      'of an exact name',
      'location / { proxy_pass http://127.0.0.1:PORT; } location = /app/x.js { return 200 x; }',
      0,
    ],
  ])('is passed on to DebVisor or not: a location %s', async (_, text, passed) => {
    const found = await differs({
      own: { '/app/x.js': script("new WebSocket('ws:')") },
      nginx: { '/app/x.js': script("new WebSocket('wss:')") },
      locations: (port) => text.replace('PORT', String(port)),
      groups: (port) => `upstream own { server 127.0.0.1:${port}; }`,
    })
    expect(found[0]?.slice(0, 3)).toEqual(['differs', '/app/x.js', passed])
  })

  it.each<readonly [string, Answers, Answers]>([
    ['headers', {}, { '/': { ...html(page), headers: { 'x-request-id': '77', 'x-cache': 'HIT' } } }],
    ['white space', {}, { '/': html(page.replaceAll('\n', '  \n')) }],
    [
      'its own address in links',
      { '/': html('<a href="http://127.0.0.1:8080/x">x</a>') },
      { '/': html('<a href="http://dash.example.com/x">x</a>') },
    ],
    [
      'figures',
      { '/': html(`${page}<script>load = 3</script>`) },
      { '/': html(`${page}<script>load = 4</script>`) },
    ],
    [
      'figures of a text',
      { '/metrics': { type: 'text/plain', body: 'busy 3' } },
      { '/metrics': { type: 'text/plain', body: 'busy four' } },
    ],
    ['an error page', {}, { '/': { status: 503, ...html('<h1>Maintenance</h1>') } }],
    [
      'a page for all that DebVisor does not know',
      { '/': html(page), '/app.js': html(page) },
      { '/app.js': script('1') },
    ],
    ['what follows from who asks', { '/': ({ host }) => html(`<base-of data="${host}">`) }, {}],
    [
      'the form of an empty list',
      { '/api/hosts': json({ hosts: [] }) },
      { '/api/hosts': json({ hosts: [{ id: 1 }] }) },
    ],
  ])('may differ in %s', async (_, own, nginx) => {
    const found = await differs({ own: { ...platform, ...own }, nginx })
    expect(found.filter(([kind, , , how]) => kind === 'differs' && how !== 'values')).toEqual([])
  })

  it('may differ in a nonce, a time and a counter', async () => {
    let times = 0
    const varying = () =>
      html(
        `<script nonce="${Math.random().toString(36).slice(2)}">x(${times++})</script><p>Now ${Date.now()}`,
      )
    expect(await differs({ own: { '/': varying }, nginx: { '/': varying } })).toEqual([])
  })

  it('may be JSON that changes with each look', async () => {
    let times = 0
    expect(await differs({ own: { '/api/load': () => json({ load: times++ }) } })).toEqual([])
  })
})

describe('a path that nginx answers and DebVisor does not', () => {
  const guarded: Answers = {
    ...platform,
    '/api/hosts': { ...json({ error: 'login required' }), status: 401 },
  }

  it('is open, with what serves it there', async () => {
    const { of } = await rowsOf({
      own: guarded,
      nginx: { '/api/hosts': json([{ id: 1 }]) },
      locations: (port) => `
location / { proxy_pass http://127.0.0.1:${port}; }
location /api/ {
  proxy_pass http://127.0.0.1:${port};
  proxy_cache panel;
  proxy_set_header Authorization "Basic bm90aGluZzpzZWNyZXQ=";
}`,
    })
    expect(of('open')).toEqual([['open', '/api/hosts', 401, '200', 'application/json']])
    expect(of('directive').map(([, key, , , value]) => [key, value.replace(/:\d+$/, '')])).toEqual([
      ['/api/hosts', 'proxy_pass http://127.0.0.1'],
      ['/api/hosts', 'proxy_cache panel'],
      ['/api/hosts', 'proxy_set_header Authorization'],
    ])
  })

  it('is none where both want a login, or nginx has no body for it', async () => {
    const log = visited(...Object.keys(platform).map((uri) => ({ uri })))
    expect((await rowsOf({ own: guarded, log })).of('open')).toEqual([])
    expect((await rowsOf({ own: guarded, nginx: { '/api/hosts': json('') }, log })).of('open')).toEqual([])
  })
})

describe('a path that nginx rejects and DebVisor serves', () => {
  const rejected = {
    ...html('<html><head><title>400 No required SSL certificate was sent</title></head></html>'),
    status: 400,
  }

  it('is told with the title of its page and the directive that may be the reason', async () => {
    const nginx = Object.fromEntries(Object.keys(platform).map((path) => [path, rejected]))
    const { of } = await rowsOf({
      own: { ...platform, '/api/hosts': { ...json({ error: 'login required' }), status: 401 } },
      nginx,
      server: 'ssl_verify_client on;',
    })
    expect(of('rejected')).toContainEqual([
      'rejected',
      '/api/hosts',
      400,
      '401',
      '400 No required SSL certificate was sent',
    ])
    expect(of('directive').map(([, , , , value]) => value)).toContain('ssl_verify_client on')
  })

  it.each([403, 404, 405, 429])('is none where a rule or a limit may be meant: %d', async (status) => {
    expect(
      (await rowsOf({ own: platform, nginx: { '/api/hosts': { ...rejected, status } } })).of('rejected'),
    ).toEqual([])
  })
})

describe('what browsers do not use', () => {
  const nosniff = { 'x-content-type-options': 'nosniff' }
  const code = "new WebSocket('ws://' + location.host)"

  it('is a script of another type that they may not guess, and a page that they save', async () => {
    const { of } = await rowsOf({
      own: platform,
      nginx: {
        '/app.js': { type: 'application/octet-stream', body: code, headers: nosniff },
        '/': { ...html(page), headers: { 'content-disposition': 'attachment' } },
      },
      server: 'add_header Content-Disposition attachment always;',
    })
    expect(of('unusable').map(([, path, , , why]) => [path, why])).toEqual(
      expect.arrayContaining([
        [
          '/app.js',
          'browsers refuse it: it comes as application/octet-stream in place of application/javascript, and X-Content-Type-Options is nosniff',
        ],
        ['/', 'browsers save the page in place of showing it (Content-Disposition: attachment)'],
      ]),
    )
    expect(of('directive').map(([, , , , value]) => value)).toContain(
      'add_header Content-Disposition attachment always',
    )
  })

  it('is nothing where they may guess, the type is right, or DebVisor has it so', async () => {
    const { of } = await rowsOf({
      own: { ...platform, '/': { ...html(page), headers: { 'content-disposition': 'attachment' } } },
      nginx: { '/app.js': { type: 'text/javascript', body: code, headers: nosniff } },
    })
    expect(of('unusable')).toEqual([])
    const guessed = await rowsOf({
      own: platform,
      nginx: { '/app.js': { type: 'application/octet-stream', body: code } },
    })
    expect(guessed.of('unusable')).toEqual([])
  })
})

describe('a path waits in nginx', () => {
  const late = (ms: number) => ({ ...json([{ id: 1 }]), after: ms })

  it('where DebVisor answers it at once', async () => {
    const { of } = await rowsOf({
      own: platform,
      nginx: { '/api/hosts': late(1700) },
      locations: (port) => `location / { limit_req zone=api burst=60; proxy_pass http://127.0.0.1:${port}; }`,
    })
    const [[, path, via, own, said] = []] = of('waits')
    expect([path, said]).toEqual(['/api/hosts', 'answered with 200'])
    expect(via).toBeGreaterThanOrEqual(1700)
    expect(Number(own)).toBeLessThan(500)
    expect(of('directive').map(([, , , , value]) => value)).toContain('limit_req zone=api burst=60')
  }, 15_000)

  it('and not where DebVisor takes as long, or it was once', async () => {
    expect((await rowsOf({ own: { ...platform, '/api/hosts': late(1700) } })).of('waits')).toEqual([])
    let times = 0
    const once = () => (times++ === 0 ? late(1700) : json([{ id: 1 }]))
    expect((await rowsOf({ own: platform, nginx: { '/api/hosts': once } })).of('waits')).toEqual([])
  }, 15_000)
})

describe('a login', () => {
  const toLogin = { status: 302, headers: { location: '/auth/login?next=/dashboard/' } }
  const panel: Answers = {
    '/': html('<h1>Start</h1>'),
    '/dashboard/': toLogin,
    '/api/hosts': { ...json({}), status: 401 },
  }
  const entered = { uri: '/auth/login', method: 'POST', status: 302 }
  const lost = [entered, { uri: '/dashboard/', status: 302 }, { uri: '/auth/login' }]
  const loginsOf = async (visits: readonly Visit[], locations?: Given['locations']) => {
    const log = visits.map((visit) => visited(visit).split('\n')[0]).join('\n')
    return (await rowsOf({ own: panel, log: `${log}\n`, ...(locations ? { locations } : {}) })).of(
      'login',
      'directive',
    )
  }

  it('did not last where what follows it is refused as without one', async () => {
    const rows = await loginsOf(
      [...lost, ...lost],
      (port) => `location / { proxy_pass http://127.0.0.1:${port}; proxy_cookie_path / /panel/; }`,
    )
    expect(rows[0]).toEqual(['login', '/auth/login', 2, '0', '/dashboard/'])
    expect(rows.map(([, , , , value]) => value)).toContain('proxy_cookie_path / /panel/')
  })

  it('may lose calls of a page alone', async () => {
    const [row] = await loginsOf([entered, { uri: '/api/hosts', status: 401 }])
    expect(row).toEqual(['login', '/auth/login', 1, '0', '/api/hosts'])
  })

  it.each<[string, readonly Visit[]]>([
    ['lasted', [entered, { uri: '/', status: 302 }, { uri: '/dashboard/' }, { uri: '/dashboard/' }]],
    ['had a wrong password, and was sent back', [entered, { uri: '/auth/login' }]],
    ['was only tried', [entered]],
    ['was sent on from the start page, and left', [entered, { uri: '/', status: 302 }]],
    ['leads to what nobody is refused', [entered, { uri: '/', status: 302 }, { uri: '/auth/login' }]],
    [
      'was refused',
      [{ ...entered, status: 401 }, { uri: '/dashboard/', status: 302 }, { uri: '/auth/login' }],
    ],
  ])('is not lost where it %s', async (_, visits) => {
    expect(await loginsOf(visits)).toEqual([])
  })
})

describe('a path that one client gets and is refused in turn', () => {
  const turns = async (statuses: readonly number[], more = '') => {
    const log = statuses
      .map((status, i) => visited({ uri: '/dashboard/', status }).split('\n')[i % 2])
      .join('\n')
    const { of } = await rowsOf({
      own: { '/dashboard/': { status: 302, headers: { location: '/auth/login' } } },
      log: `${log}\n`,
      groups: (port) => `upstream panel { server 127.0.0.1:${port}; server 127.0.0.1:1; ${more} }`,
      locations: () => 'location / { proxy_pass http://panel; }',
    })
    return of('turns', 'directive')
  }

  it('is told with the servers that nginx shares it between', async () => {
    const rows = await turns([200, 302, 200, 302, 200, 302], 'ip_hash;')
    expect(rows[0]).toEqual(['turns', '/dashboard/', 5, '3', '3'])
    expect(rows.map(([, , , , value]) => value).sort()).toEqual([
      '3',
      'ip_hash',
      'proxy_pass http://panel',
      'server 127.0.0.1:1',
      expect.stringMatching(/^server 127\.0\.0\.1:\d+$/),
    ])
  })

  it('is none where a session has ended, or began', async () => {
    expect(await turns([200, 200, 200, 302, 302, 302])).toEqual([])
    expect(await turns([302, 200, 200, 302])).toEqual([])
  })
})

describe('a script that somebody did not get', () => {
  const panel: Answers = { '/': html('<h1>Start</h1>'), '/static/panel.js': script('poll()') }
  const gone = { '/static/panel.js': { status: 404, body: 'no' } }
  const looksIn = (folder: string) => (port: number) =>
    `location / { proxy_pass http://127.0.0.1:${port}; }\nlocation /static/ { root ${folder}; }`
  const missed = visited({ uri: '/' }, { uri: '/static/panel.js', status: 404 })

  it('is lost where DebVisor has it, with the folder that is not there', async () => {
    const { of } = await rowsOf({
      own: panel,
      nginx: gone,
      log: missed,
      locations: looksIn('$root/srv/panel'),
    })
    expect(of('lost')).toEqual([['lost', '/static/panel.js', 404, 'script', '-']])
    expect(of('directive').map(([, , , , value]) => value)).toEqual([
      expect.stringMatching(/^root .*\/srv\/panel$/),
    ])
    expect(of('absent').map(([, path, , , value]) => [path, value])).toEqual([
      ['/static/panel.js', expect.stringMatching(/\/srv$/)],
    ])
  })

  it('is not where nginx has it now, somebody got it since, or DebVisor has it not', async () => {
    expect((await rowsOf({ own: panel, log: missed })).of('lost')).toEqual([])
    const got = `${missed}${visited({ uri: '/static/panel.js' }).split('\n')[1]}\n`
    expect((await rowsOf({ own: panel, nginx: gone, log: got })).of('lost')).toEqual([])
    const scanned = visited({ uri: '/' }, { uri: '/wp-includes/js/jquery.js', status: 404 })
    expect((await rowsOf({ own: panel, log: scanned })).of('lost')).toEqual([])
  })
})

describe('a cookie', () => {
  const giving = (cookie: string): Answers => ({
    '/dashboard/': { ...html('<h1>Hosts</h1>'), headers: { 'set-cookie': cookie } },
  })
  const faultOf = async (own: string, nginx = own): Promise<string | undefined> =>
    (await rowsOf({ own: giving(own), nginx: giving(nginx) })).of('cookie')[0]?.[4]

  it('that keeps somebody logged in is not sent back', async () => {
    expect(await faultOf('session=a1; Path=/; HttpOnly', 'session=a1; Path=/panel/; HttpOnly')).toBe(
      'session is for the path /panel/, which no page lies below',
    )
    expect(await faultOf('sid=a1; Domain=old.example.org; Path=/')).toBe(
      'sid is for the domain old.example.org, and users ask dash.example.com',
    )
    expect(await faultOf('session=a1; Path=/; Secure')).toBe(
      'session is Secure, and users come by plain HTTP',
    )
    expect(await faultOf('csrftoken=a1; SameSite=None')).toBe('csrftoken has SameSite=None without Secure')
    expect(await faultOf('__Host-session=a1; Path=/')).toBe('__Host-session lacks what its prefix demands')
  })

  it('is well where it fits, is narrow on purpose, is taken away, or keeps nobody', async () => {
    expect(await faultOf('session=a1; Path=/; HttpOnly; SameSite=Lax')).toBeUndefined()
    expect(await faultOf('session=a1; Domain=.example.com; Path=/dashboard')).toBeUndefined()
    expect(await faultOf('refresh_token=a1; Path=/auth/refresh')).toBeUndefined()
    expect(await faultOf('session=; Domain=old.example.org; Path=/')).toBeUndefined()
    expect(await faultOf('theme=dark; Domain=old.example.org')).toBeUndefined()
  })
})

describe('by TLS, where users come that way,', () => {
  const folder = mkdtempSync(join(tmpdir(), 'served-answers-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=dash.example.com'.split(' ')
  beforeAll(() => {
    execFileSync('openssl', ['req', '-x509', ...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const served: Answers = { ...platform, '/api/hosts': json('[{"id": NaN}]') }
  /** What nginx says of each path, and how many connections that took. */
  async function asked(
    answer: (channel: TLSSocket, request: string) => void,
  ): Promise<{ stdout: string; connections: number }> {
    const debvisor = await serve(platform)
    let connections = 0
    const front = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (channel) => {
      connections += 1
      channel.on('error', () => {}).on('data', (request) => answer(channel, String(request)))
    })
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const { port } = front.address() as AddressInfo
    try {
      const said = await ask(
        'nginx/served-answers.pl',
        ['$root/etc/nginx/nginx.conf', String(debvisor.port)],
        {
          tree: {
            'etc/nginx/nginx.conf': `http { access_log $root/var/log/nginx/access.log; server { listen 127.0.0.1:${port} ssl; server_name dash.example.com; location / { proxy_pass http://127.0.0.1:${debvisor.port}; } } }`,
            'var/log/nginx/access.log': visited(...Object.keys(platform).map((uri) => ({ uri }))),
          },
        },
      )
      expect(said).toMatchObject({ status: 0, stderr: '' })
      return { stdout: said.stdout, connections }
    } finally {
      front.close()
    }
  }
  const answerTo = (request: string, more = ''): string => {
    const given = served[/^GET (\S+)/.exec(request)?.[1] ?? '']
    const { type = '', body = '' } = typeof given === 'object' ? given : {}
    return `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(String(body))}\r\n${more}\r\n${body}`
  }

  // A server that reads on only when more comes never sees what came in together with the request before.
  it('nginx is asked one path after the other on one connection', async () => {
    const { stdout, connections } = await asked((channel, request) => channel.write(answerTo(request)))
    expect(stdout).toContain('asked\t/app.js\t200\t200\tapplication/javascript\n')
    expect(stdout).toContain('broken\t/api/hosts\t13\tnginx\tNaN is no number of JSON after the key id\n')
    // All paths once, and once more what was broken.
    expect(connections).toBe(2)
  })

  it('it is asked on several where it ends each', async () => {
    const { stdout } = await asked((channel, request) =>
      channel.end(answerTo(request, 'Connection: close\r\n')),
    )
    expect(stdout.match(/^asked\t\S+\t200\t200\t/gm)).toHaveLength(3)
  })

  it('what does not answer at all has no status', async () => {
    const { stdout } = await asked((channel) => channel.destroy())
    expect(stdout.match(/^asked\t\S+\t200\t0\t/gm)).toHaveLength(3)
  })
})

describe('a query of users', () => {
  const askedFor = async (...uris: readonly string[]) => {
    const given = Object.fromEntries(uris.map((uri) => [uri, json([{ at: '2026-11-29T01:02:03' }])]))
    const { asked } = await rowsOf({ own: given, log: visited(...uris.map((uri) => ({ uri }))) })
    return [...new Set(asked)].map((request) => request.replace('GET ', ''))
  }

  it('that says what is to be read is asked again as it was', async () => {
    expect(await askedFor('/api/metrics?host=node1&limit=20')).toEqual(['/api/metrics?host=node1&limit=20'])
  })

  it('goes where the path is asked for without one, too', async () => {
    expect(await askedFor('/api/hosts?page=2', '/api/hosts')).toEqual(['/api/hosts'])
  })

  it.each([
    '/api/hosts?action=restart',
    '/api/hosts?host=node1&token=abc',
    `/api/hosts?host=${'a1'.repeat(20)}`,
    '/api/hosts?host=a%20b',
    '/api/hosts?delete',
    '/api/hosts?host=a&&',
  ])('that may do more, or holds a key, is never asked: %s', async (uri) => {
    expect(await askedFor(uri)).toEqual([])
  })
})

describe('the form of an answer', () => {
  const formOf = async (body: unknown): Promise<string[]> =>
    (await rowsOf({ own: { '/api/x': json(body) } }))
      .of('answer')
      .map(([, key, number, , value]) => `${key} ${key === '/api/x' ? '' : number} ${value}`)

  it('has fields and kinds, and no value', async () => {
    const host = {
      id: 17,
      name: 'secret-name',
      at: '2026-11-29 14:02:11.25+00',
      seen: null,
      load: 0.5,
      tags: [],
    }
    expect(
      await formOf({
        total: '2',
        hosts: [host, { ...host, at: '2026-11-29T14:02:11', load: 3, extra: true }],
        ok: true,
        day: '2026-11-29',
      }),
    ).toEqual([
      '/api/x  application/json',
      '/api/x (all) 1 always: object',
      '/api/x day 1 always: date',
      '/api/x hosts 1 always: @short, list',
      '/api/x hosts[] 2 always: object',
      '/api/x hosts[].at 2 always: @old, time with zone, time without zone',
      '/api/x hosts[].extra 1 sometimes: boolean',
      '/api/x hosts[].id 2 always: whole number',
      '/api/x hosts[].load 2 always: fraction, whole number',
      '/api/x hosts[].name 2 always: text',
      '/api/x hosts[].seen 2 always: null',
      '/api/x hosts[].tags 2 always: empty list',
      '/api/x ok 1 always: boolean',
      '/api/x total 1 always: number in quotes',
    ])
  })

  it('has the place of times and the length of lists', async () => {
    const at = (seconds: number) => ({ at: new Date(Date.now() + seconds * 1000).toISOString() })
    const ninePlus = Array.from({ length: 12 }, () => at(-30))
    expect(await formOf([...ninePlus, { at: '2020-02-29T23:59:59.5+14:00' }, at(7200), at(-1800)])).toEqual([
      '/api/x  application/json',
      '/api/x (all) 1 always: @long, list',
      '/api/x [] 15 always: object',
      '/api/x [].at 15 always: @ahead, @fresh, @old, time with zone',
    ])
    expect((await formOf([at(-30), at(-599)])).at(-1)).toBe('/api/x [].at 2 always: @fresh, time with zone')
  })

  it('takes keys that are names of things for data', async () => {
    expect(await formOf({ node1: { load: 0.5 }, node2: { load: 0.25 } })).toEqual([
      '/api/x  application/json',
      '/api/x (all) 1 always: object',
      '/api/x * 2 always: object',
      '/api/x *.load 2 always: fraction',
    ])
  })

  it('of a page are the names of its scripts', async () => {
    const { of } = await rowsOf({
      own: {
        '/': html('<script src="/js/main.3f2a91c4.js?v=1"></script>'),
        '/js/main.3f2a91c4.js?v=1': script('1'),
      },
      log: visited({ uri: '/' }),
    })
    expect(of('answer').map(([, key, , , value]) => [key, value])).toEqual([
      ['/', 'text/html'],
      ['/ script /js/main.*.js', 'script'],
    ])
  })
})

describe('what browsers may keep', () => {
  const hosts = json([{ id: 1, name: 'node1' }])
  const withHeaders = (headers: NonNullable<Answer['headers']>) => ({
    own: platform,
    nginx: { '/api/hosts': { ...hosts, headers } },
    server: 'expires 12h;',
  })
  const later = new Date(Date.now() + 7200_000).toUTCString()

  it('is told with the directive', async () => {
    const { of } = await rowsOf(withHeaders({ 'cache-control': 'max-age=43200', expires: later }))
    expect(of('kept')).toEqual([['kept', '/api/hosts', 43200, '0', 'Cache-Control: max-age=43200']])
    expect(of('directive').map(([, , , , value]) => value)).toEqual(['expires 12h'])
  })

  it.each<NonNullable<Answer['headers']>>([
    { 'cache-control': 'max-age=60' },
    { 'cache-control': 'no-cache, max-age=3600', expires: later },
    { expires: 'Thu, 01 Jan 1970 00:00:01 GMT' },
    { 'cache-control': 'private, max-age=86400', 'content-disposition': 'attachment; filename=report.json' },
  ])('is nothing of %j', async (headers) => {
    expect((await rowsOf(withHeaders(headers))).of('kept')).toEqual([])
  })

  it('is nothing of static files', async () => {
    const nginx = {
      '/app.js': { ...platform['/app.js'], headers: { 'cache-control': 'max-age=86400' } },
    } as Answers
    expect((await rowsOf({ own: platform, nginx })).of('kept')).toEqual([])
  })
})

describe('a list', () => {
  it('has an id twice', async () => {
    const twice = json([{ id: 1, name: 'node1' }, { id: 2 }, { name: 'node1', id: 1 }])
    expect((await rowsOf({ own: { ...platform, '/api/hosts': twice } })).of('twice')).toEqual([
      ['twice', '/api/hosts', 1, '3', 'id'],
    ])
    expect((await rowsOf({ own: platform })).of('twice')).toEqual([])
  })

  it('is mostly in a bad state, and no other word of it is told', async () => {
    const hosts = (...states: readonly string[]) =>
      json({ hosts: states.map((state, id) => ({ id, state, owner: 'down' })) })
    const of = async (...states: readonly string[]) =>
      (await rowsOf({ own: { ...platform, '/api/hosts': hosts(...states) } })).of('mostly')
    expect(await of('down', 'Down', 'up', 'down')).toEqual([['mostly', '/api/hosts state', 3, '4', 'down']])
    expect(await of('down', 'down', 'up', 'up')).toEqual([])
    expect(await of('secret', 'secret', 'secret', 'secret')).toEqual([])
  })
})

describe('of browsers that are refused', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'
  /** Three visits of a client by its User-Agent, with the page that it came from. */
  const by = (agent: string, uri: string, status: number, referrer = '-'): string =>
    [9, 7, 5]
      .map(
        (age) =>
          `10.0.0.7 - - [${timeLocal(age)}] "GET ${uri} HTTP/1.1" ${status} 120 "${referrer}" "${agent}"\n`,
      )
      .join('')
  /** Refuses whoever sends a header with that word. */
  const refusing = (name: string, word: string, status: number, answer: Answer) => {
    return (headers: NodeJS.Dict<string | string[]>): Answer =>
      String(headers[name] ?? '').includes(word) ? { status, body: 'no' } : answer
  }
  const rule = '  if ($http_user_agent ~ "Chrome/(1?[0-9])") {\n    return 403;\n  }'

  it('those are told whom nginx refuses by their name alone, with the rule', async () => {
    const { of } = await rowsOf({
      own: platform,
      nginx: { '/': refusing('user-agent', 'Chrome/1', 403, html(page)) },
      log: visited({ uri: '/' }, { uri: '/api/hosts' }) + by(chrome, '/', 403),
      server: rule,
    })
    expect(of('refused')).toEqual([['refused', '/', 403, '200', `User-Agent: ${chrome}`]])
    expect(of('directive').map(([, key, line, , value]) => [key, line, value])).toEqual([
      ['/', 4, 'if ($http_user_agent ~ Chrome/(1?[0-9])) { return 403 }'],
    ])
  })

  it('those are told, too, who were refused each path that they asked for but once or twice, and nobody else came', async () => {
    const twice = (uri: string) => by(chrome, uri, 403).split('\n').slice(1).join('\n')
    const { of } = await rowsOf({
      own: platform,
      nginx: { '/': refusing('user-agent', 'Chrome/1', 403, html(page)) },
      log: twice('/') + twice('/socket.io/socket.io.js'),
      server: rule,
    })
    expect(of('refused')).toEqual([['refused', '/', 403, '200', `User-Agent: ${chrome}`]])
  })

  it('those are told whom a map refuses, and those whom a check of the page before does', async () => {
    const { of } = await rowsOf({
      own: platform,
      nginx: {
        '/': refusing('user-agent', 'Chrome/1', 500, html(page)),
        '/app.js': refusing('referer', 'dash.example.com', 403, platform['/app.js'] as Answer),
      },
      log:
        visited({ uri: '/api/hosts' }) +
        by(chrome, '/', 500) +
        by('Mozilla/5.0 (X11; Linux) Gecko Firefox/128.0', '/app.js', 403, 'http://dash.example.com/'),
      groups: () => 'map $http_user_agent $is_old {\n default 0;\n ~Chrome/1 1;\n }',
      server: 'if ($is_old) { return 500; }',
      locations: (port) => `location / { proxy_pass http://127.0.0.1:${port}; }
        location = /app.js { valid_referers none example.org; if ($invalid_referer) { return 403; } proxy_pass http://127.0.0.1:${port}; }`,
    })
    expect(of('refused').map(([, path, , , header]) => [path, header.slice(0, 11)])).toEqual([
      ['/', 'User-Agent:'],
      ['/app.js', 'Referer: ht'],
    ])
    expect(of('directive').map(([, path, , , value]) => `${path} ${value}`)).toEqual([
      '/ if ($is_old) { return 500 }',
      '/ map $http_user_agent $is_old: ~Chrome/1 1',
      '/app.js valid_referers none example.org',
      '/app.js if ($invalid_referer) { return 403 }',
    ])
  })

  it.each([
    ['a scanner', by('Mozilla/5.0 zgrab/0.x', '/', 403)],
    ['a browser of ten years ago', by(chrome.replace('131', '39'), '/', 403)],
    ['a browser that was served since', by(chrome, '/', 403) + by(chrome, '/', 200)],
    ['a look of the bot', by(`${chrome} debvisor-diagnose`, '/', 403)],
  ])('nothing is asked for %s', async (_, log) => {
    const { of, asked } = await rowsOf({
      own: platform,
      nginx: { '/': { status: 403, body: 'no' } },
      log: visited({ uri: '/api/hosts' }) + log,
    })
    expect(of('refused')).toEqual([])
    expect(asked.filter((one) => one === 'GET /')).toEqual([])
  })

  it.each([
    ['everybody is refused', { '/': { status: 403, body: 'no' } }, {}],
    ['nobody is now', {}, {}],
    ['DebVisor refuses them itself', undefined, { '/': refusing('user-agent', 'Chrome/1', 403, html(page)) }],
  ])('nothing is told where %s', async (_, nginx, own) => {
    const { of } = await rowsOf({
      own: { ...platform, ...own },
      ...(nginx ? { nginx } : {}),
      log: visited({ uri: '/api/hosts' }) + by(chrome, '/', 403),
      server: rule,
    })
    expect(of('refused')).toEqual([])
  })
})

describe('of answers that nginx keeps', () => {
  const series = (host: number): Answer =>
    json([1, 2, 3, 4].map((n) => ({ at: n, cpu: host * 10 + n / 7, memory: host * 100 + n })))
  const metrics: Answers = { '/m?host=2': series(2), '/m?host=3': series(3) }
  const cached = (port: number, key = ''): string =>
    `location / { proxy_cache figures; ${key} proxy_pass http://127.0.0.1:${port}; }`
  const polling = '/socket.io/?EIO=4&transport=polling'
  const opens = (): (() => Answer) => {
    let sessions = 0
    return () => ({ type: 'text/plain', body: `0{"sid":"session-${++sessions}"}` })
  }

  it('the same one for every query is told, with the key', async () => {
    const { of } = await rowsOf({
      own: metrics,
      nginx: { '/m?host=3': series(2) },
      locations: (port) => cached(port, 'proxy_cache_key $scheme$host$uri;'),
    })
    expect(of('shared')).toEqual([['shared', '/m', 0, 'query', '?host=2 and ?host=3']])
    expect(of('directive').map(([, , , , value]) => value)).toContain('proxy_cache_key $scheme$host$uri')
  })

  it.each([
    ['each query has its own', metrics, {}],
    ['the query is nothing to DebVisor', { '/m?host=2': series(2), '/m?host=3': series(2) }, {}],
  ])('nothing is told where %s', async (_, own, nginx) => {
    const { of } = await rowsOf({ own, nginx, locations: cached })
    expect(of('shared', 'directive')).toEqual([])
  })

  it('the same session for all is told', async () => {
    const one: Answer = { type: 'text/plain', body: '0{"sid":"session-1"}' }
    const { of } = await rowsOf({ own: { [polling]: opens() }, nginx: { [polling]: one }, locations: cached })
    expect(of('shared')).toEqual([['shared', '/socket.io/', 0, 'session', '-']])
    expect(of('directive').map(([, path, , , value]) => [path, value])).toEqual([
      ['/socket.io/', 'proxy_cache figures'],
    ])
  })

  it('the same cookie for all is told, and one that all have anyway is not', async () => {
    let visits = 0
    const sets = (name: string, value: () => string) => (): Answer => ({
      ...html('hello'),
      headers: { 'set-cookie': `${name}=${value()}; Path=/` },
    })
    const { of } = await rowsOf({
      own: {
        '/': sets('session', () => `fresh-cookie-${++visits}`),
        '/about': sets('csrf', () => 'always-the-same'),
      },
      nginx: { '/': sets('session', () => 'kept-cookie') },
      locations: cached,
    })
    expect(of('shared')).toEqual([['shared', '/', 0, 'cookie', 'session']])
  })

  it('sessions that are each their own are none, and nobody asks where nothing is kept', async () => {
    const own = opens()
    expect((await rowsOf({ own: { [polling]: own }, locations: cached })).of('shared')).toEqual([])
    const { asked } = await rowsOf({ own: { ...metrics, [polling]: own } })
    expect(asked).toEqual(['GET /m?host=3'])
  })
})

describe('of what DebVisor refuses as nginx passes it on', () => {
  /** As gunicorn does: headers that contradict each other are refused. */
  const contradicted = (headers: NodeJS.Dict<string | string[]>): Answer =>
    headers['x-forwarded-proto'] === 'http' && headers['x-forwarded-ssl'] === 'on'
      ? { type: 'text/html', status: 400, body: '<title>Bad Request</title>' }
      : json({})
  const refused: Answer = { type: 'text/html', status: 400, body: '<title>Bad Request</title>' }
  const setting =
    (...lines: readonly string[]) =>
    (port: number): string =>
      `location / {\n${lines.map((line) => `    ${line};\n`).join('')}    proxy_pass http://127.0.0.1:${port};\n  }`

  it('the headers are told that it refuses, by trying', async () => {
    const { of } = await rowsOf({
      own: { '/api/hosts': contradicted },
      nginx: { '/api/hosts': refused },
      log: visited({ uri: '/api/hosts' }),
      locations: setting(
        'proxy_set_header Host $host',
        'proxy_set_header X-Forwarded-Proto $scheme',
        'proxy_set_header X-Forwarded-Ssl on',
        'proxy_set_header X-Key 5f2c9a7be01d44f8a9c3',
      ),
    })
    expect(of('passed', 'replayed')).toEqual([
      ['passed', '/api/hosts', 400, '200', 'Bad Request'],
      ['replayed', '/api/hosts', 400, '200', '-'],
    ])
    expect(of('refusing').map(([, , line, , value]) => [line, value])).toEqual([
      [8, 'proxy_set_header X-Forwarded-Ssl on'],
      [7, 'proxy_set_header X-Forwarded-Proto $scheme'],
    ])
  })

  it.each([
    ['the page is nginx’s own', '<hr><center>nginx</center>', 'proxy_set_header X-Forwarded-Ssl on', []],
    ['it takes them all', '<title>Bad Request</title>', 'proxy_set_header X-Forwarded-Ssl off', ['passed']],
    ['nobody knows the value', 'no', 'proxy_set_header X-Forwarded-Ssl $secret_of_a_map', ['passed']],
  ])('none is where %s', async (_, body, line, kinds) => {
    const { of } = await rowsOf({
      own: { '/api/hosts': contradicted },
      nginx: { '/api/hosts': { ...refused, body } },
      log: visited({ uri: '/api/hosts' }),
      locations: setting('proxy_set_header X-Forwarded-Proto $scheme', line),
    })
    expect(of('passed', 'replayed', 'refusing').map(([kind]) => kind)).toEqual(kinds)
  })

  it('a path is asked that nobody gets any more', async () => {
    const { of } = await rowsOf({
      own: { '/api/hosts': contradicted, '/': html(page) },
      nginx: { '/api/hosts': refused },
      log: visited({ uri: '/' }, { uri: '/api/hosts', status: 400 }, { uri: '/api/hosts', status: 400 }),
    })
    expect(of('asked').map(([, path, own, via]) => [path, own, via])).toEqual([
      ['/', 200, '200'],
      ['/api/hosts', 200, '400'],
    ])
  })

  it.each([
    ['HEAD', /^replayed\t\/\t501\t200\t-\nrefusing\t\/\t6\t.*nginx.conf\tproxy_method HEAD$/m],
    ['DELETE', /^passed\t\/\t501\t200\t/m],
  ])(
    'the method %s is told that nginx makes of a request, where it changes nothing',
    async (method, rows) => {
      const methods = new Set<string>()
      const server = createTcpServer((socket) => {
        socket.on('data', (said) => {
          methods.add(String(said).split(' ')[0] ?? '')
          const status = String(said).startsWith('GET ') ? '200 OK' : '501 Unsupported method'
          socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
        })
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const front = await serve({ '/': { status: 501 } })
      const { stdout } = await ask('nginx/served-answers.pl', ['$root/etc/nginx/nginx.conf', String(port)], {
        tree: {
          'etc/nginx/nginx.conf': `http {\n  access_log $root/access.log;\n  server {\n  listen 127.0.0.1:${front.port};\n  location / {\n    proxy_method ${method};\n    proxy_pass http://127.0.0.1:${port};\n  }\n}\n}\n`,
          'access.log': visited({ uri: '/' }),
        },
      })
      server.close()
      expect(stdout).toMatch(rows)
      expect([...methods].sort()).toEqual(method === 'HEAD' ? ['GET', 'HEAD'] : ['GET'])
    },
  )
})

describe('of headers that nginx adds, changes or hides', () => {
  const site =
    (...lines: readonly string[]) =>
    (port: number): string =>
      `location / { ${lines.map((line) => `${line}; `).join('')}proxy_pass http://127.0.0.1:${port}; }`
  const withHeaders = (headers: Record<string, string>): Answer => ({ ...html(page), headers })

  it('those are told that DebVisor does not give, with their lines', async () => {
    const { of } = await rowsOf({
      own: {
        '/': withHeaders({ 'content-security-policy': "default-src 'self'" }),
        '/dashboard/': { status: 302 },
      },
      nginx: {
        '/': withHeaders({
          'content-security-policy': "default-src 'self'",
          'set-cookie': 'session=; Path=/',
        }),
        '/dashboard/': { status: 302, headers: { 'clear-site-data': '"cookies"' } },
      },
      log: visited({ uri: '/' }, { uri: '/dashboard/', status: 302 }),
      locations: site('add_header Clear-Site-Data \'"cookies"\' always', 'add_header Set-Cookie "session="'),
    })
    expect(of('header')).toEqual([
      ['header', '/', 0, 'Set-Cookie', 'session=; ended'],
      ['header', '/dashboard/', 0, 'Clear-Site-Data', '"cookies"'],
    ])
    expect(of('directive').map(([, path, , , value]) => `${path} ${value}`)).toContain(
      '/dashboard/ add_header Clear-Site-Data "cookies" always',
    )
  })

  it('none is told that DebVisor gives itself, nor asked for where nginx has no such line', async () => {
    const own = { '/': withHeaders({ 'clear-site-data': '"cache"', 'set-cookie': 'session=; Path=/' }) }
    expect((await rowsOf({ own, locations: site('add_header Clear-Site-Data "x"') })).of('header')).toEqual(
      [],
    )
    const { asked } = await rowsOf({
      own: { ...own, '/dashboard/': { status: 302 } },
      log: visited({ uri: '/' }, { uri: '/dashboard/', status: 302 }),
    })
    expect(asked).not.toContain('GET /dashboard/')
  })

  it('those of the cookies are told of where people sign in by a form', async () => {
    const log = visited({ uri: '/' }, { uri: '/auth/login', method: 'POST', status: 302 })
    const flags = await rowsOf({
      own: platform,
      log,
      locations: site('proxy_cookie_flags ~ nosecure samesite=none'),
    })
    expect(flags.of('signin', 'directive').map(([kind, path, , , value]) => [kind, path, value])).toEqual([
      ['signin', '/auth/login', '-'],
      ['directive', '/auth/login', 'proxy_cookie_flags ~ nosecure samesite=none'],
    ])
    const failed = log.replaceAll(' 302 ', ' 200 ')
    const none = await rowsOf({ own: platform, log: failed, locations: site('proxy_hide_header Set-Cookie') })
    expect(none.of('signin', 'directive')).toEqual([])
  })

  it('what is switched off nearer by is no reason', async () => {
    const { of } = await rowsOf({
      own: platform,
      nginx: { '/app.js': { status: 404 } },
      log: visited({ uri: '/' }, { uri: '/app.js', status: 404 }),
      groups: () => 'disable_symlinks on;',
      locations: (port) =>
        `location = /app.js { disable_symlinks off; root /var/www; } location / { proxy_pass http://127.0.0.1:${port}; }`,
    })
    expect(of('directive').map(([, , , , value]) => value)).toEqual(['root /var/www'])
  })

  it('a link on the way to a file that is lost is told', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'linked-'))
    symlinkSync(tmpdir(), join(folder, 'static'))
    const { of } = await rowsOf({
      own: { '/': html(page), '/static/app.js': script('1') },
      nginx: { '/static/app.js': { status: 404 } },
      log: visited({ uri: '/' }, { uri: '/static/app.js', status: 404 }),
      groups: () => 'disable_symlinks on;',
      locations: (port) =>
        `location /static/ { root ${folder}; } location / { proxy_pass http://127.0.0.1:${port}; }`,
    })
    rmSync(folder, { recursive: true })
    expect(of('linked')[0]?.slice(4)).toEqual([`${folder}/static -> ${tmpdir()}`])
    expect(of('directive').map(([, , , , value]) => value)).toContain('disable_symlinks on')
  })
})
