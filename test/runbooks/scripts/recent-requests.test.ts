import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from './ask.ts'
import { debvisorServer, listen } from './debvisor-server.ts'
import { selfSigned } from './self-signed.ts'

/** What it answers to a path, and how often it was asked. */
interface Answering {
  readonly server: Server
  readonly status: Record<string, number>
  readonly asked: string[]
  port: string
}
function answering(status: Record<string, number>): Answering {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.host} ${request.url}`)
    const code = status[request.url ?? ''] ?? 200
    const sentOn = code === 301 ? { location: `https://${request.headers.host}${request.url}` } : {}
    response.writeHead(code, { 'content-length': 0, ...sentOn }).end()
  })
  return { server, status, asked, port: '' }
}
const nginx = answering({
  '/broken': 502,
  '/sent-on': 502,
  '/forbidden': 403,
  '/lost': 404,
  '/only-tls': 301,
})
const debvisor = answering({ '/crashes': 500, '/sent-on': 301 })

beforeAll(async () => {
  for (const one of [nginx, debvisor]) {
    await new Promise<void>((resolve) => one.server.listen(0, '127.0.0.1', resolve))
    one.port = String((one.server.address() as AddressInfo).port)
  }
})
afterAll(() => {
  nginx.server.close()
  debvisor.server.close()
})

const certificate = selfSigned()

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const two = (n: number): string => String(n).padStart(2, '0')
/** As nginx writes $time_local of a host two hours east of Greenwich. */
function timeLocal(age: number): string {
  const at = new Date(Date.now() - age * 1000 + 2 * 3600 * 1000)
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':')
  return `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}:${clock} +0200`
}

interface Request {
  readonly age: number
  readonly uri: string
  readonly status: number
  readonly bytes?: number
  readonly agent?: string
  readonly from?: string
}
const combined = ({
  age,
  uri,
  status,
  bytes = 12,
  agent = 'Mozilla/5.0',
  from = '10.0.0.7',
}: Request): string =>
  `${from} - - [${timeLocal(age)}] "GET ${uri} HTTP/1.1" ${status} ${bytes} "-" "${agent}"\n`
const times = (count: number, request: Omit<Request, 'age'>, newest = 5, every = 10): string =>
  Array.from({ length: count }, (_, i) =>
    combined({ ...request, age: newest + (count - 1 - i) * every }),
  ).join('')

const site = (more = ''): string => `server {
    listen 127.0.0.1:${nginx.port};
    server_name dash.example.com;
    ${more}
    location / { proxy_pass http://127.0.0.1:${debvisor.port}; }
}
`
/** The answer about a host with this access log, a row a line, the columns by name. */
async function askAbout(
  log: string,
  {
    tree = {},
    http = '',
    programs = {},
    own = [debvisor.port, 'false'],
  }: {
    tree?: Record<string, string>
    http?: string
    programs?: Record<string, string>
    own?: readonly string[]
  } = {},
) {
  const said = await ask('nginx/recent-requests.pl', ['$root/etc/nginx/nginx.conf', ...own], {
    tree: {
      'etc/nginx/nginx.conf': `http {\n  access_log $root/var/log/nginx/access.log;\n  ${http}\n  include $root/etc/nginx/sites-enabled/*;\n}\n`,
      'etc/nginx/sites-enabled/debvisor': site(),
      'var/log/nginx/access.log': log,
      ...tree,
    },
    programs,
  })
  const rows = said.stdout.split('\n').filter((line) => line.includes('\t'))
  const names =
    'method path log foreign class status page failed first last before between since clients referred socketio example again own'
  const all = rows.map((row): Record<string, string | undefined> => {
    const cells = row.split('\t')
    expect(cells).toHaveLength(names.split(' ').length)
    return Object.fromEntries(names.split(' ').map((name, i) => [name, cells[i]]))
  })
  const isServed = (row: Record<string, string | undefined>): boolean => row.class === 'served'
  return { ...said, rows: all.filter((row) => !isServed(row)), served: all.find(isServed) }
}

describe('of the requests of users it is told', () => {
  it('nothing where all of them are answered well', async () => {
    const { status, rows, served } = await askAbout(
      times(20, { uri: '/', status: 200 }) + combined({ age: 1, uri: '/socket.io/?EIO=4', status: 200 }),
    )
    expect({ status, rows }).toEqual({ status: 0, rows: [] })
    expect(served).toMatchObject({
      path: '/',
      status: '200',
      failed: '20',
      last: expect.stringMatching(/^[5-9]$/),
    })
  })

  it('which answers are very long', async () => {
    const { rows } = await askAbout(
      times(3, { uri: '/api/hosts', status: 200, bytes: 19_400_000 }) +
        times(3, { uri: '/', status: 200, bytes: 4_000_000 }),
    )
    expect(rows.filter(({ class: name }) => name !== 'large')).toMatchObject([
      { path: '/api/hosts', class: 'huge', status: '19', failed: '3' },
    ])
  })

  it('which answers have grown, by the newest three and what they were before', async () => {
    const small = (bytes: number) => combined({ age: 60, uri: '/api/hosts', status: 200, bytes })
    const large = times(3, { uri: '/api/hosts', status: 200, bytes: 4_200_000 })
    const of = async (log: string) => (await askAbout(log)).rows
    expect(await of(small(2) + small(3_400) + small(5_000) + large.repeat(2))).toMatchObject([
      { path: '/api/hosts', class: 'large', status: '4', before: '3', failed: '3' },
    ])
    expect(await of(large)).toMatchObject([{ class: 'large', before: '0' }])
    expect(await of(large + combined({ age: 1, uri: '/api/hosts', status: 200, bytes: 800 }))).toEqual([])
    expect(await of(times(6, { uri: '/api/hosts?n=1', status: 200, bytes: 4_200_000 }))).toEqual([])
  })

  it.runIf(certificate)('what DebVisor says over TLS, where it speaks that', async () => {
    const tls = debvisorServer(certificate)
    const own = [await listen(tls), 'true']
    const server = site().replace(`http://127.0.0.1:${debvisor.port}`, `https://127.0.0.1:${own[0]}`)
    const log = times(4, { uri: '/broken', status: 502 })
    const { rows } = await askAbout(log, { tree: { 'etc/nginx/sites-enabled/debvisor': server }, own })
    expect(rows).toMatchObject([{ path: '/broken', again: '502', own: '404' }])
    expect(tls.asked).toEqual(['dash.example.com /broken'])
    tls.close()
  })

  it('which path fails, since when, and what nginx and DebVisor say when asked again', async () => {
    const { rows } = await askAbout(
      combined({ age: 500, uri: '/broken', status: 200 }) + times(4, { uri: '/broken', status: 502 }),
    )
    expect(rows).toEqual([
      {
        method: 'GET',
        path: '/broken',
        log: '/var/log/nginx/access.log',
        foreign: 'no',
        class: '5xx',
        status: '502',
        page: 'other',
        failed: '4',
        first: expect.stringMatching(/^3[5-9]$/),
        last: expect.stringMatching(/^[5-9]$/),
        before: '1',
        between: '0',
        since: '0',
        clients: '1',
        referred: '0',
        socketio: '0',
        example: '/broken',
        again: '502',
        own: '200',
      },
    ])
    expect(nginx.asked).toContain('GET dash.example.com /broken')
  })

  it('which answers came before, between and since, though all have the same second', async () => {
    const at = (uri: string, status: number) => combined({ age: 20, uri, status })
    const { rows } = await askAbout(
      [200, 502, 200, 502, 200, 200, 502, 200].map((status) => at('/busy?1', status)).join(''),
    )
    expect(rows).toMatchObject([{ failed: '3', before: '1', between: '3', since: '1' }])
  })

  it('that it works again, by three good answers', async () => {
    const { rows } = await askAbout(times(4, { uri: '/mended', status: 500 }, 60))
    expect(rows).toMatchObject([{ path: '/mended', again: '200 200 200', own: '200' }])
  })

  it('nothing by a redirect to TLS: no user was answered well by it', async () => {
    const { rows } = await askAbout(times(4, { uri: '/only-tls', status: 502 }))
    expect(rows).toMatchObject([{ path: '/only-tls', again: '-', own: '-1' }])
    const { rows: ofDebvisor } = await askAbout(times(4, { uri: '/sent-on', status: 502 }))
    expect(ofDebvisor).toMatchObject([{ path: '/sent-on', again: '502', own: '301' }])
  })

  it.each(['$NGINX proxy_protocol', '[::1]:80', 'unix:/run/nginx.sock'])(
    'nothing more where this host cannot get in: listen %s',
    async (listen) => {
      nginx.asked.length = 0
      const server = site().replace(/listen [^;]*/, `listen ${listen.replace('$NGINX', nginx.port)}`)
      const { rows } = await askAbout(times(4, { uri: '/broken', status: 502 }), {
        tree: { 'etc/nginx/sites-enabled/debvisor': server },
      })
      expect(rows).toMatchObject([{ path: '/broken', again: '-', own: '-1' }])
      expect(nginx.asked).toEqual([])
    },
  )

  it.each([
    ['*.example.com', 'GET www.example.com /broken'],
    ['.example.com', 'GET example.com /broken'],
    ['_', 'GET localhost /broken'],
    ['~^d(\\d+)$', undefined],
  ])('by a name that leads there, of server_name %s', async (name, asked) => {
    nginx.asked.length = 0
    await askAbout(times(4, { uri: '/broken', status: 502 }), {
      tree: { 'etc/nginx/sites-enabled/debvisor': site().replace('dash.example.com', () => name) },
    })
    expect(nginx.asked[0]).toBe(asked)
  })

  it('what the logs say where openssl is not there to ask by TLS', async () => {
    const { status, rows } = await askAbout(times(4, { uri: '/broken', status: 502 }), {
      tree: { 'etc/nginx/sites-enabled/debvisor': site().replace(/listen [^;]*/, '$& ssl') },
      programs: { perl: 'PATH=$root exec /usr/bin/perl "$@"' },
    })
    expect(status).toBe(0)
    expect(rows).toMatchObject([{ path: '/broken', failed: '4' }])
  })

  it('nothing of a log that is a pipe', async () => {
    const { status, stdout } = await askAbout('', {
      tree: { 'etc/nginx/sites-enabled/debvisor': site('access_log $root/var/log/nginx/pipe;') },
      programs: {
        perl: '[ -p $root/var/log/nginx/pipe ] || mkfifo $root/var/log/nginx/pipe; exec /usr/bin/perl "$@"',
      },
    })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '=== end\n' })
  })

  it('paths with other numbers and ids together, what comes after the question mark left out', async () => {
    const { rows } = await askAbout(
      ['/api/hosts/1?token=s3cret', '/api/hosts/22', '/api/hosts/9f1c2b7a-0000-4000-8000-1234567890ab']
        .map((uri, i) => combined({ age: 30 - i, uri, status: 500 }))
        .join(''),
    )
    expect(rows).toMatchObject([{ path: '/api/hosts/*', failed: '3' }])
    expect(JSON.stringify(rows)).not.toContain('s3cret')
  })

  it('no key that a path has in it, and nobody is asked with it', async () => {
    nginx.asked.length = 0
    const { rows, stdout } = await askAbout(
      ['Zk3vQ9s_Lw8-Xy7Rt2Bn5', 'eyJhbGci0.eyJzdWIi1.SflKxwRJS']
        .map((key) => combined({ age: 9, uri: `/invite/${key}`, status: 500 }))
        .join('') + combined({ age: 9, uri: '/static/js/main.8a7b3c2d.chunk.js', status: 500 }),
    )
    expect(rows.map(({ path, failed }) => `${path} ${failed}`)).toEqual([
      '/invite/* 2',
      '/static/js/main.8a7b3c2d.chunk.js 1',
    ])
    expect(stdout).not.toMatch(/Zk3v|eyJ/)
    expect(nginx.asked.join()).not.toMatch(/invite/)
  })

  it('whether the page is nginx’s own, by its length', async () => {
    const { rows } = await askAbout(
      times(3, { uri: '/a?1', status: 403, bytes: 153 }) +
        times(3, { uri: '/b?1', status: 400, bytes: 233 }) +
        times(3, { uri: '/c?1', status: 403, bytes: 31 }),
    )
    expect(rows.map(({ path, page }) => `${path} ${page}`)).toEqual(['/a nginx', '/b too large', '/c other'])
  })

  it('whether it is, for Chrome too, whose pages nginx pads', async () => {
    const { rows } = await askAbout(
      times(3, { uri: '/a?1', status: 403, bytes: 555 }) + times(3, { uri: '/b?1', status: 400, bytes: 635 }),
    )
    expect(rows.map(({ path, page }) => `${path} ${page}`)).toEqual(['/a nginx', '/b too large'])
  })

  it('a path that is too long, of which nginx logs all', async () => {
    const { rows } = await askAbout(times(3, { uri: `/long?${'x'.repeat(8_000)}`, status: 414 }))
    expect(rows).toMatchObject([{ path: '/long', status: '414', failed: '3' }])
  })

  it('what Socket.IO asks for at another path', async () => {
    const { rows } = await askAbout(times(3, { uri: '/ws/?EIO=4&transport=websocket', status: 404 }))
    expect(rows).toMatchObject([{ path: '/ws/', socketio: '3', again: '-', own: '-1' }])
  })

  it('what users gave up, and the median of what is slow, where the log has the time', async () => {
    const line = (uri: string, status: number, seconds: number) =>
      `{"t":"${new Date().toISOString().slice(0, 19)}+00:00","r":"GET ${uri} HTTP/1.1","s":"${status}","rt":"${seconds}"}\n`
    const { rows } = await askAbout(
      line('/slow', 200, 4.2) + line('/slow', 200, 6) + line('/slow', 499, 9) + line('/quick', 200, 0.01),
      {
        http: `log_format json escape=json '{"t":"$time_iso8601","r":"$request",'\n '"s":"$status","rt":"$request_time"}';`,
        tree: { 'etc/nginx/sites-enabled/debvisor': site('access_log $root/var/log/nginx/access.log json;') },
      },
    )
    expect(rows.map((row) => `${row.path} ${row.class} ${row.status} ${row.failed}`)).toEqual([
      '/slow slow 4200 2',
      '/slow 499 499 1',
    ])
  })

  it.each([
    [
      'with its quotes escaped',
      '"$time_local] \\"$request\\" $status"',
      (at: string) => `${at}] "GET /odd?1 HTTP/1.1" 502\n`,
    ],
    [
      'without quotes',
      "'$remote_addr [$time_local] $request $status'",
      (at: string) => `10.0.0.7 [${at}] GET /odd?1 HTTP/1.1 502\n`,
    ],
    ['with tabs', "'$time_local\\t$request\\t$status'", (at: string) => `${at}\tGET /odd?1 HTTP/1.1\t502\n`],
  ])('what a format says that is written %s', async (_, format, line) => {
    const { rows } = await askAbout([20, 10, 5].map((age) => line(timeLocal(age))).join(''), {
      http: `log_format odd ${format};`,
      tree: { 'etc/nginx/sites-enabled/debvisor': site('access_log $root/var/log/nginx/access.log odd;') },
    })
    expect(rows).toMatchObject([{ path: '/odd', failed: '3' }])
  })

  it('nothing of streams, whose logs and formats are their own', async () => {
    const { rows } = await askAbout(times(3, { uri: '/broken', status: 502 }), {
      tree: {
        'etc/nginx/nginx.conf': [
          'http { log_format short \'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"\';',
          'access_log $root/var/log/nginx/access.log short; include $root/etc/nginx/sites-enabled/*; }',
          "stream { log_format short '$remote_addr'; access_log $root/var/log/nginx/stream.log short; server { listen 5432; proxy_pass 127.0.0.1:5433; } }",
        ].join('\n'),
      },
    })
    expect(rows).toMatchObject([{ path: '/broken', log: '/var/log/nginx/access.log', failed: '3' }])
  })

  it('who was let in before: those who are refused now, and not others', async () => {
    const { rows } = await askAbout(
      times(5, { uri: '/mine', status: 200, from: '10.0.0.8' }, 600) +
        times(5, { uri: '/lost', status: 200 }, 600) +
        times(5, { uri: '/mine', status: 403 }) +
        times(5, { uri: '/lost', status: 403 }),
    )
    expect(rows.map(({ path, before }) => `${path} ${before}`)).toEqual(['/lost 5', '/mine 0'])
  })

  it('that other sites share the log', async () => {
    const { rows } = await askAbout(times(3, { uri: '/broken', status: 502 }), {
      tree: { 'etc/nginx/sites-enabled/wiki': 'server { listen 80; root /srv/wiki; }\n' },
    })
    expect(rows).toMatchObject([{ foreign: 'yes' }])
  })

  it('nothing of the logs of other sites, nor of the looks of this bot', async () => {
    const { rows } = await askAbout(times(3, { uri: '/', status: 500, agent: 'debvisor-diagnose' }), {
      tree: {
        'etc/nginx/sites-enabled/wiki':
          'server { listen 80; root /srv/wiki; access_log $root/var/log/nginx/wiki.log; }\n',
        'var/log/nginx/wiki.log': times(9, { uri: '/wiki', status: 500 }),
      },
    })
    expect(rows).toEqual([])
  })

  it('what was refused is not asked for again: this host may be allowed what a stranger is not', async () => {
    nginx.asked.length = 0
    const { rows } = await askAbout(times(3, { uri: '/forbidden', status: 403, bytes: 153 }))
    expect(rows).toMatchObject([{ path: '/forbidden', again: '-' }])
    expect(nginx.asked).toEqual([])
  })

  it('nor what was never served: nginx may hide what DebVisor answers at its own port', async () => {
    debvisor.asked.length = 0
    const { rows } = await askAbout(times(9, { uri: '/lost', status: 404 }))
    expect(rows).toMatchObject([{ path: '/lost', again: '-', own: '-1' }])
    expect(debvisor.asked).toEqual([])
    const served = combined({ age: 500, uri: '/lost', status: 200 })
    const then = await askAbout(served + times(9, { uri: '/lost', status: 404 }))
    expect(then.rows).toMatchObject([{ path: '/lost', again: '404', own: '200' }])
  })

  it('three paths at most are asked again, whatever strangers try', async () => {
    nginx.asked.length = 0
    const many = Array.from({ length: 50 }, (_, i) =>
      times(3, { uri: `/no-${'x'.repeat(i + 1)}`, status: 502 }),
    )
    const { rows, stdout } = await askAbout(many.join(''))
    expect(rows).toHaveLength(40)
    expect(nginx.asked.length).toBeLessThanOrEqual(9)
    expect(stdout.length).toBeLessThan(16_384)
  })

  it('what fails is told before all that strangers try', async () => {
    const tried = Array.from({ length: 50 }, (_, i) =>
      times(9, { uri: `/no-${'x'.repeat(i + 1)}`, status: 404 }),
    )
    const { rows } = await askAbout(tried.join('') + times(4, { uri: '/broken', status: 502 }))
    expect(rows[0]).toMatchObject({ path: '/broken' })
  })

  it('of lines from before the clock was put back: nothing', async () => {
    const { rows } = await askAbout(times(5, { uri: '/broken', status: 502 }, -3_600))
    expect(rows).toEqual([])
  })

  it('of no more than eight logs, however many sites there are', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `site${i}`)
    const { rows } = await askAbout(times(3, { uri: '/x?1', status: 500 }), {
      tree: Object.fromEntries(
        names.flatMap((name) => [
          [`etc/nginx/sites-enabled/${name}`, site(`access_log $root/var/log/nginx/${name}.log;`)],
          [`var/log/nginx/${name}.log`, times(3, { uri: '/x?1', status: 500 })],
        ]),
      ),
    })
    expect(rows).toHaveLength(8)
  })

  it('of strangers who speak no HTTP that nginx knows: nothing', async () => {
    const { rows } = await askAbout(
      times(4, { uri: '/?x', status: 505 }) + times(4, { uri: '/y?x', status: 501 }),
    )
    expect(rows).toEqual([])
  })

  it('of lines that are no requests: nothing', async () => {
    const { status, stdout } = await askAbout(
      `\u0016\u0003\u0001\n10.0.0.9 - - [${timeLocal(3)}] "\\x16\\x03\\x01" 400 157 "-" "-"\n10.0.0.9 - - [x] "GET / HTTP/1.1" 500 1 "-" "-"\n"\n`,
    )
    expect({ status, stdout }).toEqual({ status: 0, stdout: '=== end\n' })
  })

  it('that a log of another format, or none, says nothing of them: 65', async () => {
    const other = await askAbout('{"status": 502}\n'.repeat(20))
    expect(other).toMatchObject({
      status: 65,
      stdout: '',
      stderr: expect.stringContaining('fits the log_format'),
    })
    const off = await askAbout('', { tree: { 'etc/nginx/sites-enabled/debvisor': site('access_log off;') } })
    expect(off).toMatchObject({ status: 65, stdout: '', stderr: expect.stringContaining('no access log') })
    const elsewhere = await askAbout('', {
      tree: { 'etc/nginx/sites-enabled/debvisor': 'server { return 444; }\n' },
    })
    expect(elsewhere).toMatchObject({ status: 0, rows: [] })
  })

  it('that the configuration has no such file, or nginx is not here', async () => {
    const none = await ask('nginx/recent-requests.pl', ['/none/nginx.conf', '8080', 'false'])
    expect(none).toMatchObject({ status: 127, stdout: '' })
  })
})
