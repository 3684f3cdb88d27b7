import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fill } from '../../src/engine/language/placeholders.ts'
import { quote } from '../../src/text/quote.ts'
import { runbooks } from './diagnosis.ts'
import { evidenceOf, plant } from './scripts.ts'

const root = mkdtempSync(join(tmpdir(), 'front-'))
const quick = createServer((_request, response) => response.end('{}'))
const late = createServer((_request, response) => void setTimeout(() => response.end('{}'), 1_200))
const gone = createServer()
/** Takes a body whole before it answers, as nginx does that buffers it. */
const full = createServer((request, response) => {
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
  })
  request.on('end', () => response.writeHead(length === 70_000 ? 500 : 400).end('<html>'))
})
const page = createServer((request, response) => {
  if (request.url === '/app.js') return response.end('io("https://API.example.net")')
  response.setHeader('Content-Security-Policy', [
    "Default-Src 'self'; default-src *; connect-src https://api.example.net https://cdn.example.net",
    "img-src 'self'",
  ])
  response.setHeader('Content-Security-Policy-Report-Only', "connect-src 'none'")
  return response.end(
    '<meta http-equiv="Content-Security-Policy" content="connect-src; script-src \'self\'"><script src="/app.js"></script>',
  )
})
/** Answers 502 for another site than ours, as an nginx that serves several does. */
const sites = createServer(({ headers: { host } }, response) => {
  response.writeHead(host === 'panel.internal' ? 200 : 502).end('{}')
})
const servers = [quick, late, full, page, sites]
let ports: { quick: number; late: number; gone: number; full: number; page: number; sites: number }

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })

beforeAll(async () => {
  const all = await Promise.all([quick, late, gone, full, page, sites].map(listen))
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = all
  ports = { quick: first, late: second, gone: third, full: fourth, page: fifth, sites: sixth }
  await promisify(gone.close.bind(gone))()
})
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(root, { recursive: true })
})

/** A probe of a later wave as a host runs it. */
async function ask(id: string, values: Readonly<Record<string, string>>) {
  const script = fill(
    runbooks.find('websocket')?.probes.get(id)?.run ?? '',
    new Map(Object.entries({ tls: 'false', listenAddress: '127.0.0.1', ...values })),
    quote,
  )
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script], {
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  })
  return evidenceOf('websocket', id, stdout).rows
}

describe('front_pace', () => {
  it('measures the front port beside DebVisor itself', async () => {
    const rows = await ask('front_pace', {
      nginxFile: join(root, 'nginx.conf'),
      frontAt: '127.0.0.1',
      frontPort: String(ports.late),
      port: String(ports.quick),
      path: '/api/health',
    })
    const of = (via: string) => rows.filter((row) => row.via === via)
    expect(of('front')).toHaveLength(6)
    expect(of('own')).toHaveLength(3)
    expect(rows.every((row) => row.status === 200n && row.resent === 0n)).toBe(true)
    for (const { ms } of of('front')) expect(Number(ms)).toBeGreaterThanOrEqual(1_190)
  })

  it.each([
    ['with its port in the file of the site', (port: number) => `proxy_pass http://127.0.0.1:${port};`, true],
    [
      'with its port in a group elsewhere, where no other site is proxied',
      () => 'proxy_pass http://app;',
      false,
    ],
  ])("asks by the name of DebVisor's own site, %s", async (_, proxy, other) => {
    const folder = mkdtempSync(join(root, 'sites-'))
    const wiki = 'server { server_name wiki.internal; location / { proxy_pass http://127.0.0.1:3000; } }\n'
    plant(folder, {
      ...(other ? { 'sites-enabled/a-wiki': wiki } : {}),
      'sites-enabled/panel': `server { server_name panel.internal; location / { ${proxy(ports.quick)} } }\n`,
    })
    const rows = await ask('front_pace', {
      nginxFile: join(folder, 'nginx.conf'),
      frontAt: '127.0.0.1',
      frontPort: String(ports.sites),
      port: String(ports.quick),
      path: '/',
    })
    expect(rows.filter(({ via }) => via === 'front').map(({ status }) => status)).toEqual(Array(6).fill(200n))
  })

  it('says what refuses', async () => {
    const rows = await ask('front_pace', {
      nginxFile: join(root, 'nginx.conf'),
      frontAt: '127.0.0.1',
      frontPort: String(ports.gone),
      port: String(ports.quick),
      path: '/',
    })
    expect(rows[0]).toMatchObject({ via: 'front', status: 0n, note: 'connect: Connection refused' })
    expect(rows.at(-1)).toMatchObject({ via: 'own', status: 200n })
  })
})

describe('front_members', () => {
  it('connects to each member of a group, and finds what nginx said of it', async () => {
    const said = new Date(Date.now() - 60_000)
      .toISOString()
      .slice(0, 19)
      .replaceAll('-', '/')
      .replace('T', ' ')
    plant(root, {
      'nginx.conf': 'http { include conf.d/*.conf; }\n',
      'conf.d/up.conf': `upstream app { # two
    server 127.0.0.1:${ports.quick};
    server 127.0.0.1:${ports.gone}
        max_fails=0 backup;
    server 127.0.0.1:1 down;
}
upstream alone { server 127.0.0.1:${ports.gone}; }
`,
      'error.log': `${said} [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.7, server: _, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:${ports.gone}/", host: "x"\n`,
    })
    const rows = await ask('front_members', {
      nginxFile: join(root, 'nginx.conf'),
      nginxLog: join(root, 'error.log'),
    })
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({
      place: `${root}/conf.d/up.conf:2`,
      group: 'app',
      connect: 'ok',
      age: -1n,
    })
    expect(rows[1]).toMatchObject({
      place: `${root}/conf.d/up.conf:3`,
      member: `127.0.0.1:${ports.gone}`,
      backup: 'backup',
      connect: 'Connection refused',
      said: 'connect() failed (111: Connection refused) while connecting to upstream',
    })
    expect(Number(rows[1]?.age)).toBeGreaterThanOrEqual(59)
    expect(Number(rows[1]?.age)).toBeLessThan(90)
  })

  it('connects to what a mirror copies requests to, and to no other location', async () => {
    plant(root, {
      'mirror.conf': `http { server {
  location / { mirror /copy; proxy_pass http://127.0.0.1:${ports.quick}; }
  location = /copy { internal; proxy_pass http://127.0.0.1:${ports.gone}$request_uri; }
  location /grafana/ { proxy_pass http://127.0.0.1:1; }
} }
`,
    })
    // An nginx.conf by another name, so that the folders beside it are those of the test above.
    const rows = await ask('front_members', { nginxFile: join(root, 'mirror.conf'), nginxLog: '/none' })
    expect(rows.filter(({ group }) => group !== 'app')).toEqual([
      {
        place: `${root}/mirror.conf:2`,
        group: 'mirror /copy',
        member: `127.0.0.1:${ports.gone}`,
        backup: '-',
        connect: 'Connection refused',
        age: -1n,
        said: '-',
      },
    ])
  })
})

describe('large_post', () => {
  it('sends the same message through nginx and to DebVisor itself', async () => {
    const rows = await ask('large_post', {
      port: String(ports.quick),
      socketioPath: '/socket.io/',
      largeAddress: '127.0.0.1',
      largePort: String(ports.full),
      largeTls: 'false',
      largeHost: 'localhost',
    })
    expect(rows).toEqual([
      { via: 'nginx', status: 500n, note: expect.stringContaining('<html>') },
      { via: 'direct', status: 200n, note: expect.any(String) },
    ])
  })
})

describe('sio_policy', () => {
  it('tells the directives that decide, of each policy that is enforced, and what the page names', async () => {
    const rows = await ask('sio_policy', {
      pageAddress: '127.0.0.1',
      pagePort: String(ports.page),
      pageTls: 'false',
      pageHost: 'localhost',
    })
    expect(rows.map(({ where, wants, directive, sources }) => [where, wants, directive, sources])).toEqual([
      ['header', 'connect', 'connect-src', 'https://api.example.net https://cdn.example.net'],
      ['header', 'script', 'default-src', "'self'"],
      ['meta', 'connect', 'connect-src', "'none'"],
      ['meta', 'script', 'script-src', "'self'"],
      ['page', 'mentions', '-', 'api.example.net'],
    ])
  })

  it('has nothing to tell of a page without one', async () => {
    const at = {
      pageAddress: '127.0.0.1',
      pagePort: String(ports.quick),
      pageTls: 'false',
      pageHost: 'localhost',
    }
    expect(await ask('sio_policy', at)).toEqual([])
  })
})
