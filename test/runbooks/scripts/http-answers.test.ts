import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
    ...(paths.length > 0 ? paths : ['/api/health', '/']),
  ]
  const { status, stdout, stderr } = await ask('debvisor/http-answers.pl', args)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const rows = stdout.trimEnd().split('\n')
  return rows.map((row) => row.replace(/^(\S+)\t(\d+)\t\d+\t(.*)$/, '$1 $2 $3'))
}

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
    expect(await answers('closing', true)).toEqual([expect.stringMatching(/^\/api\/health 0 (closed|TLS: )/)])
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
