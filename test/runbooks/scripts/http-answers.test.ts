import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evidenceOf } from '../scripts.ts'
import { ask } from './ask.ts'
import { listen } from './debvisor-server.ts'
import { selfSigned } from './self-signed.ts'

const certificate = selfSigned()

const ok: RequestListener = (_, response) => response.end('ok')
const says =
  (status: number, body: string): RequestListener =>
  (_, response) =>
    response.writeHead(status).end(body)
const servers = {
  plain: createServer(ok),
  tls: certificate ? createTlsServer(certificate, ok) : createServer(),
  // As nginx and Go answer plain HTTP at a port that speaks TLS.
  nginx: createServer(says(400, '<center>The plain HTTP request was sent to HTTPS port</center>')),
  go: createServer(says(400, 'Client sent an HTTP request to an HTTPS server.')),
  refusing: createServer(says(400, 'Invalid Host header')),
  wantsClient: certificate
    ? createTlsServer({ ...certificate, requestCert: true, rejectUnauthorized: true }, ok)
    : createServer(),
  silent: createTcpServer(() => undefined),
  closing: createTcpServer((socket) => socket.destroy()),
} satisfies Record<string, Server>
const ports: Record<string, string> = {}

beforeAll(async () => {
  for (const [name, server] of Object.entries(servers)) ports[name] = await listen(server)
})
afterAll(() => {
  for (const server of Object.values(servers)) {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  }
})

/** Status and note of each path. */
async function answers(server: keyof typeof servers, tls: boolean, ...paths: string[]): Promise<string[]> {
  const args = [
    ports[server] ?? '',
    String(tls),
    'localhost',
    '127.0.0.1',
    ...(paths.length > 0 ? paths : ['/api/health', '/']),
  ]
  const { status, stdout, stderr } = await ask('debvisor/http-answers.pl', args)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const rows = stdout.trimEnd().split('\n')
  return rows.map(withoutTime)
}
const withoutTime = (row: string): string => row.replace(/^(\S+)\t(\d+)\t\d+\t(.*)$/, '$1 $2 $3')

describe('what DebVisor answers', () => {
  it.concurrent('is that it speaks TLS where plain HTTP was asked', async () => {
    for (const server of ['nginx', 'go'] as const)
      expect(await answers(server, false)).toEqual(['/api/health 0 speaks TLS'])
  })

  it.runIf(certificate)('is so too where the server does not say so', async () => {
    for (const server of ['tls', 'wantsClient'] as const)
      expect(await answers(server, false)).toEqual(['/api/health 0 speaks TLS'])
  })

  it.runIf(certificate)('is that it does not speak TLS where that was asked', async () => {
    expect(await answers('plain', true)).toEqual(['/api/health 0 does not speak TLS'])
    expect(await answers('refusing', true)).toEqual(['/api/health 0 does not speak TLS'])
  })

  it.concurrent('is none of both where it does not answer at all', async () => {
    expect(await answers('silent', false)).toEqual([
      expect.stringMatching(/^\/api\/health 0 no answer within \d s$/),
    ])
    expect(await answers('closing', false)).toEqual(['/api/health 0 closed without an answer'])
  })

  it.runIf(certificate)('nor over TLS', async () => {
    expect(await answers('silent', true)).toEqual([
      expect.stringMatching(/^\/api\/health 0 no answer within \d s$/),
    ])
    expect(await answers('closing', true)).toEqual(['/api/health 0 closed without an answer'])
    expect(await answers('tls', true)).toEqual(['/api/health 200 - ok', '/ 200 - ok'])
    expect(await answers('wantsClient', true)).toEqual(['/api/health 0 TLS: alert certificate required'])
  })

  it.concurrent('is a bad request, where it is one', async () => {
    expect(await answers('refusing', false)).toEqual([
      '/api/health 400 - Invalid Host header',
      '/ 400 - Invalid Host header',
    ])
  })
})

describe('what DebVisor answers at a socket file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-answers-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const asked: string[] = []
  const app: RequestListener = (request, response) => {
    asked.push(`${request.headers.host} ${request.url}`)
    response.end('ok')
  }
  const served = async (server: Server, name: string) => {
    const file = join(folder, name)
    await new Promise<void>((resolve) => server.listen(file, resolve))
    return file
  }
  const said = async (address: string, tls = 'false') => {
    const { stdout } = await ask('debvisor/http-answers.pl', ['8080', tls, 'localhost', address, '/x', '/y'])
    return stdout.trimEnd().split('\n').map(withoutTime)
  }

  it.each(['false', 'true'])('is told as at a port (TLS: %s)', async (tls) => {
    if (tls === 'true' && !certificate) return
    const server = tls === 'true' && certificate ? createTlsServer(certificate, app) : createServer(app)
    const file = await served(server, `panel-${tls}.sock`)
    try {
      expect(await said(`unix:${file}`, tls)).toEqual(['/x 200 - ok', '/y 200 - ok'])
      expect(asked).toContain('localhost /x')
    } finally {
      server.close()
    }
  })

  it('is none where nobody listens, where it is closed, and where nobody tells', async () => {
    const server = createServer(app)
    const file = await served(server, 'left.sock')
    const isRoot = process.getuid?.() === 0
    chmodSync(file, 0)
    if (!isRoot) {
      const args = ['8080', 'false', 'localhost', `unix:${file}`, '/x']
      expect(await ask('debvisor/http-answers.pl', args)).toMatchObject({
        status: 77,
        stdout: '',
        stderr: `this login may not connect to ${file}\n`,
      })
    }
    server.close()
    expect(await said(`unix:${join(folder, 'none.sock')}`)).toEqual([
      '/x 0 connect: No such file or directory',
    ])
    expect(await said('unknown')).toEqual(['/x 0 connect: nobody says where'])
  })

  it('is asked at another address of this host', async () => {
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
    const { port } = server.address() as AddressInfo
    const { stdout } = await ask('debvisor/http-answers.pl', [
      String(port),
      'false',
      'localhost',
      '127.0.0.2',
      '/x',
    ])
    server.close()
    expect(stdout).toMatch(/^\/x\t200\t/)
  })
})

describe('of health answers it is told', () => {
  const pages: Readonly<Record<string, [status: number, body: string]>> = {
    '/redis/health': [503, '{"dependencies": {"database": true,\n"redis": "Error 111"}}'],
    '/redis/health/live': [200, '{"alive": true}'],
    '/html/health': [503, '<html>{"checks": 1}</html>'],
    '/long/health': [503, `{"checks": {"redis": "${'x'.repeat(7000)}"}}`],
    '/huge/health': [200, `{"checks": {"redis": "${'x'.repeat(10_000_000)}"}}`],
    '/huge/api/list': [200, 'x'.repeat(10_000_000)],
  }
  const server = createServer((request, response) => {
    const [status, body] = pages[request.url ?? ''] ?? [404, '']
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  let port = ''
  beforeAll(async () => {
    port = await listen(server)
  })
  afterAll(() => server.close())

  const rows = async (...paths: string[]) => {
    const { status, stdout } = await ask('debvisor/http-answers.pl', [
      port,
      'false',
      'localhost',
      '127.0.0.1',
      ...paths,
    ])
    expect({ status, isShort: stdout.length < 2000 }).toEqual({ status: 0, isShort: true })
    return evidenceOf('service', 'http', stdout).rows
  }

  it('which of what DebVisor needs fails', async () => {
    expect(await rows('/redis/health', '/redis/health/live', '/none')).toMatchObject([
      { path: '/redis/health', status: 503n, health: 'read', failing: ['cache'], passing: ['database'] },
      { path: '/redis/health/live', status: 200n, health: '-' },
      { path: '/none', status: 404n, health: '-' },
    ])
  })

  it('nothing by what is no JSON, or too long for a health answer', async () => {
    expect(await rows('/html/health', '/long/health')).toMatchObject([
      { status: 503n, health: '-', failing: [] },
      { status: 503n, health: '-', failing: [] },
    ])
  })

  it('that one of 10 MB has no end; other answers may be as long', async () => {
    expect(await rows('/huge/health', '/huge/api/list')).toMatchObject([
      { path: '/huge/health', status: 200n, health: 'cut', failing: [] },
      { path: '/huge/api/list', status: 200n, health: '-' },
    ])
  })
})
